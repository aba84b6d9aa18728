import fc from 'fast-check';

import { anyTree } from '../../tests/support/sample-trees.ts';
import { treeDifferences } from './differences.ts';
import { differingTrees, entryAt, type NodeLookup } from './differing-trees.ts';
import { pathBytes, type PathBytes, type TreeEntry } from './entry.ts';
import { decodeNode, encodeTree } from './node.ts';
import { makeTree, type Tree } from './tree.ts';

const owned = { mode: 0o644, uid: 0, gid: 0 };
const file = (digit: string): TreeEntry => ({ kind: 'file', ...owned, sizeBytes: 1, sha256: digit.repeat(64) as never });

/** Both trees as a store keeps them, and which of their directories were looked into. */
function stored(...trees: readonly Tree[]): { roots: ReturnType<typeof encodeTree>['root'][]; node: NodeLookup; asked: Set<string> } {
  const encoded = trees.map(encodeTree);
  const asked = new Set<string>();
  const node: NodeLookup = (digest) => { asked.add(digest); return decodeNode(encoded.find(({ nodes }) => nodes.has(digest))!.nodes.get(digest)!); };
  return { roots: encoded.map(({ root }) => root), node, asked };
}

/** A tree, and another with most of it. */
const relatedTrees = fc.tuple(anyTree({ xattrs: true, maxEntries: 16 }), anyTree({ xattrs: true, maxEntries: 4 }), fc.nat(15)).map(([{ tree }, other, dropped]): [Tree, Tree] => {
  const leaves = [...tree.entries].filter(([, entry]) => entry.kind !== 'directory' && entry.kind !== 'hard-link').filter((_, i) => i !== dropped);
  const entries = new Map<PathBytes, TreeEntry>(leaves);
  for (const [path, entry] of other.tree.entries) {
    const clashes = [...entries.keys()].some((known) => known === path || known.startsWith(`${path}/`) || path.startsWith(`${known}/`));
    if (!clashes && entry.kind === 'file') entries.set(path, entry);
  }
  return [tree, makeTree(entries)];
});

describe('what differs of two trees', () => {
  it('has every difference of the whole ones and no other', () => {
    fc.assert(fc.property(relatedTrees, ([a, b]) => {
      const { roots: [left, right], node } = stored(a, b);
      const parts = differingTrees(left!, right!, node);
      expect(treeDifferences(parts.left, parts.right)).toEqual(treeDifferences(a, b));
    }), { numRuns: 200 });
  });

  it('has nothing that the whole ones do not have', () => {
    fc.assert(fc.property(relatedTrees, ([a, b]) => {
      const { roots: [left, right], node } = stored(a, b);
      const parts = differingTrees(left!, right!, node);
      for (const [part, whole] of [[parts.left, a], [parts.right, b]] as const) for (const [path, entry] of part.entries) expect(entry).toEqual(whole.entries.get(path));
    }), { numRuns: 100 });
  });

  it('looks into no directory that is the same on both sides', () => {
    const many = Array.from({ length: 50 }, (_, i) => [pathBytes(`usr/lib/d${i}/f`), file('a')] as const);
    const { roots: [left, right], node, asked } = stored(makeTree([...many, [pathBytes('etc/issue'), file('b')]]), makeTree([...many, [pathBytes('etc/issue'), file('c')]]));
    const parts = differingTrees(left!, right!, node);
    expect([[...parts.left.entries.keys()], asked.size]).toEqual([['', 'etc', 'etc/issue'], 4]);
  });

  it('keeps the file that another name of it in a directory that differs needs', () => {
    const base: [PathBytes, TreeEntry][] = [[pathBytes('a/tool'), file('a')], [pathBytes('b/tool'), { kind: 'hard-link', target: pathBytes('a/tool') }]];
    const { roots: [left, right], node } = stored(makeTree(base), makeTree([...base, [pathBytes('b/more'), file('b')]]));
    const parts = differingTrees(left!, right!, node);
    expect([...parts.right.entries.keys()]).toEqual(['', 'a', 'a/tool', 'b', 'b/more', 'b/tool']);
  });

  it('an entry is found by the directories above it alone', () => {
    fc.assert(fc.property(anyTree({ xattrs: true, maxEntries: 16 }), ({ tree }) => {
      const { roots: [root], node } = stored(tree);
      for (const [path, entry] of tree.entries) expect(entryAt(root!, path, node)?.kind).toBe(entry.kind);
      expect([entryAt(root!, pathBytes('no/such'), node), entryAt(root!, pathBytes('no-such'), node)]).toEqual([undefined, undefined]);
    }), { numRuns: 50 });
  });
});
