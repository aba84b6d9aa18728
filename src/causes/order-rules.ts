import type { BytePair } from '../foundation/both.ts';
import { compareText } from '../foundation/order.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { CauseCode } from './cause-codes.ts';
import { haveSameLines, isFew, linesOf } from './line-blocks.ts';
import { isConfiguration, type Rule, type RuleContext } from './rule.ts';

/** Fewer lines are in order by chance. */
const LEAST_LINES = 8;

/** As languages sort: punctuation and case count last. */
export const languageOrder = (a: string, b: string): number => compareText(plain(a), plain(b));
const plain = (line: string): string => line.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/**
 * The same lines in another order. Order means something in a script and in a configuration; elsewhere it is forgiven only
 * where one side is sorted, or where every line is a path of the image: lists that somebody generated.
 */
function orderRule(code: CauseCode, applies: (lines: { left: string[]; right: string[] }, context: RuleContext) => boolean): Rule {
  return {
    code,
    undo: (pair, context) => {
      if (!context.isText || meansSomething(context) || haveSameLines(pair) !== true || !isFew([pair.left]) || !isFew([pair.right])) return undefined;
      const lines = { left: linesOf(pair.left), right: linesOf(pair.right) };
      if (lines.left.length < LEAST_LINES || lines.left.length !== lines.right.length || !applies(lines, context)) return undefined;
      return { pair: sortedPair(pair), evidence: [`${lines.left.length} lines`] };
    },
  };
}

/** The order of lines does in a script and in a configuration. */
export function meansSomething(context: RuleContext): boolean {
  const { left, right } = context.described;
  return isConfiguration(context) || [left, right].some(({ kind, facts }) => kind === 'text' && 'interpreter' in facts);
}

function sortedPair({ left, right }: BytePair): BytePair {
  const sorted = (bytes: Buffer): Buffer => Buffer.from(`${linesOf(bytes).toSorted(compareText).join('\n')}\n`, 'latin1');
  return { left: sorted(left), right: sorted(right) };
}

const isSorted = (lines: readonly string[], order: (a: string, b: string) => number): boolean => lines.every((line, i) => i === 0 || order(lines[i - 1]!, line) <= 0);
const distinct = (lines: readonly string[]): boolean => new Set(lines).size === lines.length;

/** One is sorted by bytes, the other as a language does it. */
export function isLanguageOrder(left: readonly string[], right: readonly string[]): boolean {
  return distinct(left) && ((isSorted(left, compareText) && isSorted(right, languageOrder)) || (isSorted(right, compareText) && isSorted(left, languageOrder)));
}

export const LOCALE: Rule = orderRule('locale', ({ left, right }) => isLanguageOrder(left, right));

export const ORDER: Rule = orderRule('ordering', ({ left, right }, { isInImage }) =>
  distinct(left) && (isSorted(left, compareText) || isSorted(right, compareText) || left.every((line) => isInImage(line.replace(/^\.?\//, '') as PathBytes))));
