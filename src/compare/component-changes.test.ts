import fc from 'fast-check';

import { sampleComponent, sampleInventory, samplePackage } from '../../tests/support/inventory-sample.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { changedComponents, componentChanges, invertedComponentChanges, type ComponentChange } from './component-changes.ts';
import { componentLines } from './component-lines.ts';
import { componentsOf, purlIdentity, type ComparedComponent } from './compared-component.ts';

/** The sample with other fields of one package. */
function with_(name: string, change: (component: Component) => Partial<Component>): Inventory {
  const inventory = sampleInventory();
  return { ...inventory, components: inventory.components.map((one) => (one.name === name ? { ...one, ...change(one) } : one)) };
}

const otherSource = (text: string) => ({ sources }: Component): Partial<Component> => ({ sources: [{ ...sources[0]!, sha256: sha256(text) }] });
const told = (right: Inventory, left = sampleInventory()): unknown[] => componentChanges(left, right).map(({ kind, severity, cause: { code } }) => [kind, severity, code]);
const plain = (fields: Partial<ComparedComponent> = {}): ComparedComponent => ({ name: 'a', version: '1', scope: 'ships', sources: [], patches: [], reasons: [], ...fields });

/** The sample with a kernel beside the root, which beta made. */
function withKernel(text: string): Inventory {
  const inventory = sampleInventory();
  const beta = inventory.components.find(({ name }) => name === 'beta')!;
  const kernel = sampleComponent({ kind: 'image', name: 'Image', hashes: { sha256: sha256(text), sha512: sha256(text).repeat(2) }, sizeBytes: 9, image: { format: 'kernel', writerVersion: '1' } });
  return { ...inventory, components: [...inventory.components, kernel], relations: [...inventory.relations, { from: kernel.ref, to: beta.ref, kind: 'contains', basis: 'observed' }] };
}

describe('what components of two inventories differ in', () => {
  test('is told of the package whose kernel lies beside the root', () => {
    const changes = componentChanges(withKernel('one'), withKernel('other'));
    expect(changes.map(({ kind, severity, after }) => [kind, severity, after?.name])).toEqual([['content', 'note', 'beta']]);
    expect(componentChanges(withKernel('one'), withKernel('one'))).toEqual([]);
  });

  test.each<[string, Inventory, unknown[]]>([
    ['a later version', with_('beta', (one) => ({ version: '1.1', ...otherSource('1.1')(one) })), [['version-up', 'note', 'version']]],
    ['an earlier version', with_('beta', () => ({ version: '0.9' })), [['version-down', 'warning', 'version']]],
    ['a version after its candidate', with_('beta', () => ({ version: '1.0rc1' })), [['version-down', 'warning', 'version']]],
    ['a commit for a version', with_('beta', () => ({ version: 'deadbeefcafe' })), [['version-unorderable', 'warning', 'version']]],
    ['other bytes under the same version', with_('beta', otherSource('tampered')), [['source', 'critical', 'source']]],
    ['a lost patch that fixed something', with_('beta', ({ patches }) => ({ patches: patches.slice(1) })), [['patch-lost', 'critical', 'patch']]],
    ['a lost patch that fixed nothing', with_('beta', ({ patches }) => ({ patches: patches.slice(0, 1) })), [['patch-lost', 'warning', 'patch']]],
    ['a lost patch with a later version', with_('beta', ({ patches }) => ({ version: '1.1', patches: patches.slice(1) })), [['patch-lost', 'warning', 'version'], ['version-up', 'note', 'version']]],
    ['a lost patch with an earlier version', with_('beta', ({ patches }) => ({ version: '0.9', patches: patches.slice(1) })), [['patch-lost', 'critical', 'version'], ['version-down', 'warning', 'version']]],
    ['a patch that was written anew and fixes the same', with_('beta', ({ patches }) => ({ patches: [{ ...patches[0]!, sha256: sha256('anew') }, patches[1]!] })), [['patch-changed', 'warning', 'patch']]],
    ['a patch that was written anew and fixes nothing', with_('beta', ({ patches }) => ({ patches: [{ ...patches[0]!, sha256: sha256('anew'), cves: [] }, patches[1]!] })), [['patch-changed', 'critical', 'patch']]],
    ['a patch under another name that fixes the same', with_('beta', ({ patches }) => ({ patches: [{ ...patches[0]!, file: '0009.patch', sha256: sha256('anew') }, patches[1]!] })), [['patch-gained', 'note', 'patch'], ['patch-lost', 'warning', 'patch']]],
    ['a component that begins to ship', with_('host-gamma', () => ({ scope: 'ships' })), [['moved', 'note', 'scope']]],
    ['another name for the same sources', with_('beta', () => ({ name: 'beta2' })), [['renamed', 'note', 'name']]],
    ['another name and version with the same package URL', with_('beta', (one) => ({ name: 'beta2', version: '2', ...otherSource('2')(one) })), [['renamed', 'note', 'name'], ['version-up', 'note', 'version']]],
    ['another license', with_('beta', ({ licenses }) => ({ licenses: { ...licenses, declared: 'MIT' } })), [['license', 'warning', 'license']]],
    ['the same license, written otherwise', with_('beta', ({ licenses }) => ({ licenses: { ...licenses, declared: 'LicenseRef-beta AND GPL-2.0-only' } })), [['license', 'note', 'license']]],
    ['the same things built otherwise', with_('beta', () => ({ contentDigest: sha256('otherwise') })), [['content', 'note', 'build']]],
    ['an image that came out otherwise, which is no other component', with_('root.squashfs', () => ({ hashes: { sha256: sha256('x'), sha512: sha256('x').repeat(2) } })), []],
  ])('is told with one cause each: %s', (_title, right, changes) => {
    expect(told(right)).toEqual(changes);
  });

  test('is told with why it is there', () => {
    const recipe = samplePackage('delta').recipe!;
    const delta = (reasons: string[]): Inventory => ({ ...sampleInventory(), components: [...sampleInventory().components, samplePackage('delta', { recipe: { ...recipe, reasons } })] });
    expect(componentChanges(sampleInventory(), delta(['needed by beta at run time']))).toMatchObject([{ kind: 'added', cause: { code: 'need', evidence: ['needed by beta at run time'] }, after: { name: 'delta' } }]);
    expect(componentChanges(delta(['needed by beta at run time', 'asked for by the configuration']), sampleInventory())).toMatchObject([{ kind: 'removed', cause: { code: 'request', evidence: ['asked for by the configuration'] } }]);
    expect(changedComponents([], [plain()])).toMatchObject([{ kind: 'added', cause: { code: 'listed', evidence: [] } }]);
  });

  test('leaves apart what nobody can tell apart', () => {
    const left = [plain({ version: '1' }), plain({ version: '2' })];
    expect(changedComponents(left, [plain({ version: '2' }), plain({ version: '3' })]).map(({ kind }) => kind)).toEqual(['version-up']);
    expect(changedComponents(left, [plain({ version: '3' }), plain({ version: '4' })]).map(({ kind }) => kind).toSorted()).toEqual(['added', 'added', 'removed', 'removed']);
  });

  test('pairs two of one name by their package URL', () => {
    const one = (arch: string, version: string): ComparedComponent => plain({ version, purl: `pkg:deb/debian/a@${version}?arch=${arch}` });
    expect(changedComponents([one('amd64', '1'), one('i386', '1')], [one('amd64', '2'), one('i386', '1')])).toMatchObject([{ kind: 'version-up', before: { version: '1' }, after: { version: '2' } }]);
  });

  test('knows a package URL by what outlives versions', () => {
    expect(['pkg:npm/%40a/b@1.0', 'pkg:generic/a', 'pkg:deb/debian/a@1?distro=x&arch=amd64#sub', 'a'].map((purl) => purlIdentity(purl))).toEqual(['pkg:npm/%40a/b', 'pkg:generic/a', 'pkg:deb/debian/a?arch=amd64', undefined]);
  });
});

describe('laws of comparing components', () => {
  const text = fc.constantFrom('a', 'b', 'c');
  const component: fc.Arbitrary<ComparedComponent> = fc.record({
    name: text, version: fc.constantFrom('1', '2', '1rc1', 'deadbee'), scope: fc.constantFrom('ships', 'build'), sources: fc.subarray([sha256('s'), sha256('t')]).map((all) => all.toSorted()),
    patches: fc.uniqueArray(fc.record({ id: text, name: text, cves: fc.subarray(['CVE-2024-0001', 'CVE-2024-0002']) }), { selector: ({ id }) => id, maxLength: 2 }), reasons: fc.constant([]),
    purl: fc.constantFrom('pkg:generic/a@1', 'pkg:npm/b@1', 'pkg:npm/b@2'), digest: text, license: fc.constantFrom('MIT', 'MIT OR Zlib', 'what?'),
  }, { requiredKeys: ['name', 'version', 'scope', 'sources', 'patches', 'reasons'] });
  const bill = fc.array(component, { maxLength: 6 });

  test('nothing differs between components and themselves, in whatever order', () => {
    fc.assert(fc.property(bill.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))), ([all, shuffled]) => { expect(changedComponents(all, shuffled)).toEqual([]); }));
  });

  test('the other way round is the inverse', () => {
    fc.assert(fc.property(bill, bill, (left, right) => {
      const there = changedComponents(left, right);
      expect(changedComponents(right, left)).toEqual(invertedComponentChanges(there));
      expect(invertedComponentChanges(invertedComponentChanges(there))).toEqual(there);
    }), { numRuns: 500 });
  });

  test('counts add up: what came less what went', () => {
    fc.assert(fc.property(bill, bill, (left, right) => {
      const count = (kind: ComponentChange['kind']): number => changedComponents(left, right).filter((one) => one.kind === kind).length;
      expect(count('added') - count('removed')).toBe(right.length - left.length);
    }));
  });

  test('an inventory is compared as its components are', () => {
    const right = with_('beta', otherSource('tampered'));
    expect(componentChanges(sampleInventory(), right)).toEqual(changedComponents(componentsOf(sampleInventory()), componentsOf(right)));
  });
});

test('lines tell the worst first, and let no name write on the terminal', () => {
  const changes = changedComponents([plain({ name: 'x', sources: ['1'.repeat(64)] })], [plain({ name: 'x', sources: ['2'.repeat(64)] }), plain({ name: 'a\u001b[2J' }), plain({ name: 'b' })]);
  expect(componentLines(changes, 2)).toEqual(['!! ~ x 1: the same version from other sources, 111111111111 → 222222222222', '… 2 more changes']);
  expect(componentLines(changes, 3)[1]).toBe(String.raw`   + a\x1b[2J 1`);
});
