import type { Sha256 } from '../foundation/digest.ts';
import { idsWithTextOf, matchLicenseText, type TextMatch } from '../licensing/match-license-text.ts';
import type { LicenseText } from './license-texts.ts';

/** As like as this, a text is taken for the license. */
const ALIKE = 0.95;

/** Which licenses of the SPDX list a text is, each text matched once. */
export class TextIdentities {
  readonly #known = new Map<Sha256, readonly TextMatch[] | undefined>();

  /** The likest first; undefined where the text is not at hand and was not matched when it was captured. */
  matches({ sha256, licenseId, text }: LicenseText): readonly TextMatch[] | undefined {
    if (!this.#known.has(sha256)) this.#known.set(sha256, licenseId === undefined ? text && matchLicenseText(text) || undefined : [{ ids: idsWithTextOf(licenseId), exact: true, similarity: 1, contained: 1 }]);
    return this.#known.get(sha256);
  }

  /** `sure`: it is this license's text or holds it whole. `other`: it is another license's text and nothing else. */
  kinship(text: LicenseText, id: string): 'sure' | 'unsure' | 'other' {
    const matches = this.matches(text) ?? [];
    const isWhole = ({ exact, similarity }: TextMatch): boolean => exact || similarity >= ALIKE;
    if (matches.some((match) => match.ids.includes(id) && (isWhole(match) || match.contained >= ALIKE))) return 'sure';
    return matches.some(isWhole) ? 'other' : 'unsure';
  }
}
