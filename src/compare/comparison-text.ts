import { CAUSES, type CauseCode } from '../causes/cause-codes.ts';
import type { Cause } from '../causes/cause.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { signedSizeText } from '../foundation/size-text.ts';
import { displayPath } from '../tree/entry.ts';
import { causeSums, type CauseSum } from './cause-sums.ts';
import type { Change, Comparison, LayoutDifference, Verdict } from './comparison.ts';
import { safeText } from './safe-text.ts';
import { exitOf } from './verdict.ts';

const MOST_LAYOUT = 8;
const MOST_CAUSES = 12;
const WIDEST = 160;
const MARKS = { added: '+', removed: '-', changed: '~', moved: '>' } as const;

/** For people: the verdict, a summary if there is one, what caused it, and the paths that matter most, in so many lines at most. No control characters. */
export function comparisonText(comparison: Comparison, { lines, exit = exitOf(comparison), summary = [], sums = causeSums(comparison) }: { lines: number; exit?: ExitCode; summary?: readonly string[]; sums?: readonly CauseSum[] }): string {
  const { layout, changes, findings } = comparison;
  const head = [verdictLine(comparison, exit), ...(changes.length === 0 ? [] : [countLine(changes)]), ...summary];
  const causes = causeLines(sums);
  const shape = layoutLines(layout);
  const odd = findingLines(findings, 3);
  const fixed = [...head, ...causes, ...shape, ...odd].slice(0, lines);
  const room = Math.max(0, lines - fixed.length);
  return [...fixed, ...changeLines(changes, room)].map((line) => `${safeText(line).slice(0, WIDEST)}\n`).join('');
}

/** What readers found wrong; may hold control characters. */
export function findingLines(findings: Comparison['findings'], most: number): string[] {
  return findings.slice(0, most).map(({ side, place, message }) => `! ${side} ${place}: ${message}`);
}

/** `exit`: as everything that was compared has it, what lies beside the trees too. */
export function verdictLine({ verdict }: Comparison, exit: ExitCode): string {
  if (verdict.bytesEqual) return 'Identical.';
  const said = exit === EXIT.no ? 'Different' : 'Different, and all of it is noise';
  return `${said}: ${LEVELS.map(([level, name]) => `${name} ${verdict[level] ? 'equal' : 'differs'}`).join(', ')}.`;
}

const LEVELS: readonly (readonly [keyof Verdict, string])[] = [['contentEqual', 'content'], ['metadataEqual', 'metadata'], ['layoutEqual', 'layout']];

export function countLine(changes: readonly Change[]): string {
  const counted = (['changed', 'added', 'removed', 'moved'] as const).map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const).filter(([, count]) => count > 0);
  const size = changes.reduce((sum, { sizeDelta }) => sum + sizeDelta, 0);
  return `${counted.map(([kind, count]) => `${count} ${kind}`).join(', ')}; ${signedSizeText(size)}.`;
}

function causeLines(rows: readonly CauseSum[]): string[] {
  if (rows.length === 0) return [];
  return ['', 'cause                 times  proved  covers', ...rows.slice(0, MOST_CAUSES).map(({ code, count, proved, covers }) =>
    `${code.padEnd(20)} ${String(count).padStart(6)} ${String(proved).padStart(7)} ${`${Math.round(100 * covers)} %`.padStart(7)}  ${CAUSES[code].summary}`)];
}

/** May hold control characters. */
export function layoutLines(layout: readonly LayoutDifference[], most = MOST_LAYOUT): string[] {
  if (layout.length === 0) return [];
  // What is no noise first.
  const rows = layout.toSorted((a, b) => Number(a.noise) - Number(b.noise));
  const more = rows.length > most ? [`  … ${rows.length - most} more`] : [];
  return ['', 'layout', ...rows.slice(0, most).map(({ place, key, left, right }) => `  ${place === '' ? '' : `${place}: `}${key} ${shown(left)} → ${shown(right)}`), ...more];
}

function shown(value: LayoutDifference['left']): string {
  const text = value === null ? 'none' : String(value);
  return text.length > 40 ? `${text.slice(0, 16)}…` : text;
}

/** What is no noise first, then what changed its size most; a directory that moved stands for what moved with it. */
export function weightiestFirst(changes: readonly Change[]): Change[] {
  return withoutFollowers(changes).toSorted((a, b) => Number(a.noise) - Number(b.noise) || Math.abs(b.sizeDelta) - Math.abs(a.sizeDelta));
}

function changeLines(changes: readonly Change[], room: number): string[] {
  const told = weightiestFirst(changes);
  if (told.length === 0 || room < 3) return [];
  const shownRows = told.length > room - 1 ? told.slice(0, room - 2) : told;
  const more = told.length > shownRows.length ? [`  … ${told.length - shownRows.length} more`] : [];
  return ['', ...shownRows.map(changeLine), ...more];
}

function withoutFollowers(changes: readonly Change[]): Change[] {
  const directories = new Map(changes.filter(({ kind, after }) => kind === 'moved' && after?.kind === 'directory').map(({ place, path, otherPath }) => [`${place}\0${path}`, otherPath!]));
  return changes.filter(({ kind, classes, place, path, otherPath }) => {
    if (kind !== 'moved' || classes.length > 0) return true;
    const slash = path.lastIndexOf('/');
    const from = slash < 0 ? undefined : directories.get(`${place}\0${path.slice(0, slash)}`);
    return from === undefined || `${from}${path.slice(slash)}` !== otherPath;
  });
}

/** Foreign text may hold control characters. */
export interface ChangeWords { mark: string; path: string; from: string; what: string; size: string; why: string; within: string }

export function changeWords({ place, path, otherPath, kind, classes, causes, sizeDelta, inside }: Change): ChangeWords {
  return {
    mark: MARKS[kind], path: `${place === '' ? '' : `${place}: `}/${displayPath(path)}`, from: otherPath === undefined ? '' : `(was /${displayPath(otherPath)})`,
    what: classes.join(' '), size: sizeDelta === 0 ? '' : signedSizeText(sizeDelta),
    why: causes.filter(({ code }) => code !== 'real-change').toSorted((a, b) => b.coverage - a.coverage).map(causeWord).join(', '), within: insideText(inside),
  };
}

export function changeLine(change: Change): string {
  const { mark, path, from, what, size, why, within } = changeWords(change);
  return [`${mark} ${path}${from === '' ? '' : ` ${from}`}`, what, size, why, within].filter((part) => part !== '').join('  ');
}

/** What the record says of a package is told once, beside the package; here only which one it is. */
const OF_PACKAGE: ReadonlySet<CauseCode> = new Set(['dependency-change', 'option-change', 'patch-change', 'recipe-change', 'source-change']);

function causeWord({ code, confidence, evidence: [first] }: Cause): string {
  const shownEvidence = OF_PACKAGE.has(code) ? first?.split(': ')[0] : first;
  return `${code}${confidence === 1 || code === 'unknown' ? '' : '?'}${shownEvidence === undefined ? '' : ` [${shownEvidence.slice(0, 60)}]`}`;
}

const MOST_INSIDE = 3;

/** Of an archive in the image: the first things that changed in it, what is no noise first. */
function insideText(inside: Comparison | undefined): string {
  if (inside === undefined || inside.changes.length === 0) return '';
  const told = inside.changes.toSorted((a, b) => Number(a.noise) - Number(b.noise)).slice(0, MOST_INSIDE).map(({ kind, path }) => `${MARKS[kind]} /${displayPath(path)}`);
  return `within: ${told.join(', ')}${inside.changes.length > MOST_INSIDE ? ` … ${inside.changes.length - MOST_INSIDE} more` : ''}`;
}
