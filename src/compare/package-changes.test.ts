import { sampleInventory, samplePackage } from '../../tests/support/inventory-sample.ts';
import type { Cause } from '../causes/cause.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { pathBytes } from '../tree/entry.ts';
import type { Change } from './comparison.ts';
import { outlineOf } from './inventory-outline.ts';
import { ownershipOf, type Ownership } from './ownership.ts';
import { ownerOf, packageChanges, withRecordedCauses, type PackageChange, type PackageReason } from './package-changes.ts';

const UNKNOWN: Cause = { code: 'unknown', confidence: 0, coverage: 1, evidence: [] };
const changed = (path: string, fields: Partial<Change> = {}): Change => ({ place: '', path: pathBytes(path), kind: 'changed', classes: ['content'], causes: [UNKNOWN], noise: false, sizeDelta: 5, ...fields });

/** The sample with other fields of one package. */
function with_(name: string, change: (component: Component) => Component): Ownership {
  const { components } = sampleInventory();
  return sample({ components: components.map((one) => (one.name === name ? change(one) : one)) });
}

function sample(fields: Partial<Inventory> = {}): Ownership {
  return ownershipOf(outlineOf({ ...sampleInventory(), ...fields }));
}

const options = (values: Readonly<Record<string, unknown>>) => (one: Component): Component => ({ ...one, recipe: { ...one.recipe!, options: values, planKey: sha256('another') } });

describe('what packages of two builds differ in', () => {
  test('is nothing between a build and itself', () => {
    expect(packageChanges(sample(), sample(), [])).toEqual([]);
  });

  test.each<[string, (one: Component) => Component, { reason: string; detail: string }[]]>([
    ['version and source', (one) => ({ ...one, version: '1.1', sources: [{ ...one.sources[0]!, file: 'beta-1.1.tar.xz', sha256: sha256('1.1') }] }), [
      { reason: 'version', detail: '1.0 → 1.1' }, { reason: 'source', detail: `-beta-1.0.tar.xz@${sha256('source beta').slice(0, 12)} +beta-1.1.tar.xz@${sha256('1.1').slice(0, 12)}` },
    ]],
    ['other bytes under the same version', (one) => ({ ...one, sources: [{ ...one.sources[0]!, sha256: sha256('tampered') }] }), [
      { reason: 'source', detail: `-beta-1.0.tar.xz@${sha256('source beta').slice(0, 12)} +beta-1.0.tar.xz@${sha256('tampered').slice(0, 12)}` },
    ]],
    ['a patch less', (one) => ({ ...one, patches: one.patches.slice(1) }), [{ reason: 'patch', detail: `-0001-fix.patch@${sha256('patch').slice(0, 12)}` }]],
    ['an option', options({ shared: false }), [{ reason: 'option', detail: '-shared=true +shared=false' }]],
    ['one symbol of many', options({ shared: true, config: { CONFIG_A: 'y' } }), [{ reason: 'option', detail: '+config.CONFIG_A=y' }]],
    ['what it is built from', (one) => ({ ...one, recipe: { ...one.recipe!, planKey: sha256('another') } }), [{ reason: 'dependency', detail: 'something that it is built from or with is another' }]],
  ])('is told with its reason: %s', (_title, change, reasons) => {
    expect(packageChanges(sample(), with_('beta', change), [])).toMatchObject([{ name: 'beta', kind: 'changed', reasons }]);
  });

  test('counts the paths that are its own, and says what license it has now', () => {
    const right = with_('beta', (one) => ({ ...one, licenses: { ...one.licenses, declared: 'MIT', concluded: 'MIT' } }));
    expect(packageChanges(sample(), right, [changed('usr/bin/beta'), changed('etc/passwd')])).toEqual([
      { name: 'beta', kind: 'changed', before: '1.0', after: '1.0', reasons: [], files: 1, sizeDelta: 5, license: { before: 'GPL-2.0-only AND LicenseRef-beta', after: 'MIT' } },
    ]);
  });

  test('is the same the other way round, with added for removed', () => {
    const right = sample({ components: [...sampleInventory().components, samplePackage('delta')] });
    expect(packageChanges(sample(), right, [])).toMatchObject([{ name: 'delta', kind: 'added', after: '1.0' }]);
    expect(packageChanges(right, sample(), [])).toMatchObject([{ name: 'delta', kind: 'removed', before: '1.0' }]);
  });
});

describe('the cause that the records give', () => {
  const right = with_('beta', options({ shared: false }));
  const recorded = (change: Change): readonly Cause[] => withRecordedCauses([change], packageChanges(sample(), right, [change]), sample(), right)[0]!.causes;

  test('stands where the bytes gave none, and is no noise', () => {
    expect(recorded(changed('usr/bin/beta'))).toEqual([{ code: 'option-change', confidence: 0.9, coverage: 1, evidence: ['beta: option -shared=true +shared=false'] }]);
  });

  test.each<[string, readonly PackageReason[], number]>([
    ['a patch, with which the recipe is another', ['patch', 'recipe'], 0.9], ['a version, with which sources and recipe are others', ['version', 'source', 'recipe'], 0.9], ['a patch and an option', ['patch', 'option', 'recipe'], 0.7],
  ])('is likelier where one thing alone was another: %s', (_title, reasons, confidence) => {
    const of: PackageChange = { name: 'beta', kind: 'changed', before: '1', after: '1', reasons: reasons.map((reason) => ({ reason, detail: 'x' })), files: 1, sizeDelta: 0 };
    expect(withRecordedCauses([changed('usr/bin/beta')], [of], sample(), right)[0]!.causes.map((cause) => cause.confidence)).toEqual([confidence]);
  });

  test('leaves what the bytes proved, and paths of others', () => {
    const proved: Cause = { code: 'embedded-timestamp', confidence: 1, coverage: 1, evidence: [] };
    expect(recorded(changed('usr/bin/beta', { causes: [proved], noise: true }))).toEqual([proved]);
    expect(recorded(changed('etc/passwd'))).toEqual([UNKNOWN]);
  });

  test('looks for the owner of what is gone on the left', () => {
    const gone = sample({ files: [] });
    expect([ownerOf(changed('usr/bin/beta', { kind: 'removed' }), sample(), gone), ownerOf(changed('usr/bin/beta', { kind: 'removed' }), gone, sample())]).toEqual(['beta', undefined]);
  });
});
