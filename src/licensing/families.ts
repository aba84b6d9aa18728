/** Versions of one license, oldest first: what `+` and `-or-later` range over. Each licensor's own rule of "later version" decides who is kin. */
const FAMILIES: readonly (readonly string[])[] = [
  ['GPL-1.0', 'GPL-2.0', 'GPL-3.0'],
  ['LGPL-2.0', 'LGPL-2.1', 'LGPL-3.0'],
  // The two AGPL have different licensors: 1.0 allows later versions of Affero's, not of the FSF's.
  ['AGPL-1.0'],
  ['AGPL-3.0'],
  ['GFDL-1.1', 'GFDL-1.2', 'GFDL-1.3'],
  ['GFDL-1.1-invariants', 'GFDL-1.2-invariants', 'GFDL-1.3-invariants'],
  ['GFDL-1.1-no-invariants', 'GFDL-1.2-no-invariants', 'GFDL-1.3-no-invariants'],
  ['AFL-1.1', 'AFL-1.2', 'AFL-2.0', 'AFL-2.1', 'AFL-3.0'],
  ['Apache-1.0', 'Apache-1.1', 'Apache-2.0'],
  ['APSL-1.0', 'APSL-1.1', 'APSL-1.2', 'APSL-2.0'],
  ['Artistic-1.0', 'Artistic-2.0'],
  ['CDDL-1.0', 'CDDL-1.1'],
  ['CECILL-1.0', 'CECILL-1.1', 'CECILL-2.0', 'CECILL-2.1'],
  ['CC-BY-1.0', 'CC-BY-2.0', 'CC-BY-2.5', 'CC-BY-3.0', 'CC-BY-4.0'],
  ['CC-BY-NC-1.0', 'CC-BY-NC-2.0', 'CC-BY-NC-2.5', 'CC-BY-NC-3.0', 'CC-BY-NC-4.0'],
  ['CC-BY-NC-ND-1.0', 'CC-BY-NC-ND-2.0', 'CC-BY-NC-ND-2.5', 'CC-BY-NC-ND-3.0', 'CC-BY-NC-ND-4.0'],
  ['CC-BY-NC-SA-1.0', 'CC-BY-NC-SA-2.0', 'CC-BY-NC-SA-2.5', 'CC-BY-NC-SA-3.0', 'CC-BY-NC-SA-4.0'],
  ['CC-BY-ND-1.0', 'CC-BY-ND-2.0', 'CC-BY-ND-2.5', 'CC-BY-ND-3.0', 'CC-BY-ND-4.0'],
  ['CC-BY-SA-1.0', 'CC-BY-SA-2.0', 'CC-BY-SA-2.5', 'CC-BY-SA-3.0', 'CC-BY-SA-4.0'],
  ['ECL-1.0', 'ECL-2.0'],
  ['EFL-1.0', 'EFL-2.0'],
  ['EPL-1.0', 'EPL-2.0'],
  ['EUPL-1.0', 'EUPL-1.1', 'EUPL-1.2'],
  ['LPL-1.0', 'LPL-1.02'],
  ['LPPL-1.0', 'LPPL-1.1', 'LPPL-1.2', 'LPPL-1.3a', 'LPPL-1.3c'],
  ['MPL-1.0', 'MPL-1.1', 'MPL-2.0'],
  ['NPL-1.0', 'NPL-1.1'],
  ['OFL-1.0', 'OFL-1.1'],
  ['OSL-1.0', 'OSL-1.1', 'OSL-2.0', 'OSL-2.1', 'OSL-3.0'],
  ['PHP-3.0', 'PHP-3.01'],
  ['RPL-1.1', 'RPL-1.5'],
  ['ZPL-1.1', 'ZPL-2.0', 'ZPL-2.1'],
];

interface VersionRange {
  /** Ids in different families are strangers, even with alike names. */
  family: number;
  /** Position of the oldest version that is offered. */
  from: number;
  /** Later versions too, also those not yet written. */
  open: boolean;
}

const PLACES = new Map(FAMILIES.flatMap((ids, family) => ids.map((id, from): [string, { family: number; from: number }] => [id, { family, from }])));

/** Which versions a license in canonical form offers; undefined for a license without versions. */
export function versionRange(id: string, plus: boolean): VersionRange | undefined {
  const bare = id.replace(/-(only|or-later)$/, '');
  const place = PLACES.get(bare);
  return place === undefined ? undefined : { ...place, open: plus || id.endsWith('-or-later') };
}

/** Everything that the second range offers, the first offers too. */
export function rangeOffers(one: VersionRange, other: VersionRange): boolean {
  if (one.family !== other.family) return false;
  return one.open ? one.from <= other.from : !other.open && one.from === other.from;
}
