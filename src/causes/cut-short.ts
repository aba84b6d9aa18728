import type { Rule } from './rule.ts';

const LINE_FEED = 10;
/** Fewer bytes are the beginning of much. */
const LEAST_BYTES = 16;

/** One is the beginning of the other. A text that ends with a line has grown, or shrunk, by lines; any other was cut. */
export const CUT_SHORT: Rule = {
  code: 'truncated',
  undo: ({ left, right }, { described }) => {
    const [short, long] = left.length < right.length ? [left, right] : [right, left];
    const isText = [described.left, described.right].some(({ kind }) => kind === 'text');
    if (short.length === long.length || (short.length > 0 && short.length < LEAST_BYTES) || !long.subarray(0, short.length).equals(short)) return undefined;
    if (isText && short.length > 0 && short.at(-1) === LINE_FEED) return undefined;
    return { pair: { left: short, right: short }, evidence: [`${left.length} → ${right.length} bytes`], bytes: long.length - short.length };
  },
};
