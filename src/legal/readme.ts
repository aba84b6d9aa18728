import type { Inventory } from '../inventory/inventory.ts';
import type { LeftOutFile, LeftOutRule } from './legal-index.ts';

const RULES: Readonly<Record<LeftOutRule, string>> = {
  'closed-license': 'its license is proprietary, non-commercial or restricted',
  'unknown-license': 'nobody knows what its license allows',
  'no-license': 'it comes without a license',
};

/** What lies in the bundle, for people; in lines of at most 78 columns but for digests. */
export function readmeText({ build, organisation }: Inventory, images: readonly { name: string; sha256: string }[], leftOut: readonly LeftOutFile[]): string {
  const product = [organisation.product, organisation.productVersion].filter((word) => word !== undefined).join(' ');
  return `${[
    'SOURCES AND LICENSES OF AN IMAGE',
    '',
    ...(product === '' ? [] : [`Product:    ${product}`]), ...(organisation.supplier === undefined ? [] : [`Supplier:   ${organisation.supplier}`]), ...(organisation.contact === undefined ? [] : [`Contact:    ${organisation.contact}`]),
    `Board:      ${build.board} (${build.architecture}, ${build.tuning})`,
    `Definition: ${build.definitionDigest}`,
    '',
    'It is about these files:',
    ...images.map(({ name, sha256 }) => `  ${sha256}  ${name}`),
    '',
    'What lies here:',
    '  licenses/PACKAGE-VERSION/    license texts, as they stand in the sources',
    '  sources/PACKAGE-VERSION/     source archives, as they were fetched',
    '  patches/PACKAGE-VERSION/     what was changed in them; `series` has the order',
    '  manifest.csv                 packages for the target, with license, sources',
    '                               and all that they depend on',
    '  host-manifest.csv            packages that only helped to build',
    '  recipes/, templates/, boards/, architectures/',
    '                               how each package is built, exactly as used',
    '  scripts/                     the same after everything was filled in: the',
    '                               commands of every step, and what runs them',
    '  configuration.json           what was asked for',
    '  options.json                 the options that took effect, by package',
    '  definition.json              all of the build by digest; its own sha256 is',
    '                               the definition above',
    '  toolchain.json               what compiled it, and what that left in it',
    '  sandbox-lock.json, sandbox-sources.csv',
    '                               every package of the environment that it was',
    '                               built in, and where its source lies in the',
    '                               archive of Debian. The packages themselves',
    '                               are the second archive.',
    '  build.json, steps.json       which run made the images, by which release,',
    '                               and what each step gave',
    '  provenance.intoto.jsonl      its signed provenance, where there is one',
    '  index.json, sha256sums       every file by digest: `sha256sum -c sha256sums`',
    '',
    'To build the images again from this bundle and the archive of the sandbox',
    'alone, without a network, and compare them:',
    '  provenroot legal-info check BUNDLE SANDBOX',
    'with the release of Provenroot that build.json names. Provenroot itself is not',
    'in the bundle.',
    '',
    ...leftOutLines(leftOut),
  ].join('\n')}\n`;
}

function leftOutLines(leftOut: readonly LeftOutFile[]): string[] {
  if (leftOut.length === 0) return ['Nothing was left out.'];
  return [
    'LEFT OUT, because it may not be passed on; the images cannot be built again',
    'without it:',
    ...leftOut.map(({ path, sha256, license, rule }) => `  ${path}\n    ${RULES[rule]}${license === '' ? '' : ` (${license})`}\n    sha256 ${sha256}`),
  ];
}
