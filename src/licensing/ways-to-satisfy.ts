import { compareText } from '../foundation/order.ts';
import { canonicalExpression, formKey } from './canonical-expression.ts';
import { isCompound, type Expression, type Leaf } from './expression.ts';

/** More ways than this are not listed: the number doubles with every OR beside an AND. */
const MAX_WAYS = 1024;

/** One way: all of these licenses apply together. Leaves in canonical form, in the order of their text. */
export type Way = readonly Leaf[];

export type Ways =
  /** No way holds another one whole; sorted. */
  | { ways: readonly Way[]; tooMany: false }
  /** More than can be listed; nothing may be concluded. */
  | { ways: undefined; tooMany: true };

/**
 * The smallest sets of licenses that satisfy an expression: AND takes all, OR takes one. The set of these sets is the same
 * for two expressions exactly when they mean the same (it is the one minimal form of a formula without negation).
 */
export function waysToSatisfy(expression: Expression, maxWays: number = MAX_WAYS): Ways {
  const canonical = canonicalExpression(expression);
  const atoms = atomsOf(canonical);
  const masks = masksOf(canonical, new Map(atoms.map(([text], index) => [text, 1n << BigInt(index)])), maxWays);
  if (masks === undefined) return { ways: undefined, tooMany: true };
  const ways = masks.map((mask) => atoms.filter((_, index) => (mask & (1n << BigInt(index))) !== 0n));
  const sorted = ways.map((way) => ({ text: way.map(([text]) => text).join(' AND '), way: way.map(([, leaf]) => leaf) })).toSorted((a, b) => compareText(a.text, b.text));
  return { ways: sorted.map(({ way }) => way), tooMany: false };
}

function atomsOf(expression: Expression): [string, Leaf][] {
  const found = new Map<string, Leaf>();
  const visit = (at: Expression): void => (isCompound(at) ? at.operands.forEach(visit) : void found.set(formKey(at), at));
  visit(expression);
  return [...found].toSorted(([a], [b]) => compareText(a, b));
}

function masksOf(expression: Expression, bits: ReadonlyMap<string, bigint>, maxWays: number): bigint[] | undefined {
  if (!isCompound(expression)) return [bits.get(formKey(expression))!];
  let result: bigint[] | undefined;
  for (const operand of expression.operands) {
    const masks = masksOf(operand, bits, maxWays);
    if (masks === undefined) return undefined;
    if (result === undefined) {
      result = masks;
      continue;
    }
    // What is multiplied is bounded too: absorption comes after it and costs the square.
    if (expression.kind === 'and' && result.length * masks.length > maxWays * 16) return undefined;
    result = minimal(expression.kind === 'or' ? [...result, ...masks] : product(result, masks), maxWays);
    if (result === undefined) return undefined;
  }
  return result;
}

function product(one: readonly bigint[], other: readonly bigint[]): bigint[] {
  return [...new Set(one.flatMap((a) => other.map((b) => a | b)))];
}

/** Without the sets that hold another set whole. */
function minimal(masks: readonly bigint[], maxWays: number): bigint[] | undefined {
  const kept: bigint[] = [];
  for (const mask of [...new Set(masks)].toSorted((a, b) => bitCount(a) - bitCount(b))) {
    if (kept.some((smaller) => (smaller & mask) === smaller)) continue;
    if (kept.length === maxWays) return undefined;
    kept.push(mask);
  }
  return kept;
}

function bitCount(mask: bigint): number {
  let count = 0;
  for (let rest = mask; rest !== 0n; rest &= rest - 1n) count += 1;
  return count;
}
