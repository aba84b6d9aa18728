import type { PackageChange } from './package-changes.ts';
import { packageLines } from './package-lines.ts';

const change = (name: string, more: Partial<PackageChange> = {}): PackageChange => ({ name, kind: 'changed', before: '1', after: '1', reasons: [], files: 1, sizeDelta: 2048, ...more });

describe('lines about packages', () => {
  test.each<[string, PackageChange, string]>([
    ['another version, whose recipe and sources are others anyway', change('ssl', { after: '2', reasons: [{ reason: 'version', detail: '1 → 2' }, { reason: 'source', detail: '-ssl-1.tar@0123456789ab +ssl-2.tar@0123456789ab' }, { reason: 'recipe', detail: 'a → b' }], files: 13 }), 'ssl 1 → 2: 13 paths, +2.0 KiB'],
    ['other sources under the same version', change('ssl', { reasons: [{ reason: 'source', detail: '-ssl-1.tar@0123456789ab +ssl-1.tar@ba9876543210' }, { reason: 'recipe', detail: 'a → b' }] }), 'ssl 1: 1 path, +2.0 KiB; source -ssl-1.tar +ssl-1.tar'],
    ['an option', change('shell', { reasons: [{ reason: 'option', detail: '+config.CONFIG_UPTIME=n' }], sizeDelta: -3 }), 'shell 1: 1 path, -3 B; option +config.CONFIG_UPTIME=n'],
    ['a recipe alone', change('shell', { reasons: [{ reason: 'recipe', detail: 'a → b' }] }), 'shell 1: 1 path, +2.0 KiB; recipe a → b'],
    ['what it is built with', change('shell', { reasons: [{ reason: 'dependency', detail: 'something is another' }] }), 'shell 1: 1 path, +2.0 KiB; something is another'],
    ['nothing: the same recipe gave other bytes', change('shell'), 'shell 1: 1 path, +2.0 KiB; built in the same way'],
    ['its license alone', change('shell', { files: 0, license: { before: 'MIT', after: 'GPL-2.0-only' } }), 'shell 1: license MIT → GPL-2.0-only'],
    ['that it came without a path', { name: 'meta', kind: 'added', after: '1', reasons: [], files: 0, sizeDelta: 0 }, 'meta 1 added: nothing in the root'],
  ])('say what about one was another: %s', (_title, of, line) => { expect(packageLines([of], 1)).toEqual([line]); });

  test('name the images beside the root that a package made', () => {
    const kernel = { name: 'bzImage', equal: false, owner: 'linux', sizeBytes: { left: 1024, right: 3072 } };
    const option = change('linux', { files: 0, reasons: [{ reason: 'option', detail: '+config.CONFIG_TUN=y' }] });
    expect(packageLines([option], 1, [kernel])).toEqual(['linux 1: bzImage +2.0 KiB; option +config.CONFIG_TUN=y']);
    expect(packageLines([option], 1, [{ ...kernel, equal: true }])).toEqual(['built otherwise, came out the same: linux']);
  });

  test('come with versions first, then what has paths; what came out the same is one line, and what is left out is counted', () => {
    const rebuilt = Array.from({ length: 14 }, (_, i) => change(`r${i}`, { files: 0, reasons: [{ reason: 'dependency', detail: 'x' }] }));
    const packages = [...rebuilt, change('pathless', { kind: 'added', files: 0 }), change('paths'), change('versions', { after: '2' })];
    expect(packageLines(packages, 2).map((line) => line.split(':')[0])).toEqual(['versions 1 → 2', 'paths 1', '… 1 more package', 'built otherwise, came out the same']);
    expect(packageLines(packages, 2).at(-1)).toMatch(/r11 … 2 more$/);
  });

  test('let no name write on the terminal', () => {
    expect(packageLines([{ name: 'a\u001b[2J', kind: 'added', after: '1\n2', reasons: [], files: 0, sizeDelta: 0 }], 1)).toEqual([String.raw`a\x1b[2J 1\x0a2 added: nothing in the root`]);
  });
});
