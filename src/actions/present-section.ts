import type { ComparedImage } from '../compare/image-changes.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { LicenseComparison } from './compare-contents.ts';

/** One section of what two builds differ in. */
export type ComparedSection = 'images' | 'packages' | 'licenses' | 'sbom' | 'config' | 'inputs';

/** 0: nothing differs; 3: licenses alone that are written in another way; 1: all else. */
export function exitOfLicenses({ changes, policy }: LicenseComparison): ExitCode {
  const judged = policy?.changes.length ?? 0;
  if (changes.length + judged === 0) return EXIT.done;
  return judged === 0 && changes.every(({ alarm }) => !alarm) ? EXIT.noise : EXIT.no;
}

export function exitOfChanges(changes: readonly unknown[]): ExitCode {
  return changes.length === 0 ? EXIT.done : EXIT.no;
}

/** All that came out of two builds. */
export function imagesApart(images: readonly ComparedImage[]): { changes: ComparedImage[]; equal: ComparedImage[] } {
  return { changes: images.filter(({ equal }) => !equal), equal: images.filter(({ equal }) => equal) };
}

/** One object in canonical form, the same at every door. `changes`: of licenses and images an object of its own. */
export function sectionJson(section: ComparedSection, exit: ExitCode, changes: unknown): string {
  return canonicalJson({ section, exit, changes });
}
