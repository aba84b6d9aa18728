import fc from 'fast-check';

import { sampleInventory, samplePackage } from '../../tests/support/inventory-sample.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { configurationChanges, configurationLines, type ConfigurationForm } from './configuration-changes.ts';
import { inputChanges, inputLines } from './input-changes.ts';

const BASE = { format: 1, board: 'sample' };
const because = (name: string, ...reasons: string[]): Component => samplePackage(name, { recipe: { ...samplePackage(name).recipe!, reasons } });
const build = (...components: Component[]): Inventory => ({ ...sampleInventory(), components });
const lines = (left: ConfigurationForm, right: ConfigurationForm, ...inventories: Inventory[]): string[] => configurationLines(configurationChanges(
  { form: left, ...(inventories[0] === undefined ? {} : { inventory: inventories[0] }) }, { form: right, ...(inventories[1] === undefined ? {} : { inventory: inventories[1] }) },
), 9);

describe('what two configurations differ in', () => {
  test.each<[string, ConfigurationForm, ConfigurationForm, string[]]>([
    ['nothing', { ...BASE, packages: { a: { options: { list: ['x'], on: true } } } }, { packages: { a: { options: { on: true, list: ['x'] } } }, ...BASE }, []],
    ['the board', BASE, { ...BASE, board: 'other' }, ['~ board: sample → other']],
    ['the toolchain, where the board had the say', BASE, { ...BASE, toolchain: 'llvm' }, ['~ toolchain: as the board has it → llvm']],
    ['options of a package that came with neither', BASE, { ...BASE, packages: { a: { options: { on: true } } } }, ['~ option a.on: as the board has it → true']],
    ['a package less', { ...BASE, packages: { a: {} } }, BASE, ['- package a']],
    ['a package of the board left out', BASE, { ...BASE, remove: ['a'] }, ['- a is left out']],
    ['an option', { ...BASE, packages: { a: { options: { n: 1 } } } }, { ...BASE, packages: { a: { options: { n: 2 } } } }, ['~ option a.n: 1 → 2']],
    ['one symbol of many', { ...BASE, packages: { a: { options: { config: { CONFIG_A: 'y', CONFIG_B: 'y' } } } } }, { ...BASE, packages: { a: { options: { config: { CONFIG_A: 'y', CONFIG_B: 'n' } } } } }, ['~ option a.config.CONFIG_B: y → n']],
    ['an image more, another larger', { ...BASE, images: [{ format: 'ext4', size_bytes: 1 }] }, { ...BASE, images: [{ format: 'ext4', size_bytes: 2 }, { format: 'tar' }] }, ['~ image ext4: 1 → 2', '+ image tar']],
    ['system and organization', { ...BASE, system: { hostname: 'a' } }, { ...BASE, system: { hostname: 'b' }, organization: { supplier: 'X' } }, ['~ organization supplier: as the board has it → X', '~ system hostname: a → b']],
    ['a password, which nobody is shown', { ...BASE, system: { root_password: '$6$one' } }, { ...BASE, system: { root_password: '$6$two' } }, ['~ system root_password: another (not shown)']],
    ['what writes on the terminal', BASE, { ...BASE, system: { banner: 'a\u001b[2J' } }, [String.raw`~ system banner: as the board has it → a\x1b[2J`]],
    ['a form that is none', BASE, { ...BASE, packages: 'no', images: { a: 1 }, system: [] }, []],
  ])('is told: %s', (_title, left, right, told) => {
    expect(lines(left, right)).toEqual(told);
  });

  test('a package that came with its options is told beside them', () => {
    expect(lines(BASE, { ...BASE, packages: { a: { options: { on: true } } } }, build(), build(because('a', 'asked for by the configuration')))).toEqual(['~ option a.on: as the board has it → true; brings a', '+ package a; brings a']);
  });

  test('no secret stands in the changes', () => {
    expect(JSON.stringify(configurationChanges({ form: BASE }, { form: { ...BASE, system: { root_password: '$6$two' } } }))).not.toContain('$6$');
  });

  test('the other way round is the inverse', () => {
    const form = fc.record({ board: fc.constantFrom('a', 'b'), remove: fc.subarray(['x', 'y']), packages: fc.dictionary(fc.constantFrom('x', 'y'), fc.record({ options: fc.dictionary(fc.constantFrom('n', 'm'), fc.integer({ max: 2, min: 0 })) })) });
    fc.assert(fc.property(form, form, (left, right) => {
      const [there, back] = [configurationChanges({ form: left }, { form: right }), configurationChanges({ form: right }, { form: left })];
      expect(back.map(({ before, after, ...one }) => ({ ...one, before: after, after: before }))).toEqual(there.map(({ before, after, ...one }) => ({ ...one, before, after })));
      expect(configurationChanges({ form: left }, { form: left })).toEqual([]);
    }));
  });
});

describe('what a setting pulled in', () => {
  const asked = because('a', 'asked for by the configuration');
  const packages = { a: {} };

  test('is the package with all that it needs, however far', () => {
    const right = build(asked, because('b', 'needed by a at run time'), because('c', 'a tool that builds b', 'needed to build a'));
    expect(lines(BASE, { ...BASE, packages }, build(), right)).toEqual(['+ package a; brings a, b, c']);
    expect(lines({ ...BASE, packages }, BASE, right, build())).toEqual(['- package a; takes away a, b, c']);
  });

  test('is told of an option whose package needs more now', () => {
    const option = (on: boolean): ConfigurationForm => ({ ...BASE, packages: { a: { options: { on } } } });
    expect(lines(option(false), option(true), build(asked), build(asked, because('b', 'needed by a at run time')))).toEqual(['~ option a.on: false → true; brings b']);
  });

  test('is told of each that needs it, and stays out where it was there before', () => {
    const both = { ...BASE, packages: { a: {}, d: {} } };
    const right = build(asked, because('d', 'asked for by the configuration'), because('b', 'needed by a at run time', 'needed by d at run time'), because('old', 'needed by a at run time'));
    expect(lines(BASE, both, build(because('old', 'asked for by the board')), right)).toEqual(['+ package a; brings a, b', '+ package d; brings b, d']);
  });

  test('is the board\'s where nothing nearer is', () => {
    expect(lines(BASE, { ...BASE, board: 'other' }, build(because('k', 'the kernel of the board')), build(because('l', 'the kernel of the board')))).toEqual(['~ board: sample → other; brings l; takes away k']);
  });

  test('ends where reasons go round', () => {
    expect(lines(BASE, { ...BASE, packages }, build(), build(asked, because('b', 'needed to build c'), because('c', 'needed to build b')))).toEqual(['+ package a; brings a']);
  });
});

describe('what went into two builds', () => {
  test('is nothing between a build and itself', () => {
    expect(inputChanges(sampleInventory(), sampleInventory())).toEqual([]);
  });

  test('is told by source, recipe, sandbox, toolchain and engine', () => {
    const { components, sandbox, build: about, ...rest } = sampleInventory();
    const right: Inventory = {
      ...rest, build: { ...about, versions: { finalize: '4' } },
      sandbox: { ...sandbox, digest: sha256('other'), packages: [{ ...sandbox.packages[0]!, version: '13', sha256: sha256('gcc 13') }] },
      components: components.map((one) => (one.name === 'beta' ? { ...one, sources: [{ ...one.sources[0]!, sha256: sha256('x') }], patches: one.patches.slice(1), recipe: { ...one.recipe!, role: 'toolchain', folderDigest: sha256('y') } } : one)),
    };
    const cut = (text: string): string => sha256(text).slice(0, 12);
    expect(inputLines(inputChanges(sampleInventory(), right), 9)).toEqual([
      '~ engine finalize: 3 → 4', `- patch beta 0001-fix.patch: ${cut('patch')}`, `~ recipe beta: ${cut('folder beta')} → ${cut('y')}`, `~ sandbox root tree: ${cut('sandbox')} → ${cut('other')}`,
      `~ sandbox package gcc amd64: 12 ${cut('gcc')} → 13 ${cut('gcc 13')}`, `~ source beta beta-1.0.tar.xz: ${cut('source beta')} → ${cut('x')}`, '+ toolchain toolchain: beta 1.0',
    ]);
    expect(inputChanges(right, sampleInventory()).map(({ kind, name, before, after }) => [kind, name, after, before])).toEqual(inputChanges(sampleInventory(), right).map(({ kind, name, before, after }) => [kind, name, before, after]));
  });
});
