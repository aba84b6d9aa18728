import fc from 'fast-check';

import { documentText, shippedBuild } from '../../tests/support/shipped-build.ts';
import { anyTree, everything, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import { filesOfTree } from '../inventory/files-of-tree.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { treeDifferences } from '../tree/differences.ts';
import { ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { checkOwnedFiles, type PathComparison } from './check-owned-files.ts';
import type { DocumentFormat } from './document.ts';
import { HELD, readOwnedFiles, type BillContents } from './read-owned-files.ts';
import { parseStrictDocument } from './strict-document.ts';

const FORMATS = Object.keys(HELD) as DocumentFormat[];
const readText = (text: string): BillContents => readOwnedFiles(parseStrictDocument(Buffer.from(text), 'it'), 'it');
const read = (inventory: Inventory, format: DocumentFormat, detail: 'packages' | 'files' = 'files'): BillContents => readText(documentText(inventory, format, detail));
const inventoryFor = async (sample: SampleTree): Promise<Inventory> => (await shippedBuild(sample, {})).inventory;
const isSame = ({ missing, extra, changed, rootAgrees }: PathComparison): boolean => missing + extra + changed === 0 && rootAgrees !== false;

/** One change of a tree, drawn: of a path's bytes, size, mode, owner, attributes, target, numbers or kind; a path more or less. */
const mutation = fc.record({ which: fc.nat(), how: fc.constantFrom('bytes', 'size', 'mode', 'uid', 'gid', 'xattr', 'kind', 'remove', 'add', 'special'), number: fc.integer({ min: 1, max: 0o7777 }) });

function mutated(tree: Tree, { which, how, number }: { which: number; how: string; number: number }): Tree {
  const entries = new Map(tree.entries);
  const paths = [...entries.keys()];
  const path = paths[which % paths.length]!;
  const entry = entries.get(path)!;
  if (how === 'add' || entry.kind === 'hard-link' || path === ROOT_PATH && (how === 'remove' || how === 'kind')) {
    entries.set(freeName(tree), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: number, sha256: sha256(`${number}`) });
    return makeTree(entries);
  }
  const change = (fields: object): void => { entries.set(path, { ...entry, ...fields }); };
  const linked = [...entries.values()].some((other) => other.kind === 'hard-link' && other.target === path);
  const hasChildren = paths.some((other) => other.startsWith(`${path}/`));
  if (how === 'remove' && !linked && !hasChildren) entries.delete(path);
  else if (how === 'kind' && !linked && !hasChildren) entries.set(path, { kind: entry.kind === 'fifo' ? 'directory' : 'fifo', mode: entry.mode, uid: entry.uid, gid: entry.gid });
  else if (how === 'bytes' && entry.kind === 'file') change({ sha256: sha256(`${entry.sha256}${number}`) });
  else if (how === 'size' && entry.kind === 'file') change({ sizeBytes: entry.sizeBytes + number });
  else if (how === 'special' && entry.kind === 'symlink') change({ target: `${entry.target}x` });
  else if (how === 'special' && (entry.kind === 'block-device' || entry.kind === 'character-device')) change({ minor: entry.minor ^ 1 });
  else if (how === 'uid' || how === 'gid') change({ [how]: (entry[how] + number) % 0xffff_ffff });
  else if (how === 'xattr') change({ xattrs: { ...entry.xattrs, 'user.more': String(number) } });
  else change({ mode: entry.mode ^ number });
  return makeTree(entries);
}

function freeName(tree: Tree): PathBytes {
  for (let index = 0; ; index++) if (!tree.entries.has(`added-${index}` as PathBytes)) return `added-${index}` as PathBytes;
}

describe.each(FORMATS)('%s, held against a tree', (format) => {
  test('agrees with the tree that it was made of, whatever that holds', async () => {
    const sample = everything();
    const comparison = checkOwnedFiles(read(await inventoryFor(sample), format), sample.tree);
    expect({ ...comparison, notHeld: [] }).toMatchObject({ missing: 0, extra: 0, changed: 0, listed: [] });
    expect(comparison.rootAgrees).toBe(format === 'spdx-2.3' ? undefined : true);
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 20 }), async (any) => {
      expect(isSame(checkOwnedFiles(read(await inventoryFor(any), format), any.tree))).toBe(true);
    }), { numRuns: 10 });
  });

  test('does not agree once anything that it holds is another', async () => {
    const sample = everything();
    const bill = read(await inventoryFor(sample), format);
    fc.assert(fc.property(mutation, (drawn) => {
      const other = mutated(sample.tree, drawn);
      const comparison = checkOwnedFiles(bill, other);
      const seen = isSame(comparison);
      const touched = treeDifferences(sample.tree, other);
      const hasBytes = (path: string): boolean => [sample.tree, other].some((tree) => filesOfTree(tree).some((file) => file.path === `/${path}` && file.hashes !== undefined));
      const held = HELD[format].listsAll || touched.some(({ path }) => hasBytes(path));
      expect(seen).toBe(touched.length === 0 || !held);
    }), { numRuns: 100 });
  });
});

describe('what differs', () => {
  const owned = { mode: 0o644, uid: 0, gid: 0 };
  const before = sampleTree([['a', { kind: 'file', ...owned, content: Buffer.from('a') }], ['b', { kind: 'file', ...owned, content: Buffer.from('b') }], ['l', { kind: 'symlink', ...owned, mode: 0o777, target: 'a' as PathBytes }]]);
  const after = (change: Record<string, TreeEntry | undefined>): Tree => makeTree([...Object.entries({ ...Object.fromEntries(before.tree.entries), ...change })].filter(([, entry]) => entry !== undefined) as [PathBytes, TreeEntry][]);
  const fileOf = (fields: object): TreeEntry => ({ kind: 'file', ...owned, sizeBytes: 1, sha256: sha256('a'), ...fields });

  test('is told by path and field, in the order of paths', async () => {
    const bill = read(await inventoryFor(before), 'cyclonedx-1.7');
    const tree = after({ a: fileOf({ mode: 0o600, sha256: sha256('x') }), b: undefined, c: fileOf({}), l: { kind: 'symlink', ...owned, mode: 0o777, target: 'b' as PathBytes } });
    expect(checkOwnedFiles(bill, tree)).toMatchObject({
      missing: 1, extra: 1, changed: 2, listed: [
        { path: '/a', kind: 'changed', fields: ['mode', 'ref', 'sha256'] }, { path: '/b', kind: 'missing', fields: [] }, { path: '/c', kind: 'extra', fields: [] }, { path: '/l', kind: 'changed', fields: ['ref', 'target'] },
      ],
    });
  });

  test('is told by the digest alone where the format has no words for it', async () => {
    const inventory = await inventoryFor(before);
    for (const format of FORMATS) expect(checkOwnedFiles(read(inventory, format), after({ a: fileOf({ sizeBytes: 2 }) })).listed).toEqual([{ path: '/a', kind: 'changed', fields: ['ref'] }]);
    expect(checkOwnedFiles(read(inventory, 'spdx-2.3'), after({ a: fileOf({ mode: 0o755 }) })).listed).toEqual([{ path: '/a', kind: 'changed', fields: ['ref'] }]);
  });

  test('is listed no further than the limit, and counted in full', async () => {
    const { listed, missing } = checkOwnedFiles(read(await inventoryFor(before), 'spdx-3.0.1'), makeTree([]), 2);
    expect([listed.length, missing]).toEqual([2, 3]);
  });

  test('of the root directory itself is seen by the digest of the whole', async () => {
    const tree = after({ '': { kind: 'directory', mode: 0o700, uid: 0, gid: 0 } });
    expect(checkOwnedFiles(read(await inventoryFor(before), 'cyclonedx-1.7'), tree)).toMatchObject({ missing: 0, extra: 0, changed: 0, rootAgrees: false });
    expect(checkOwnedFiles(read(await inventoryFor(before), 'spdx-2.3'), tree).notHeld).toEqual([
      expect.stringContaining('directories, symbolic links, devices, pipes: spdx-2.3 lists only what has bytes, 1 paths'), expect.stringContaining('the root directory itself'),
    ]);
  });

  test('cannot hide behind a name that reads like another\'s', async () => {
    const sample = sampleTree([['\xff', { kind: 'fifo', ...owned }]]);
    const tree = makeTree([...sample.tree.entries, ['\\xff' as PathBytes, { kind: 'fifo', ...owned }]]);
    for (const format of ['cyclonedx-1.7', 'spdx-3.0.1'] as const) expect(isSame(checkOwnedFiles(read(await inventoryFor(sample), format), tree))).toBe(false);
  });

  test('is the digest of the whole for a document of packages', async () => {
    const bill = read(await inventoryFor(before), 'cyclonedx-1.7', 'packages');
    expect(bill.detail).toBe('packages');
    expect(isSame(checkOwnedFiles(bill, before.tree))).toBe(true);
    expect(isSame(checkOwnedFiles(bill, after({ b: undefined })))).toBe(false);
  });
});

describe('the ref of a path', () => {
  test('is a digest that documents of other releases carry: it may not become another', () => {
    const refs = filesOfTree(everything().tree).map(({ ref }) => ref);
    expect(sha256(refs.join('\n'))).toMatchInlineSnapshot(`"42eebf842b908564bee2091d9c761358236d293154443b333cae96f2f0bb5814"`);
  });

  test('is the one that the inventory of the same tree has', async () => {
    const sample = everything();
    expect(filesOfTree(sample.tree).map(({ ref, path }) => `${path} ${ref}`)).toEqual((await inventoryFor(sample)).files.map(({ ref, path }) => `${path} ${ref}`));
  });
});
