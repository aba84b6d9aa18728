import fc from 'fast-check';

import { EMPTY_ROOT, leafHash, nodeHash, joinSubtrees } from './hashing.ts';
import { GrowingTree } from './growing-tree.ts';
import { consistencyProof, inclusionProof, provesConsistency, provesInclusion, rootHash, type NodeSource } from './proof.ts';
import { parseTilePath, tilePath } from './tile-path.ts';
import { encodeTlogProof, parseTlogProof } from './tlog-proof.ts';

// Certificate Transparency's reference tree (merkle_tree_test in its sources): eight inputs and the roots over the first n.
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
// Its proofs: leaf and size counted from 1 there, from 0 here.
const INCLUSION: [leaf: number, size: number, path: string[]][] = [
  [0, 1, []],
  [0, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [5, 8, ['bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b', 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [1, 5, ['6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
];
const CONSISTENCY: [from: number, to: number, path: string[]][] = [
  [1, 1, []],
  [1, 8, ['96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4']],
  [6, 8, ['0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a', 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7']],
  [2, 5, ['5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e', 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b']],
];

const nodesOver = (leaves: readonly Buffer[]): NodeSource => {
  const node = (level: number, index: number): Buffer => level === 0 ? leaves[index]! : nodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  return { node: (level, index) => Promise.resolve(node(level, index)) };
};
const REFERENCE = nodesOver(INPUTS.map(leafHash));
const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));
const bytes = (hashes: readonly string[]): Buffer[] => hashes.map((hash) => Buffer.from(hash, 'hex'));

describe('the reference tree of Certificate Transparency', () => {
  it('has the published roots', async () => {
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(joinSubtrees([])).toEqual(EMPTY_ROOT);
    expect(hex(await Promise.all(ROOTS.map((_, n) => rootHash(REFERENCE, n + 1))))).toEqual(ROOTS);
    const tree = new GrowingTree();
    expect(INPUTS.map((input) => { tree.add(leafHash(input)); return tree.root().toString('hex'); })).toEqual(ROOTS);
  });

  it.each(INCLUSION)('has the published proof that leaf %i is among the first %i', async (leaf, size, path) => {
    expect(hex(await inclusionProof(REFERENCE, leaf, size))).toEqual(path);
    expect(provesInclusion(leafHash(INPUTS[leaf]!), leaf, size, bytes(path), Buffer.from(ROOTS[size - 1]!, 'hex'))).toBe(true);
  });

  it.each(CONSISTENCY)('has the published proof from %i to %i leaves', async (from, to, path) => {
    expect(hex(await consistencyProof(REFERENCE, from, to))).toEqual(path);
    const sized = (size: number): { size: number; root: Buffer } => ({ size, root: Buffer.from(ROOTS[size - 1]!, 'hex') });
    expect(provesConsistency(sized(from), sized(to), bytes(path))).toBe(true);
  });
});

describe('proofs', () => {
  const sizes = fc.integer({ min: 1, max: 130 });
  const leaves = Array.from({ length: 130 }, (_, i) => leafHash(Buffer.from(String(i))));
  const nodes = nodesOver(leaves);

  it('show inclusion of the leaf they are for, and of no other, at no other place, in no other tree', async () => {
    await fc.assert(fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, a, b) => {
      const index = a % size;
      const other = b % size;
      const root = await rootHash(nodes, size);
      const path = await inclusionProof(nodes, index, size);
      expect(provesInclusion(leaves[index]!, index, size, path, root)).toBe(true);
      if (other !== index) {
        expect(provesInclusion(leaves[other]!, index, size, path, root)).toBe(false);
        expect(provesInclusion(leaves[index]!, other, size, path, root)).toBe(false);
      }
      expect(provesInclusion(leaves[index]!, index, size, [...path, EMPTY_ROOT], root)).toBe(false);
      if (path.length > 0) expect(provesInclusion(leaves[index]!, index, size, path.slice(1), root)).toBe(false);
      expect(provesInclusion(leaves[index]!, size, size, path, root)).toBe(false);
    }));
  });

  it('show growth of one tree into another, and nothing else', async () => {
    await fc.assert(fc.asyncProperty(sizes, sizes, fc.nat(), async (a, b, bit) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const [early, late] = [{ size: from, root: await rootHash(nodes, from) }, { size: to, root: await rootHash(nodes, to) }];
      const path = await consistencyProof(nodes, from, to);
      expect(provesConsistency(early, late, path)).toBe(true);
      const wrong = Buffer.from(early.root);
      wrong[bit % 32]! ^= 1;
      expect(provesConsistency({ size: from, root: wrong }, late, path)).toBe(false);
      expect(provesConsistency(early, { size: to, root: wrong }, path)).toBe(false);
      if (from < to) expect(provesConsistency(late, early, path)).toBe(false);
      for (const [i, hash] of path.entries()) {
        const changed = path.map((one, at) => at === i ? Buffer.from(hash.map((byte, n) => n === bit % 32 ? byte ^ 1 : byte)) : one);
        expect(provesConsistency(early, late, changed)).toBe(false);
      }
    }));
  });
});

describe('addresses of tiles', () => {
  it('are written as C2SP writes them', () => {
    expect(tilePath({ level: 0, number: 1_234_067, width: 256 })).toBe('0/x001/x234/067');
    expect(tilePath({ level: 'entries', number: 273, width: 112 })).toBe('entries/273.p/112');
  });

  it('have one form each', () => {
    fc.assert(fc.property(fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, number, width) => {
      expect(parseTilePath(tilePath({ level, number, width }))).toEqual({ level, number, width });
    }));
    for (const path of ['0/1', '00/001', '64/001', '0/x000/001', '0/001.p/0', '0/001.p/256', '0/001.p/01', '0/x001', '0/001/', '../0/001', '0/001.p/300', 'entries', '0/x999/x999/x999/x999/x999/x999/999']) {
      expect(() => parseTilePath(path)).toThrow(expect.objectContaining({ code: 'TRANSPARENCY.BAD_PATH' }));
    }
  });
});

describe('a proof as text', () => {
  const note = `example.com/log\n109482\n${Buffer.alloc(32, 7).toString('base64')}\n\n— example.com/log ${Buffer.alloc(68, 1).toString('base64')}\n`;
  const text = encodeTlogProof({ extra: Buffer.from('the entry'), index: 73_894, path: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] }, note);

  it('reads back as what was written', () => {
    const proof = parseTlogProof(Buffer.from(text), 'proof');
    expect(proof).toMatchObject({ index: 73_894, extra: Buffer.from('the entry'), checkpoint: { origin: 'example.com/log', treeSize: 109_482 } });
    expect(proof.path).toHaveLength(2);
    expect(text.split('\n').slice(0, 3)).toEqual(['c2sp.org/tlog-proof@v1', `extra ${Buffer.from('the entry').toString('base64')}`, 'index 73894']);
  });

  it.each([
    ['another header', text.replace('@v1', '@v2')], ['an index with a zero before it', text.replace('index 7', 'index 07')], ['no index', text.replace(/index .*\n/, '')],
    ['a short hash', text.replace(Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(31).toString('base64'))], ['extra that is not base64', text.replace('extra ', 'extra !')],
    ['no checkpoint', text.slice(0, text.indexOf('\n\n') + 2)], ['a size with a zero before it', text.replace('\n109482', '\n0109482')], ['no empty line', text.replaceAll('\n\n', '\n')],
    ['a control character', text.replace('example.com/log', 'example.com\u0001/log')], ['nothing', ''], ['54 hashes', text.replace('index 73894\n', `index 73894\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(54)}`)],
  ])('with %s is refused', (_, changed) => {
    expect(() => parseTlogProof(Buffer.from(changed), 'proof')).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(TRANSPARENCY\.BAD_|SIGNING\.BAD_NOTE)/) as string }));
  });

  it('never makes the reader fail in another way, whatever the bytes', () => {
    fc.assert(fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 3 }), (at, put) => {
      const changed = Buffer.from(text.slice(0, at) + put + text.slice(at + 1));
      try {
        parseTlogProof(changed, 'proof');
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(TRANSPARENCY|SIGNING)\.BAD_/) as string });
      }
    }));
  });
});
