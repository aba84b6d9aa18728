import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, rmdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import fc from 'fast-check';

import { collectGarbage } from '../../src/actions/collect-garbage.ts';
import { createActions } from '../../src/actions/create-actions.ts';
import type { UploadLimits } from '../../src/actions/uploads.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { PostgresQueue } from '../../src/queue/postgres-queue.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { uploadLock } from '../../src/records/upload-records.ts';
import { TestApi } from '../support/api-server.ts';
import { pseudoRandom } from '../support/foreign-images.ts';
import { offsetOf, openPart, part, PART, sendRest, tus } from '../support/upload-client.ts';

const HOSTILE = 'image\u001b[2J\u202e.img';
const BYTES = pseudoRandom(300_000);

let api: TestApi;
let records: Records;
let workshop: Workshop;
let directory: string;

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  workshop = { records, reads: createReads(api.database.pool), store: api.store, clock: systemClock, lock: { packages: [] } } as unknown as Workshop;
  directory = join(api.database.home, 'uploads');
});
afterAll(async () => {
  await records.close();
  await api.close();
});
beforeEach(() => { useLimits({}); });

/** Uploads are real; what is asked for beside them, no test here asks for. */
function useLimits(uploadLimits: Partial<UploadLimits>, uploadsDirectory = directory): void {
  const { openUpload, receiveUpload, settleUpload, removeUpload } = createActions(workshop, new PostgresQueue(api.database.pool, systemClock), { operator: 'test', uploadsDirectory, uploadLimits });
  api.actions.answers = { openUpload, receiveUpload, settleUpload, removeUpload };
}

interface Opened { id: string; url: string; state: string; offsetBytes: number; sha256: string | null; expiresAt: string }
const FIELDS = 'id name url state sizeBytes offsetBytes expectedSha256 sha256 message expiresAt';

async function open(bytes: Uint8Array, more: { name?: string; sha256?: string } = {}): Promise<Opened> {
  const { uploadImage } = await api.data(`mutation($input: UploadImageInput!) { uploadImage(input: $input) { upload { ${FIELDS} } userErrors { code message } } }`, { input: { name: 'shipped.img', sizeBytes: bytes.length, ...more } });
  expect(uploadImage.userErrors).toEqual([]);
  return uploadImage.upload as Opened;
}
const uploadAt = async (id: string): Promise<Opened & { message: string | null }> => (await api.data(`{ upload(id: "${id}") { ${FIELDS} } }`)).upload as Opened & { message: string | null };
const partFiles = async (): Promise<string[]> => readdir(directory).catch(() => []);

describe('an upload', () => {
  it('comes piece by piece and is then in the store by its digest', async () => {
    const { id, url, ...opened } = await open(BYTES, { name: HOSTILE, sha256: sha256(BYTES) });
    expect(opened).toMatchObject({ name: String.raw`image\x1b[2J\u202e.img`, state: 'OPEN', offsetBytes: 0, expectedSha256: sha256(BYTES), sha256: null });
    const first = await part(api.port, url, 0, BYTES.subarray(0, 100_000));
    expect([first.status, first.headers['upload-offset'], first.headers['tus-resumable']]).toEqual([204, '100000', '1.0.0']);
    const head = await tus(api.port, 'HEAD', url);
    expect([head.status, head.headers['upload-offset'], head.headers['upload-length'], head.headers['cache-control']]).toEqual([200, '100000', '300000', 'no-store']);
    expect(new Date(head.headers['upload-expires'] as string).getTime()).toBeGreaterThan(Date.parse('2026-01-01'));
    expect((await part(api.port, url, 100_000, BYTES.subarray(100_000))).status).toBe(204);
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', offsetBytes: 300_000, sha256: sha256(BYTES) });
    expect(Buffer.from(await api.store.readBlobBytes(sha256(BYTES))).equals(BYTES)).toBe(true);
    expect((await api.ask(`/blobs/sha256/${sha256(BYTES)}`)).bytes.equals(BYTES)).toBe(true);
    expect(await partFiles()).not.toContain(`${id.slice(4)}.part`);
  });

  it('is opened over plain HTTP too, as tus has it', async () => {
    const abilities = await tus(api.port, 'OPTIONS', '/uploads', { 'tus-resumable': undefined });
    expect([abilities.status, abilities.headers['tus-version'], abilities.headers['tus-extension'], abilities.headers['tus-max-size']]).toEqual([204, '1.0.0', 'creation,termination,expiration', '8589934592']);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const made = await tus(api.port, 'POST', '/uploads', { 'upload-length': 5, 'upload-metadata': `filename ${base64('a.tar')},sha256 ${base64(sha256('hello'))}` });
    expect([made.status, made.headers['upload-offset']]).toEqual([201, '0']);
    const url = made.headers.location!;
    expect(url).toMatch(new RegExp(`^http://127.0.0.1:${api.port}/uploads/upl_`));
    expect((await tus(api.port, 'POST', url, { ...PART, 'upload-offset': 0, 'x-http-method-override': 'PATCH' }, Buffer.from('hello'))).status).toBe(204);
    expect(JSON.parse((await tus(api.port, 'GET', url, { 'tus-resumable': undefined })).text)).toMatchObject({ name: 'a.tar', state: 'READY', offsetBytes: 5, sha256: sha256('hello') });
    expect((await tus(api.port, 'POST', url, { 'x-http-method-override': 'BREW' })).code).toBe('API.METHOD_NOT_ALLOWED');
  });

  it('is the same bytes in whatever pieces it comes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 50_000 }), async (sizes, flushBytes) => {
      useLimits({ flushBytes });
      const { id, url } = await open(BYTES);
      let at = 0;
      for (const size of sizes) {
        const end = Math.min(BYTES.length, at + size);
        if (end > at) expect((await part(api.port, url, at, BYTES.subarray(at, end))).status).toBe(204);
        at = end;
      }
      await sendRest(api.port, url, BYTES, 120_000);
      expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(BYTES) });
    }), { numRuns: 8 });
  });

  it('is listed, newest first, and found by what state it is in', async () => {
    const { id } = await open(BYTES);
    expect((await api.data('{ uploads(first: 1) { nodes { id } } }')).uploads.nodes).toEqual([{ id }]);
    expect((await api.data('{ uploads(state: READY) { nodes { state } } }')).uploads.nodes.every(({ state }: { state: string }) => state === 'READY')).toBe(true);
    expect((await api.data(`{ node(id: "${id}") { ... on Upload { id state } } }`)).node).toEqual({ id, state: 'OPEN' });
  });
});

describe('a part is refused', () => {
  let url: string;
  beforeEach(async () => { ({ url } = await open(BYTES)); });
  const codeOf = async (headers: Record<string, string | number | undefined>, bytes = Buffer.from('abc')): Promise<unknown[]> => { const { status, code } = await tus(api.port, 'PATCH', url, { ...PART, 'upload-offset': 0, ...headers }, bytes); return [status, code]; };

  it('where it begins elsewhere, and nothing changes', async () => {
    await part(api.port, url, 0, BYTES.subarray(0, 10));
    for (const offset of [0, 5, 11, 300_000]) expect(await codeOf({ 'upload-offset': offset })).toEqual([409, 'ACTIONS.UPLOAD_OFFSET']);
    expect(await offsetOf(api.port, url)).toBe(10);
  });

  it('where it is larger than was announced, before or while it comes', async () => {
    expect((await part(api.port, url, 0, Buffer.alloc(300_001))).code).toBe('ACTIONS.UPLOAD_TOO_LARGE');
    expect(await offsetOf(api.port, url)).toBe(0);
    const chunked = await tus(api.port, 'PATCH', url, { ...PART, 'upload-offset': 0 }, Array.from({ length: 8 }, () => Buffer.alloc(50_000))).catch(() => undefined);
    expect(chunked?.code ?? 'ACTIONS.UPLOAD_TOO_LARGE').toBe('ACTIONS.UPLOAD_TOO_LARGE');
    expect(await offsetOf(api.port, url)).toBeLessThanOrEqual(300_000);
  });

  it('where it speaks no tus, is of another type, or says no offset', async () => {
    expect(await codeOf({ 'tus-resumable': undefined })).toEqual([412, 'API.TUS_VERSION']);
    expect(await codeOf({ 'tus-resumable': '0.2.2' })).toEqual([412, 'API.TUS_VERSION']);
    expect(await codeOf({ 'content-type': 'application/octet-stream' })).toEqual([415, 'API.NOT_OFFSET_STREAM']);
    for (const offset of [undefined, '-1', 'x', '1e3']) expect(await codeOf({ 'upload-offset': offset })).toEqual([400, 'API.BAD_REQUEST']);
    expect((await tus(api.port, 'PATCH', `/uploads/upl_${'0'.repeat(8)}-0000-7000-8000-000000000000`, { ...PART, 'upload-offset': 0 })).code).toBe('RECORDS.UNKNOWN');
    expect((await tus(api.port, 'PATCH', '/uploads/jo', { ...PART, 'upload-offset': 0 })).code).toBe('API.BAD_ID');
    expect(await offsetOf(api.port, url)).toBe(0);
  });

  it('by a page of another site', async () => {
    expect((await tus(api.port, 'OPTIONS', '/uploads', { origin: 'http://evil.example' })).code).toBe('API.FOREIGN_ORIGIN');
    expect(await codeOf({ origin: 'http://evil.example' })).toEqual([403, 'API.FOREIGN_ORIGIN']);
  });
});

describe('an upload is refused', () => {
  it('where its bytes have another digest, and nothing of it is kept', async () => {
    const other = Buffer.from('other bytes than were announced');
    const { id, url } = await open(other, { sha256: sha256('what was meant') });
    const refused = await part(api.port, url, 0, other);
    expect([refused.status, refused.code]).toEqual([422, 'STORE.DIGEST_MISMATCH']);
    expect(refused.text).toMatch(/upload it anew/);
    expect(await uploadAt(id)).toMatchObject({ state: 'REFUSED', sha256: null, message: expect.stringContaining(sha256(other)) });
    expect([await api.store.hasBlob(sha256(other)), (await tus(api.port, 'HEAD', url)).status, (await part(api.port, url, 0, other)).code]).toEqual([false, 410, 'ACTIONS.UPLOAD_OVER']);
    expect(await partFiles()).not.toContain(`${id.slice(4)}.part`);
  });

  it('where it has no name or size, or is too large, or too many are open', async () => {
    const refusedBy = async (input: object): Promise<string[]> => (await api.data('mutation($input: UploadImageInput!) { uploadImage(input: $input) { upload { id } userErrors { code path } } }', { input })).uploadImage.userErrors.map(({ code }: { code: string }) => code) as string[];
    expect(await refusedBy({ name: ' ', sizeBytes: 1 })).toEqual(['ACTIONS.BAD_UPLOAD']);
    expect(await refusedBy({ name: 'x'.repeat(256), sizeBytes: 1 })).toEqual(['ACTIONS.BAD_UPLOAD']);
    expect(await refusedBy({ name: 'x', sizeBytes: 0 })).toEqual(['ACTIONS.BAD_UPLOAD']);
    expect(await refusedBy({ name: 'x', sizeBytes: 8 * 1024 ** 3 + 1 })).toEqual(['ACTIONS.UPLOAD_TOO_LARGE']);
    expect((await tus(api.port, 'POST', '/uploads', { 'upload-length': 2 ** 50 })).status).toBe(413);
    expect((await tus(api.port, 'POST', '/uploads', { 'upload-defer-length': 1 })).status).toBe(400);
    const { ids } = await records.uploads.receiving();
    useLimits({ open: ids.length + 1 });
    const both = await Promise.all([1, 2].map(() => refusedBy({ name: 'x', sizeBytes: 5 })));
    expect(both.toSorted((a, b) => a.length - b.length)).toEqual([[], ['ACTIONS.TOO_MANY_UPLOADS']]);
  });

  it('once it was removed, whole or not', async () => {
    for (const sent of [10, 300_000]) {
      const { id, url } = await open(BYTES);
      await part(api.port, url, 0, BYTES.subarray(0, sent));
      expect((await tus(api.port, 'DELETE', url)).status).toBe(204);
      expect([(await uploadAt(id)).state, (await part(api.port, url, sent, BYTES.subarray(sent))).code, (await tus(api.port, 'HEAD', url)).status, (await tus(api.port, 'DELETE', url)).status]).toEqual(['REMOVED', 'ACTIONS.UPLOAD_OVER', 410, 410]);
      expect(await partFiles()).not.toContain(`${id.slice(4)}.part`);
    }
  });

  it('once no byte came for too long; its bytes make room for the next', async () => {
    useLimits({ openMs: 1 });
    const { id, url } = await open(BYTES);
    await sleep(5);
    expect([(await uploadAt(id)).state, (await tus(api.port, 'HEAD', url)).status, (await part(api.port, url, 0, BYTES)).code]).toEqual(['EXPIRED', 410, 'ACTIONS.UPLOAD_OVER']);
    expect(await partFiles()).toContain(`${id.slice(4)}.part`);
    useLimits({});
    await open(BYTES);
    expect(await partFiles()).not.toContain(`${id.slice(4)}.part`);
  });
});

describe('what has come', () => {
  it('stays where the connection breaks in the middle', async () => {
    const { id, url } = await open(BYTES);
    const cut = openPart(api.port, url, 0, BYTES.length);
    await cut.write(BYTES.subarray(0, 120_000));
    await sleep(200);
    cut.cut();
    let offset = 0;
    for (let i = 0; offset === 0 && i < 100; i++) { await sleep(20); offset = await offsetOf(api.port, url); }
    expect(offset).toBe(120_000);
    await sendRest(api.port, url, BYTES);
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(BYTES) });
  });

  it('is one upload, whoever sends it: who comes later goes on, who was before is told', async () => {
    const { id, url } = await open(BYTES);
    const stuck = openPart(api.port, url, 0, BYTES.length);
    await stuck.write(BYTES.subarray(0, 50_000));
    await sleep(200);
    // The server has heard nothing of its end: another comes, with what the record says.
    const next = await part(api.port, url, 0, BYTES.subarray(0, 60_000));
    expect([204, 409]).toContain(next.status);
    expect(await stuck.answered).toBe(423);
    await sendRest(api.port, url, BYTES);
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(BYTES) });
  });

  it('is never mixed where many send at one offset at once', async () => {
    useLimits({ flushBytes: 20_000 });
    const { id, url } = await open(BYTES, { sha256: sha256(BYTES) });
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => part(api.port, url, 0, BYTES.subarray(0, 100_000 + i * 1000)).then(({ status }) => status, () => 0)));
    expect(answers.every((status) => [0, 204, 409, 423].includes(status))).toBe(true);
    await Promise.all([1, 2].map(() => sendRest(api.port, url, BYTES, 70_000)));
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(BYTES) });
  });

  it('comes to its end where a kill came between the last byte and the store', async () => {
    const { id, url } = await open(BYTES);
    await part(api.port, url, 0, BYTES.subarray(0, 299_999));
    // As it stands on disk and on record a moment before the end.
    await writeFile(join(directory, `${id.slice(4)}.part`), Buffer.concat([BYTES, Buffer.from('left behind by a part that was cut off')]));
    await records.uploads.advance(id.slice(4), 299_999, 300_000, new Date(systemClock.now().getTime() + 60_000));
    expect((await tus(api.port, 'HEAD', url)).headers['upload-offset']).toBe('300000');
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(BYTES) });
  });
});

describe('what is wrong on our side', () => {
  it('is told where bytes that were taken are gone from disk: none of them is taken for zeros', async () => {
    const { id, url } = await open(BYTES);
    await part(api.port, url, 0, BYTES.subarray(0, 100_000));
    const path = join(directory, `${id.slice(4)}.part`);
    await truncate(path, 50_000);
    expect((await part(api.port, url, 100_000, BYTES.subarray(100_000))).code).toBe('STORE.DAMAGED');
    await truncate(path, 300_000);
    await records.uploads.advance(id.slice(4), 100_000, 300_000, new Date(systemClock.now().getTime() + 60_000));
    await truncate(path, 299_999);
    expect((await tus(api.port, 'GET', url)).code).toBe('STORE.DAMAGED');
    expect(await uploadAt(id)).toMatchObject({ state: 'OPEN', sha256: null });
    expect((await tus(api.port, 'DELETE', url)).status).toBe(204);
  });

  it('takes no place among open uploads where there is none on disk', async () => {
    const blocked = join(api.database.home, 'blocked');
    await mkdir(blocked, { recursive: true });
    const before = (await records.uploads.receiving()).ids;
    useLimits({}, blocked);
    const opening = api.query('mutation { uploadImage(input: { name: "x", sizeBytes: 10 }) { upload { id } } }');
    expect((await opening).errors).toBeUndefined();
    // A file where the directory was: the free space is told, and nothing can be made there.
    await rm(blocked, { recursive: true });
    await symlink('/proc/self', blocked);
    expect((await api.query('mutation { uploadImage(input: { name: "x", sizeBytes: 10 }) { upload { id } } }')).errors).toHaveLength(1);
    await rm(blocked);
    expect((await records.uploads.receiving()).ids).toHaveLength(before.length + 1);
  });

  it('lets who asks know how it stands while another brings it to its end', async () => {
    const { id, url } = await open(BYTES);
    await part(api.port, url, 0, BYTES.subarray(0, 299_999));
    await writeFile(join(directory, `${id.slice(4)}.part`), BYTES);
    await records.uploads.advance(id.slice(4), 299_999, 300_000, new Date(systemClock.now().getTime() + 60_000));
    await records.locks.exclusively(uploadLock(id.slice(4)), async () => {
      const head = await tus(api.port, 'HEAD', url);
      expect([head.status, head.headers['upload-offset']]).toEqual([200, '300000']);
      expect(JSON.parse((await tus(api.port, 'GET', url)).text)).toMatchObject({ state: 'OPEN', sha256: null });
    });
    expect(JSON.parse((await tus(api.port, 'GET', url)).text)).toMatchObject({ state: 'READY', sha256: sha256(BYTES) });
  });
});

describe('a server that is killed', () => {
  let server: ChildProcess | undefined;
  afterEach(() => { server?.kill('SIGKILL'); });

  async function start(flushBytes: number): Promise<number> {
    server = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, '../support/upload-process.ts'), api.database.home, String(flushBytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: server.stdout! })) return Number(line.split(' ')[1]);
    return 0;
  }
  async function kill(): Promise<void> {
    const ended = once(server!, 'exit');
    server!.kill('SIGKILL');
    await ended;
  }

  it('loses nothing that it has told as taken, and goes on from there after the next start', async () => {
    const bytes = pseudoRandom(4_000_000);
    const { id, url } = await open(bytes, { sha256: sha256(bytes) });
    let told = 0;
    for (let round = 0; round < 3; round++) {
      const port = await start(100_000);
      const from = await offsetOf(port, url);
      expect(from).toBeGreaterThanOrEqual(told);
      const first = await part(port, url, from, bytes.subarray(from, from + 150_000));
      expect(first.status).toBe(204);
      told = Number(first.headers['upload-offset']);
      const running = openPart(port, url, told, bytes.length - told);
      for (let at = told; at < told + 600_000; at += 50_000) await running.write(bytes.subarray(at, at + 50_000));
      await sleep(30 * round);
      await kill();
      running.cut();
    }
    const port = await start(1_000_000);
    const offset = await offsetOf(port, url);
    expect([offset >= told, offset < bytes.length]).toEqual([true, true]);
    await sendRest(port, url, bytes);
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(bytes) });
  }, 240_000);
});

describe('collecting garbage', () => {
  it('keeps whole uploads and bytes that still come, and takes what is over', async () => {
    const kept = pseudoRandom(5000);
    const [whole, removed, coming] = [await open(kept), await open(Buffer.from('removed later')), await open(BYTES)];
    await part(api.port, whole.url, 0, kept);
    await part(api.port, removed.url, 0, Buffer.from('removed later'));
    await tus(api.port, 'DELETE', removed.url);
    await mkdir(directory, { recursive: true });
    const stray = join(directory, '00000000-0000-7000-8000-00000000dead.part');
    await writeFile(stray, 'no row');
    const roots = await records.roots();
    expect([roots.blobs.has(sha256(kept)), roots.blobs.has(sha256('removed later'))]).toEqual([true, false]);
    const gc = (dryRun: boolean) => collectGarbage({ keepDays: 1, dryRun, imagesDirectory: join(api.database.home, 'images'), uploadsDirectory: directory }, workshop);
    expect((await gc(true)).deleted).toContainEqual({ kind: 'upload', name: stray, sizeBytes: 6 });
    await gc(false);
    expect(await partFiles()).toContain(`${coming.id.slice(4)}.part`);
    expect(await partFiles()).not.toContain('00000000-0000-7000-8000-00000000dead.part');
    expect(await api.store.hasBlob(sha256(kept))).toBe(true);
  });
});

/** A file system of 2 MiB; undefined where this process may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const mountPoint = await mkdtemp(join(tmpdir(), 'provenroot-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mountPoint], { stdio: 'ignore' });
    return mountPoint;
  } catch {
    await rmdir(mountPoint);
    return undefined;
  }
}

const disk = await smallDisk();
(disk === undefined ? describe.skip : describe)('a full disk (skipped where tmpfs cannot be mounted: needs root)', () => {
  afterAll(async () => {
    execFileSync('umount', [disk!]);
    await rm(disk!, { recursive: true });
  });

  it('refuses what cannot fit before its first byte, and keeps what has come where it fills up later', async () => {
    useLimits({ flushBytes: 50_000 }, disk);
    for (const id of (await records.uploads.receiving()).ids) await records.uploads.remove(id);
    const { errors } = await api.query('mutation { uploadImage(input: { name: "x", sizeBytes: 3000000 }) { upload { id } } }');
    expect(errors).toMatchObject([{ message: expect.stringContaining('twice as many'), extensions: { code: 'STORE.DISK_FULL' } }]);
    const bytes = pseudoRandom(900_000);
    const { id, url } = await open(bytes, { sha256: sha256(bytes) });
    const filler = join(disk!, 'filler');
    await writeFile(filler, Buffer.alloc(1_500_000));
    const full = await part(api.port, url, 0, bytes).catch(() => undefined);
    if (full !== undefined) expect([full.status, full.code]).toEqual([507, 'STORE.DISK_FULL']);
    const offset = await offsetOf(api.port, url);
    expect([offset > 0, offset < bytes.length]).toEqual([true, true]);
    await rm(filler);
    await sendRest(api.port, url, bytes);
    expect(await uploadAt(id)).toMatchObject({ state: 'READY', sha256: sha256(bytes) });
  });
});
