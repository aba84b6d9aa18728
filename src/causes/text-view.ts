import type { ContentDescription } from '../content/description.ts';
import type { BytePair } from '../foundation/both.ts';
import { hasManyLines, linesOf } from './differing-bytes.ts';
import { maskable, type RuleContext } from './rule.ts';

/** Shorter ones are noise of the bytes around them; the more bytes, the longer a text that chance writes. */
const [SHORT_TEXTS, LONG_TEXTS] = [/[\t\x20-\x7e\x80-\xfe]{4,}/g, /[\t\x20-\x7e]{8,}/g];
const SMALL_BYTES = 64 * 1024;
const MOST_TEXTS = 50_000;
/** Of what is no program: a larger file is packed, or has a format that nobody taught this. */
const MOST_DATA_BYTES = 2 ** 21;
const MOST_PROGRAM_BYTES = 2 ** 25;

/** What a person would read in two binary files, a text a line: code is left out. Suspicions are looked for in it; it proves nothing. */
export function textView(pair: BytePair, { described, isText }: RuleContext): BytePair {
  if (isText) return pair;
  return { left: textsOf(pair.left, described.left), right: textsOf(pair.right, described.right) };
}

function textsOf(bytes: Buffer, described: ContentDescription): Buffer {
  const found: string[] = [];
  if (bytes.length > (described.kind === 'elf' || described.kind === 'kernel-module' ? MOST_PROGRAM_BYTES : MOST_DATA_BYTES)) return Buffer.alloc(0);
  const printable = bytes.length > SMALL_BYTES ? LONG_TEXTS : SHORT_TEXTS;
  for (const { start, end } of maskable(described, bytes, false)) {
    for (const [text] of bytes.toString('latin1', start, end).matchAll(printable)) {
      if (found.length === MOST_TEXTS) return Buffer.alloc(0);
      if (isReadable(text)) found.push(text);
    }
  }
  return Buffer.from(found.map((text) => `${text}\n`).join(''), 'latin1');
}

/** Letters, most of them: what four bytes spell by chance seldom is. */
function isReadable(text: string): boolean {
  const plain = text.replaceAll(/[^\w ./:=-]/g, '').length;
  return plain * 10 >= text.length * 7;
}

/** More is not looked at: rules are many, and a file that differs all through has no one cause that a line would tell. */
const MOST_BYTES = 2 ** 19;

/** In the order of each side. Undefined where there are none, or too many. */
export function onlyDifferingLines({ left, right }: BytePair): BytePair | undefined {
  if (hasManyLines(left) || hasManyLines(right)) return undefined;
  const [a, b] = [linesOf(left), linesOf(right)];
  const lines = { left: lacking(a, b), right: lacking(b, a) };
  // The same lines, in another order.
  if (lines.left.length + lines.right.length === 0) return left.equals(right) || left.length > MOST_BYTES ? undefined : { left, right };
  return lines.left.length > MOST_BYTES || lines.right.length > MOST_BYTES ? undefined : lines;
}

function lacking(lines: readonly string[], others: readonly string[]): Buffer {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  const found = lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
  return Buffer.from(found.map((line) => `${line}\n`).join(''), 'latin1');
}
