import fc from 'fast-check';

import { TINY_ROWS, tinyInventoryFacts } from '../../tests/support/inventory-facts.ts';
import { sha256 } from '../foundation/digest.ts';
import { pathBytes } from '../tree/entry.ts';
import { checkInventory } from './check-inventory.ts';
import type { InventoryFacts, PackageFacts } from './inventory-facts.ts';
import { inventoryOf, inventoryText } from './inventory-of.ts';
import type { Component, Inventory, RelationKind } from './inventory.ts';

const packageOf = ({ components }: Inventory, name: string): Component => components.find((one) => one.kind === 'package' && one.name === name)!;
const changed = (facts: InventoryFacts, name: string, change: Partial<PackageFacts>): InventoryFacts => ({
  ...facts, packages: facts.packages.map((one) => one.name === name ? { ...one, ...change } : one),
});
/** `FROM → TO` by name or path. */
function relationsIn(inventory: Inventory, kind: RelationKind): string[] {
  const names = new Map([...inventory.components.map((one) => [one.ref, one.name] as const), ...inventory.files.map((one) => [one.ref, one.path] as const), ...inventory.sandbox.packages.map((one) => [one.ref, one.name] as const)]);
  return inventory.relations.filter((one) => one.kind === kind).map(({ from, to, basis }) => `${names.get(from)} → ${names.get(to)} ${basis}`).toSorted();
}
const claimed = ({ completeness }: Inventory, subject: string): string | undefined => completeness.find((one) => one.subject === subject)?.state;

describe('one value for one build', () => {
  it('does not depend on the order of facts', async () => {
    const facts = await tinyInventoryFacts();
    const text = inventoryText(inventoryOf(facts));
    const shuffled = fc.tuple(
      fc.shuffledSubarray([...facts.files], { minLength: facts.files.length }), fc.shuffledSubarray([...facts.packages], { minLength: facts.packages.length }),
      fc.shuffledSubarray([...facts.images], { minLength: facts.images.length }), fc.shuffledSubarray(Object.entries(facts.contents), { minLength: Object.keys(facts.contents).length }),
    );
    fc.assert(fc.property(shuffled, ([files, packages, images, contents]) => {
      expect(inventoryText(inventoryOf({ ...facts, files, packages, images, contents: Object.fromEntries(contents) as InventoryFacts['contents'] }))).toBe(text);
    }), { numRuns: 30 });
  });

  it('has no duplicate ref, and none that leads nowhere, whatever is in the root', async () => {
    const facts = await tinyInventoryFacts();
    const subset = fc.subarray([...facts.files], { minLength: 1 });
    fc.assert(fc.property(subset, (files) => {
      const rules = checkInventory(inventoryOf({ ...facts, files })).map(({ rule }) => rule);
      expect(rules).not.toContain('dangling-ref');
      expect(rules).not.toContain('duplicate-ref');
    }), { numRuns: 60 });
  });

  it('gives every path one owner, or a finding', async () => {
    const facts = await tinyInventoryFacts();
    const ownerless = fc.array(fc.integer({ min: 1, max: facts.files.length - 1 }), { maxLength: 5 });
    fc.assert(fc.property(ownerless, (places) => {
      const files = facts.files.map((one, index) => places.includes(index) ? { path: one.path, entry: one.entry } : one);
      const inventory = inventoryOf({ ...facts, files });
      const found = new Set(checkInventory(inventory).filter(({ rule }) => rule === 'path-unowned').map(({ path }) => path));
      const components = new Set(inventory.components.map(({ ref }) => ref));
      for (const { path, owner } of inventory.files) expect(owner !== undefined && components.has(owner)).toBe(!found.has(path));
      expect(claimed(inventory, 'ownership')).toBe(found.size === 0 ? 'complete' : 'incomplete');
    }), { numRuns: 40 });
  });

  it('gives a changed file, and whoever owns it, another ref, and nobody else', async () => {
    const facts = await tinyInventoryFacts();
    const before = inventoryOf(facts);
    const after = inventoryOf({ ...facts, files: facts.files.map((one) => one.path === pathBytes('etc/passwd') ? { ...one, entry: { ...one.entry, mode: 0o600 } as typeof one.entry } : one) });
    const known = new Set([...before.components, ...before.files].map(({ ref }) => ref));
    expect([...after.components, ...after.files].filter(({ ref }) => !known.has(ref)).map((one) => 'path' in one ? one.path : one.name)).toEqual(['users', '/etc/passwd']);
  });
});

describe('the tiny board', () => {
  it('has nothing wrong with it', async () => {
    const inventory = inventoryOf(await tinyInventoryFacts());
    expect(checkInventory(inventory).filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(inventory.completeness.map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'files complete', 'ownership complete', 'hashes complete', 'run-time-dependencies complete', 'build-dependencies complete', 'static-links unknown', 'licenses complete',
      'sources complete', 'sandbox complete',
    ]);
  });

  it('keeps what only built apart from what ships', async () => {
    const { components } = inventoryOf(await tinyInventoryFacts());
    expect(Object.fromEntries(components.filter(({ kind }) => kind === 'package').map(({ name, scope }) => [name, scope]))).toEqual({
      'greeting-tool': 'host', hello: 'ships', 'hello-lib': 'ships', 'tiny-kernel': 'ships', 'tiny-skeleton': 'ships', 'tiny-toolchain': 'ships',
    });
  });

  it('calls a toolchain by its own scope where none of it ships', async () => {
    const rows = TINY_ROWS.map(([path, entry, owner, content]) => [path, entry, owner === 'tiny-toolchain' ? 'hello' : owner!, content] as const);
    expect(packageOf(inventoryOf(await tinyInventoryFacts(rows as typeof TINY_ROWS)), 'tiny-toolchain').scope).toBe('toolchain');
  });

  it('tells what links, what interprets, and what was declared, between files and between owners', async () => {
    const inventory = inventoryOf(await tinyInventoryFacts());
    expect(relationsIn(inventory, 'linksDynamically')).toEqual(['/usr/bin/hello → /usr/lib/libgreeting.so.1 observed', 'hello → hello-lib observed']);
    expect(relationsIn(inventory, 'interpreter')).toEqual([
      '/etc/init.d/S50hello → /bin/sh observed', '/usr/bin/hello → /lib/ld-test.so.1 observed', 'hello → tiny-skeleton observed', 'hello → tiny-toolchain observed',
    ]);
    expect(relationsIn(inventory, 'needsAtHost')).toEqual(['hello → greeting-tool declared']);
    expect(relationsIn(inventory, 'needsAtRun')).toEqual(['hello → hello-lib declared']);
    expect(relationsIn(inventory, 'contains')).toContain('bzImage → tiny-kernel observed');
    expect(relationsIn(inventory, 'contains')).toContain('rootfs.tar → root observed');
    expect(relationsIn(inventory, 'generatedBy')).toEqual(['root → users observed']);
  });

  it('lists a hard link with the digests of its file, a device with its numbers, a path of no UTF-8 by its bytes', async () => {
    const facts = await tinyInventoryFacts();
    const odd = { path: 'usr/\xff\x01' as InventoryFacts['files'][number]['path'], entry: { kind: 'fifo', mode: 0o600, uid: 1, gid: 2 } as const, owner: { kind: 'package', name: 'hello', reason: 'installed' } as const };
    const { files } = inventoryOf({ ...facts, files: [...facts.files, odd] });
    const at = (path: string) => files.find((one) => one.path === path);
    expect(at('/usr/bin/hi')).toMatchObject({ kind: 'hard-link', target: '/usr/bin/hello', hashes: { sha256: sha256('usr/bin/hello') } });
    expect(at('/dev/console')).toMatchObject({ device: { major: 5, minor: 1 }, ownership: { kind: 'table' } });
    expect(files.find(({ pathHex }) => pathHex !== undefined)).toMatchObject({ path: '/usr/\\xff\\x01', pathHex: '7573722fff01', kind: 'fifo' });
  });

  it('says of a file whether it runs, packs, and can be listed', async () => {
    const rows = [...TINY_ROWS, ['usr/share/a.tar', { kind: 'file' }, 'hello', { kind: 'archive', format: 'tar', structured: true }] as const, ['usr/share/b.gz', { kind: 'file', mode: 0o644 }, 'hello', { kind: 'archive', format: 'gzip', structured: false }] as const];
    const { files } = inventoryOf(await tinyInventoryFacts(rows));
    const properties = (path: string): unknown => files.find((one) => one.path === path)?.properties;
    expect(properties('/etc/passwd')).toEqual({ executable: false, archive: false, structured: false });
    expect(properties('/usr/bin/hello')).toEqual({ executable: true, archive: false, structured: false });
    expect(properties('/usr/share/a.tar')).toEqual({ executable: true, archive: true, structured: true });
    expect(properties('/usr/share/b.gz')).toEqual({ executable: false, archive: true, structured: false });
  });
});

describe('what is inferred', () => {
  it('takes a static library to be inside whoever was given it and loads nothing of its package', async () => {
    const offered = changed(await tinyInventoryFacts(), 'hello-lib', { staticLibraries: ['usr/lib/libgreeting.a'] });
    expect(relationsIn(inventoryOf(offered), 'linksStatically')).toEqual([]);
    const hello = sha256('usr/bin/hello');
    const alone: InventoryFacts = { ...offered, contents: { ...offered.contents, [hello]: { ...offered.contents[hello]!, content: { ...offered.contents[hello]!.content, needed: [] } as InventoryFacts['contents'][typeof hello]['content'] } } };
    expect(relationsIn(inventoryOf(alone), 'linksStatically')).toEqual(['hello → hello-lib inferred']);
  });

  it('takes what a static library was given itself to be inside with it', async () => {
    const library = changed(await tinyInventoryFacts(), 'hello-lib', { staticLibraries: ['usr/lib/libgreeting.a'] });
    const needs = { ...library.packages.find(({ name }) => name === 'hello-lib')!.needs, build: ['greeting-tool'] };
    const both = changed(changed(library, 'hello-lib', { needs }), 'greeting-tool', { staticLibraries: ['usr/lib/libwords.a'], needs: { build: ['hello-lib'], host: [], run: [] } });
    expect(relationsIn(inventoryOf(both), 'linksStatically')).toEqual(['hello-lib → greeting-tool inferred']);
    const hello = sha256('usr/bin/hello');
    const alone: InventoryFacts = { ...both, contents: { ...both.contents, [hello]: { ...both.contents[hello]!, content: { ...both.contents[hello]!.content, needed: [] } as InventoryFacts['contents'][typeof hello]['content'] } } };
    expect(relationsIn(inventoryOf(alone), 'linksStatically')).toEqual(['hello → greeting-tool inferred', 'hello → hello-lib inferred', 'hello-lib → greeting-tool inferred']);
  });

  it('knows what the compiler leaves in every program by the package of the sandbox that it comes from', async () => {
    const inventory = inventoryOf(changed(await tinyInventoryFacts(), 'tiny-toolchain', { runtimeComponents: [{ name: 'runtime', license: 'GPL-3.0-or-later WITH GCC-exception-3.1', sandboxPackage: 'gcc', files: ['crt.o'] }] }));
    expect(inventory.components.find(({ kind }) => kind === 'runtime-component')).toMatchObject({ scope: 'ships', version: '12.2.0-14+deb12u1', purls: [`pkg:deb/debian/gcc@12.2.0-14%2Bdeb12u1?arch=amd64&checksum=sha256:${sha256('gcc')}&distro=bookworm`] });
    expect(relationsIn(inventory, 'builtFrom')).toEqual(['runtime → gcc declared']);
    expect(relationsIn(inventory, 'linksStatically')).toContain('hello → runtime inferred');
    expect(checkInventory(inventory).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('says that a library may be opened by name where a program asks for dlopen', async () => {
    const facts = await tinyInventoryFacts();
    const hello = sha256('usr/bin/hello');
    const opening = { ...facts.contents[hello]!, content: { ...facts.contents[hello]!.content, opensLibraries: true } as InventoryFacts['contents'][typeof hello]['content'] };
    expect(claimed(inventoryOf({ ...facts, contents: { ...facts.contents, [hello]: opening } }), 'run-time-dependencies')).toBe('incomplete');
  });
});

describe('what is wrong', () => {
  const rulesOf = (facts: InventoryFacts): string[] => checkInventory(inventoryOf(facts)).filter(({ severity }) => severity !== 'note').map(({ rule, path }) => `${rule} ${path}`);

  it('tells a library and an interpreter that nothing in the root provides', async () => {
    const facts = await tinyInventoryFacts();
    const without = (path: string): InventoryFacts => ({ ...facts, files: facts.files.filter((one) => one.path !== pathBytes(path)) });
    expect(rulesOf(without('usr/lib/libgreeting.so.1'))).toEqual(['library-missing /usr/bin/hello']);
    expect(rulesOf(without('bin/sh'))).toEqual(['interpreter-missing /etc/init.d/S50hello']);
    expect(claimed(inventoryOf(without('bin/sh')), 'files')).toBe('incomplete');
  });

  it('tells a missing license, one that is no expression, and a missing version', async () => {
    const facts = await tinyInventoryFacts();
    expect(rulesOf(changed(facts, 'hello', { license: '' }))).toEqual(['license-missing recipes/hello/recipe.yaml']);
    expect(rulesOf(changed(facts, 'hello', { license: 'see LICENSE' }))).toEqual(['license-unreadable recipes/hello/recipe.yaml']);
    expect(rulesOf(changed(facts, 'hello', { version: '' }))).toEqual(['version-missing recipes/hello/recipe.yaml']);
    expect(rulesOf(changed(facts, 'greeting-tool', { license: '' }))).toEqual([]);
  });

  it('tells an owner that is no component, and a path that stands twice, in whatever order', async () => {
    const facts = await tinyInventoryFacts();
    const stray = facts.files.map((one) => one.path === pathBytes('bin/sh') ? { ...one, owner: { kind: 'package', name: 'nobody', reason: 'installed' } as const } : one);
    expect(rulesOf({ ...facts, files: stray })).toEqual(['path-unowned /bin/sh']);
    const [first] = facts.files.filter(({ path }) => path === pathBytes('etc/passwd'));
    const twin = { ...first!, entry: { ...first!.entry, mode: 0o600 } as typeof stray[number]['entry'] };
    const twice = { ...facts, files: [...facts.files, twin] };
    expect(rulesOf(twice)).toEqual(['duplicate-path /etc/passwd']);
    expect(inventoryText(inventoryOf(twice))).toBe(inventoryText(inventoryOf({ ...twice, files: twice.files.toReversed() })));
  });

  it('tells a file whose bytes were not digested or not read', async () => {
    const facts = await tinyInventoryFacts();
    const { [sha256('etc/passwd')]: _gone, ...contents } = facts.contents;
    expect(rulesOf({ ...facts, contents })).toEqual(['digest-missing /etc/passwd']);
    const unread = { ...facts.contents, [sha256('etc/passwd')]: { sha512: 'a'.repeat(128), content: { kind: 'unread', reason: 'too large' } as const } };
    expect(checkInventory(inventoryOf({ ...facts, contents: unread })).map(({ rule }) => rule)).toContain('content-unread');
  });
});

describe('licenses', () => {
  const licensesOf = async (license: string, decision?: { concluded?: string; effective?: string }) => {
    const facts = changed(await tinyInventoryFacts(), 'hello', { license });
    return packageOf(inventoryOf({ ...facts, decisions: decision === undefined ? {} : { hello: decision } }), 'hello').licenses;
  };

  it('concludes what is declared, and marks it so, until a person decides', async () => {
    expect(await licensesOf('MIT AND Apache-2.0')).toEqual({ declared: 'Apache-2.0 AND MIT', concluded: 'Apache-2.0 AND MIT', concludedBasis: 'declared', effective: 'Apache-2.0 AND MIT', effectiveBasis: 'no-choice', files: [] });
    expect(await licensesOf('MIT', { concluded: 'Zlib' })).toMatchObject({ declared: 'MIT', concluded: 'Zlib', concludedBasis: 'decision', effective: 'Zlib' });
  });

  it('leaves open which license of a choice is used, until a person chooses', async () => {
    expect(await licensesOf('MIT OR GPL-2.0-only')).not.toHaveProperty('effective');
    expect(await licensesOf('MIT OR GPL-2.0-only', { effective: 'MIT' })).toMatchObject({ effective: 'MIT', effectiveBasis: 'decision' });
  });
});
