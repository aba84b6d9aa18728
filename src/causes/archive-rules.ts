import type { ContentDescription } from '../content/description.ts';
import type { BytePair } from '../foundation/both.ts';
import { compareText } from '../foundation/order.ts';
import { isLanguageOrder } from './order-rules.ts';
import type { Rule, RuleContext } from './rule.ts';

const HEADER_BYTES = 60;

interface Record { name: string; bytes: string }

/** Members of an `ar` with their headers, in the order in which they lie there, and every other byte of it. */
function recordsOf(bytes: Buffer, { parts }: ContentDescription): { records: Record[]; rest: string } {
  const records: Record[] = [];
  const rest: string[] = [];
  let at = 0;
  for (const { name, offset, storedBytes } of parts.filter(({ role }) => role === 'file').toSorted((a, b) => a.offset! - b.offset!)) {
    const start = Math.max(at, offset! - HEADER_BYTES);
    const end = offset! + storedBytes + (storedBytes % 2);
    rest.push(bytes.toString('latin1', at, start));
    records.push({ name, bytes: bytes.toString('latin1', start, end) });
    at = Math.max(at, end);
  }
  return { records, rest: `${rest.join('')}${bytes.toString('latin1', at)}` };
}

interface Reordered { left: string[]; right: string[]; isAll: boolean }

/** The same members, byte for byte, in another order; `isAll` where nothing else differs, an index of symbols neither. */
function reordered({ left, right }: BytePair, { described }: RuleContext): Reordered | undefined {
  if (described.left.kind !== 'ar' || described.right.kind !== 'ar') return undefined;
  const [a, b] = [recordsOf(left, described.left), recordsOf(right, described.right)];
  const sorted = (records: readonly Record[]): string => records.map(({ bytes }) => bytes).toSorted(compareText).join('');
  const [x, y] = [a.records.map(({ name }) => name), b.records.map(({ name }) => name)];
  if (x.length < 2 || x.join('\n') === y.join('\n') || sorted(a.records) !== sorted(b.records)) return undefined;
  return { left: x, right: y, isAll: a.rest === b.rest };
}

const orderRule = (code: 'locale' | 'ordering', isProof: boolean): Rule => ({
  code,
  undo: (pair, context) => {
    const found = reordered(pair, context);
    if (found === undefined || (isProof && !found.isAll) || isLanguageOrder(found.left, found.right) !== (code === 'locale')) return undefined;
    return { pair: { left: Buffer.alloc(0), right: Buffer.alloc(0) }, evidence: [`${found.left.length} members`] };
  },
});

/** Proofs: members of an archive for the linker in another order. */
export const AR_ORDERS: readonly Rule[] = [orderRule('locale', true), orderRule('ordering', true)];
/** The same where its index of symbols differs, too, as it must. */
export const ANY_AR_ORDERS: readonly Rule[] = [orderRule('locale', false), orderRule('ordering', false)];
