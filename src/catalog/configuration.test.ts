import fc from 'fast-check';

import { smallCatalog } from '../../tests/support/catalog-fixture.ts';
import { canonicalConfiguration, configurationDigest, parseConfiguration, plainConfiguration, renderConfiguration, type Configuration } from './configuration.ts';
import { allOptionValues, effectiveConfiguration } from './effective.ts';
import { addPackage, newConfiguration, removePackage, searchPackages, setValue, type Edited } from './edit-configuration.ts';
import { withoutDefaults } from './without-defaults.ts';

const catalog = smallCatalog();
const parse = (text: string): ReturnType<typeof parseConfiguration> => parseConfiguration(Buffer.from(text), 'mine.yaml');
const bench = plainConfiguration('bench');
const digest = (text: string): string => configurationDigest(parse(text).value!);

function value(edited: Edited): Configuration {
  expect(edited.findings).toEqual([]);
  return edited.value!;
}

function refusal(edited: Edited): string {
  expect(edited.value).toBeUndefined();
  return edited.findings.map(({ message, suggestion }) => `${message}; ${suggestion ?? ''}`).join('\n');
}

describe('a configuration', () => {
  test('may be YAML or JSON, in any order, with empty parts or without: it has one digest', () => {
    const yaml = 'format: 1\nboard: bench\npackages:\n  lib: {}\n  alpha: { options: { net: false, level: 2 } }\nremove: [b, a]\nsystem: {}\n';
    const json = '{"format":1,"remove":["a","b"],"packages":{"alpha":{"options":{"level":2,"net":false}},"lib":{"options":{}}},"board":"bench"}';
    expect(digest(yaml)).toBe(digest(json));
  });

  test('has a digest that never changes', () => {
    expect(digest('format: 1\nboard: bench\nimages: [{ format: ext4, size_bytes: 1048576 }]\n')).toBe(configurationDigest({ ...bench, images: [{ format: 'ext4', sizeBytes: 1_048_576 }] }));
    expect(canonicalConfiguration({ ...bench, images: [{ format: 'ext4', sizeBytes: 1_048_576 }] })).toBe('{"board":"bench","format":1,"images":[{"format":"ext4","size_bytes":1048576}]}');
  });

  test.each([
    ['format: 1\nboard: bench\nsystem: { root_password: secret }\n', '3 bad-format', 'a plain password is never stored'],
    ['format: 1\nboard: bench\nsystem: { hostname: "$(id)" }\n', '3 bad-format', 'host name'],
    ['format: 1\nboard: bench\nsystem: { banner: "a\\nb" }\n', '3 bad-format', 'one line'],
    ['format: 1\nboard: bench\nsystem: { authorized_keys: ["ssh-ed25519 AAAA\\ncommand"] }\n', '3 bad-format', 'public key line'],
    ['format: 1\nboard: bench\nimages: []\n', '3 out-of-range', 'at least 1 items'],
    ['format: 1\nboard: bench\nimages: [{ format: ext4, size_bytes: 1048577 }]\n', '3 out-of-range', 'multiple of 1048576'],
    ['format: 1\nboard: bench\nimages: [{ format: ext3 }]\n', '3 not-allowed', 'did you mean `ext4`?'],
    ['format: 1\nboard: bench\npakages: {}\n', '3 unknown-key', 'did you mean `packages`?'],
    ['format: 1\nboard: bench\norganization: { supplier: A, contact: b, url: "javascript:alert(1)" }\n', '3 bad-format', 'http'],
    ['format: 1\n', '1 missing-key', '"board" is missing'],
  ])('is refused: %j', (text, at, message) => {
    const { value: none, findings } = parse(text);
    expect(none).toBeUndefined();
    expect(findings.map(({ line, rule }) => `${line} ${rule}`)).toEqual([at]);
    expect(`${findings[0]!.message}; ${findings[0]!.suggestion ?? ''}`).toContain(message);
  });
});

/** Configurations over the small catalog, sensible or not. */
const configurations = fc.record({
  format: fc.constant(1 as const), board: fc.constant('bench'),
  packages: fc.dictionary(fc.constantFrom('alpha', 'lib', 'extra', 'core'), fc.record({
    options: fc.record({ net: fc.boolean(), level: fc.integer({ min: 1, max: 4 }), colour: fc.constantFrom('red', 'green'), words: fc.constantFrom(['a', 'b'], []) }, { requiredKeys: [], noNullPrototype: true }),
  }, { noNullPrototype: true }), { noNullPrototype: true }),
  remove: fc.subarray(['alpha', 'lib']),
  system: fc.record({ hostname: fc.constantFrom('bench', 'other'), epochSeconds: fc.constantFrom(1_700_000_000, 5) }, { requiredKeys: [], noNullPrototype: true }),
}).map((drawn): Configuration => ({
  ...drawn,
  packages: Object.fromEntries(Object.entries(drawn.packages).filter(([name]) => !drawn.remove.includes(name)).map(([name, choice]) => (
    [name, name === 'alpha' ? choice : { options: name === 'core' ? { config: { CONFIG_BASE: 'y', CONFIG_X: 'm' } } : {} }]))),
}));

/** What a configuration comes to: packages with all their option values, and settings. */
function meaning(configuration: Configuration): unknown {
  const { packages, ...rest } = effectiveConfiguration(configuration, catalog.boards.get('bench')!);
  const roles = ['cc', 'core', 'base'];
  const values = [...new Set([...Object.keys(packages), ...roles])].toSorted().map((name) => [name, allOptionValues(catalog.recipes.get(name)!, packages[name]?.options ?? {})]);
  return { ...rest, values };
}

describe('saving', () => {
  test('writes what reads back as the same', () => {
    fc.assert(fc.property(configurations, (configuration) => {
      const { value: back, findings } = parse(renderConfiguration(configuration));
      expect(findings).toEqual([]);
      expect(canonicalConfiguration(back!)).toBe(canonicalConfiguration(configuration));
    }));
  });

  test('leaves defaults out without changing the meaning, and a second time nothing', () => {
    fc.assert(fc.property(configurations, (configuration) => {
      const saved = withoutDefaults(configuration, catalog);
      expect(meaning(saved)).toEqual(meaning(configuration));
      expect(withoutDefaults(saved, catalog)).toEqual(saved);
      expect(canonicalConfiguration(saved).length).toBeLessThanOrEqual(canonicalConfiguration(configuration).length);
    }));
  });

  test('writes only what differs from board and recipes', () => {
    const { value: given } = parse(`format: 1
board: bench
toolchain: cc
packages:
  alpha: { options: { level: 3, net: true, colour: green } }
  core: { options: { config: { CONFIG_BASE: y, CONFIG_X: m } } }
system: { hostname: bench, banner: Other }
images: [{ format: tar }, { format: ext4 }]
`);
    expect(renderConfiguration(withoutDefaults(given!, catalog))).toBe(`format: 1
board: bench
packages:
  alpha:
    options:
      colour: green
  core:
    options:
      config:
        CONFIG_X: m
system:
  banner: Other
`);
  });

  test('keeps a value that the board changed and the configuration changes back', () => {
    const { value: given } = parse('format: 1\nboard: bench\npackages: { alpha: { options: { level: 1 } } }\n');
    expect(withoutDefaults(given!, catalog).packages).toEqual({ alpha: { options: { level: 1 } } });
  });
});

describe('editing', () => {
  test('begins with a board that exists', () => {
    expect(value(newConfiguration('bench', catalog))).toEqual(bench);
    expect(refusal(newConfiguration('bnech', catalog))).toContain('did you mean `bench`?');
  });

  test('adds a package, and brings back one that was removed', () => {
    expect(value(addPackage(bench, 'extra', catalog)).packages).toEqual({ extra: { options: {} } });
    expect(value(addPackage({ ...bench, remove: ['alpha'] }, 'alpha', catalog))).toEqual(bench);
    expect(value(addPackage(bench, 'alpha', catalog))).toEqual(bench);
  });

  test('refuses what does not exist, naming what replaced it or was meant', () => {
    expect(refusal(addPackage(bench, 'oldlib', catalog))).toContain('it is now called `lib`');
    expect(refusal(addPackage(bench, 'exrta', catalog))).toContain('did you mean `extra`?');
    expect(refusal(setValue(bench, 'alpha.verbosity', '3', catalog))).toContain('it is now called `level`');
    expect(refusal(addPackage(bench, 'core', catalog))).toContain('which the board chooses');
  });

  test('removes what the configuration added, and leaves out what the board has', () => {
    const added = value(addPackage(bench, 'extra', catalog));
    expect(value(removePackage(added, 'extra', catalog))).toEqual(bench);
    expect(value(removePackage(bench, 'alpha', catalog)).remove).toEqual(['alpha']);
    expect(refusal(removePackage(bench, 'lib', catalog))).toContain('`config show` says why');
    expect(refusal(removePackage(bench, 'core', catalog))).toContain('cannot be left out');
  });

  test.each<[string, string, unknown]>([
    ['alpha.net', 'false', { alpha: { options: { net: false } } }],
    ['alpha.level', '7', { alpha: { options: { level: 7 } } }],
    ['alpha.colour', 'green', { alpha: { options: { colour: 'green' } } }],
    ['alpha.words', 'x, y', { alpha: { options: { words: ['x', 'y'] } } }],
    ['alpha.words', '', { alpha: { options: { words: [] } } }],
    ['core.config.CONFIG_FOO', 'y', { core: { options: { config: { CONFIG_FOO: 'y' } } } }],
    ['core.config', 'CONFIG_A=m,CONFIG_B', { core: { options: { config: { CONFIG_A: 'm', CONFIG_B: 'y' } } } }],
  ])('sets %s=%s', (key, text, packages) => {
    expect(value(setValue(bench, key, text, catalog)).packages).toEqual(packages);
  });

  test.each([
    ['alpha.net', 'maybe', 'must be true or false'], ['alpha.level', '1; id', 'must be a whole number'], ['alpha.port', '70000', 'largest allowed is 65535'],
    ['alpha.title', 'A\nB', 'line break'], ['alpha.colour', 'geen', 'did you mean `green`?'], ['alpha.levle', '1', 'did you mean `level`?'],
    ['core.config.CONFIG_A', 'y\nCONFIG_B=y', 'as in a .config'], ['core.config.CONFIG_A', '$(id)', 'as in a .config'], ['alhpa.level', '1', 'did you mean `alpha`?'],
    ['alpha', '1', 'write alpha.OPTION=VALUE'], ['board', 'x', 'cannot change'], ['toolchain', 'gcc', 'did you mean `cc`?'], ['toolchain', 'lib', 'there is no toolchain "lib"'],
    ['system.hostname', '-rf', 'host name'], ['system.root_password', 'secret', 'plain password'], ['system.hostnam', 'x', 'did you mean `hostname`?'],
    ['images', 'tar,ext3', 'did you mean `ext4`?'], ['system.epoch_seconds', '-1', 'must be a number'], ['constructor.x', '1', 'no package'],
  ])('refuses to set %s=%j', (key, text, message) => {
    expect(refusal(setValue(bench, key, text, catalog))).toContain(message);
  });

  test('sets settings, images and toolchain', () => {
    expect(value(setValue(bench, 'system.hostname', 'mine', catalog)).system).toEqual({ hostname: 'mine' });
    expect(value(setValue(bench, 'system.epoch_seconds', '12', catalog)).system).toEqual({ epochSeconds: 12 });
    expect(value(setValue(bench, 'images', 'squashfs,tar', catalog)).images).toEqual([{ format: 'squashfs' }, { format: 'tar' }]);
    expect(value(setValue(bench, 'toolchain', 'cc', catalog)).toolchain).toBe('cc');
  });

  test('finds packages by name first, then summary, then options', () => {
    const found = (...words: string[]): string[] => searchPackages(catalog, words).map(({ recipe, matches }) => `${recipe.name} ${matches}`);
    expect(found('LIB')).toEqual(['lib name']);
    expect(found('the')).toEqual(['alpha summary', 'extra summary', 'lib summary', 'tool summary']);
    expect(found('listens')).toEqual(['alpha option']);
    expect(found('alpha', 'listens')).toEqual(['alpha name']);
    expect(found('core')).toEqual([]);
  });
});
