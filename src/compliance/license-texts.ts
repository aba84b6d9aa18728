import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';

/** One license file as it was found in a package's sources. */
export interface LicenseText {
  /** Within the sources, as the recipe names it. */
  path: string;
  sha256: Sha256;
  sizeBytes: number;
  /** What the recipe says its digest is. */
  declaredSha256?: Sha256;
  /** Of the SPDX list, where it was matched when it was captured. */
  licenseId?: string;
  /** Absent where only its digest is at hand. */
  text?: string;
}

/** By name of the package. A package without a key was not looked into; a file that its list lacks is not in its sources. */
export type LicenseTexts = ReadonlyMap<string, readonly LicenseText[]>;

interface DeclaredFile { path: string; sha256: Sha256 }

/**
 * Over the texts of the license files together, whatever they are called: equal for two versions with the same texts. As captured, or as the
 * recipe states where nothing was captured; undefined where there is no text, or one that is named is missing.
 */
export function licenseTextDigestOf(declared: readonly DeclaredFile[], captured: readonly LicenseText[] | undefined): Sha256 | undefined {
  const found = captured === undefined ? declared.map(({ sha256 }) => sha256) : declared.flatMap(({ path }) => captured.find((one) => one.path === path)?.sha256 ?? []);
  return found.length === 0 || found.length < declared.length ? undefined : jsonDigest([...new Set(found)].toSorted(compareText));
}
