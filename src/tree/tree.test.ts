import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import { pathBytes, type PathBytes, type TreeEntry } from './entry.ts';
import { treeDifferences } from './differences.ts';
import { filterTree, mergeTrees, prefixedTree, subtree } from './merge.ts';
import { decodeNode, decodeTree, encodeNode, encodeTree, treeDigest } from './node.ts';
import { comparePaths, DEFAULT_DIRECTORY, makeTree, type Tree } from './tree.ts';

const mode = fc.integer({ min: 0, max: 0o7777 });
const owner = fc.record({ mode, uid: fc.nat(70_000), gid: fc.nat(70_000) });
const name = fc.uint8Array({ minLength: 1, maxLength: 4 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll(/[/\0]/g, 'x'))
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/') as PathBytes);
const leaf: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.tuple(owner, fc.string()).map(([o, text]): TreeEntry => ({ kind: 'file', ...o, sizeBytes: text.length, sha256: sha256(text) })),
  fc.tuple(owner, name).map(([o, target]): TreeEntry => ({ kind: 'symlink', ...o, target: target as PathBytes })),
  fc.tuple(owner, fc.nat(255), fc.nat(255)).map(([o, major, minor]): TreeEntry => ({ kind: 'block-device', ...o, major, minor })),
  fc.tuple(owner, fc.dictionary(name, name)).map(([o, xattrs]): TreeEntry => ({ kind: 'fifo', ...o, xattrs })),
);

/** A tree from random leaves: a leaf below another leaf is left out, some leaves become hard links. */
const tree: fc.Arbitrary<Tree> = fc.array(fc.tuple(path, leaf, fc.boolean()), { maxLength: 12 }).map((rows) => {
  const entries = new Map<PathBytes, TreeEntry>();
  let linkable: PathBytes | undefined;
  for (const [at, entry, link] of rows) {
    const clashes = [...entries.keys()].some((other) => other === at || other.startsWith(`${at}/`) || at.startsWith(`${other}/`));
    if (clashes) continue;
    if (link && linkable !== undefined) entries.set(at, { kind: 'hard-link', target: linkable });
    else { entries.set(at, entry); if (entry.kind === 'file') linkable = at; }
  }
  return makeTree(entries);
});

const file = (text: string): TreeEntry => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: text.length, sha256: sha256(text) });

describe('tree', () => {
  test('the digest does not depend on the order in which entries are given', () => {
    fc.assert(fc.property(tree, fc.infiniteStream(fc.nat()), (value, order) => {
      const shuffled = [...value.entries].map((pair) => ({ pair, rank: order.next().value as number })).toSorted((a, b) => a.rank - b.rank);
      expect(treeDigest(makeTree(shuffled.map(({ pair }) => pair)))).toBe(treeDigest(value));
    }));
  });

  test('what is encoded decodes to the same tree', async () => {
    await fc.assert(fc.asyncProperty(tree, async (value) => {
      const { root, nodes } = encodeTree(value);
      const decoded = await decodeTree(root, async (digest) => nodes.get(digest)!);
      expect([...decoded.entries]).toEqual([...value.entries]);
    }));
  });

  test('two trees that differ in any field have different digests', () => {
    const base = makeTree([[pathBytes('a/b'), file('x')]]);
    const variants = [
      makeTree([[pathBytes('a/c'), file('x')]]),
      makeTree([[pathBytes('a/b'), file('y')]]),
      makeTree([[pathBytes('a/b'), { ...file('x'), mode: 0o600 } as TreeEntry]]),
      makeTree([[pathBytes('a/b'), { ...file('x'), uid: 1 } as TreeEntry]]),
      makeTree([[pathBytes('a/b'), { ...file('x'), xattrs: { 'user.a': '' } } as TreeEntry]]),
      makeTree([[pathBytes('a'), { kind: 'directory', mode: 0o700, uid: 0, gid: 0 }], [pathBytes('a/b'), file('x')]]),
      makeTree([[pathBytes('a/b'), { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes('x') }]]),
    ];
    expect(new Set([base, ...variants].map(treeDigest)).size).toBe(variants.length + 1);
  });

  test('the digest of a known tree never changes', () => {
    expect(treeDigest(makeTree([[pathBytes('bin/sh'), file('#!')], [pathBytes('sh'), { kind: 'hard-link', target: pathBytes('bin/sh') }]]))).
toMatchInlineSnapshot(`"520e0e5d6fdb03d8798a2e38b504fe543e4e7041ce5b140c3fc3d29f271fbd98"`);
  });

  test('a hard link points at the smallest path of its group, however it was given', () => {
    const one = makeTree([[pathBytes('z'), file('x')], [pathBytes('a'), { kind: 'hard-link', target: pathBytes('z') }], [pathBytes('m'), { kind: 'hard-link', target: pathBytes('a') }]]);
    expect(one.entries.get(pathBytes('a'))).toEqual(file('x'));
    expect(one.entries.get(pathBytes('z'))).toEqual({ kind: 'hard-link', target: 'a' });
    expect(one.entries.get(pathBytes('m'))).toEqual({ kind: 'hard-link', target: 'a' });
  });

  test('the content of a directory follows it at once', () => {
    const paths = ['a', 'a-b', 'a/b', 'a/b/c', 'a.c', 'b'].map(pathBytes).toSorted(comparePaths);
    expect(paths).toEqual(['a', 'a/b', 'a/b/c', 'a-b', 'a.c', 'b']);
  });

  test.each([
    ['/etc/passwd', 'is absolute'], ['a/../b', 'component ".."'], ['a//b', 'empty component'], ['a/', 'empty component'],
    ['./a', 'component "."'], ['a\0b', 'NUL'], ['x'.repeat(256), 'longer than 255'], ['x/'.repeat(2100) + 'x', 'longer than 4095'],
  ])('refuses the path %j', (bad, why) => {
    expect(() => makeTree([[pathBytes(bad), file('')]])).toThrow(why);
  });

  test.each<[string, [string, TreeEntry][], string]>([
    ['a file below a file', [['a', file('')], ['a/b', file('')]], 'lies below "a"'],
    ['a dangling hard link', [['a', { kind: 'hard-link', target: pathBytes('b') }]], 'not there'],
    ['hard links in a circle', [['a', { kind: 'hard-link', target: pathBytes('b') }], ['b', { kind: 'hard-link', target: pathBytes('a') }]], 'circle'],
    ['a hard link to a directory', [['d/x', file('')], ['a', { kind: 'hard-link', target: pathBytes('d') }]], 'directory'],
    ['a path twice', [['a', file('')], ['a', file('')]], 'twice'],
    ['a mode with type bits', [['a', { ...file(''), mode: 0o100644 } as TreeEntry]], 'has mode'],
  ])('refuses %s', (_what, entries, why) => {
    expect(() => makeTree(entries.map(([at, entry]) => [pathBytes(at), entry]))).toThrow(why);
  });

  test('no damaged node decodes to something else without notice', () => {
    const { root, nodes } = encodeTree(makeTree([[pathBytes('a'), file('x')], [pathBytes('b'), { kind: 'fifo', mode: 0o600, uid: 1, gid: 2, xattrs: { k: 'v' } }]]));
    const good = nodes.get(root)!;
    for (let length = 0; length < good.length; length++) expect(() => decodeNode(good.subarray(0, length))).toThrow('not a directory node');
    expect(() => decodeNode(Buffer.concat([good, Buffer.of(0)]))).toThrow('bytes follow');
    const climbing = { directory: DEFAULT_DIRECTORY, entries: [[pathBytes('a/b'), file('x') as never]] as const };
    expect(() => decodeNode(encodeNode(climbing))).toThrow('a name is no name');
  });
});

describe('merging', () => {
  const of = (...paths: string[]): Tree => makeTree(paths.map((at) => [pathBytes(at), file(at)]));

  test('every path but the root has the owner that brought it', () => {
    const merged = mergeTrees([{ owner: 'a', tree: of('bin/x') }, { owner: 'b', tree: of('bin/y') }]);
    expect(Object.fromEntries(merged.owners)).toEqual({ bin: 'a', 'bin/x': 'a', 'bin/y': 'b' });
    expect(merged.conflicts).toEqual([]);
  });

  test('two owners of one path that differ are a conflict, unless the later one declares it', () => {
    const layers = [{ owner: 'a', tree: makeTree([[pathBytes('x'), file('1')]]) }, { owner: 'b', tree: makeTree([[pathBytes('x'), file('2')]]) }];
    expect(mergeTrees(layers).conflicts.map(({ message }) => message)).toEqual(['/x comes from both a and b, and they differ']);
    const declared = mergeTrees([layers[0]!, { ...layers[1]!, overrides: ['a'] }]);
    expect(declared.conflicts).toEqual([]);
    expect(declared.owners.get(pathBytes('x'))).toBe('b');
  });

  test('a hard link to a file that another owner replaces keeps what it had', () => {
    const linked = makeTree([[pathBytes('a'), file('old')], [pathBytes('b'), { kind: 'hard-link', target: pathBytes('a') }], [pathBytes('c'), { kind: 'hard-link', target: pathBytes('a') }]]);
    const { tree: merged } = mergeTrees([{ owner: 'one', tree: linked }, { owner: 'two', tree: makeTree([[pathBytes('a'), file('new')]]), overrides: ['one'] }]);
    expect([merged.entries.get(pathBytes('a')), merged.entries.get(pathBytes('b')), merged.entries.get(pathBytes('c'))])
      .toEqual([file('new'), file('old'), { kind: 'hard-link', target: 'b' }]);
  });

  test('prefixing and taking the subtree gives the tree back', () => {
    fc.assert(fc.property(tree, (value) => {
      expect([...subtree(prefixedTree(pathBytes('p/q'), value), pathBytes('p/q')).entries]).toEqual([...value.entries]);
    }));
  });

  test('a hard link whose file is filtered out becomes the file', () => {
    const linked = makeTree([[pathBytes('a'), file('x')], [pathBytes('b'), { kind: 'hard-link', target: pathBytes('a') }]]);
    expect(filterTree(linked, (at) => at !== 'a').entries.get(pathBytes('b'))).toEqual(file('x'));
  });

  test('two trees have no difference exactly where their digests are equal, and the differences name every path and field', () => {
    fc.assert(fc.property(tree, tree, (a, b) => {
      expect(treeDifferences(a, a)).toEqual([]);
      const differences = treeDifferences(a, b);
      expect(differences.length === 0).toBe(treeDigest(a) === treeDigest(b));
      const turned: Record<string, string> = { added: 'removed', removed: 'added', changed: 'changed' };
      expect(treeDifferences(b, a)).toEqual(differences.map((one) => ({ ...one, kind: turned[one.kind] })));
    }));
    const before = makeTree([[pathBytes('a'), file('x')], [pathBytes('b'), file('x')]]);
    const after = makeTree([[pathBytes('a'), { ...file('y'), mode: 0o600 } as TreeEntry], [pathBytes('c'), file('x')]]);
    expect(treeDifferences(before, after)).toEqual([
      { path: 'a', kind: 'changed', fields: ['mode', 'sha256'] }, { path: 'b', kind: 'removed', fields: [] }, { path: 'c', kind: 'added', fields: [] },
    ]);
  });
});
