import type { Cause } from '../causes/cause.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { pathBytes, type FileEntry } from '../tree/entry.ts';
import type { Change, Comparison } from './comparison.ts';
import type { CopyleftGain } from './copyleft.ts';
import type { ComparedImage } from './image-changes.ts';
import { recordedCause, type PackageChange } from './package-changes.ts';
import { exitOf } from './verdict.ts';

/** A comparison with what the records of builds add to it. */
export interface ToldComparison {
  comparison: Comparison;
  /** What came out of two builds, by name, with the package that it is of; the root has none. */
  images: readonly ComparedImage[];
  packages: readonly PackageChange[];
  /** Of two builds: packages that ship with more copyleft than before. Absent where nothing tells. */
  copyleft?: readonly CopyleftGain[];
  /** Of two builds: contents of all files of the left root. */
  leftRootBytes?: number;
  owner(change: Change): string | undefined;
}

/** What the root is packed in differs where the root does; what lies beside it, a kernel, is content of its own. */
export function differingBeside({ images }: Pick<ToldComparison, 'images'>): ToldComparison['images'] {
  return images.filter(({ name, equal }) => !equal && !name.startsWith('rootfs.'));
}

/** Why an image beside the root differs, as far as the record of its package tells. */
export function causesBeside(told: Pick<ToldComparison, 'images' | 'packages'>): { name: string; cause: Cause }[] {
  return differingBeside(told).map(({ name, owner }) => {
    const of = told.packages.find((one) => one.name === owner);
    return { name, cause: { ...(of === undefined ? undefined : recordedCause(of)) ?? { code: 'unknown', confidence: 0, evidence: [] }, coverage: 1 } };
  });
}

/** The place of what is no part of any tree: a kernel. */
export const BESIDE_ROOT = 'beside the root';

/** The same, with what lies beside the root told as if it lay in it: a kernel is explained as any path is. */
export function withImagesBeside(told: ToldComparison): ToldComparison {
  const owners = new Map<Change, string | undefined>();
  const causes = new Map(causesBeside(told).map(({ name, cause }) => [name, cause]));
  const changes = differingBeside(told).map((image): Change => {
    const [before, after] = [besideEntry(image.left, image.sizeBytes.left), besideEntry(image.right, image.sizeBytes.right)];
    const change: Change = {
      place: BESIDE_ROOT, path: pathBytes(image.name), kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed', classes: before === undefined || after === undefined ? [] : ['content'],
      causes: [causes.get(image.name)!], noise: false, sizeDelta: (after?.sizeBytes ?? 0) - (before?.sizeBytes ?? 0), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }),
    };
    owners.set(change, image.owner ?? undefined);
    return change;
  });
  return { ...told, comparison: { ...told.comparison, changes: [...told.comparison.changes, ...changes] }, owner: (change) => (owners.has(change) ? owners.get(change) : told.owner(change)) };
}

/** As a file of a root would be. */
export function besideEntry(sha256: Sha256 | null, sizeBytes: number | null): FileEntry | undefined {
  return sha256 === null ? undefined : { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256, sizeBytes: sizeBytes ?? 0 };
}

/** As `exitOf`; a kernel beside equal roots differs without a change in the tree. */
export function exitOfTold(told: Pick<ToldComparison, 'comparison' | 'images'>): ExitCode {
  return differingBeside(told).length > 0 ? EXIT.no : exitOf(told.comparison);
}
