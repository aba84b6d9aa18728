import { packagesBehind, spansOf, type History, type HistoryBuild, type HistoryCause, type HistorySpan, type HistoryState } from '../compare/history.ts';
import { packageReasons, type MadeFrom } from '../compare/package-changes.ts';
import { Failure } from '../foundation/failure.ts';
import type { HistoryBuildRow, HistoryScope, MadePackageRow, PathStateRow } from '../records/reads/history-reads.ts';
import { checkPath, displayPath, pathBytes, pathFromBuffer, type PathBytes } from '../tree/entry.ts';
import type { Comparers } from './comparers.ts';
import type { Workshop } from './workshop.ts';

export type HistorySubject = { path: string } | { package: string } | { license: string } | { symbol: string };
export interface HistoryQuestion { scope: HistoryScope; subject: HistorySubject; /** How many builds, newest first: 1 to 1,000. */ last: number }
/** `comparers` read programs, which blocks. */
export interface HistoryMeans { workshop: Pick<Workshop, 'reads'>; comparers: Pick<Comparers, 'filesDefining'> }

/** Spans without their causes; see `withCauses`. */
export type Spans = Omit<History, 'spans'> & { spans: readonly (Omit<HistorySpan, 'change'> & { change: Omit<NonNullable<HistorySpan['change']>, 'causes'> & { packages: readonly string[] } | null })[] };

const MOST_BUILDS = 1_000;

/** Since when something is as it is, from the record alone. Throws RECORDS.UNKNOWN where the scope has no build, ACTIONS.BAD_HISTORY, TREE.BAD_ENTRY. */
export async function readSpans({ scope, subject, last }: HistoryQuestion, means: HistoryMeans): Promise<Spans> {
  if (!Number.isInteger(last) || last < 1 || last > MOST_BUILDS) throw new Failure('ACTIONS.BAD_HISTORY', `a history is of 1 to ${MOST_BUILDS} builds, not of ${last}`);
  const [[kind, name]] = Object.entries(scope) as [[History['scope']['kind'], string]];
  const { subject: asked, rows, unread } = await statesOf(subject, scope, last + 1, means);
  if (rows.length === 0) throw new Failure('RECORDS.UNKNOWN', `no build of the ${kind} "${name}" has succeeded`, { place: name });
  const looked = rows.slice(0, last);
  const told = looked.flatMap(({ build, state }) => state === undefined ? [] : [{ build, state }]);
  const spans = spansOf(told);
  return {
    subject: asked, scope: { kind, name }, builds: looked.length, untold: looked.length - told.length, more: rows.length > last, unread,
    spans: spans.map((span, index) => {
      const older = spans[index + 1];
      return { ...span, change: older === undefined ? null : { before: older.until, after: span.since, packages: packagesBehind(older.state, span.state, asked.name) } };
    }),
  };
}

export async function readHistory(question: HistoryQuestion, means: HistoryMeans): Promise<History> {
  const { spans, ...rest } = await readSpans(question, means);
  const causes = await causesOf(spans.flatMap(({ change }) => change === null ? [] : [change]), means.workshop);
  let next = 0;
  return { ...rest, spans: spans.map(({ change, ...span }) => ({ ...span, change: change === null ? null : { before: change.before, after: change.after, causes: causes[next++]! } })) };
}

/** As a span has it. */
export interface AskedChange { before: Pick<HistoryBuild, 'build'>; after: Pick<HistoryBuild, 'build'>; packages: readonly string[] }

/** What the record says of the packages behind each change, in the same order: one statement for all. */
export async function causesOf(changes: readonly AskedChange[], { reads }: Pick<Workshop, 'reads'>): Promise<HistoryCause[][]> {
  const keys = changes.flatMap(({ before, after, packages }) => packages.flatMap((name): [string, string][] => [[before.build, name], [after.build, name]]));
  const distinct = new Map(keys.map((key) => [key.join(' '), key]));
  const found = distinct.size === 0 ? [] : await reads.history.madePackages([...distinct.values()]);
  const made = new Map(found.map((row) => [`${row.buildId} ${row.name}`, row]));
  return changes.map(({ before, after, packages }) => packages.flatMap((name) => causeOf(name, made.get(`${before.build} ${name}`), made.get(`${after.build} ${name}`))));
}

function causeOf(name: string, before: MadePackageRow | undefined, after: MadePackageRow | undefined): HistoryCause[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) return [{ package: name, kind: before === undefined ? 'added' : 'removed', reasons: [] }];
  const reasons = packageReasons(madeFrom(before), madeFrom(after));
  return [{ package: name, kind: reasons.length === 0 ? 'unchanged' : 'changed', reasons }];
}

function madeFrom({ version, sources, patches, recipeDigest, template, templateDigest, planKey, options }: MadePackageRow): MadeFrom {
  return { version, sources, patches, recipe: { folderDigest: recipeDigest, template: template ?? '', templateDigest: templateDigest ?? '', planKey: planKey ?? '', options } };
}

interface States {
  subject: History['subject'];
  /** `state` undefined: that build cannot tell. */
  rows: readonly { build: HistoryBuild; state: HistoryState | null | undefined }[];
  unread: number;
}

async function statesOf(subject: HistorySubject, scope: HistoryScope, last: number, means: HistoryMeans): Promise<States> {
  const { history } = means.workshop.reads;
  if ('path' in subject) {
    const path = pathOf(subject.path);
    const rows = await history.path(scope, path, last);
    return { subject: { kind: 'path', name: `/${displayPath(path)}` }, unread: 0, rows: rows.map((row) => ({ build: buildOf(row), state: pathState(row.entry) })) };
  }
  if ('package' in subject) {
    const rows = await history.package(scope, subject.package, last);
    return { subject: { kind: 'package', name: subject.package }, unread: 0, rows: rows.map((row) => ({ build: buildOf(row), state: row.made === null ? null : { kind: 'package', ...row.made } })) };
  }
  if ('license' in subject) {
    const rows = await history.license(scope, subject.license, last);
    return {
      subject: { kind: 'license', name: subject.license }, unread: 0,
      rows: rows.map((row) => ({ build: buildOf(row), state: row.packages === null ? undefined : row.packages.length === 0 ? null : { kind: 'license', packages: row.packages } })),
    };
  }
  const { digests, unread } = await means.comparers.filesDefining(subject.symbol, await history.codeFiles(scope, last));
  const rows = await history.holding(scope, digests, last);
  return { subject: { kind: 'symbol', name: subject.symbol }, unread, rows: rows.map((row) => ({ build: buildOf(row), state: row.files.length === 0 ? null : { kind: 'symbol', files: row.files.map(({ path, owner }) => ({ path: `/${displayPath(pathFromBuffer(path))}`, owner })) } })) };
}

/** As people write it, with or without a slash before it. */
function pathOf(text: string): PathBytes {
  const path = pathBytes(text.replaceAll(/^\/+|\/+$/g, ''));
  if (path === '') throw new Failure('ACTIONS.BAD_HISTORY', `"${text}" names no entry of a root`);
  checkPath(path);
  return path;
}

function buildOf({ buildId, targetName, definitionDigest, finishedAt }: HistoryBuildRow): HistoryBuild {
  return { build: buildId, target: targetName, definitionDigest, finishedAt: finishedAt.toISOString() };
}

function pathState(row: PathStateRow['entry']): HistoryState | null {
  if (row === null) return null;
  const { kind, mode, uid, gid, sizeBytes, sha256, target, major, minor, xattrs, owner, ownerKind, ownerReason } = row;
  return {
    kind: 'path', entry: kind, mode, uid, gid, sizeBytes, sha256, target: target === null ? null : displayPath(pathFromBuffer(target)), xattrs,
    device: major === null || minor === null ? null : { major, minor }, owner: { kind: ownerKind, name: owner, reason: ownerReason },
  };
}
