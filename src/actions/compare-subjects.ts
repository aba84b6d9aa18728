import type { Comparison } from '../compare/comparison.ts';
import { OUTLINE_FORMAT } from '../compare/inventory-outline.ts';
import type { ToldComparison } from '../compare/told.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { compareFilesHere, comparersHere, type Comparers } from './comparers.ts';
import type { ComparedOnRecord, RecordedBuild } from './compare-recorded.ts';
import type { Workshop } from './workshop.ts';

/** An image or archive from anywhere, or a build on record. */
export type Subject = { kind: 'file'; path: string } | { kind: 'build'; buildId: string };

export interface CompareMeans {
  workshop: Pick<Workshop, 'reads' | 'records' | 'store'>;
  /** Who reads the bytes; absent: this thread. */
  comparers?: Comparers;
}

/** Any two. Two files need no record. Throws BYTES.IO, and of builds RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED, ACTIONS.NOT_DOCUMENTED. */
export async function compareSubjects(left: Subject, right: Subject, means: CompareMeans): Promise<ToldComparison> {
  const { comparers = comparersHere(means.workshop.store) } = means;
  if (left.kind === 'file' && right.kind === 'file') return subjectComparison(fromFiles(await comparers.files(left.path, right.path)));
  const ids = [left, right].flatMap((subject) => (subject.kind === 'build' ? [subject.buildId] : []));
  const builds = await outlined(await recordedBuilds(ids, means.workshop), comparers, means.workshop);
  const of = (subject: Subject & { kind: 'build' }): RecordedBuild => builds.get(subject.buildId)!;
  if (left.kind === 'build' && right.kind === 'build') return subjectComparison(await comparers.builds(of(left), of(right)));
  const compared = left.kind === 'build'
    ? await comparers.buildWithFile(of(left), (right as Subject & { kind: 'file' }).path, true)
    : await comparers.buildWithFile(of(right as Subject & { kind: 'build' }), left.path, false);
  return subjectComparison(compared);
}

/** Two files, in this thread. Throws BYTES.IO. */
export async function compareGivenFiles(left: string, right: string): Promise<ToldComparison> {
  return subjectComparison(fromFiles(await compareFilesHere(left, right)));
}

/** Two builds from the record, no image needed: roots, what came out beside them, and the packages that made the difference. Two statements; three where the inventory of one was never outlined. */
export function compareBuilds(left: string, right: string, means: CompareMeans): Promise<ToldComparison> {
  return compareSubjects({ kind: 'build', buildId: left }, { kind: 'build', buildId: right }, means);
}

function fromFiles(comparison: Comparison): ComparedOnRecord {
  return { comparison, images: [], packages: [], owners: comparison.changes.map(() => null) };
}

/** For keeping: UTF-8 of canonical JSON. */
export function encodeSubjects({ comparison, owner, ...rest }: ToldComparison): Uint8Array {
  const kept: ComparedOnRecord & { format: 1 } = { ...rest, format: 1, comparison, owners: comparison.changes.map((change) => owner(change) ?? null) };
  return Buffer.from(canonicalJson(kept), 'utf8');
}

/** Of bytes that `encodeSubjects` made. */
export function decodeSubjects(bytes: Uint8Array): ToldComparison {
  return subjectComparison(JSON.parse(Buffer.from(bytes).toString('utf8')) as ComparedOnRecord);
}

function subjectComparison({ comparison, owners, ...rest }: ComparedOnRecord): ToldComparison {
  const byChange = new Map(comparison.changes.map((change, i) => [change, owners[i] ?? undefined]));
  return { ...rest, comparison, owner: (change) => byChange.get(change) };
}

/** What the record says of builds, in two statements. */
async function recordedBuilds(ids: readonly string[], { reads }: Pick<Workshop, 'reads'>): Promise<ReadonlyMap<string, RecordedBuild>> {
  const builds = new Map((await reads.builds.byId([...new Set(ids)])).map((row) => [row.id, row]));
  const inventories = await reads.contents.currentInventory([...builds.keys()]);
  return new Map(ids.map((id): [string, RecordedBuild] => {
    const build = builds.get(id);
    if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `no build ${id} is on record`);
    if (build.state !== 'SUCCEEDED') throw new Failure('ACTIONS.NOT_SUCCEEDED', `build ${id} is ${build.state}`);
    const inventory = inventories.get(id);
    if (inventory === undefined) throw new Failure('ACTIONS.NOT_DOCUMENTED', `build ${id} has no inventory on record yet`, { place: id });
    const { startedAt, finishedAt } = build;
    const times = startedAt === null || finishedAt === null ? [] : [{ from: Math.floor(startedAt.getTime() / 1000), to: Math.ceil(finishedAt.getTime() / 1000) }];
    const jobs = [build.builder['jobs'], build.builder['cores']].filter((count) => typeof count === 'number');
    return [id, { inventory: inventory.digest as Sha256, ...(inventory.outline?.format === OUTLINE_FORMAT ? { outline: inventory.outline.sha256 as Sha256 } : {}), times, jobs }];
  }));
}

/** The same, with outlines of inventories that were put on record before there were any, which are kept. */
async function outlined(builds: ReadonlyMap<string, RecordedBuild>, comparers: Comparers, { records }: Pick<Workshop, 'records'>): Promise<ReadonlyMap<string, RecordedBuild>> {
  const made = new Map<Sha256, Sha256>();
  for (const { inventory, outline } of builds.values()) if (outline === undefined && !made.has(inventory)) made.set(inventory, await comparers.outline(inventory));
  if (made.size === 0) return builds;
  await records.contents.keepOutlines([...made].map(([inventory, sha256]) => ({ inventory, format: OUTLINE_FORMAT, sha256 })));
  return new Map([...builds].map(([id, build]): [string, RecordedBuild] => {
    const outline = build.outline ?? made.get(build.inventory);
    return [id, outline === undefined ? build : { ...build, outline }];
  }));
}
