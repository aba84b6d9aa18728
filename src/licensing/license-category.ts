import table from './license-categories.json' with { type: 'json' };
import { printLeaf, type Leaf } from './expression.ts';

/**
 * What a license asks of those who pass the work on. ScanCode's LicenseDB says it for every id of the SPDX list (`license-categories.json`);
 * the tables here say what it does not: which copyleft also reaches over the network, and which exceptions let others link.
 */
export type LicenseCategory =
  | 'public-domain' | 'permissive' | 'weak-copyleft' | 'strong-copyleft' | 'network-copyleft' | 'restricted' | 'non-commercial' | 'proprietary' | 'unstated';

const OF_LICENSE_DB: Readonly<Record<string, LicenseCategory>> = {
  'Public Domain': 'public-domain', Permissive: 'permissive', 'Copyleft Limited': 'weak-copyleft', Copyleft: 'strong-copyleft',
  'Source-available': 'restricted', 'Free Restricted': 'restricted', 'Non-Commercial': 'non-commercial', 'Proprietary Free': 'proprietary', Commercial: 'proprietary',
  'Unstated License': 'unstated',
};

/** Use over a network counts as passing on: AGPL 3.0 section 13, AGPL 1.0 section 2(d), OSL and NPOSL 3.0 section 5, CPAL 1.0 section 15, CAL 1.0's recipients. */
const NETWORK = /^(AGPL-[13]\.0(-only|-or-later)?|OSL-3\.0|NPOSL-3\.0|CPAL-1\.0|CAL-1\.0(-Combined-Work-Exception)?)$/;

/** References that the reader of Buildroot's strings writes, as LicenseDB has them; a grant of patents beside a license asks for no more than the license. */
const REFERENCES: ReadonlyMap<string, LicenseCategory> = new Map([
  ['licenseref-scancode-public-domain', 'public-domain'],
  ['licenseref-scancode-proprietary-license', 'proprietary'],
  ['licenseref-scancode-riverbank-sip', 'restricted'],
  ['licenseref-scancode-hp-netperf', 'non-commercial'],
  ['licenseref-scancode-hp-snmp-pp', 'permissive'],
  ['licenseref-scancode-iozone', 'proprietary'],
  ['licenseref-scancode-rsalv2', 'non-commercial'],
  ['licenseref-scancode-google-patent-license-webm', 'permissive'],
]);

/** They let a program of any terms be linked with the work; the work itself stays copyleft. Other exceptions leave the license what it is. */
const LINKING_EXCEPTIONS: ReadonlySet<string> = new Set([
  'CGAL-linking-exception', 'Classpath-exception-2.0', 'Classpath-exception-2.0-short', 'FLTK-exception', 'GCC-exception-2.0', 'GCC-exception-2.0-note', 'GCC-exception-3.1', 'GNAT-exception',
  'GNU-compiler-exception', 'GPL-3.0-linking-exception', 'Independent-modules-exception', 'LGPL-3.0-linking-exception', 'LZMA-exception', 'OCaml-LGPL-linking-exception', 'QPL-1.0-INRIA-2004-exception',
  'Qwt-exception-1.0', 'SANE-exception', 'SWI-exception', 'WxWindows-exception-3.1', 'eCos-exception-2.0', 'erlang-otp-linking-exception', 'freertos-exception-2.0', 'gnu-javamail-exception',
  'mif-exception', 'polyparse-exception', 'romic-exception',
  // Programs that use the kernel by its calls, and applications that the boot loader starts.
  'Linux-syscall-note', 'u-boot-exception-2.0',
]);

const CATEGORIES: ReadonlyMap<string, LicenseCategory> = new Map(
  Object.entries(table.categories).flatMap(([category, ids]) => ids.split(' ').map((id): [string, LicenseCategory] => [id, NETWORK.test(id) ? 'network-copyleft' : OF_LICENSE_DB[category]!])),
);

/** `own` answers for references that nobody else knows, by their text. Undefined where nothing is known. */
export function categoryOf(leaf: Leaf, own: Readonly<Record<string, LicenseCategory>> = {}): LicenseCategory | undefined {
  const printed = printLeaf(leaf);
  if (Object.hasOwn(own, printed)) return own[printed];
  switch (leaf.kind) {
    case 'special': return undefined;
    case 'license-ref': return REFERENCES.get(printed.toLowerCase());
    case 'license': return CATEGORIES.get(leaf.id);
    case 'with': {
      const base = categoryOf(leaf.license, own);
      const eased = base === 'strong-copyleft' && leaf.addition.kind === 'exception' && LINKING_EXCEPTIONS.has(leaf.addition.id);
      return eased ? 'weak-copyleft' : base;
    }
  }
}
