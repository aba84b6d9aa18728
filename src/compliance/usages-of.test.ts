import fc from 'fast-check';

import { TINY_ROWS, tinyInventoryFacts } from '../../tests/support/inventory-facts.ts';
import { capturedTexts, licensedInventory, type LicensedRow, type Link } from '../../tests/support/licensed-inventory.ts';
import { inventoryOf } from '../inventory/inventory-of.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { basesOf, basesOfFacts } from './package-basis.ts';
import { usagesOf, type PlacedUsage } from './usages-of.ts';

const told = ({ package: name, linkage, into, path, fileCount }: PlacedUsage): string => `${name} ${linkage}${into === undefined ? '' : ` into ${into.package} (${into.expression})`}: ${path.join(' > ')} [${fileCount}]`;
const usages = (rows: Record<string, LicensedRow>, ...links: Link[]): string[] => usagesOf(licensedInventory(rows, links), capturedTexts(rows)).map(told);

describe('a package', () => {
  it('that ships is used as files of its own, with the way from the image', () => {
    expect(usages({ alpha: { license: 'MIT', paths: ['/usr/bin/beta', '/usr/bin/alpha'] } })).toEqual(['alpha file: rootfs.tar > /usr/bin/alpha > alpha [1]']);
  });

  it('that is loaded is used in whoever loads it, by their files', () => {
    expect(usages({ app: { license: 'Apache-2.0' }, lib: { license: 'LGPL-2.1-only', paths: ['/usr/lib/lib.so'] } }, ['app', 'linksDynamically', 'lib'])).toEqual([
      'app file: rootfs.tar > /usr/bin/app > app [1]', 'lib dynamic into app (Apache-2.0): rootfs.tar > /usr/bin/app > /usr/lib/lib.so > lib [1]', 'lib file: rootfs.tar > /usr/lib/lib.so > lib [1]',
    ]);
  });

  it.each(['build', 'toolchain', 'host'] as const)('that is copied into a program ships with it, though its scope is %s', (scope) => {
    expect(usages({ app: { license: 'Apache-2.0' }, lib: { license: 'GPL-2.0-only', scope } }, ['app', 'linksStatically', 'lib'])).toContain('lib static into app (Apache-2.0): rootfs.tar > /usr/bin/app > lib [1]');
  });

  it('that is copied into a tool only builds', () => {
    expect(usages({ tool: { license: 'MIT', scope: 'host' }, lib: { license: 'GPL-2.0-only', scope: 'host' } }, ['tool', 'linksStatically', 'lib'])).toEqual(['lib build-only: lib [0]', 'tool build-only: tool [0]']);
  });

  it('whose modules go into the kernel is linked into that; the kernel is its image', () => {
    const module = { kind: 'kernel-module', name: 'net' } as const;
    expect(usages({ driver: { license: 'GPL-2.0-only', paths: ['/lib/modules/net.ko'], content: module }, kernel: { license: 'GPL-2.0-only WITH Linux-syscall-note', role: 'kernel' } }, ['driver', 'kernelModule', 'kernel'])).toEqual([
      'driver file: rootfs.tar > /lib/modules/net.ko > driver [1]', 'driver kernel-module into kernel (GPL-2.0-only WITH Linux-syscall-note): rootfs.tar > /lib/modules/net.ko > driver [1]', 'kernel file: kernel.img > kernel [0]',
    ]);
  });

  it('is used under what a person decided, and without a license under NOASSERTION', () => {
    const rows: Record<string, LicensedRow> = { a: { license: 'MIT', concluded: 'ISC' }, b: { license: '' }, c: { license: 'see the wiki' }, d: { license: 'see the wiki', scope: 'host' } };
    expect(usagesOf(licensedInventory(rows), new Map()).map(({ expression }) => expression)).toEqual(['ISC', 'NOASSERTION', 'see the wiki', 'NOASSERTION']);
  });
});

it('what the compiler leaves behind is static in whoever ships programs, with the sandbox\'s package as its source', async () => {
  const facts = await tinyInventoryFacts();
  const runtime = { name: 'libstart', license: 'GPL-3.0-or-later WITH GCC-exception-3.1', sandboxPackage: 'gcc', files: [] };
  const packages = facts.packages.map((one) => one.name === 'tiny-toolchain' ? { ...one, runtimeComponents: [runtime] } : one);
  const inventory = inventoryOf({ ...facts, packages });
  const own = usagesOf(inventory, new Map()).filter(({ package: name }) => name === 'libstart');
  expect(own.map(({ linkage, into }) => `${linkage} ${into?.package}`)).toEqual(['static hello', 'static hello-lib', 'static tiny-skeleton', 'static tiny-toolchain']);
  expect(basesOfFacts({ ...facts, packages }, new Map()).toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, sourceDigest }) => [name, sourceDigest]))
    .toEqual([...basesOf(inventory, new Map()).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, sourceDigest }) => [name, sourceDigest]));
});

it('of the tiny board all that ships is told, and the tool that built it apart', async () => {
  const inventory = inventoryOf(await tinyInventoryFacts(TINY_ROWS));
  expect(usagesOf(inventory, new Map()).map(told)).toEqual(expect.arrayContaining([
    'greeting-tool build-only: greeting-tool [0]', expect.stringMatching(/^hello file: rootfs\.\S+ > \/etc\/init\.d\/S50hello > hello \[2\]$/) as string,
    expect.stringMatching(/^hello-lib dynamic into hello \(.+\): rootfs\.\S+ > \/usr\/bin\/hello > \/usr\/lib\/libgreeting\.so\.1 > hello-lib \[1\]$/) as string, 'tiny-kernel file: bzImage > tiny-kernel [0]',
  ]));
});

it('the order of an inventory\'s lists does not count', () => {
  const names = ['a', 'b', 'c', 'd'];
  const rows = Object.fromEntries(names.map((name) => [name, { license: 'MIT', paths: [`/usr/lib/${name}1`, `/usr/bin/${name}2`] }]));
  const link = fc.tuple(fc.constantFrom(...names), fc.constantFrom<Link[1]>('linksDynamically', 'linksStatically', 'kernelModule', 'needsAtBuild'), fc.constantFrom(...names));
  const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...list], { minLength: list.length });
  const pair = fc.uniqueArray(link, { maxLength: 8, selector: (one) => one.join(' ') }).map((links) => licensedInventory(rows, links))
    .chain((one) => fc.tuple(fc.constant(one), shuffled(one.components), shuffled(one.relations), shuffled(one.files)));
  fc.assert(fc.property(pair, ([one, components, relations, files]) => {
    const other: Inventory = { ...one, components, relations, files };
    expect(usagesOf(other, new Map())).toEqual(usagesOf(one, new Map()));
  }), { numRuns: 60 });
});
