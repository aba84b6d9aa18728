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

  /** Ids whose text it is or holds whole. */
  idsIn(text: LicenseText): ReadonlySet<string> {
    return new Set((this.matches(text) ?? []).filter(({ exact, similarity, contained }) => exact || similarity >= ALIKE || contained >= ALIKE).flatMap(({ ids }) => ids));
  }
}
