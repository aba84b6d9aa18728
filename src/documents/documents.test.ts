import fc from 'fast-check';

import { jsonDigest } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { sampleFile, sampleInventory, samplePackage } from '../../tests/support/inventory-sample.ts';
import { cycloneDx } from './cyclone-dx.ts';
import type { BillOfMaterials, Detail } from './document.ts';
import { factsOfInventory } from './facts.ts';
import { jsonChunks, Members, Rows } from './json-stream.ts';
import { digestOf, orderedInventory } from './ordered-inventory.ts';
import { factsOf } from './read-facts.ts';
import { spdx2 } from './spdx2.ts';
import { spdx3 } from './spdx3.ts';

const WRITERS: Readonly<Record<string, (inventory: Inventory, detail: Detail) => BillOfMaterials>> = {
  'CycloneDX 1.7': (inventory, detail) => cycloneDx(inventory, { detail, version: '1.7' }),
  'CycloneDX 1.6': (inventory, detail) => cycloneDx(inventory, { detail, version: '1.6' }),
  'SPDX 3.0.1': (inventory, detail) => spdx3(inventory, { detail }),
  'SPDX 2.3': (inventory, detail) => spdx2(inventory, { detail }),
};
const EACH = Object.keys(WRITERS).flatMap((format) => (['packages', 'files'] as const).map((detail) => [format, detail] as const));
const textOf = (document: BillOfMaterials): string => [...document.chunks()].join('');

const word = fc.stringMatching(/^[a-z][a-z0-9+.-]{0,8}$/);
const kinds = fc.constantFrom('needsAtBuild', 'needsAtHost', 'needsAtRun', 'linksDynamically', 'linksStatically', 'contains', 'builtFrom', 'generatedBy', 'interpreter', 'kernelModule');

/** Any inventory whose parts fit together: some packages ship, some build, some files are nobody's, some have no bytes. */
const inventories: fc.Arbitrary<Inventory> = fc.record({
  names: fc.uniqueArray(word, { minLength: 1, maxLength: 6 }),
  paths: fc.uniqueArray(fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`), { maxLength: 8 }),
  choices: fc.infiniteStream(fc.nat(1000)),
  links: fc.array(fc.tuple(kinds, fc.nat(1000), fc.nat(1000)), { maxLength: 12 }),
  licenses: fc.array(fc.constantFrom(undefined, 'MIT', 'GPL-2.0-only OR LicenseRef-x', 'Apache-2.0 WITH LLVM-exception'), { minLength: 6, maxLength: 6 }),
}).map(({ names, paths, choices, links, licenses }) => {
  const pick = <T>(from: readonly T[]): T => from[choices.next().value % from.length]!;
  const components = names.map((name, index) => samplePackage(name, {
    scope: pick(['ships', 'build', 'host', 'toolchain'] as const), version: pick(['', '1', '2.0-rc1']), licenses: { files: [], ...(licenses[index] === undefined ? {} : { declared: licenses[index] }) },
    purls: pick([[], [`pkg:generic/${name}`], [`pkg:generic/${name}@1`, `pkg:git/example.org/${name}@1`]]),
  }));
  const files = paths.map((path) => sampleFile(path, pick([undefined, ...components.map(({ ref }) => ref)])));
  const bytes = files.map((file) => {
    if (choices.next().value % 4 !== 0) return file;
    const { hashes: _hashes, ...rest } = file;
    return { ...rest, kind: 'symlink' as const, target: 'x' };
  });
  const refs = [...components, ...files].map(({ ref }) => ref);
  const relations = links.map(([kind, from, to]) => ({ from: refs[from % refs.length]!, to: refs[to % refs.length]!, kind, basis: 'observed' as const }));
  return { ...sampleInventory(), components, files: bytes, relations };
});

describe.each(EACH)('%s, detail %s', (format, detail) => {
  const write = WRITERS[format]!;

  test('is JSON, and one row of it a line', () => {
    const text = textOf(write(sampleInventory(), detail));
    expect(typeof JSON.parse(text)).toBe('object');
    expect(text.split('\n').length).toBeGreaterThan(20);
  });

  test('says what the inventory says: facts read back are equal', () => {
    fc.assert(fc.property(inventories, (inventory) => {
      expect(factsOf(textOf(write(inventory, detail)))).toEqual(factsOfInventory(inventory, detail));
    }), { numRuns: 40 });
    expect(factsOf(textOf(write(sampleInventory(), detail)))).toEqual(factsOfInventory(sampleInventory(), detail));
  });

  test('is the same bytes twice, and whatever the order of the facts', () => {
    const inventory = sampleInventory();
    const document = write(inventory, detail);
    expect(sha256(textOf(document))).toBe(sha256(textOf(document)));
    const shuffled = { ...inventory, components: inventory.components.toReversed(), relations: inventory.relations.toReversed(), files: inventory.files.toReversed(), completeness: inventory.completeness.toReversed() };
    expect(textOf(write(shuffled, detail))).toBe(textOf(document));
  });

  test('has another id when anything in the inventory is another', () => {
    const inventory = sampleInventory();
    const other = { ...inventory, build: { ...inventory.build, epochSeconds: inventory.build.epochSeconds + 1 } };
    expect(write(other, detail).uuid).not.toBe(write(inventory, detail).uuid);
  });

  test('names the document of the other detail', () => {
    const inventory = sampleInventory();
    const { uuid } = write(inventory, detail === 'files' ? 'packages' : 'files');
    expect(textOf(write(inventory, detail))).toContain(uuid);
  });

  test('carries the time of the definition', () => {
    expect(textOf(write(sampleInventory(), detail))).toContain('2023-11-14T22:13:20Z');
  });
});

describe('what a format cannot say', () => {
  test('is told by CycloneDX 1.6: one expression a component', () => {
    expect(WRITERS['CycloneDX 1.6']!(sampleInventory(), 'packages').lost).toEqual([expect.stringContaining('3 components')]);
    expect(WRITERS['CycloneDX 1.7']!(sampleInventory(), 'packages').lost).toEqual([]);
  });

  test('is told by SPDX 2.3: directories, links, devices', () => {
    expect(WRITERS['SPDX 2.3']!(sampleInventory(), 'files').lost.join('\n')).toContain('3 directories, links and devices');
  });
});

describe('a streamed document', () => {
  test('is what it would be in one piece', () => {
    const plain = fc.jsonValue().filter((value) => JSON.stringify(value).isWellFormed());
    fc.assert(fc.property(fc.dictionary(fc.string(), plain), fc.array(plain), (fields, rows) => {
      const text = [...jsonChunks(new Members({ fields: new Members(fields), rows: new Rows(rows as never[]) }))].join('');
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ fields, rows })));
    }));
  });

  test('holds no more than a chunk at once', () => {
    function* rows(): Generator<string> {
      for (let index = 0; index < 100_000; index += 1) yield 'x'.repeat(20);
    }
    const lengths = [...jsonChunks(new Rows(rows()))].map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThan(70_000);
    expect(lengths.length).toBeGreaterThan(20);
  });

  test('is named by the digest of the inventory\'s canonical form', () => {
    const ordered = orderedInventory(sampleInventory());
    expect(digestOf(ordered)).toBe(jsonDigest(ordered));
  });
});
