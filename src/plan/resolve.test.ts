import fc from 'fast-check';

import { readTexts, recipeText, smallCatalog, SMALL_CATALOG } from '../../tests/support/catalog-fixture.ts';
import { parseConfiguration, plainConfiguration, type Configuration } from '../catalog/configuration.ts';
import { differenceOf, leavesWith, spelledReason, whatNeeds, whyIn } from './explain.ts';
import { resolveConfiguration } from './resolve.ts';
import type { Resolution } from './resolution.ts';

const bench = plainConfiguration('bench');
const configuration = (yaml: string): Configuration => {
  const { value, findings } = parseConfiguration(Buffer.from(`format: 1\nboard: bench\n${yaml}`), 'mine');
  expect(findings).toEqual([]);
  return value!;
};

function resolved(given: Configuration, changes: Readonly<Record<string, string>> = {}): Resolution {
  const { resolution, findings } = resolveConfiguration(given, smallCatalog(changes));
  expect(findings).toEqual([]);
  return resolution!;
}

function findings(given: Configuration, changes: Readonly<Record<string, string>> = {}): string[] {
  const reading = resolveConfiguration(given, smallCatalog(changes));
  expect(reading.resolution === undefined).toBe(reading.findings.some(({ severity }) => severity === 'error'));
  return reading.findings.map(({ rule, message, suggestion }) => `${rule}: ${message}; ${suggestion ?? ''}`);
}

const shipped = (resolution: Resolution): string[] => [...resolution.packages.values()].filter((one) => one.shipped).map(({ recipe }) => recipe.name);

describe('resolving', () => {
  test('takes what is asked for, the roles of the board, and what they need', () => {
    const resolution = resolved(bench);
    expect([...resolution.packages.keys()]).toEqual(['alpha', 'base', 'cc', 'core', 'lib', 'tool']);
    expect(shipped(resolution)).toEqual(['alpha', 'base', 'cc', 'core', 'lib']);
  });

  test('ships what is needed at run time only where the condition holds', () => {
    const resolution = resolved(configuration('packages: { alpha: { options: { net: false } } }'));
    expect(shipped(resolution)).toEqual(['alpha', 'base', 'cc', 'core']);
    expect(resolution.packages.get('lib')!.reasons).toEqual([{ kind: 'build-need', by: 'alpha' }]);
    expect(resolution.packages.get('alpha')!.needs).toEqual({ build: ['lib'], host: [], run: [] });
  });

  test('lays options over each other: default, board, configuration; maps key by key', () => {
    const resolution = resolved(configuration('packages: { alpha: { options: { colour: green } }, core: { options: { config: { CONFIG_X: m } } } }'));
    expect(resolution.packages.get('alpha')!.options).toEqual({ colour: 'green', level: 3, net: true, port: 80, title: 'none', words: ['a', 'b'] });
    expect(resolution.packages.get('core')!.options).toEqual({ config: { CONFIG_BASE: 'y', CONFIG_X: 'm' } });
  });

  test('gives an option no value where its own condition does not hold', () => {
    expect(Object.keys(resolved(configuration('packages: { alpha: { options: { net: false } } }')).packages.get('alpha')!.options)).not.toContain('port');
  });

  test('collects kernel options with who requires them', () => {
    const extra = recipeText('extra', 'kernel_options: { CONFIG_NET: y, CONFIG_A: "7" }\n');
    const resolution = resolved(configuration('packages: { extra: {} }'), { 'recipes/extra/recipe.yaml': extra });
    expect(resolution.kernelOptions).toEqual([{ symbol: 'CONFIG_A', value: '7', requiredBy: ['extra'] }, { symbol: 'CONFIG_NET', value: 'y', requiredBy: ['alpha', 'extra'] }]);
    expect(resolution.packages.get('core')!.reasons).toEqual([
      { kind: 'role', role: 'kernel' }, { kind: 'kernel-options', by: 'alpha', symbols: ['CONFIG_NET'] }, { kind: 'kernel-options', by: 'extra', symbols: ['CONFIG_A', 'CONFIG_NET'] },
    ]);
  });

  test('requires no kernel options of what is only built', () => {
    const tool = recipeText('tool', 'kernel_options: { CONFIG_T: y }\n');
    expect(resolved(bench, { 'recipes/tool/recipe.yaml': tool }).kernelOptions.map(({ symbol }) => symbol)).toEqual(['CONFIG_NET']);
  });

  test('leaves out what is removed, and what only that needed', () => {
    expect([...resolved(configuration('remove: [alpha]')).packages.keys()]).toEqual(['base', 'cc', 'core']);
  });

  test('takes settings, images and toolchain from the configuration where it says so', () => {
    const resolution = resolved(configuration('system: { hostname: mine }\nimages: [{ format: squashfs }]\ntoolchain: dd'), { 'recipes/dd/recipe.yaml': recipeText('dd', '', 'toolchain') });
    expect(resolution.system).toEqual({ hostname: 'mine', banner: 'Hello', rootPassword: 'locked', authorizedKeys: [], epochSeconds: 1_700_000_000 });
    expect([resolution.images, resolution.toolchain, resolution.packages.has('cc')]).toEqual([[{ format: 'squashfs' }], 'dd', false]);
  });

  test('does not depend on the order in which anything is declared', () => {
    const texts = Object.entries({ ...SMALL_CATALOG, 'recipes/more/recipe.yaml': recipeText('more', 'needs: { build: [lib, tool], run: [extra] }\nkernel_options: { CONFIG_NET: y }\n') });
    const packages = Object.entries({ extra: { options: {} }, more: { options: {} }, alpha: { options: { words: ['z'] } } });
    const shape = ({ packages: all, kernelOptions, configurationDigest }: Resolution): unknown => JSON.stringify([[...all].map(([name, { recipe: _recipe, ...one }]) => [name, one]), kernelOptions, configurationDigest]);
    const expected = shape(resolveConfiguration({ ...bench, packages: Object.fromEntries(packages) }, readTexts(Object.fromEntries(texts)).catalog!).resolution!);
    fc.assert(fc.property(fc.shuffledSubarray(texts, { minLength: texts.length }), fc.shuffledSubarray(packages, { minLength: packages.length }), (files, chosen) => {
      const catalog = readTexts(Object.fromEntries(files)).catalog!;
      const shuffled = { ...catalog, recipes: new Map([...catalog.recipes].toReversed()) };
      expect(shape(resolveConfiguration({ ...bench, packages: Object.fromEntries(chosen) }, shuffled).resolution!)).toBe(expected);
    }), { numRuns: 25 });
  });

  test('ships every run need of what is shipped and has every need of everything', () => {
    const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
    const needs = fc.array(fc.record({ from: fc.nat(7), to: fc.nat(7), kind: fc.constantFrom('build', 'host', 'run') }), { maxLength: 20 });
    fc.assert(fc.property(needs, fc.subarray(names), (edges, asked) => {
      const texts = Object.fromEntries(names.map((name, i) => {
        const of = (kind: string): string[] => [...new Set(edges.filter((edge) => edge.from === i && edge.kind === kind && (kind === 'run' ? edge.to !== i : edge.to > i)).map((edge) => names[edge.to]!))];
        return [`recipes/${name}/recipe.yaml`, recipeText(name, `needs: { build: [${of('build').join()}], host: [${of('host').join()}], run: [${of('run').join()}] }\n`)];
      }));
      const { packages } = resolved({ ...bench, packages: Object.fromEntries(asked.map((name) => [name, { options: {} }])) }, texts);
      for (const one of packages.values()) {
        expect(one.reasons.length).toBeGreaterThan(0);
        for (const name of [...one.needs.build, ...one.needs.host]) expect(packages.has(name)).toBe(true);
        for (const name of one.needs.run) expect(packages.get(name)!.shipped).toBe(one.shipped);
      }
    }), { numRuns: 50 });
  });
});

describe('what cannot be resolved', () => {
  test.each<[string, string, string]>([
    ['an unknown package', 'packages: { exrta: {} }', 'package-choice: there is no package "exrta"; did you mean `extra`?'],
    ['a renamed package', 'packages: { oldlib: {} }', 'package-choice: there is no package "oldlib"; it is now called `lib`'],
    ['a renamed option', 'packages: { alpha: { options: { verbosity: 2 } } }', 'package-choice: alpha has no option "verbosity"; it is now called `level`'],
    ['a value of another type', 'packages: { alpha: { options: { net: "no" } } }', 'package-choice: the option net of alpha is "no", it must be true or false; '],
    ['a value beyond its bounds', 'packages: { alpha: { options: { port: 0 } } }', 'package-choice: the option port of alpha is 0, the smallest allowed is 1; '],
    ['an option whose condition does not hold', 'packages: { alpha: { options: { net: false, port: 81 } } }', 'option-condition: the option port of alpha may be set only where net = true; set net = true, or leave port out'],
    ['another kernel among the packages', 'packages: { cc2: {} }', 'package-choice: "cc2" is a toolchain, and another one is chosen; name it as `toolchain`'],
    ['a toolchain that is none', 'toolchain: lib', 'toolchain: "lib" is a package, not a toolchain; there are cc, cc2'],
    ['an unknown toolchain', 'toolchain: ccc', 'toolchain: there is no toolchain "ccc"; did you mean `cc`?'],
    ['a removal of what the board has not', 'remove: [extra]', 'remove: the board bench has no package "extra" to leave out; remove the line; what nothing asks for is not in'],
    ['a removal of the kernel', 'remove: [core]', 'remove: "core" is the board\'s toolchain, kernel or skeleton and cannot be left out; '],
    ['a removal of what is chosen', 'packages: { alpha: {} }\nremove: [alpha]', 'remove: "alpha" is both chosen and removed; keep one of the two'],
    ['an image format twice', 'images: [{ format: tar }, { format: tar }]', 'images: tar is listed already; keep one'],
    ['a size of what has none', 'images: [{ format: tar, size_bytes: 1048576 }]', 'images: a tar image is as large as its content; remove the size'],
    ['a kernel setting against a package', 'packages: { core: { options: { config: { CONFIG_NET: n } } } }', 'kernel-option-conflict: CONFIG_NET is set to n, but alpha requires y; set it to y, or leave out alpha'],
  ])('%s is told with its remedy', (_what, yaml, expected) => {
    expect(findings(configuration(yaml), { 'recipes/cc2/recipe.yaml': recipeText('cc2', '', 'toolchain') })).toEqual([expected]);
  });

  test('an unknown board', () => {
    expect(findings({ ...bench, board: 'bnech' })).toEqual(['unknown-board: there is no board "bnech"; did you mean `bench`?']);
  });

  test('a removed package that another needs at run time, with the option that ends the need', () => {
    const board = SMALL_CATALOG['boards/bench/board.yaml']!.replace('packages:\n', 'packages:\n  lib: {}\n');
    expect(findings(configuration('remove: [lib]'), { 'boards/bench/board.yaml': board })).toEqual([
      'removed-but-needed: lib is removed, but alpha needs it at run time; keep lib, change the option net of alpha, or leave out alpha too',
    ]);
    expect(findings(configuration('packages: { alpha: { options: { net: false } } }\nremove: [lib]'), { 'boards/bench/board.yaml': board })).toEqual([]);
  });

  test('two packages that require a kernel option to different values', () => {
    expect(findings(configuration('packages: { extra: {} }'), { 'recipes/extra/recipe.yaml': recipeText('extra', 'kernel_options: { CONFIG_NET: m }\n') })).toEqual([
      'kernel-option-conflict: extra requires CONFIG_NET=m, but alpha requires CONFIG_NET=y; leave out one of them',
    ]);
  });

  test('two packages with one init script, device or permission row', () => {
    const extra = recipeText('extra', 'init_scripts: [{ name: S50alpha, file: x }]\npermissions: [{ path: /usr/bin/alpha, kind: file, mode: "0755" }]\n');
    expect(findings(configuration('packages: { extra: {} }'), { 'recipes/extra/recipe.yaml': extra, 'recipes/extra/x': '#!/bin/sh' })).toEqual([
      'init-script-clash: alpha and extra both bring the init script S50alpha; leave out alpha or extra',
      'permission-clash: alpha and extra both bring the permission row /usr/bin/alpha; leave out alpha or extra',
    ]);
  });

  test('a package that needs another kernel', () => {
    const changes = { 'recipes/core2/recipe.yaml': recipeText('core2', '', 'kernel'), 'recipes/extra/recipe.yaml': recipeText('extra', 'needs: { build: [core2] }\n') };
    expect(findings(configuration('packages: { extra: {} }'), changes)).toEqual([
      'second-role: extra needs the kernel core2, but the kernel here is core; choose core2 as `kernel`, or leave out extra',
    ]);
  });

  test('has findings at the lines of the file', () => {
    const { findings: found } = resolveConfiguration(configuration('remove: [extra]'), smallCatalog(), { path: 'mine.yaml', lineOf: (place) => (place[0] === 'remove' ? 3 : 0) });
    expect(found.map(({ path, line }) => [path, line])).toEqual([['mine.yaml', 3]]);
  });
});

describe('explaining', () => {
  const resolution = resolved(configuration('packages: { extra: {} }'));
  const why = (name: string): string[] | undefined => whyIn(resolution, name)?.map((link) => spelledReason(link.package, link.reason));

  test('says why a package is in, down to what was asked for', () => {
    expect(why('alpha')).toEqual(['alpha is a package of the board']);
    expect(why('extra')).toEqual(['extra is asked for by the configuration']);
    expect(why('tool')).toEqual(['tool has host tools that build lib', 'lib is needed by alpha at run time', 'alpha is a package of the board']);
    expect(why('core')).toEqual(['core is the kernel']);
    expect(why('nobody')).toBeUndefined();
  });

  test('says what needs a package', () => {
    expect(whatNeeds(resolution, 'lib')).toEqual([{ package: 'alpha', how: 'build' }, { package: 'alpha', how: 'run' }]);
    expect(whatNeeds(resolution, 'core')).toEqual([{ package: 'alpha', how: 'kernel-options' }]);
    expect(whatNeeds(resolution, 'extra')).toEqual([]);
  });

  test('says what would leave with a package', () => {
    expect(leavesWith(resolved(bench), 'alpha')).toEqual(['lib', 'tool']);
    expect(leavesWith(resolution, 'lib')).toEqual(['tool']);
    expect(leavesWith(resolution, 'alpha')).toEqual(['lib', 'tool']);
  });

  test('says what would change', () => {
    expect(differenceOf(resolved(bench), resolution)).toEqual({ added: ['extra'], removed: [], changed: [], kernelOptions: [] });
    expect(differenceOf(resolved(bench), resolved(configuration('packages: { alpha: { options: { net: false } } }')))).toEqual({ added: [], removed: [], changed: ['alpha', 'lib'], kernelOptions: [] });
    expect(differenceOf(resolved(bench), resolved(configuration('remove: [alpha]')))).toEqual({ added: [], removed: ['alpha', 'lib', 'tool'], changed: [], kernelOptions: ['CONFIG_NET'] });
  });
});
