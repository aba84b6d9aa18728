import { awaitedInventories } from '../actions/awaited-inventories.ts';
import type { PackageChange } from '../compare/package-changes.ts';
import type { ToldComparison } from '../compare/told.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { ComparisonDetailRow } from '../records/reads/comparison-reads.ts';
import type { UploadRow } from '../records/upload-records.ts';
import { comparedContents, type ComparedContents } from './compared-contents.ts';
import type { ApiParts } from './context.ts';
import { nodeId } from './node-ids.ts';
import { safeValue } from './safe-text.ts';

export type BuildChange = ToldComparison['comparison']['changes'][number];

/** Made now of two builds, or by a worker of whatever it was asked to compare. What it was made from, two whole inventories, is not held by it. */
export interface ShownComparison {
  /** What ids and cursors in it hang on: the id of a build, or of an upload as this API writes it. */
  left: string;
  right: string;
  /** Of each side that is one. */
  builds: Both<string | undefined>;
  /** Of each side that was uploaded. */
  uploads: Both<ShownUpload | undefined>;
  /** For people. */
  titles: Both<string>;
  /** Begins the path of its files. */
  path: string;
  compared: ToldComparison;
  packageOf: ReadonlyMap<string, PackageChange>;
  /** Of two builds alone. */
  contents: ComparedContents | undefined;
}

/** `sha256` is null where it was not whole. */
interface ShownUpload { id: string; sha256: Sha256 | null }

/** Of a larger comparison only who waits for it gets it. A change of a mode takes 0.9 KB (measured), parts and evidence more. */
const MOST_KEPT_CHANGES = 20_000;

/** The last few comparisons, and those under way: whoever asks for one of them waits for the same. */
export class KeptComparisons {
  readonly #most: number;
  /** The one that was asked for last stands last. */
  readonly #kept = new Map<string, Promise<ShownComparison>>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string, make: () => Promise<ShownComparison>): Promise<ShownComparison> {
    const known = this.#kept.get(key);
    const comparison = known ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, comparison);
    if (known === undefined) this.#settle(key, comparison);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most) this.#kept.delete(oldest!);
    return comparison;
  }

  /** What failed is made again when it is asked for again. */
  #settle(key: string, comparison: Promise<ShownComparison>): void {
    const forget = (): void => { if (this.#kept.get(key) === comparison) this.#kept.delete(key); };
    comparison.then(({ compared }) => { if (changesIn(compared.comparison) > MOST_KEPT_CHANGES) forget(); }, forget);
  }
}

/** What is nested in files counts too. */
function changesIn({ changes }: ToldComparison['comparison']): number {
  return changes.reduce((sum, { inside }) => sum + 1 + (inside === undefined ? 0 : changesIn(inside)), 0);
}

/** One statement for the builds, one for their inventories; the rest only where it is not known. Throws API.NOT_FOUND and what comparing throws. */
export async function comparisonOf(left: string, right: string, { reads, clock, actions, turns, comparisons }: Pick<ApiParts, 'reads' | 'clock' | 'actions' | 'turns' | 'comparisons'>): Promise<ShownComparison> {
  const ids = [...new Set([left, right])];
  const found = new Set((await reads.builds.byId(ids)).map(({ id }) => id));
  for (const [place, id] of [['left', left], ['right', right]] as const) {
    if (!found.has(id)) throw new Failure('API.NOT_FOUND', `there is no build with the id ${id}`, { place, hint: 'List what there is: `builds`.' });
  }
  const inventories = await awaitedInventories(ids, { reads, clock });
  const make = (): Promise<ShownComparison> => turns.take(async () => shownComparison({
    left, right, builds: { left, right }, uploads: { left: undefined, right: undefined }, titles: { left: nodeId('Build', left), right: nodeId('Build', right) }, path: `/compare/${nodeId('Build', left)}..${nodeId('Build', right)}`, contents: comparedContents(left, right, { actions, turns }),
    compared: await actions.compareBuilds({ left, right }),
  }));
  const [before, after] = [inventories.get(left)?.digest, inventories.get(right)?.digest];
  return before === undefined || after === undefined ? make() : comparisons.get(JSON.stringify([left, right, before, after]), make);
}

/** As a worker found it: kept for as long as the last few are, by the digest of what it found. Throws ACTIONS.RESULT_GONE. */
export function jobComparison(row: ComparisonDetailRow, { reads, actions, turns, comparisons }: Pick<ApiParts, 'reads' | 'actions' | 'turns' | 'comparisons'>): Promise<ShownComparison> {
  const [left, right] = [sideOf(row.leftBuildId, row.leftUploadId), sideOf(row.rightBuildId, row.rightUploadId)];
  const resultSha256 = row.resultSha256 as Sha256;
  return comparisons.get(JSON.stringify([left.key, right.key, resultSha256]), async () => {
    const uploads = await uploadsOf(row, reads);
    return shownComparison({
      left: left.key, right: right.key, builds: { left: left.build, right: right.build }, uploads, titles: { left: titleOf(left, uploads.left), right: titleOf(right, uploads.right) }, path: `/comparisons/${nodeId('Comparison', row.id)}`, contents: undefined,
      compared: await turns.take(() => actions.comparisonResult({ resultSha256 })),
    });
  });
}

async function uploadsOf({ leftUploadId, rightUploadId }: ComparisonDetailRow, { comparisons }: ApiParts['reads']): Promise<Both<UploadRow | undefined>> {
  const ids = [leftUploadId, rightUploadId].filter((id) => id !== null);
  const found = ids.length === 0 ? [] : await comparisons.uploadsById(ids);
  return { left: found.find(({ id }) => id === leftUploadId), right: found.find(({ id }) => id === rightUploadId) };
}

/** An upload's name is as whoever uploaded it calls it. */
function titleOf({ key, build }: ShownSide, upload: UploadRow | undefined): string {
  return build === undefined ? `${upload === undefined ? 'upload' : String(safeValue(upload.name))} (${key})` : nodeId('Build', build);
}

interface ShownSide { key: string; build: string | undefined }

function sideOf(buildId: string | null, uploadId: string | null): ShownSide {
  return buildId === null ? { key: nodeId('Upload', uploadId!), build: undefined } : { key: buildId, build: buildId };
}

function shownComparison({ compared, ...rest }: Omit<ShownComparison, 'packageOf'>): ShownComparison {
  const owners = new Map(compared.comparison.changes.map((change) => [change, compared.owner(change)]));
  return { ...rest, compared: { ...compared, owner: (change) => owners.get(change) }, packageOf: new Map(compared.packages.map((each) => [each.name, each])) };
}

/** What its record tells rules: `outside` needs to know owners, rules about packages both sides. */
export function toldByRecord({ builds: { left, right } }: ShownComparison): { owners: boolean; packages: boolean } {
  return { owners: left !== undefined || right !== undefined, packages: left !== undefined && right !== undefined };
}
