import type { Cause } from '../causes/cause.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
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

/** As `exitOf`; a kernel beside equal roots differs without a change in the tree. */
export function exitOfTold(told: Pick<ToldComparison, 'comparison' | 'images'>): ExitCode {
  return differingBeside(told).length > 0 ? EXIT.no : exitOf(told.comparison);
}
