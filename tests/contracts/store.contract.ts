import { createHash } from 'node:crypto';

import fc from 'fast-check';

import { sha256, type BlobDigests, type Sha256 } from '../../src/foundation/digest.ts';
import type { ActionResult, Store } from '../../src/store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { EMPTY_TREE, makeTree, type Tree } from '../../src/tree/tree.ts';
import { bytesOf, file, resultOf } from '../support/stored-samples.ts';

export interface OpenedStore {
  store: Store;
  close: () => Promise<void>;
  /** Changes stored bytes behind the store's back. */
  damageBlob(digest: Sha256): void;
  /** The blob is gone, as after a `gc` that nobody told the database of. */
  loseBlob(digest: Sha256): void;
  /** Results kept as evidence for a key. */
  evidence(key: Sha256): ActionResult[];
}

async function* stream(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? bytesOf(chunk) : chunk;
}

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const KEY = sha256('an action');

/** What every `Store` does, whatever it keeps its bytes on. */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as a store`, () => {
    let opened: OpenedStore;
    let store: Store;
    beforeEach(async () => { opened = await open(); store = opened.store; });
    afterEach(async () => { await opened.close(); });

    describe('blobs', () => {
      it('are told apart by sha256, with sha512 and size', async () => {
        expect(await store.putBlob(bytesOf('content'))).toEqual({
          sha256: sha256('content'), sha512: createHash('sha512').update('content').digest('hex'), sizeBytes: 7,
        });
      });

      it('give back what was put, however it was cut into chunks', async () => {
        await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 8 }), async (chunks) => {
          const whole = Buffer.concat(chunks);
          const digests = await store.putBlob(stream(...chunks));
          expect(digests).toEqual(await store.putBlob(whole));
          expect(await read(store.readBlob(digests.sha256))).toEqual(whole);
          expect(Buffer.from(await store.readBlobBytes(digests.sha256))).toEqual(whole);
          expect(await store.statBlob(digests.sha256)).toEqual(digests);
        }), { numRuns: 25 });
      });

      it('of a megabyte come back in order', async () => {
        const bytes = Buffer.alloc(1_000_003, 'abcdefghijklmnopqrstuvwxyz0123456789');
        const { sha256: digest } = await store.putBlob(stream(bytes.subarray(0, 400_000), bytes.subarray(400_000)));
        expect((await read(store.readBlob(digest))).equals(bytes)).toBe(true);
      });

      it('may be empty', async () => {
        const digests = await store.putBlob(stream());
        expect(digests).toMatchObject({ sha256: sha256(''), sizeBytes: 0 });
        expect(await read(store.readBlob(digests.sha256))).toHaveLength(0);
      });

      it('are there once they were put, and not before', async () => {
        expect(await store.hasBlob(sha256('x'))).toBe(false);
        expect(await store.statBlob(sha256('x'))).toBeUndefined();
        await store.putBlob(bytesOf('x'));
        expect(await store.hasBlob(sha256('x'))).toBe(true);
      });

      it('that are missing are refused by digest', async () => {
        await expect(store.readBlobBytes(sha256('x'))).rejects.toMatchObject({ code: 'STORE.MISSING', details: { digest: sha256('x') } });
        await expect(read(store.readBlob(sha256('x')))).rejects.toMatchObject({ code: 'STORE.MISSING' });
      });

      it.each([['bytes', () => bytesOf('forged')], ['a stream', () => stream('for', 'ged')]])('whose digest differs are refused and not kept: %s', async (_name, source) => {
        await expect(store.putBlob(source(), { sha256: sha256('genuine') })).rejects.toMatchObject({
          code: 'STORE.DIGEST_MISMATCH', details: { expected: sha256('genuine'), found: sha256('forged') },
        });
        expect(await store.hasBlob(sha256('forged'))).toBe(false);
        expect(await store.hasBlob(sha256('genuine'))).toBe(false);
      });

      it('whose digest differs are refused also where the expected blob is there', async () => {
        await store.putBlob(bytesOf('genuine'));
        await expect(store.putBlob(stream('forged!'), { sha256: sha256('genuine'), sizeBytes: 7 })).rejects.toMatchObject({ code: 'STORE.DIGEST_MISMATCH' });
        expect(await store.hasBlob(sha256('forged!'))).toBe(false);
      });

      it('whose size differs from the expected are refused', async () => {
        await expect(store.putBlob(bytesOf('x'), { sha256: sha256('x'), sizeBytes: 2 })).rejects.toMatchObject({ code: 'STORE.DIGEST_MISMATCH' });
      });

      it('that are longer than expected are not read to their end', async () => {
        let sent = 0;
        async function* endless(): AsyncGenerator<Uint8Array> { for (;;) { sent++; yield new Uint8Array(1000); } }
        await expect(store.putBlob(endless(), { sha256: sha256('x'), sizeBytes: 5000 })).rejects.toMatchObject({ code: 'STORE.DIGEST_MISMATCH' });
        expect(sent).toBe(6);
      });

      it('that break off leave nothing, and the reason gets through', async () => {
        async function* broken(): AsyncGenerator<Uint8Array> { yield bytesOf('half'); throw Object.assign(new RangeError('connection lost'), { code: 'ECONNRESET' }); }
        await expect(store.putBlob(broken())).rejects.toMatchObject({ code: 'ECONNRESET' });
        expect(await store.hasBlob(sha256('half'))).toBe(false);
      });

      it('are read by range, its end not included', async () => {
        const { sha256: digest } = await store.putBlob(bytesOf('0123456789'));
        expect((await read(store.readBlob(digest, { start: 2, end: 5 }))).toString()).toBe('234');
        expect((await read(store.readBlob(digest, { start: 10, end: 10 }))).toString()).toBe('');
      });

      it.each([[-1, 2], [3, 2], [0, 11]])('refuse the range %i to %i of 10 bytes', async (start, end) => {
        const { sha256: digest } = await store.putBlob(bytesOf('0123456789'));
        await expect(read(store.readBlob(digest, { start, end }))).rejects.toMatchObject({ code: 'STORE.BAD_RANGE' });
      });

      it('put at the same time are one blob', async () => {
        const all = await Promise.all(Array.from({ length: 20 }, async (_, i) => await store.putBlob(i % 2 === 0 ? bytesOf('same') : stream('sa', 'me'))));
        expect(new Set(all.map((digests) => digests.sha256)).size).toBe(1);
        expect((await store.readBlobBytes(sha256('same'))).byteLength).toBe(4);
      });

      it('that were damaged are refused, and a new put heals them', async () => {
        const { sha256: digest } = await store.putBlob(bytesOf('precious'));
        opened.damageBlob(digest);
        await expect(read(store.readBlob(digest))).rejects.toMatchObject({ code: 'STORE.DAMAGED' });
        await store.putBlob(bytesOf('precious'));
        expect(Buffer.from(await store.readBlobBytes(digest)).toString()).toBe('precious');
        opened.damageBlob(digest);
        await expect(store.readBlobBytes(digest)).rejects.toMatchObject({ code: 'STORE.DAMAGED' });
      });
    });

    describe('trees', () => {
      it('come back as they were put', async () => {
        const blob = await store.putBlob(bytesOf('x'));
        await fc.assert(fc.asyncProperty(anyTree(blob), async (tree) => {
          const digest = await store.putTree(tree);
          expect([...(await store.getTree(digest)).entries]).toEqual([...tree.entries]);
        }), { numRuns: 25 });
      });

      it('may be empty', async () => {
        expect([...(await store.getTree(await store.putTree(EMPTY_TREE))).entries]).toEqual([...EMPTY_TREE.entries]);
      });

      it('with a file that is not there are refused by its path', async () => {
        const tree = makeTree([[pathBytes('bin/sh'), file({ sha256: sha256('absent'), sha512: '', sizeBytes: 6 })]]);
        await expect(store.putTree(tree)).rejects.toMatchObject({ code: 'STORE.INCOMPLETE', place: 'bin/sh', details: { digest: sha256('absent') } });
      });

      it('that give a file another size than it has are refused', async () => {
        const blob = await store.putBlob(bytesOf('x'));
        await expect(store.putTree(makeTree([[pathBytes('f'), file({ ...blob, sizeBytes: 2 })]]))).rejects.toMatchObject({ code: 'STORE.INCOMPLETE' });
      });

      it('that are missing are refused', async () => {
        await expect(store.getTree(sha256('x'))).rejects.toMatchObject({ code: 'STORE.MISSING' });
      });
    });

    describe('actions', () => {
      it('have no result before one is committed', async () => {
        expect(await store.getAction(KEY)).toBeUndefined();
      });

      it('give back the result committed for their key', async () => {
        const result = await resultOf(store, { a: '1' });
        expect(await store.putAction(KEY, result)).toEqual({ standing: result, equal: true });
        expect(await store.getAction(KEY)).toEqual(result);
        expect(await store.getAction(sha256('another action'))).toBeUndefined();
      });

      it('count as equal where only the logs differ, and the first log stays', async () => {
        const first = await resultOf(store, { a: '1' }, 'first');
        await store.putAction(KEY, first);
        expect(await store.putAction(KEY, await resultOf(store, { a: '1' }, 'second'))).toEqual({ standing: first, equal: true });
        expect(opened.evidence(KEY)).toEqual([]);
      });

      it('keep the first of two results that differ, and the other as evidence', async () => {
        const first = await resultOf(store, { a: '1' });
        const second = await resultOf(store, { a: '2' });
        await store.putAction(KEY, first);
        expect(await store.putAction(KEY, second)).toEqual({ standing: first, equal: false });
        expect(await store.getAction(KEY)).toEqual(first);
        expect(opened.evidence(KEY)).toEqual([second]);
      });

      it('committed at the same time have one standing result', async () => {
        const results = await Promise.all(Array.from({ length: 8 }, async (_, i) => await resultOf(store, { a: String(i) })));
        const committed = await Promise.all(results.map(async (result) => await store.putAction(KEY, result)));
        const standing = await store.getAction(KEY);
        for (const each of committed) expect(each.standing).toEqual(standing);
        expect(committed.filter((each) => each.equal)).toHaveLength(1);
        expect(opened.evidence(KEY)).toHaveLength(7);
      });

      it('with an output or a log that is not there are refused', async () => {
        const result = await resultOf(store, { a: '1' });
        await expect(store.putAction(KEY, { ...result, outputs: { target: sha256('absent') } })).rejects.toMatchObject({ code: 'STORE.INCOMPLETE' });
        await expect(store.putAction(KEY, { ...result, log: sha256('absent') })).rejects.toMatchObject({ code: 'STORE.INCOMPLETE' });
        expect(await store.getAction(KEY)).toBeUndefined();
      });

      it('whose outputs are no longer complete have no result, until they are put again', async () => {
        const result = await resultOf(store, { 'usr/lib/a': '1', b: '2' });
        await store.putAction(KEY, result);
        opened.loseBlob(sha256('1'));
        expect(await store.getAction(KEY)).toBeUndefined();
        await store.putBlob(bytesOf('1'));
        expect(await store.getAction(KEY)).toEqual(result);
      });

      it('whose standing outputs are lost take a new result, and say that it differs', async () => {
        const lost = await resultOf(store, { a: '1' });
        await store.putAction(KEY, lost);
        opened.loseBlob(sha256('1'));
        const again = await resultOf(store, { a: '2' });
        expect(await store.putAction(KEY, again)).toEqual({ standing: again, equal: false });
        expect(await store.getAction(KEY)).toEqual(again);
        expect(opened.evidence(KEY)).toEqual([lost]);
      });
    });
  });
}

function anyTree(blob: BlobDigests): fc.Arbitrary<Tree> {
  const name = fc.uint8Array({ minLength: 1, maxLength: 6 })
    .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('/', 'x').replaceAll('\0', 'y'))
    .filter((text) => text !== '.' && text !== '..');
  const owned = fc.record({ mode: fc.integer({ min: 0, max: 0o7777 }), uid: fc.nat(70_000), gid: fc.nat(70_000) });
  const entry = fc.oneof(
    owned.map((fields): TreeEntry => ({ kind: 'file', ...fields, sha256: blob.sha256, sizeBytes: blob.sizeBytes })),
    owned.map((fields): TreeEntry => ({ kind: 'directory', ...fields })),
    owned.map((fields): TreeEntry => ({ kind: 'fifo', ...fields })),
    fc.tuple(owned, name).map(([fields, target]): TreeEntry => ({ kind: 'symlink', ...fields, target: target as PathBytes })),
  );
  return fc.tuple(fc.uniqueArray(name, { minLength: 2, maxLength: 4 }), fc.array(fc.tuple(name, entry), { maxLength: 12 })).map(([directories, rows]) => {
    const entries = new Map<PathBytes, TreeEntry>(rows.map(([leaf, value], i) => [`d${directories[i % directories.length]!}/${leaf}` as PathBytes, value]));
    return makeTree(entries);
  });
}
