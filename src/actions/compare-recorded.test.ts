import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { syntheticFacts } from '../../tests/support/synthetic-facts.ts';
import { openTemporaryStore, type TemporaryStore } from '../../tests/support/temporary-store.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { inventoryOf } from '../inventory/inventory-of.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree } from '../tree/tree.ts';
import { RecordedComparer, type RecordedBuild } from './compare-recorded.ts';

let opened: TemporaryStore;
beforeEach(() => openTemporaryStore().then((one) => { opened = one; }));
afterEach(() => opened.close());

const PATH = 'usr/share/package-0001/doc/text-0.txt';

/** A build of two packages, in the store, with a text of its own and another version of one. */
async function stored(text: string, version: string): Promise<RecordedBuild> {
  const { store } = opened;
  const all = syntheticFacts(2);
  const facts = { ...all, files: all.files.filter(({ entry, path }) => entry.kind === 'directory' || path.endsWith('/text-0.txt')) };
  for (const { entry, path } of facts.files) if (entry.kind === 'file') await store.putBlob(Buffer.from(path, 'latin1'));
  const digest = (await store.putBlob(Buffer.from(text))).sha256;
  const files = facts.files.map((one) => (one.path === PATH && one.entry.kind === 'file' ? { ...one, entry: { ...one.entry, sha256: digest, sizeBytes: text.length } } : one));
  const tree = makeTree(files.map(({ path, entry }) => [path, entry]));
  await store.putTree(tree);
  const inventory = inventoryOf({
    ...facts, files, rootTree: treeDigest(tree), contents: { ...facts.contents, [digest]: { sha512: digest.repeat(2), content: { kind: 'data' } } },
    packages: facts.packages.map((one) => (one.name === 'package-0001' ? { ...one, version } : one)),
  });
  return { inventory: (await store.putBlob(Buffer.from(canonicalJson(inventory)))).sha256, times: [], jobs: [] };
}

const fileOf = (digest: Sha256): string => join(opened.root, 'blobs', 'v1', 'sha256', digest.slice(0, 2), digest);
const comparer = (): RecordedComparer => new RecordedComparer(opened.store);

async function twoBuilds(): Promise<[RecordedBuild, RecordedBuild]> {
  return [await stored('one\n', '1.2'), await stored('two\n', '1.3')];
}

async function outlinedBuild(build: RecordedBuild): Promise<RecordedBuild & { outline: Sha256 }> {
  return { ...build, outline: await comparer().outline(build.inventory) };
}

describe('two builds on record', () => {
  test('are compared from the outlines of their inventories as from the inventories, which are not read then', async () => {
    const builds = await twoBuilds();
    const told = await comparer().compare(...builds);
    expect(told.comparison.changes.map(({ path }) => path)).toEqual([PATH]);
    expect([told.owners, told.packages.map(({ name, reasons }) => [name, reasons.map(({ reason }) => reason)])]).toEqual([['package-0001'], [['package-0001', ['version']]]]);
    const outlined = [await outlinedBuild(builds[0]), await outlinedBuild(builds[1])] as const;
    for (const { inventory } of builds) await rm(fileOf(inventory));
    expect(await comparer().compare(...outlined)).toEqual(told);
  });

  test.each<[string, (outline: Sha256) => Promise<void>]>([
    ['gone', (outline) => rm(fileOf(outline))],
    ['damaged', async (outline) => { await chmod(fileOf(outline), 0o644); await writeFile(fileOf(outline), '{"format":1}'); await chmod(fileOf(outline), 0o444); }],
  ])('are compared where an outline is %s, which is whole then', async (_title, harm) => {
    const [left, right] = await twoBuilds();
    const told = await comparer().compare(left, right);
    const outlined = await outlinedBuild(left);
    await harm(outlined.outline);
    expect(await comparer().compare(outlined, right)).toEqual(told);
    expect(sha256(await opened.store.readBlobBytes(outlined.outline))).toBe(outlined.outline);
  });

  test('are compared where an outline is of another format', async () => {
    const [left, right] = await twoBuilds();
    const outline = (await opened.store.putBlob(Buffer.from('{"format":0}'))).sha256;
    expect(await comparer().compare({ ...left, outline }, right)).toEqual(await comparer().compare(left, right));
  });

  test('of which one has neither are refused', async () => {
    const [left, right] = await twoBuilds();
    await rm(fileOf(left.inventory));
    await expect(comparer().compare(left, right)).rejects.toMatchObject({ code: 'STORE.MISSING' });
  });
});
