import { CAUSES } from '../causes/cause-codes.ts';
import type { Cause, PartDifference } from '../causes/cause.ts';
import { detailLines } from '../detail/detail-text.ts';
import { displayPath, type TreeEntry } from '../tree/entry.ts';
import { changeLine } from './comparison-text.ts';
import type { Change } from './comparison.ts';
import type { ExplainedChange, PathExplanation, ShownFacts } from './explain-path.ts';
import { packageLines } from './package-lines.ts';
import { safeText } from './safe-text.ts';
import { BESIDE_ROOT } from './told.ts';

const WIDEST = 240;
const MOST_PARTS = 30;
const MOST_BELOW = 40;
const MOST_LINES = 200;

/** For people, in 200 lines at most; no control characters. */
export function explanationText(explanation: PathExplanation): string {
  const { path, changes, below } = explanation;
  const lines = changes.length + below.length === 0 ? [`/${displayPath(path)} is the same on both sides.`] : [...changes.flatMap(explainedLines), ...belowLines(below, changes.length > 0 ? 'below it' : `below /${displayPath(path)}`)];
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), `… ${lines.length - MOST_LINES + 1} more lines: --json has them`] : lines;
  return shown.map((line) => `${safeText(line.slice(0, WIDEST))}\n`).join('');
}

function explainedLines({ change, owner, package: of, facts, detail }: ExplainedChange): string[] {
  return [
    changeLine(change),
    ...(change.before === undefined && change.after === undefined ? [] : [`left   ${entryText(change.before)}${factText(facts?.left)}`, `right  ${entryText(change.after)}${factText(facts?.right)}`]),
    ...(owner === undefined ? [] : [`owner  ${owner}`]), ...(of === undefined ? [] : packageLines([of], 1, imagesOf(change, owner)).map((line) => `       ${line}`)),
    ...causeLines(change.causes), ...(detail === undefined ? [] : detailLines(detail)), ...partLines(change.parts ?? []), ...insideLines(change), '',
  ];
}

/** Itself, where it is one that lies beside the root. */
function imagesOf({ place, path, before, after }: Change, owner: string | undefined): Parameters<typeof packageLines>[2] {
  const sizeOf = (entry: TreeEntry | undefined): number | null => (entry?.kind === 'file' ? entry.sizeBytes : null);
  return place === BESIDE_ROOT ? [{ name: displayPath(path), equal: false, owner: owner ?? null, sizeBytes: { left: sizeOf(before), right: sizeOf(after) } }] : [];
}

function factText({ modified, holeBytes }: ShownFacts = {}): string {
  return `${modified === undefined ? '' : ` modified ${modified}`}${holeBytes === undefined ? '' : ` holes ${holeBytes} bytes`}`;
}

/** One entry, as `ls -l` might. */
export function entryText(entry: TreeEntry | undefined): string {
  if (entry === undefined) return 'not there';
  if (entry.kind === 'hard-link') return `hard link to /${displayPath(entry.target)}`;
  const own = `${entry.kind} mode ${entry.mode.toString(8).padStart(4, '0')} owner ${entry.uid}:${entry.gid}`;
  const attributes = Object.entries(entry.xattrs ?? {}).map(([name, value]) => ` ${name}=${Buffer.from(value, 'latin1').toString('hex').slice(0, 80)}`);
  return `${own}${ofKind(entry)}${attributes.join('')}`;
}

function ofKind(entry: TreeEntry): string {
  switch (entry.kind) {
    case 'file': return ` ${entry.sizeBytes} bytes sha256:${entry.sha256}`;
    case 'symlink': return ` to ${displayPath(entry.target)}`;
    case 'character-device': case 'block-device': return ` ${entry.major}:${entry.minor}`;
    default: return '';
  }
}

/** How sure, how much of it, by what evidence, and what to do. */
export function causeText({ code, confidence, coverage }: Cause): string {
  const sure = confidence === 1 ? 'sure' : confidence === 0 ? 'no cause found' : `${Math.round(confidence * 100)} % sure`;
  return `${code} (${sure}, covers ${Math.round(coverage * 100)} %): ${CAUSES[code].summary}`;
}

function causeLines(causes: readonly Cause[]): string[] {
  return causes.flatMap((cause) => [
    `cause  ${causeText(cause)}`, ...cause.evidence.map((line) => `       ${line}`), ...(CAUSES[cause.code].hint === '' ? [] : [`       hint: ${CAUSES[cause.code].hint}`]),
  ]);
}

function partLines(parts: readonly PartDifference[]): string[] {
  const rows = parts.slice(0, MOST_PARTS).map(({ name, kind, leftBytes, rightBytes }) => `part   ${name} ${kind}: ${leftBytes} → ${rightBytes} bytes`);
  return parts.length > MOST_PARTS ? [...rows, `       … ${parts.length - MOST_PARTS} more parts`] : rows;
}

function insideLines({ inside }: Change): string[] {
  if (inside === undefined) return [];
  const { layout, changes } = inside;
  return [...layout.slice(0, MOST_PARTS).map(({ key, left, right }) => `inside ${key} ${String(left)} → ${String(right)}`), ...listed(changes, 'inside ')];
}

function belowLines(below: readonly Change[], where: string): string[] {
  return below.length === 0 ? [] : [`${below.length} differ ${where}:`, ...listed(below, '  ')];
}

function listed(changes: readonly Change[], indent: string): string[] {
  const rows = changes.slice(0, MOST_BELOW).map((change) => `${indent}${changeLine(change)}`);
  return changes.length > MOST_BELOW ? [...rows, `${indent}… ${changes.length - MOST_BELOW} more`] : rows;
}
