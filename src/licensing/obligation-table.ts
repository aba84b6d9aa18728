import type { LicenseCategory } from './license-category.ts';
import type { Linkage } from './linkage.ts';

export type ObligationKind =
  | 'license-text' | 'copyright-notice' | 'notice-file' | 'advertising-acknowledgement' | 'modification-notice' | 'source-code' | 'network-source' | 'relinking' | 'installation-information';

interface ObligationRow {
  obligation: ObligationKind;
  /** By id in canonical form, or by category. */
  licenses?: readonly string[];
  categories?: readonly LicenseCategory[];
  /** Every way of shipping, where it is left out. */
  linkages?: readonly Linkage[];
  /** Where the license says so. */
  source: string;
}

const both = (ids: readonly string[]): string[] => ids.flatMap((id) => [`${id}-only`, `${id}-or-later`]);

const COPYLEFT: readonly LicenseCategory[] = ['weak-copyleft', 'strong-copyleft', 'network-copyleft'];

/** They ask for nothing in binaries: zero-clause licenses, and those whose notice goes with source only. */
export const NOTHING_ASKED: ReadonlySet<string> = new Set([
  '0BSD', 'BSD-1-Clause', 'BSL-1.0', 'CC0-1.0', 'FSFUL', 'MIT-0', 'Unlicense', 'WTFPL', 'Zlib', 'blessing', 'libselinux-1.0',
]);

/** What each license asks of those who ship it, and where it says so. */
export const OBLIGATIONS: readonly ObligationRow[] = [
  { obligation: 'license-text', categories: ['permissive', ...COPYLEFT], source: 'the condition that this notice goes with copies, in each of them' },
  { obligation: 'copyright-notice', categories: ['permissive', ...COPYLEFT], source: 'the condition that the copyright notice goes with copies, in each of them' },
  { obligation: 'notice-file', licenses: ['Apache-2.0'], source: 'Apache-2.0 section 4(d)' },
  { obligation: 'modification-notice', licenses: ['Apache-2.0'], source: 'Apache-2.0 section 4(b)' },
  { obligation: 'modification-notice', licenses: both(['GPL-1.0', 'GPL-2.0']), source: 'GPL-2.0 section 2(a)' },
  { obligation: 'modification-notice', licenses: both(['LGPL-2.0', 'LGPL-2.1']), source: 'LGPL-2.1 section 2(b)' },
  { obligation: 'modification-notice', licenses: both(['GPL-3.0', 'LGPL-3.0', 'AGPL-3.0']), source: 'GPL-3.0 section 5(a)' },
  { obligation: 'advertising-acknowledgement', licenses: ['BSD-4-Clause', 'BSD-4-Clause-UC'], source: 'BSD-4-Clause clause 3' },
  { obligation: 'advertising-acknowledgement', licenses: ['OpenSSL'], source: 'OpenSSL clauses 3 and 6, SSLeay clause 3' },
  { obligation: 'advertising-acknowledgement', licenses: ['Apache-1.0', 'Apache-1.1'], source: 'Apache-1.1 clause 3' },
  { obligation: 'source-code', licenses: both(['GPL-1.0', 'GPL-2.0']), source: 'GPL-2.0 section 3' },
  { obligation: 'source-code', licenses: both(['GPL-3.0', 'AGPL-3.0']), source: 'GPL-3.0 section 6' },
  { obligation: 'source-code', licenses: both(['LGPL-2.0', 'LGPL-2.1']), source: 'LGPL-2.1 sections 4 and 6' },
  { obligation: 'source-code', licenses: both(['LGPL-3.0']), source: 'LGPL-3.0 section 4(d), GPL-3.0 section 6' },
  { obligation: 'source-code', licenses: ['MPL-1.0', 'MPL-1.1'], source: 'MPL-1.1 section 3.2' },
  { obligation: 'source-code', licenses: ['MPL-2.0', 'MPL-2.0-no-copyleft-exception'], source: 'MPL-2.0 section 3.2' },
  { obligation: 'source-code', licenses: ['CDDL-1.0', 'CDDL-1.1'], source: 'CDDL-1.0 section 3.1' },
  { obligation: 'source-code', licenses: ['EPL-1.0', 'CPL-1.0'], source: 'EPL-1.0 section 3' },
  { obligation: 'source-code', licenses: ['EPL-2.0'], source: 'EPL-2.0 section 3.1' },
  { obligation: 'source-code', licenses: ['EUPL-1.1', 'EUPL-1.2'], source: 'EUPL-1.2 article 5' },
  { obligation: 'source-code', licenses: ['Sleepycat'], source: 'Sleepycat clause 3' },
  { obligation: 'source-code', categories: COPYLEFT, source: 'copyleft by category; the section has not been looked up' },
  { obligation: 'network-source', licenses: both(['AGPL-3.0']), source: 'AGPL-3.0 section 13' },
  { obligation: 'relinking', licenses: both(['LGPL-2.0', 'LGPL-2.1']), linkages: ['static'], source: 'LGPL-2.1 section 6(a)' },
  { obligation: 'relinking', licenses: both(['LGPL-3.0']), linkages: ['static'], source: 'LGPL-3.0 section 4(d)' },
  { obligation: 'installation-information', licenses: both(['GPL-3.0', 'AGPL-3.0']), source: 'GPL-3.0 section 6, for user products' },
  { obligation: 'installation-information', licenses: both(['LGPL-3.0']), source: 'LGPL-3.0 section 4(e), for user products' },
];
