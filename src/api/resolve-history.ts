import type { HistoryQuestion, HistorySubject, Spans } from '../actions/read-history.ts';
import type { HistoryCause, HistoryState, PathState } from '../compare/history.ts';
import { Failure } from '../foundation/failure.ts';
import type { HistoryScope } from '../records/reads/history-reads.ts';
import type { Context } from './context.ts';
import { present } from './mutation-input.ts';
import { packageByKey } from './node-loading.ts';
import type { PageArguments } from './page.ts';
import { enumName, reportConnection } from './report-list.ts';
import { buildById } from './resolve-build.ts';
import { safeValue } from './safe-text.ts';

type Argument = 'target' | 'board' | 'configuration' | 'path' | 'package' | 'license' | 'symbol';
type HistoryArguments = PageArguments & { last: number } & { [Name in Argument]?: string | null };
type Span = Spans['spans'][number] & { asked: string };
type Change = NonNullable<Span['change']>;

async function history(given: HistoryArguments, context: Context): Promise<unknown> {
  const { target, board, configuration, path, package: name, license, symbol, last } = given;
  const question: HistoryQuestion = { scope: one({ target, board, configuration }) as HistoryScope, subject: one({ path, package: name, license, symbol }) as HistorySubject, last };
  // Only a symbol takes files out of the store.
  const found = 'symbol' in question.subject ? await context.turns.take(() => context.actions.history(question)) : await context.actions.history(question);
  // A build more makes other spans: its cursor is refused, and what was a page of the list before stays one.
  const newest = found.spans[0]?.until.build;
  const page = reportConnection(context, ['history', question, newest], found.spans.map((span): Span => ({ ...span, asked: found.subject.name })), given);
  // With what makes its fields: they are computed when asked for.
  return { found, page };
}

interface FoundHistory { found: Spans; page: { edges: unknown; nodes: unknown; pageInfo: unknown } }

function one(given: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  const found = present(given) as Record<string, string>;
  const [names, count] = [Object.keys(given), Object.keys(found).length];
  if (count !== 1) throw new Failure('API.BAD_REQUEST', `give exactly one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}; ${count} are given`);
  return found;
}

/** All changes of one answer in one statement. */
async function causesOf(change: Change, context: Context): Promise<readonly HistoryCause[]> {
  const found = await context.batches.one('history causes', JSON.stringify([change.before.build, change.after.build, change.packages]), async (keys) => {
    const asked = keys.map((key) => { const [before, after, packages] = JSON.parse(key) as [string, string, string[]]; return { before: { build: before }, after: { build: after }, packages }; });
    const causes = await context.actions.historyCauses(asked);
    return new Map(keys.map((key, index) => [key, causes[index]!]));
  });
  return safeValue(found ?? []) as readonly HistoryCause[];
}

function stateOf<Kind extends HistoryState['kind']>({ state }: Span, kind: Kind): Extract<HistoryState, { kind: Kind }> | undefined {
  return state?.kind === kind ? state as Extract<HistoryState, { kind: Kind }> : undefined;
}

export const HISTORY_RESOLVERS = {
  Query: {
    history: (_: unknown, given: HistoryArguments, context: Context) => history(given, context),
  },
  HistoryConnection: {
    edges: ({ page }: FoundHistory) => page.edges,
    nodes: ({ page }: FoundHistory) => page.nodes,
    pageInfo: ({ page }: FoundHistory) => page.pageInfo,
    buildCount: ({ found }: FoundHistory) => found.builds,
    untoldCount: ({ found }: FoundHistory) => found.untold,
    more: ({ found }: FoundHistory) => found.more,
    spanCount: ({ found }: FoundHistory) => found.spans.length,
    unreadFiles: ({ found }: FoundHistory) => found.unread,
  },
  HistorySpan: {
    present: ({ state }: Span) => state !== null,
    since: ({ since }: Span, _: unknown, context: Context) => buildById(context, since.build),
    until: ({ until }: Span, _: unknown, context: Context) => buildById(context, until.build),
    buildCount: ({ builds }: Span) => builds,
    file: (span: Span) => stateOf(span, 'path') ?? null,
    package: (span: Span, _: unknown, context: Context) => stateOf(span, 'package') === undefined ? null : packageByKey(context, span.until.build, span.asked),
    packageNames: (span: Span) => safeValue(stateOf(span, 'license')?.packages ?? []),
    definedIn: (span: Span) => safeValue(stateOf(span, 'symbol')?.files ?? []),
  },
  HistoryFile: {
    kind: ({ entry }: PathState) => enumName(entry),
    mode: ({ mode }: PathState) => mode.toString(8).padStart(4, '0'),
    target: ({ target }: PathState) => safeValue(target),
    owner: ({ owner }: PathState) => safeValue(owner.name),
    ownerReason: ({ owner }: PathState) => safeValue(owner.reason),
  },
  HistoryChange: {
    before: ({ before }: Change, _: unknown, context: Context) => buildById(context, before.build),
    after: ({ after }: Change, _: unknown, context: Context) => buildById(context, after.build),
    causes: (change: Change, _: unknown, context: Context) => causesOf(change, context),
  },
  HistoryCause: {
    kind: ({ kind }: HistoryCause) => enumName(kind),
    reasons: ({ reasons }: HistoryCause) => reasons.map(({ reason, detail }) => ({ reason: enumName(reason), detail })),
  },
};
