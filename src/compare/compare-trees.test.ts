import fc from 'fast-check';

import { anyTree, everything, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { overLimit } from '../bytes/read-failure.ts';
import { differingTrees } from '../tree/differing-trees.ts';
import type { PathBytes } from '../tree/entry.ts';
import { decodeNode, encodeTree } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { applyChanges, invertChanges } from './apply-changes.ts';
import { compareTrees } from './compare.ts';
import type { Change, Side } from './comparison.ts';
import { exitOf } from './verdict.ts';

/** A tree on record: no stamps; contents where they are at hand. */
const side = ({ tree, blobs }: SampleTree): Side => ({
  tree, facts: new Map(),
  content: (path) => { const entry = tree.entries.get(path); const file = entry?.kind === 'hard-link' ? tree.entries.get(entry.target) : entry; return file?.kind === 'file' ? [blobs.blobs.get(file.sha256)!] : undefined; },
});
const changesOf = async (a: SampleTree, b: SampleTree): Promise<readonly Change[]> => (await compareTrees(side(a), side(b))).changes;
const bare = (changes: readonly Change[]): unknown[] => changes.map(({ place, path, otherPath, kind, classes, before, after, sizeDelta }) => ({ place, path, otherPath, kind, classes, before, after, sizeDelta }));

/** Two trees that share entries, so that there is something to match. */
const relatedTrees = fc.tuple(anyTree({ xattrs: true, maxEntries: 14 }), anyTree({ xattrs: true, maxEntries: 6 }), fc.array(fc.nat(20), { maxLength: 4 }), fc.boolean()).map(([first, second, dropped, moves]): [SampleTree, SampleTree] => {
  const entries = [...first.tree.entries].filter(([, entry]) => entry.kind !== 'hard-link');
  const leaves = entries.filter(([, entry]) => entry.kind !== 'directory');
  const kept = leaves.filter((_, i) => !dropped.includes(i)).map(([path, entry], i) => [moves && i % 3 === 0 ? `moved-${i}/${path}` : path, entry] as const);
  const rows = new Map<string, Parameters<typeof sampleTree>[0][number][1]>();
  for (const [path, entry] of [...kept, ...second.tree.entries]) {
    const clashes = [...rows].some(([other, row]) => other === path || (other.startsWith(`${path}/`) && entry.kind !== 'directory') || (path.startsWith(`${other}/`) && row.kind !== 'directory'));
    if (!clashes && path !== '' && entry.kind !== 'hard-link') rows.set(path, entry);
  }
  const right = sampleTree([...rows]);
  for (const [digest, bytes] of [...first.blobs.blobs, ...second.blobs.blobs]) right.blobs.blobs.set(digest, bytes);
  return [first, right];
});

describe('the laws of comparing', () => {
  it('a tree does not differ from itself', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 20 }), async (one) => {
      const comparison = await compareTrees(side(one), side(one));
      expect([comparison.changes, comparison.layout, exitOf(comparison)]).toEqual([[], [], 0]);
    }), { numRuns: 40 });
  });

  it('the changes applied to the left tree give the right one', async () => {
    await fc.assert(fc.asyncProperty(relatedTrees, async ([a, b]) => {
      expect(applyChanges(a.tree, await changesOf(a, b))).toEqual(b.tree);
    }), { numRuns: 80 });
  });

  it('the changes the other way round are the inverse', async () => {
    await fc.assert(fc.asyncProperty(relatedTrees, async ([a, b]) => {
      expect(bare(await changesOf(b, a))).toEqual(bare(invertChanges(await changesOf(a, b))));
    }), { numRuns: 80 });
  });

  it('changes one after the other lead to the same as at once', async () => {
    await fc.assert(fc.asyncProperty(relatedTrees, anyTree({ xattrs: true, maxEntries: 8 }), async ([a, b], c) => {
      const through = applyChanges(applyChanges(a.tree, await changesOf(a, b)), await changesOf(b, c));
      expect(through).toEqual(applyChanges(a.tree, await changesOf(a, c)));
    }), { numRuns: 30 });
  });

  it('what differs of two trees compares as the whole ones do', async () => {
    await fc.assert(fc.asyncProperty(relatedTrees, async ([a, b]) => {
      const [left, right] = [encodeTree(a.tree), encodeTree(b.tree)];
      const parts = differingTrees(left.root, right.root, (digest) => decodeNode((left.nodes.get(digest) ?? right.nodes.get(digest))!));
      const part = (of: SampleTree, tree: Tree): Side => ({ ...side({ ...of, tree }), has: (path) => of.tree.entries.has(path) });
      expect(await compareTrees(part(a, parts.left), part(b, parts.right))).toEqual(await compareTrees(side(a), side(b)));
    }), { numRuns: 80 });
  });

  it('every path is told once at most, in the trees\' order', async () => {
    await fc.assert(fc.asyncProperty(relatedTrees, async ([a, b]) => {
      const changes = await changesOf(a, b);
      const [lefts, rights] = [changes.flatMap(({ kind, path, otherPath }) => (kind === 'added' ? [] : [otherPath ?? path])), changes.flatMap(({ kind, path }) => (kind === 'removed' ? [] : [path]))];
      expect([new Set(lefts).size, new Set(rights).size]).toEqual([lefts.length, rights.length]);
    }), { numRuns: 40 });
  });
});

describe('what moved', () => {
  const owned = { mode: 0o644, uid: 0, gid: 0 };
  const file = (content: string): Parameters<typeof sampleTree>[0][number][1] => ({ kind: 'file', ...owned, content: Buffer.from(content) });
  const text = (word: string): string => Array.from({ length: 30 }, (_, i) => `${word} line ${i}\n`).join('');
  const moves = async (left: readonly [string, string][], right: readonly [string, string][]): Promise<string[]> => {
    const of = (rows: readonly [string, string][]): SampleTree => sampleTree(rows.map(([path, content]) => [path, file(content)]));
    return (await changesOf(of(left), of(right))).map(({ kind, path, otherPath, classes }) => [kind, path, ...(otherPath === undefined ? [] : [`from ${otherPath}`]), ...classes].join(' '));
  };

  it('is matched by name before anything else, where many files have one content', async () => {
    expect(await moves([['a/x', 'same'], ['a/y', 'same']], [['b/y', 'same'], ['b/x', 'same']])).toEqual(['moved b from a', 'moved b/x from a/x', 'moved b/y from a/y']);
  });

  it('is known again although it changed a little, and not where it changed all over', async () => {
    expect(await moves([['old', text('a')]], [['new', `${text('a')}more\n`]])).toEqual(['moved new from old content']);
    expect(await moves([['old', text('a')]], [['new', text('b')]])).toEqual(['added new', 'removed old']);
  });

  it('is no empty file, for all of those are alike', async () => {
    expect(await moves([['old', '']], [['new', '']])).toEqual(['added new', 'removed old']);
  });

  it('takes its directories along, up to the first that stayed', async () => {
    expect(await moves([['d/e/f/one', text('1')], ['d/e/f/two', text('2')]], [['d/g/h/one', text('1')], ['d/g/h/two', text('2')]]))
      .toEqual(['moved d/g from d/e', 'moved d/g/h from d/e/f', 'moved d/g/h/one from d/e/f/one', 'moved d/g/h/two from d/e/f/two']);
  });

  it('keeps its hard links, which are no change of their own', async () => {
    const of = (directory: string): SampleTree => sampleTree([[`${directory}/a`, file('content')], [`${directory}/b`, { kind: 'hard-link', target: `${directory}/a` as PathBytes }]]);
    expect((await changesOf(of('old'), of('new'))).map(({ path, kind, classes }) => [path, kind, classes])).toEqual([['new', 'moved', []], ['new/a', 'moved', []], ['new/b', 'moved', []]]);
  });
});

it('without contents at hand says what differs, and that nothing explains it', async () => {
  const [a, b] = [everything(), sampleTree([['etc/motd', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('other') }]])];
  const { changes } = await compareTrees({ tree: a.tree, facts: new Map() }, { tree: b.tree, facts: new Map() });
  expect(changes.find(({ path }) => path === 'etc/motd')).toMatchObject({ classes: ['content', 'xattrs'], causes: [{ code: 'unknown', coverage: 1 }, { code: 'real-change' }], noise: false });
});

describe('a content that cannot be read again', () => {
  it('is told as changed, and not looked into', async () => {
    const withText = (text: string): SampleTree => sampleTree([['etc/motd', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(text) }]]);
    const unreadable: Side = { ...side(withText('one\n')), content: () => spent() };
    const { changes, verdict } = await compareTrees(unreadable, side(withText('two\n')));
    expect(verdict.contentEqual).toBe(false);
    expect(changes).toMatchObject([{ path: 'etc/motd', classes: ['content'], noise: false, causes: [{ code: 'unknown', evidence: [expect.stringContaining('not looked into')] }] }]);
  });
});

/** As of a packed image that was unpacked too often. */
// eslint-disable-next-line require-yield
function* spent(): Generator<Uint8Array> {
  overLimit('the gzip stream', 'is read back and forth', 1, 2);
}
