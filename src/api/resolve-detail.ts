import type { Change } from '../compare/comparison.ts';
import type { ContentDetail, DetailList, DetailTable, FunctionChange, FunctionDetail, ValueChange } from '../detail/detail.ts';
import type { TextDifference } from '../detail/text-differences.ts';
import type { Context } from './context.ts';
import { toldByRecord, type ShownComparison } from './kept-comparisons.ts';
import { enumName } from './report-list.ts';
import { safeValue } from './safe-text.ts';

/** Undefined unless both sides are files of other bytes. */
function detailOf({ before, after }: Change, { actions, turns }: Context): Promise<ContentDetail> | null {
  if (before?.kind !== 'file' || after?.kind !== 'file' || before.sha256 === after.sha256) return null;
  return turns.take(() => actions.explainContents({ left: before.sha256, right: after.sha256 }));
}

const FATES = ['added', 'removed', 'changed', 'operands', 'bytes', 'shifted', 'same'] as const;

export const DETAIL_RESOLVERS = {
  FileChange: {
    // Contents of what was uploaded are in no store.
    detail: (change: Change & { of: ShownComparison }, _: unknown, context: Context) => (toldByRecord(change.of).packages ? detailOf(change, context) : null),
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
