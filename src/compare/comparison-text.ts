import { CAUSES, type CauseCode } from '../causes/cause-codes.ts';
import type { Cause } from '../causes/cause.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { signedSizeText } from '../foundation/size-text.ts';
import { displayPath, ROOT_PATH } from '../tree/entry.ts';
import { causeSums, type CauseSum } from './cause-sums.ts';
import type { Change, Comparison, LayoutDifference, Verdict } from './comparison.ts';
import { counted, cutTo } from './most-lines.ts';
import { safeText } from './safe-text.ts';
import { exitOf } from './verdict.ts';

const MOST_LAYOUT = 8;
const WIDEST = 160;
const MARKS = { added: '+', removed: '-', changed: '~', moved: '>' } as const;

/**
 * For people: the verdict, a summary if there is one, what caused it, and the paths that matter most, in so many lines at most; without a limit, whole. No
 * control characters.
 */
export function comparisonText(comparison: Comparison, { lines, exit = exitOf(comparison), summary = [], sums = causeSums(comparison) }: { lines: number; exit?: ExitCode; summary?: readonly string[]; sums?: readonly CauseSum[] }): string {
  const { layout, changes, findings } = comparison;
  const told = weightiestFirst(changes);
  const head = [verdictLine(comparison, exit), ...(changes.length === 0 ? [] : [countLine(changes)]), ...summary];
  const fixedIn = (most: Room): string[] => [...head, ...causeLines(sums, most.causes), ...layoutLines(layout, most.layout), ...findingLines(findings, most.findings), ...wholeLines(changes)];
  const roomy = fixedIn(lines === EVERY_LINE ? { causes: lines, layout: lines, findings: lines } : ROOMY);
  const fixed = roomy.length + Math.min(told.length, LEAST_PATHS) < lines ? roomy : fixedIn(SCARCE);
  const text = [...fixed, ...changeLines(told, lines - fixed.length)];
  const shown = text.length > lines ? [...text.slice(0, lines - 1), '… more: --all shows it'] : text;
  return shown.map((line) => `${lines === EVERY_LINE ? safeText(line) : cutTo(WIDEST, safeText(line))}\n`).join('');
}

/** All there is to tell, however long. */
export const EVERY_LINE: number = Number.MAX_SAFE_INTEGER;

interface Room { causes: number; layout: number; findings: number }
const ROOMY: Room = { causes: 12, layout: MOST_LAYOUT, findings: 3 };
/** Where else no path would be told. */
const SCARCE: Room = { causes: 5, layout: 4, findings: 3 };
const LEAST_PATHS = 4;

/** What readers found wrong; may hold control characters. */
export function findingLines(findings: Comparison['findings'], most: number): string[] {
  const rows = findings.slice(0, most).map(({ side, place, message }) => `! ${side} ${place}: ${message}`);
  return findings.length > most ? [...rows, `! … ${findings.length - most} more`] : rows;
}

/** Where two files that were given are no images of one kind, somebody who knows no better takes that for a difference between images. */
function wholeLines(changes: readonly Change[]): string[] {
  const whole = changes.find((change) => change.place === '' && isWhole(change));
  if (whole === undefined) return [];
  return ['', whole.classes.includes('type') ? 'compared as bytes: the two are no images of one kind' : 'compared as bytes, not as images; `explain-diff` of the path / tells more'];
}

/** A container, and no entry of a tree. */
function isWhole({ path, kind, before, after }: Change): boolean {
  return path === ROOT_PATH && kind !== 'moved' && before === undefined && after === undefined;
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

function causeLines(rows: readonly CauseSum[], most: number): string[] {
  if (rows.length === 0) return [];
  const more = rows.length > most ? [`… ${rows.length - most} more`] : [];
  return ['', 'cause                 times  proved  covers', ...rows.slice(0, most).map(({ code, count, proved, covers }) =>
    `${code.padEnd(20)} ${String(count).padStart(6)} ${String(proved).padStart(7)} ${`${Math.round(100 * covers)} %`.padStart(7)}  ${CAUSES[code].summary}`), ...more];
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

function changeLines(told: readonly Change[], room: number): string[] {
  if (told.length === 0) return [];
  if (room < 3) return [`  … ${counted(told.length, 'paths')}: --all shows them`];
  const shownRows = told.length > room - 1 ? told.slice(0, room - 2) : told;
  const more = told.length > shownRows.length ? [`  … ${told.length - shownRows.length} more`] : [];
  return ['', ...shownRows.map((change) => (room > MOST_ROWS ? changeLine(change) : shortLine(change))), ...more];
}

/** What is a screen's worth: names of any length leave room for what is said of them. */
const MOST_ROWS = 1000;
const LONGEST_NAME = 90;

function shortLine(change: Change): string {
  const line = changeLine(change);
  if (line.length <= WIDEST) return line;
  const { path, from, ...words } = changeWords(change);
  return lineOf({ ...words, path: shortened(path), from: shortened(from) });
}

/** The middle of a path says least. May be longer where it is full of control characters. */
function shortened(text: string): string {
  const units = [...text];
  if (units.length <= LONGEST_NAME) return text;
  return `${units.slice(0, LONGEST_NAME / 3).join('')}…${units.slice(1 - 2 * LONGEST_NAME / 3).join('')}`;
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

export function changeWords(change: Change): ChangeWords {
  const { place, path, otherPath, kind, classes, causes, sizeDelta, inside } = change;
  return {
    mark: MARKS[kind], path: isWhole(change) ? place === '' ? 'the file as a whole' : place : `${place === '' ? '' : `${place}: `}/${displayPath(path)}`, from: otherPath === undefined ? '' : `(was /${displayPath(otherPath)})`,
    what: classes.join(' '), size: sizeDelta === 0 ? '' : signedSizeText(sizeDelta),
    why: causes.filter(({ code }) => code !== 'real-change').toSorted((a, b) => b.coverage - a.coverage).map(causeWord).join(', '), within: insideText(inside),
  };
}

export function changeLine(change: Change): string {
  return lineOf(changeWords(change));
}

function lineOf({ mark, path, from, what, size, why, within }: ChangeWords): string {
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
