import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sampleInventory } from '../../tests/support/inventory-sample.ts';
import { documentText } from '../../tests/support/shipped-build.ts';
import type { BillComparison } from '../compare/bill-changes.ts';
import { componentLines } from '../compare/component-lines.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Component } from '../inventory/inventory.ts';
import { compareBillFiles } from './compare-contents.ts';

const FORMATS = ['cyclonedx-1.7', 'cyclonedx-1.6', 'spdx-3.0.1', 'spdx-2.3'] as const;
type Format = (typeof FORMATS)[number];
let directory: string;
beforeAll(async () => { directory = await mkdtemp(join(tmpdir(), 'provenroot-bills-')); });
afterAll(() => rm(directory, { recursive: true, force: true }));

async function compared(left: string, right: string): Promise<BillComparison> {
  const paths = ['left', 'right'].map((name) => join(directory, name)) as [string, string];
  await Promise.all([writeFile(paths[0], left), writeFile(paths[1], right)]);
  return compareBillFiles(...paths);
}

/** A document of the sample with other fields of one package. */
function document(format: Format, change: (one: Component) => Partial<Component> = () => ({})): string {
  const inventory = sampleInventory();
  return documentText({ ...inventory, components: inventory.components.map((one) => (one.name === 'beta' ? { ...one, ...change(one) } : one)) }, format, 'packages');
}

describe('two bills of materials', () => {
  test.each(FORMATS.flatMap((one) => FORMATS.map((other) => [one, other] as const)))('of one build differ in nothing: %s and %s', async (one, other) => {
    expect((await compared(document(one), document(other))).changes).toEqual([]);
  });

  test.each(FORMATS)('of %s tell a version, swapped sources and a lost fix', async (format) => {
    const kinds = async (change: (one: Component) => Partial<Component>): Promise<unknown[]> => (await compared(document(format), document(format, change))).changes.map(({ kind, severity }) => [kind, severity]);
    expect(await kinds(() => ({ version: '2.0' }))).toEqual([['version-up', 'note']]);
    expect(await kinds(({ sources }) => ({ sources: [{ ...sources[0]!, sha256: sha256('tampered') }] }))).toEqual([['source', 'critical']]);
    expect(await kinds(({ patches }) => ({ patches: patches.slice(1) }))).toEqual([['patch-lost', 'critical']]);
    expect(await kinds(() => ({ patches: [] }))).toEqual([['patch-lost', 'critical'], ['patch-lost', 'warning']]);
  });

  test('of strangers are held against each other, and against ours, in one screen', async () => {
    const stranger = (version: string): string => JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.4', components: [{ type: 'library', name: 'beta', version, purl: `pkg:github/example/beta@v${version}` }] });
    const { formats, counts, changes } = await compared(stranger('1.0'), stranger('1.1'));
    expect({ formats, counts, lines: componentLines(changes, 5) }).toEqual({ formats: { left: 'CycloneDX 1.4', right: 'CycloneDX 1.4' }, counts: { left: 1, right: 1 }, lines: ['   ~ beta 1.0 → 1.1'] });
    // A CycloneDX document could name patches, and this one has none.
    expect((await compared(document('spdx-2.3'), stranger('1.0'))).changes.filter(({ kind }) => kind !== 'removed').map(({ kind }) => kind)).toEqual(['patch-lost', 'patch-lost']);
  });

  test('are refused where one is none, by its name', async () => {
    await expect(compared(document('spdx-2.3'), '{}')).rejects.toMatchObject({ code: 'DOCUMENTS.UNKNOWN_FORMAT', message: expect.stringContaining('right') });
  });
});
