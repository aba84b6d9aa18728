import type { ContentDescription } from '../content/description.ts';
import type { Both, BytePair } from '../foundation/both.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { CauseCode } from './cause-codes.ts';
import type { KnownFacts } from './cause.ts';
import { holds, united, without, type Range } from './ranges.ts';
import { differingWindows, windowText } from './windows.ts';

/** What is known around one pair of files. */
export interface FileContext {
  path: PathBytes;
  /** When each was last written, in seconds since 1970. */
  written: Both<number | undefined>;
  /** A directory of the image is not where something was built. */
  isInImage(path: PathBytes): boolean;
}

export interface RuleContext extends FileContext {
  described: Both<ContentDescription>;
  known: Both<KnownFacts>;
  /** Text is taken apart and put together; anything else keeps every byte in its place. */
  isText: boolean;
}

/** Where people write what a machine is to do: names and orders mean something there. */
export function isConfiguration({ path }: FileContext): boolean {
  return /(?:^|\/)etc\//.test(path);
}

/** Both sides without the cause, and what it was. */
export interface Undone {
  pair: BytePair;
  evidence: string[];
  /** Bytes of what was taken away and differed; absent: by how much the difference became smaller. */
  bytes?: number;
}

/** Takes one cause away from both sides; whether that made them equal is judged by who asks. Undefined: there is nothing of the kind. */
export interface Rule {
  code: CauseCode;
  undo(pair: BytePair, context: RuleContext): Undone | undefined;
}

/** A text in bytes that stands for a cause. Lists of them are in order, none over another. */
export interface Match extends Range { text: string; placeholder: string }

/** With every match replaced by its placeholder, or by zeros where bytes must keep their places. */
export function withoutMatches(bytes: Buffer, matches: readonly Match[], isText: boolean): Buffer {
  if (matches.length === 0) return bytes;
  if (!isText) {
    const copy = Buffer.from(bytes);
    for (const { start, end } of matches) copy.fill(0, start, end);
    return copy;
  }
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, end, placeholder } of matches) {
    // A NUL cannot stand in a text, so no text is taken for a placeholder.
    pieces.push(bytes.subarray(at, start), Buffer.from(`\0${placeholder}\0`, 'latin1'));
    at = end;
  }
  return Buffer.concat([...pieces, bytes.subarray(at)]);
}

const MOST_EVIDENCE = 3;

/** What differs between the matches of both sides, for people. */
export function evidenceOf(left: readonly Match[], right: readonly Match[]): string[] {
  const told = new Set<string>();
  for (let i = 0; i < Math.max(left.length, right.length) && told.size < MOST_EVIDENCE; i++) {
    const [a, b] = [left[i]?.text ?? '', right[i]?.text ?? ''];
    if (a !== b) told.add(`${a} → ${b}`);
  }
  return [...told];
}

/** A rule that looks for texts, on each side by what is known of it. */
export function textRule(code: CauseCode, find: (text: string, side: 'left' | 'right', context: RuleContext) => Match[]): Rule {
  return {
    code,
    undo: (pair, context) => {
      const [left, right] = (['left', 'right'] as const).map((side) => {
        const { text, placed } = readable(pair, side, context);
        return placed(find(text, side, context));
      }) as [Match[], Match[]];
      return withoutBoth(pair, left, right, context.isText);
    },
  };
}

/** Undefined where one side has none of it, or both have the same. */
export function withoutBoth(pair: BytePair, left: readonly Match[], right: readonly Match[], isText: boolean): Undone | undefined {
  const evidence = evidenceOf(left, right);
  if (left.length === 0 || right.length === 0 || evidence.length === 0) return undefined;
  const undone = { pair: { left: withoutMatches(pair.left, left, isText), right: withoutMatches(pair.right, right, isText) }, evidence };
  return isText ? { ...undone, bytes: Math.max(differingLength(left, right), differingLength(right, left)) } : undone;
}

function differingLength(matches: readonly Match[], others: readonly Match[]): number {
  return matches.reduce((sum, { text }, i) => sum + (text === others[i]?.text ? 0 : text.length), 0);
}

/** A side as Latin-1, and those pieces of it that may be masked, by their places in the bytes. */
export interface Readable { text: string; placed<T extends Range>(found: readonly T[]): T[] }

/** What texts are looked for in: of bytes that keep their places what stands around a difference is enough. */
export function readable(pair: BytePair, side: 'left' | 'right', context: RuleContext): Readable {
  const { left, right } = pair;
  if (context.isText || left.length !== right.length) return readableWhole(pair, side, context);
  const ranges = maskable(context.described[side], pair[side], false);
  const { text, placed } = windowText(only(pair[side], ranges), differingWindows(left, right));
  return { text, placed: (found) => found.map(placed).filter((one) => holds(ranges, one)) };
}

/** All of it, where what both sides have matters too. */
export function readableWhole(pair: BytePair, side: 'left' | 'right', { described, isText }: RuleContext): Readable {
  const ranges = maskable(described[side], pair[side], isText);
  return { text: only(pair[side], ranges).toString('latin1'), placed: (found) => found.filter((one) => holds(ranges, one)) };
}

/** Everything else as zeros: the last byte of the code is no part of the first string behind it. */
function only(bytes: Buffer, ranges: readonly Range[]): Buffer {
  if (ranges.length === 1 && ranges[0]!.start === 0 && ranges[0]!.end === bytes.length) return bytes;
  const seen = Buffer.alloc(bytes.length);
  for (const { start, end } of ranges) bytes.copy(seen, start, start, end);
  return seen;
}

const EXECUTABLE = 4;

/** Never the code and never the headers of a program: what looks like a text there is none. */
export function maskable({ kind, parts }: ContentDescription, bytes: Buffer, isText: boolean): Range[] {
  if (isText || (kind !== 'elf' && kind !== 'kernel-module')) return [{ start: 0, end: bytes.length }];
  const sections = parts.filter(({ role }) => role === 'section');
  const ranges = (wanted: (flags: number) => boolean): Range[] =>
    united(sections.filter(({ attributes }) => wanted(Number(attributes['flags'] ?? 0))).map(({ offset, storedBytes }) => ({ start: offset!, end: offset! + storedBytes })));
  // A section of data may be made to lie over code.
  return without(ranges((flags) => (flags & EXECUTABLE) === 0), ranges((flags) => (flags & EXECUTABLE) !== 0));
}

/** Eight megabytes of dates took 25 s and a gigabyte; no honest file has so many causes of one kind. */
const MOST_MATCHES = 20_000;

/** In order. Nothing at all where there are too many: what is not looked at is not excused. */
export function matchesOf(text: string, pattern: RegExp, placeholder: string): Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(pattern)) {
    if (found.length === MOST_MATCHES) return [];
    found.push({ start: match.index, end: match.index + match[0].length, text: match[0], placeholder });
  }
  return found;
}
