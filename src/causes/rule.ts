import type { ContentDescription } from '../content/description.ts';
import type { Both, BytePair } from '../foundation/both.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { CauseCode } from './cause-codes.ts';
import type { KnownFacts } from './cause.ts';
import type { Range } from './ranges.ts';
import { searched } from './searched.ts';

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
      const texts = searched(pair, context);
      const [left, right] = (['left', 'right'] as const).map((side) => texts[side].placed(find(texts[side].text, side, context))) as [Match[], Match[]];
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
