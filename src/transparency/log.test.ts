import fc from 'fast-check';

import { MemoryLog } from '../../tests/support/memory-log.ts';
import { testRing, type TestRing } from '../../tests/support/signing-fixture.ts';
import { sha256 } from '../foundation/digest.ts';
import { parseRootContent } from '../signing/root-content.ts';
import { logKeys, trustedRoot } from '../signing/trust-root.ts';
import type { NoteKey } from '../signing/note.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import type { NewLogEntry } from './entry.ts';
import { checkLog } from './fsck.ts';
import { GrowingTree } from './growing-tree.ts';
import { leafHash } from './hashing.ts';
import { openLog } from './log.ts';
import { provesConsistency, provesInclusion } from './proof.ts';
import { parseEntryBundle, proveEntry, proveGrowth, readTile } from './read-log.ts';
import { parseTlogProof, verifyTlogProof } from './tlog-proof.ts';

let keys: TestRing;
let origin: string;
let noteKeys: NoteKey[];

beforeAll(async () => {
  keys = await testRing();
  const [root] = await keys.ring.roots();
  ({ origin } = parseRootContent(payloadBytes(root!), 'root').log);
  noteKeys = logKeys(trustedRoot(root!, 'root'), origin, keys.clock.now().toISOString());
});

afterAll(() => keys.remove());

const open = (storage: MemoryLog): ReturnType<typeof openLog> => openLog({ storage, signer: keys.ring, origin, clock: keys.clock });
const about = (n: number): NewLogEntry => ({ t: 'statement', sha256: sha256(`payload ${n}`), type: 'https://slsa.dev/provenance/v1', keys: [sha256('key')] });
const many = (from: number, count: number): NewLogEntry[] => Array.from({ length: count }, (_, i) => about(from + i));
const rootOf = (storage: MemoryLog, size: number): Buffer => rootsOf(storage, [size]).get(size)!;
const rootsOf = (storage: MemoryLog, sizes: readonly number[]): Map<number, Buffer> => {
  const tree = new GrowingTree();
  const roots = new Map<number, Buffer>();
  for (const { leafHash: leaf } of storage.log) {
    tree.add(Buffer.from(leaf));
    if (sizes.includes(tree.size)) roots.set(tree.size, tree.root());
  }
  return roots;
};

describe('a log', () => {
  it('proves every entry to a stranger who has the log\'s key', async () => {
    const storage = new MemoryLog();
    await open(storage).record(many(0, 300));
    for (const index of [0, 1, 254, 255, 256, 299]) {
      const proof = parseTlogProof(Buffer.from(await proveEntry(storage, index)), 'proof');
      expect(() => verifyTlogProof(proof, storage.log[index]!.entry, noteKeys, 'proof')).not.toThrow();
      expect(() => verifyTlogProof(proof, storage.log[(index + 1) % 300]!.entry, noteKeys, 'proof')).toThrow(expect.objectContaining({ code: 'TRANSPARENCY.NOT_INCLUDED' }));
      expect(() => verifyTlogProof(proof, storage.log[index]!.entry, [], 'proof')).toThrow(expect.objectContaining({ code: 'SIGNING.NOT_SIGNED' }));
    }
  });

  it('keeps full tiles at the sizes where they become full, whatever the batches were', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }), async (batches) => {
      const storage = new MemoryLog();
      const log = open(storage);
      let size = 0;
      for (const batch of batches) { await log.record(many(size, batch)); size += batch; }
      expect(storage.fullTiles.filter(({ level }) => level === 0)).toHaveLength(Math.floor(size / 256));
      expect(Buffer.from(storage.notes.at(-1)!.rootHash)).toEqual(rootOf(storage, size));
      expect((await checkLog(storage, { origin, keys: noteKeys })).findings).toEqual([]);
    }), { numRuns: 25 });
  });

  it('has tiles of a higher level once 65,536 entries are there, and proofs through them', async () => {
    const storage = new MemoryLog();
    const log = open(storage);
    await log.append(many(0, 65_537));
    await log.record(many(65_537, 700));
    expect(storage.fullTiles.filter(({ level }) => level === 1).map(({ number }) => number)).toEqual([0]);
    const size = 66_237;
    const sizes = [1, 255, 256, 65_536, 65_537, size];
    const roots = rootsOf(storage, sizes);
    const root = roots.get(size)!;
    expect(Buffer.from(storage.notes.at(-1)!.rootHash)).toEqual(root);
    for (const index of [0, 65_535, 65_536, size - 1]) {
      const { path } = parseTlogProof(Buffer.from(await proveEntry(storage, index)), 'proof');
      expect(provesInclusion(storage.log[index]!.leafHash, index, size, path, root)).toBe(true);
    }
    for (const from of sizes) {
      expect(provesConsistency({ size: from, root: roots.get(from)! }, { size, root }, await proveGrowth(storage, from, size))).toBe(true);
    }
    expect((await checkLog(storage, { origin, keys: noteKeys })).findings).toEqual([]);
  });

  it('serves tiles and entries under its checkpoint, and nothing beyond', async () => {
    const storage = new MemoryLog();
    const log = open(storage);
    await log.record(many(0, 300));
    await log.append(many(300, 10));
    const bundle = await readTile(storage, { level: 'entries', number: 1, width: 44 });
    expect(parseEntryBundle(bundle!, 'bundle')).toEqual(storage.log.slice(256, 300).map(({ entry }) => Buffer.from(entry)));
    expect(await readTile(storage, { level: 'entries', number: 1, width: 45 })).toBeUndefined();
    expect((await readTile(storage, { level: 0, number: 0, width: 256 }))!.byteLength).toBe(8192);
    expect((await readTile(storage, { level: 1, number: 0, width: 1 }))!.byteLength).toBe(32);
    expect(await readTile(storage, { level: 1, number: 0, width: 2 })).toBeUndefined();
    expect(() => parseEntryBundle(bundle!.subarray(0, -1), 'bundle')).toThrow(expect.objectContaining({ code: 'TRANSPARENCY.BAD_ENTRY' }));
  });

  it('lets callers at the same time share a transaction, each getting its own entries', async () => {
    const storage = new MemoryLog();
    const log = open(storage);
    const stored = await Promise.all(Array.from({ length: 50 }, (_, n) => log.record([about(n)])));
    expect(stored.map(([entry]) => entry!.index).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    for (const [n, [entry]] of stored.entries()) expect(Buffer.from(entry!.entry).toString()).toContain(about(n).sha256);
    expect(storage.notes.length).toBeLessThan(50);
  });

  it('never goes back in time, though the clock does', async () => {
    const storage = new MemoryLog();
    const log = open(storage);
    await log.record([about(0)]);
    keys.clock.forward(-3_600_000);
    await log.record([about(1)]);
    keys.clock.forward(3_600_000);
    expect(storage.log[1]!.loggedAt).toBe(storage.log[0]!.loggedAt);
    expect((await checkLog(storage, { origin, keys: noteKeys })).findings).toEqual([]);
  });

  it('keeps nothing of a transaction that fails, and goes on afterwards', async () => {
    const storage = new MemoryLog();
    await open(storage).record(many(0, 255));
    const failing = openLog({ storage, signer: { signNote: () => Promise.reject(new Error('no signer')) }, origin, clock: keys.clock });
    await expect(failing.record(many(255, 600))).rejects.toThrow('no signer');
    expect([storage.log.length, storage.fullTiles.length]).toEqual([255, 0]);
    const log = open(storage);
    await log.record([about(900)]);
    expect((await checkLog(storage, { origin, keys: noteKeys })).findings).toEqual([]);
  });

  it('signs nothing more where what it holds contradicts its last checkpoint', async () => {
    const storage = new MemoryLog();
    await open(storage).record(many(0, 20));
    const changed = Buffer.from('{"at":"2026-01-01T00:00:00.000Z"}');
    storage.log[7] = { ...storage.log[7]!, entry: changed, leafHash: leafHash(changed) };
    await expect(open(storage).record([about(20)])).rejects.toThrow(expect.objectContaining({ code: 'TRANSPARENCY.DAMAGED' }));
    expect(storage.notes).toHaveLength(1);
  });

  it('refuses an entry that no log of ours takes, and only that one', async () => {
    const storage = new MemoryLog();
    const log = open(storage);
    const good = log.record([about(1)]);
    const type = 'x'.repeat(501);
    await expect(log.record([{ t: 'statement', sha256: sha256('x'), type, keys: [] }])).rejects.toThrow(expect.objectContaining({ code: 'TRANSPARENCY.BAD_ENTRY' }));
    await good;
    expect(storage.log).toHaveLength(1);
  });
});
