import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { serving, startMisbehavingServer, type Answer, type MisbehavingServer } from '../../tests/support/misbehaving-server.ts';
import { BlobHasher, sha256, type Sha256 } from '../foundation/digest.ts';
import type { BlobSource } from '../store/store.ts';
import { createSourceFetcher, type FetcherDeps, type FetchProgress } from './fetcher.ts';
import type { WantedSource } from './origin.ts';

const BYTES = Buffer.alloc(300_000, 'provenance ');
const DIGEST = sha256(BYTES);

class MemoryStore {
  readonly blobs = new Map<string, Buffer>();
  async hasBlob(digest: Sha256): Promise<boolean> {
    return this.blobs.has(digest);
  }
  async putBlob(source: BlobSource): Promise<ReturnType<BlobHasher['finish']>> {
    const chunks: Uint8Array[] = [];
    const hasher = new BlobHasher();
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      chunks.push(chunk);
      hasher.update(chunk);
    }
    const digests = hasher.finish();
    this.blobs.set(digests.sha256, Buffer.concat(chunks));
    return digests;
  }
}

let directory: string;
let servers: MisbehavingServer[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'provenroot-sources-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function serve(answers: Record<string, Answer>): Promise<MisbehavingServer> {
  const server = await startMisbehavingServer(answers);
  servers.push(server);
  return server;
}

/** A fetcher for which loopback is a host that recipes may name. */
function fetcher(over: Partial<FetcherDeps> = {}) {
  const store = new MemoryStore();
  const events: FetchProgress[] = [];
  let nowMs = 0;
  // A second passes each time that somebody looks.
  const clock = { monotonicMs: () => nowMs += 1000 };
  const made = createSourceFetcher({
    store, clock, origins: { mirrors: [], debianMirrors: [] }, partialDirectory: directory, offline: false, privateHosts: ['127.0.0.1'],
    onProgress: (event) => events.push(event), ...over, patience: { backoffMs: 1, idleMs: 300, ...over.patience },
  });
  return { ...made, store, events };
}

const wanted = (...urls: string[]): WantedSource => ({ file: 'thing-1.0.tar.xz', sha256: DIGEST, sizeBytes: BYTES.length, urls });

async function refusalOf(promise: Promise<unknown>): Promise<{ code: string; message: string; retryable?: boolean }> {
  return promise.then(() => ({ code: 'none', message: '' }), (error: { code: string; message: string }) => error);
}

describe('what goes right', () => {
  it('fetches once, and has it the second time without asking', async () => {
    const server = await serve({ '/a': serving.whole(BYTES) });
    const { fetch, store } = fetcher();
    expect(await fetch(wanted(`${server.url}/a`))).toEqual({ sha256: DIGEST, sizeBytes: BYTES.length, fetched: true, origin: `${server.url}/a`, wallMs: 1000 });
    expect(await fetch(wanted(`${server.url}/a`))).toEqual({ sha256: DIGEST, sizeBytes: BYTES.length, fetched: false });
    expect(store.blobs.get(DIGEST)?.equals(BYTES)).toBe(true);
    expect(server.asked).toHaveLength(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('tries the mirrors of the operator, then upstream, then the Debian pool', async () => {
    const pool = '/debian/pool/main/t/thing/thing_1.0.orig.tar.xz';
    const server = await serve({ [pool]: serving.whole(BYTES) });
    const { fetch } = fetcher({ origins: { mirrors: [`${server.url}/m/`, `${server.url}/by/{sha256}`], debianMirrors: [`${server.url}/debian/`] } });
    const found = await fetch({ ...wanted(`${server.url}/up`), debianPool: pool.slice('/debian/'.length) });
    expect(found.origin).toBe(`${server.url}${pool}`);
    expect(server.asked.map(({ path }) => path)).toEqual(['/m/thing-1.0.tar.xz', `/by/${DIGEST}`, '/up', pool]);
  });

  it('reads a mirror that is a directory of this machine', async () => {
    await writeFile(join(directory, 'thing-1.0.tar.xz'), BYTES);
    const { fetch } = fetcher({ origins: { mirrors: [pathToFileURL(directory).href], debianMirrors: [] }, partialDirectory: join(directory, 'partial') });
    expect((await fetch(wanted())).fetched).toBe(true);
  });

  it('follows a redirect', async () => {
    const server = await serve({ '/a': serving.redirect('/b'), '/b': serving.whole(BYTES) });
    expect((await fetcher().fetch(wanted(`${server.url}/a`))).fetched).toBe(true);
  });

  it('fetches many at a time, as many as allowed, and reports all that failed', async () => {
    let open = 0;
    let most = 0;
    const slow: Answer = (response, nth, request) => {
      most = Math.max(most, ++open);
      response.once('close', () => open--);
      setTimeout(() => serving.whole(Buffer.from(request.url!))(response, nth, request), 30);
    };
    const server = await serve(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`/${i}`, slow])));
    const sources = Array.from({ length: 10 }, (_, i): WantedSource => (
      { file: `f${i}`, sha256: sha256(`/${i}`), sizeBytes: 2, urls: [`${server.url}/${i}`] }));
    const settled = await fetcher({ limit: 3 }).fetchAll(sources);
    expect(settled.map(({ status }) => status)).toEqual([...Array<string>(9).fill('fulfilled'), 'rejected']);
    expect(most).toBe(3);
  });

  it('downloads one digest once for callers at the same time', async () => {
    const server = await serve({ '/a': serving.whole(BYTES) });
    const { fetch } = fetcher();
    await Promise.all([fetch(wanted(`${server.url}/a`)), fetch(wanted(`${server.url}/a`))]);
    expect(server.asked).toHaveLength(1);
  });

  it('lets two fetchers that share the partial directory both succeed', async () => {
    const server = await serve({ '/a': serving.cutAfter(BYTES, 50_000) });
    const [one, two] = [fetcher(), fetcher()];
    await Promise.all([one.fetch(wanted(`${server.url}/a`)), two.fetch(wanted(`${server.url}/a`))]);
    expect(one.store.blobs.get(DIGEST)?.equals(BYTES)).toBe(true);
    expect(two.store.blobs.get(DIGEST)?.equals(BYTES)).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('going on', () => {
  it('goes on where a cut connection left off', async () => {
    const server = await serve({ '/a': serving.inTurn(serving.cutAfter(BYTES, 100_000), serving.whole(BYTES)) });
    const { fetch } = fetcher();
    expect((await fetch(wanted(`${server.url}/a`))).fetched).toBe(true);
    expect(server.asked[1]!.range).toBe('bytes=100000-');
  });

  it('goes on where an earlier process left off', async () => {
    await writeFile(join(directory, `${DIGEST}.partial`), BYTES.subarray(0, 1234));
    const server = await serve({ '/a': serving.whole(BYTES) });
    await fetcher().fetch(wanted(`${server.url}/a`));
    expect(server.asked[0]!.range).toBe('bytes=1234-');
  });

  it('takes over the partial file of a killed process, not of a living one', async () => {
    const gone = spawn('true');
    await once(gone, 'exit');
    await writeFile(join(directory, `${DIGEST}.1.living.partial`), BYTES.subarray(0, 99));
    await writeFile(join(directory, `${DIGEST}.${gone.pid}.killed.partial`), BYTES.subarray(0, 4321));
    const server = await serve({ '/a': serving.whole(BYTES) });
    await fetcher().fetch(wanted(`${server.url}/a`));
    expect(server.asked[0]!.range).toBe('bytes=4321-');
    expect(await readdir(directory)).toEqual([`${DIGEST}.1.living.partial`]);
  });

  it('starts afresh at a server without ranges', async () => {
    await writeFile(join(directory, `${DIGEST}.partial`), BYTES.subarray(0, 1234));
    const server = await serve({ '/a': serving.wholeWithoutRanges(BYTES) });
    const { fetch, store } = fetcher();
    await fetch(wanted(`${server.url}/a`));
    expect(store.blobs.get(DIGEST)?.equals(BYTES)).toBe(true);
  });

  it.each([['too short', 1234], ['as long as the file', BYTES.length], ['too long', BYTES.length + 1]])(
    'drops a partial file of wrong bytes, %s, and fetches all of it', async (_what, length) => {
      await writeFile(join(directory, `${DIGEST}.partial`), Buffer.alloc(length, 'wrong'));
      const server = await serve({ '/a': serving.whole(BYTES) });
      const { fetch, store } = fetcher();
      await fetch(wanted(`${server.url}/a`));
      expect(store.blobs.get(DIGEST)?.equals(BYTES)).toBe(true);
    });

  it('keeps what came of a connection that stays broken, for the next run', async () => {
    const server = await serve({ '/a': serving.inTurn(serving.cutAfter(BYTES, 1000), serving.status(503)) });
    expect((await refusalOf(fetcher().fetch(wanted(`${server.url}/a`)))).code).toBe('SOURCES.UNREACHABLE');
    expect(await readdir(directory)).toEqual([`${DIGEST}.partial`]);
  });

  it('tries again after a server error, and not after a plain no', async () => {
    const server = await serve({ '/flaky': serving.inTurn(serving.status(500), serving.status(429, { 'retry-after': '0' }), serving.whole(BYTES)), '/no': serving.status(403) });
    expect((await fetcher().fetch(wanted(`${server.url}/no`, `${server.url}/flaky`))).origin).toBe(`${server.url}/flaky`);
    expect(server.asked.map(({ path }) => path)).toEqual(['/no', '/flaky', '/flaky', '/flaky']);
  });
});

describe('what is refused', () => {
  it('names origin, expected and found digest of wrong bytes, keeps nothing, and goes on to the next origin', async () => {
    const wrong = Buffer.alloc(BYTES.length, 'w');
    const server = await serve({ '/wrong': serving.whole(wrong), '/right': serving.whole(BYTES) });
    const refusal = await refusalOf(fetcher().fetch(wanted(`${server.url}/wrong`)));
    expect(refusal.code).toBe('SOURCES.WRONG_HASH');
    for (const part of [`${server.url}/wrong`, DIGEST, sha256(wrong)]) expect(refusal.message).toContain(part);
    expect(await readdir(directory)).toEqual([]);
    expect((await fetcher().fetch(wanted(`${server.url}/wrong`, `${server.url}/right`))).origin).toBe(`${server.url}/right`);
  });

  it.each([
    ['shorter, as stated', serving.whole(BYTES.subarray(1))],
    ['longer, as stated', serving.whole(Buffer.concat([BYTES, BYTES]))],
    ['shorter, chunked', ((response) => void response.end(BYTES.subarray(1))) satisfies Answer],
    ['endless', serving.endless()],
  ])('refuses a file of another length: %s', async (_what, answer) => {
    const server = await serve({ '/a': answer });
    const { fetch, events } = fetcher();
    expect((await refusalOf(fetch(wanted(`${server.url}/a`)))).code).toBe('SOURCES.WRONG_SIZE');
    expect(Math.max(0, ...events.map((event) => event.kind === 'received' ? event.receivedBytes : 0))).toBeLessThanOrEqual(BYTES.length);
    expect(await readdir(directory)).toEqual([]);
  });

  it('gives up on a redirect loop', async () => {
    const server = await serve({ '/a': serving.redirect('/b'), '/b': serving.redirect('/a') });
    expect((await refusalOf(fetcher().fetch(wanted(`${server.url}/a`)))).message).toContain('redirects more than 5 times');
  });

  it.each([
    ['says nothing', serving.silence(), /fell silent/],
    ['stalls after a byte', serving.stall(BYTES.length), /broke off/],
  ])('gives up on a server that %s', async (_what, answer, message) => {
    const server = await serve({ '/a': answer });
    const refusal = await refusalOf(fetcher({ patience: { idleMs: 60 } }).fetch(wanted(`${server.url}/a`)));
    expect(refusal).toMatchObject({ code: 'SOURCES.UNREACHABLE', message: expect.stringMatching(message) });
  });

  it('gives up on a server that drips for ever', async () => {
    const server = await serve({ '/a': serving.drip(BYTES.length, 10) });
    const refusal = await refusalOf(fetcher({ patience: { idleMs: 1000, deadlineMs: () => 150 } }).fetch(wanted(`${server.url}/a`)));
    expect(refusal).toMatchObject({ code: 'SOURCES.UNREACHABLE', message: expect.stringContaining('took too long') });
  });

  it('lists every origin with its reason', async () => {
    const server = await serve({ '/no': serving.status(403), '/broken': serving.status(502) });
    const refusal = await refusalOf(fetcher().fetch(wanted(`${server.url}/gone`, `${server.url}/no`, `${server.url}/broken`, 'http://127.0.0.1:1/x', 'nonsense')));
    expect(refusal.code).toBe('SOURCES.UNREACHABLE');
    expect(refusal.message.split('\n').slice(1)).toEqual([
      `  ${server.url}/gone answered 404`, `  ${server.url}/no answered 403`, `  ${server.url}/broken answered 502`,
      '  http://127.0.0.1:1/x cannot be reached (ECONNREFUSED)', '  nonsense is not a URL',
    ]);
  });

  it('asks nobody when it is offline', async () => {
    const server = await serve({ '/a': serving.whole(BYTES) });
    expect((await refusalOf(fetcher({ offline: true }).fetch(wanted(`${server.url}/a`)))).code).toBe('SOURCES.OFFLINE');
    expect(server.asked).toEqual([]);
  });

  it('refuses a source that names no origin', async () => {
    expect((await refusalOf(fetcher().fetch(wanted()))).code).toBe('SOURCES.NO_ORIGIN');
  });

  it('does not wait again for a host where nobody answered', async () => {
    const server = await serve({ '/a': serving.silence(), '/b': serving.silence() });
    const { fetchAll } = fetcher({ limit: 1, patience: { idleMs: 60, attempts: 1 } });
    await fetchAll([wanted(`${server.url}/a`), { ...wanted(`${server.url}/b`), sha256: sha256('other') }]);
    expect(server.asked.map(({ path }) => path)).toEqual(['/a']);
  });

  it('ends at once when the caller cancels, and keeps what came', async () => {
    const server = await serve({ '/a': serving.drip(BYTES.length, 10) });
    const cancel = new AbortController();
    const { fetch } = fetcher({ signal: cancel.signal, onProgress: (event) => event.kind === 'received' && cancel.abort() });
    await expect(fetch(wanted(`${server.url}/a`))).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(directory)).toEqual([`${DIGEST}.partial`]);
  });
});

describe('the Debian pool', () => {
  const file = { pool: 'pool/main/t/thing/thing_1_amd64.deb', sha256: DIGEST, sizeBytes: BYTES.length };

  it('fetches from the second mirror what the first no longer has', async () => {
    const server = await serve({ [`/two/${file.pool}`]: serving.whole(BYTES) });
    const { fetchPoolFile, store } = fetcher({ origins: { mirrors: [], debianMirrors: [`${server.url}/one`, `${server.url}/two`] } });
    await fetchPoolFile(file);
    expect(store.blobs.has(DIGEST)).toBe(true);
  });

  it('names a file that no mirror has, and the remedy', async () => {
    const server = await serve({});
    const { fetchPoolFile } = fetcher({ origins: { mirrors: [], debianMirrors: [`${server.url}/one`] } });
    expect(await refusalOf(fetchPoolFile(file))).toMatchObject({ code: 'SOURCES.POOL_FILE_GONE', hint: expect.stringContaining('sandbox update') });
  });

  it.each(['pool/../../etc/passwd', '/pool/main/x', 'dists/stable/Release', 'pool/main/a?b', 'pool//x', 'pool/main/%2e%2e/x'])(
    'refuses the pool path %s', async (pool) => {
      expect((await refusalOf(fetcher().fetchPoolFile({ ...file, pool }))).code).toBe('SOURCES.BAD_POOL_PATH');
    });
});
