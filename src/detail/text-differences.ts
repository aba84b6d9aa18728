import { structuredPatch } from 'diff/lib/patch/create.js';

import { isReadFailure } from '../bytes/read-failure.ts';
import { describeContent } from '../content/describe-content.ts';
import type { ContentDescription } from '../content/description.ts';

/** Lines that differ in a text, or in what a file says of itself as text. */
export interface TextDifference {
  /** `text` for the file as a whole, else the name of the part: a configuration, a device tree. */
  name: string;
  /** Each begins with ` `, `-`, `+`, or is a `@@` line. For people; control characters may stand in it. */
  lines: readonly string[];
  /** Lines that were left out; null where the two are too large, or too different, to tell line by line. */
  moreLines: number | null;
}

const CONTEXT = 3;
const MOST_LINES = 200;
/** Larger texts are not told line by line. */
const MOST_TEXT_BYTES = 2 ** 20;
/** Time and memory grow with its square. */
const MOST_EDITS = 2000;
const MOST_TEXTS = 8;

/** Of two texts their lines; of two kernels, modules, device trees the texts in them. Empty where neither has any. */
export function textDifferences(left: Buffer, right: Buffer): TextDifference[] {
  const [a, b] = [describeContent(left), describeContent(right)];
  if (a.kind === 'text' && b.kind === 'text') return lineDifference('text', left, right);
  const views = viewsOf(b);
  return [...viewsOf(a)].flatMap(([name, text]) => (views.has(name) ? lineDifference(name, text, views.get(name)!) : [])).slice(0, MOST_TEXTS);
}

function viewsOf({ parts }: ContentDescription): ReadonlyMap<string, Buffer> {
  return new Map(parts.filter(({ role }) => role === 'view').flatMap((part): [string, Buffer][] => {
    try {
      const bytes = part.content();
      return bytes.byteLength > MOST_TEXT_BYTES ? [] : [[part.name, bytes]];
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      return [];
    }
  }));
}

function lineDifference(name: string, left: Buffer, right: Buffer): TextDifference[] {
  if (left.equals(right)) return [];
  const patch = Math.max(left.byteLength, right.byteLength) > MOST_TEXT_BYTES ? undefined : structuredPatch('', '', left.toString('utf8'), right.toString('utf8'), undefined, undefined, { context: CONTEXT, maxEditLength: MOST_EDITS });
  if (patch === undefined) return [{ name, lines: [], moreLines: null }];
  const lines = patch.hunks.flatMap((hunk) => [`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`, ...hunk.lines]);
  return [{ name, lines: lines.slice(0, MOST_LINES), moreLines: Math.max(0, lines.length - MOST_LINES) }];
}
