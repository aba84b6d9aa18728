import type { Change } from '../compare/comparison.ts';
import { isWhole } from '../compare/whole-change.ts';
import type { ContentDetail, DetailList, DetailTable, FunctionChange, FunctionDetail, ValueChange } from '../detail/detail.ts';
import type { TextDifference } from '../detail/text-differences.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Context } from './context.ts';
import type { ShownComparison } from './kept-comparisons.ts';
import { enumName } from './report-list.ts';
import { safeValue } from './safe-text.ts';

/** Of files with other bytes; of images that are no trees, their own. */
function pairOf(change: Change, { uploads: { left, right } }: ShownComparison): Both<Sha256> | undefined {
  if (isWhole(change)) {
    const [a, b] = [left?.sha256 ?? undefined, right?.sha256 ?? undefined];
    return a === undefined || b === undefined ? undefined : { left: a, right: b };
  }
  const { before, after } = change;
  return before?.kind !== 'file' || after?.kind !== 'file' || before.sha256 === after.sha256 ? undefined : { left: before.sha256, right: after.sha256 };
}

/** All that one request asks for are made together: what lies in images is read once for them. */
async function detailOf(pair: Both<Sha256>, { left, right, uploads }: ShownComparison, { actions, batches, turns }: Context): Promise<ContentDetail> {
  const found = await batches.one(`details ${left} ${right}`, `${pair.left} ${pair.right}`, async (keys) => {
    const pairs = keys.map((key) => { const [a, b] = key.split(' ') as [Sha256, Sha256]; return { left: a, right: b }; });
    const details = await turns.take(() => actions.explainContents({ pairs, uploads: { left: uploads.left?.id, right: uploads.right?.id } }));
    return new Map(keys.map((key, index) => [key, details[index]!]));
  });
  if (found!.status === 'rejected') throw found!.reason;
  return found!.value;
}

const FATES = ['added', 'removed', 'changed', 'operands', 'bytes', 'shifted', 'same'] as const;

export const DETAIL_RESOLVERS = {
  FileChange: {
    detail: (change: Change & { of: ShownComparison }, _: unknown, context: Context) => {
      const pair = pairOf(change, change.of);
      return pair === undefined ? null : detailOf(pair, change.of, context);
    },
  },
  ContentDetail: {
    leftKind: ({ kinds }: ContentDetail) => kinds.left,
    rightKind: ({ kinds }: ContentDetail) => kinds.right,
    functions: ({ functions }: ContentDetail) => functions ?? null,
    inside: ({ inside }: ContentDetail) => inside.items.map(({ name, detail }) => ({ name, detail })),
    problems: ({ problems }: ContentDetail) => safeValue(problems),
    json: (detail: ContentDetail) => safeValue(detail),
  },
  DetailTable: {
    name: ({ name }: DetailTable) => safeValue(name),
    rows: ({ rows }: DetailTable) => rows.items,
    moreRows: ({ rows }: DetailTable) => rows.more,
  },
  ValueChange: {
    name: ({ name }: ValueChange) => safeValue(name),
    left: ({ left }: ValueChange) => safeValue(left),
    right: ({ right }: ValueChange) => safeValue(right),
  },
  DetailList: {
    name: ({ name }: DetailList) => safeValue(name),
    removed: ({ removed }: DetailList) => safeValue(removed.items),
    added: ({ added }: DetailList) => safeValue(added.items),
    more: ({ removed, added }: DetailList) => removed.more + added.more,
  },
  DetailText: {
    name: ({ name }: TextDifference) => safeValue(name),
    lines: ({ lines }: TextDifference) => safeValue(lines),
  },
  FunctionDetail: {
    from: ({ from }: FunctionDetail) => from,
    counts: ({ counts }: FunctionDetail) => FATES.map((fate) => ({ fate: enumName(fate), count: counts[fate] })),
    changes: ({ changes }: FunctionDetail) => changes.items,
    more: ({ changes }: FunctionDetail) => changes.more,
  },
  FunctionChange: {
    name: ({ name }: FunctionChange) => safeValue(name),
    after: ({ after }: FunctionChange) => safeValue(after ?? null),
    fate: ({ fate }: FunctionChange) => enumName(fate),
    instructions: ({ instructions }: FunctionChange) => instructions ?? null,
  },
};
