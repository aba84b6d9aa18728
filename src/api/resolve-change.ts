import { CAUSES, type CauseCode } from '../causes/cause-codes.ts';
import type { Cause, PartDifference } from '../causes/cause.ts';
import { comparisonText } from '../compare/comparison-text.ts';
import type { Comparison } from '../compare/comparison.ts';
import { jsonDigest } from '../foundation/canonical-json.ts';
import { Failure } from '../foundation/failure.ts';
import { pathBytes, pathToBuffer, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Context } from './context.ts';
import type { BuildChange, ShownComparison } from './kept-comparisons.ts';
import { present } from './mutation-input.ts';
import { packageByKey } from './node-loading.ts';
import type { PageArguments } from './page.ts';
import { enumName, enumWord, reportConnection } from './report-list.ts';
import { safeName, safeValue } from './safe-text.ts';

const MOST_PARTS = 200;
const NESTED_LINES = 40;

export type ChangeArguments = PageArguments & { kind?: string | null; class?: string | null; cause?: string | null; package?: string | null; pathPrefix?: string | null; noise?: boolean | null };

/** With the comparison that it is of. */
type ShownChange = BuildChange & { of: ShownComparison; owner: string | undefined };

export function changesOf(of: ShownComparison, given: ChangeArguments, context: Context): unknown {
  const { kind, class: ofClass, cause, package: owner, pathPrefix, noise } = present(given);
  if (cause !== undefined && !Object.hasOwn(CAUSES, cause)) throw new Failure('API.BAD_REQUEST', '`cause` is no code of a cause', { hint: `One of: ${Object.keys(CAUSES).join(', ')}.` });
  const prefix = pathPrefix === undefined ? undefined : pathBytes(pathPrefix.replace(/^\//, ''));
  const kept = of.compared.comparison.changes.filter((change) => (kind === undefined || change.kind === enumWord(kind))
    && (ofClass === undefined || change.classes.some((each) => each === enumWord(ofClass)))
    && (cause === undefined || change.causes.some(({ code }) => code === cause))
    && (noise === undefined || change.noise === noise)
    && (prefix === undefined || change.path.startsWith(prefix) || change.otherPath?.startsWith(prefix) === true)
    && (owner === undefined || of.compared.owner(change) === owner));
  return reportConnection(context, ['changes', of.left, of.right, kind, ofClass, cause, owner, prefix, noise], kept.map((change) => shownChange(of, change)), given);
}

function shownChange(of: ShownComparison, change: BuildChange): ShownChange {
  return { ...change, of, owner: of.compared.owner(change) };
}

/** One path can be gone on the left and be what another moved to on the right: the kind tells the two apart. */
function idOf({ left, right }: ShownComparison, { place, path, kind }: BuildChange): string {
  return `chg_${jsonDigest([left, right, place, path, kind]).slice(0, 40)}`;
}

export function changeById(of: ShownComparison, id: string): ShownChange | null {
  const change = /^chg_[0-9a-f]{40}$/.test(id) ? of.compared.comparison.changes.find((each) => idOf(of, each) === id) : undefined;
  return change === undefined ? null : shownChange(of, change);
}

const fromRoot = (path: PathBytes): string => `/${safeName(pathToBuffer(path))}`;

function packageIn(side: 'left' | 'right', { of, owner }: ShownChange, context: Context): Promise<object | undefined> | null {
  const build = of.builds[side];
  return owner === undefined || build === undefined ? null : packageByKey(context, build, owner);
}

function presentEntry(entry: TreeEntry | undefined): object | null {
  if (entry === undefined) return null;
  const kind = enumName(entry.kind);
  if (entry.kind === 'hard-link') return { kind, target: fromRoot(entry.target), xattrs: [] };
  return {
    kind, mode: entry.mode.toString(8).padStart(4, '0'), uid: entry.uid, gid: entry.gid, xattrs: Object.keys(entry.xattrs ?? {}).toSorted().map((name) => safeName(Buffer.from(name, 'latin1'))),
    ...(entry.kind === 'file' ? { sizeBytes: entry.sizeBytes, sha256: entry.sha256 } : {}), ...(entry.kind === 'symlink' ? { target: safeName(pathToBuffer(entry.target)) } : {}),
  };
}

export function countsOf({ changes }: Pick<Comparison, 'changes'>): Record<string, number> {
  const count = (kind: string): number => changes.filter((change) => change.kind === kind).length;
  return {
    added: count('added'), removed: count('removed'), changed: count('changed'), moved: count('moved'),
    noise: changes.filter(({ noise }) => noise).length, sizeDelta: changes.reduce((sum, { sizeDelta }) => sum + sizeDelta, 0),
  };
}

/** What a cause means, and what helps. */
export const CAUSE_TOLD = {
  summary: ({ code }: { code: CauseCode }) => CAUSES[code].summary,
  hint: ({ code }: { code: CauseCode }) => CAUSES[code].hint || null,
};

export const CHANGE_RESOLVERS = {
  FileChange: {
    id: (change: ShownChange) => idOf(change.of, change),
    place: ({ place }: ShownChange) => safeValue(place),
    path: ({ path }: ShownChange) => fromRoot(path),
    otherPath: ({ otherPath }: ShownChange) => otherPath === undefined ? null : fromRoot(otherPath),
    kind: ({ kind }: ShownChange) => enumName(kind),
    classes: ({ classes }: ShownChange) => classes.map(enumName),
    before: ({ before }: ShownChange) => presentEntry(before),
    after: ({ after }: ShownChange) => presentEntry(after),
    owner: ({ owner }: ShownChange) => safeValue(owner),
    packageChange: ({ of, owner }: ShownChange) => { const found = of.packageOf.get(owner ?? ''); return found === undefined ? null : { ...found, of }; },
    packageBefore: (change: ShownChange, _: unknown, context: Context) => packageIn('left', change, context),
    packageAfter: (change: ShownChange, _: unknown, context: Context) => packageIn('right', change, context),
    parts: ({ parts = [] }: ShownChange) => parts.slice(0, MOST_PARTS),
  },
  ChangeCause: {
    ...CAUSE_TOLD,
    evidence: ({ evidence }: Cause) => safeValue(evidence),
  },
  ChangedPart: {
    name: ({ name }: PartDifference) => safeValue(name),
    kind: ({ kind }: PartDifference) => enumName(kind),
  },
  NestedComparison: {
    counts: (inside: Comparison) => countsOf(inside),
    text: (inside: Comparison) => comparisonText(inside, { lines: NESTED_LINES }),
  },
};
