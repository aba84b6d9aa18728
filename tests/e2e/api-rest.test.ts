import { once } from 'node:events';
import { connect } from 'node:net';

import { Ajv2020 } from 'ajv/dist/2020.js';
import pg from 'pg';

import { createApi } from '../../src/api/server.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { TestApi } from '../support/api-server.ts';
import { buildIdOf } from '../support/synthetic-record.ts';

const IMAGE = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
let api: TestApi;
let digest: Sha256;
let path: string;
let bigPath: string;
const BIG_BYTES = 4 * 1024 * 1024;
beforeAll(async () => {
  api = await TestApi.open();
  const { image } = await api.record.build({ number: 1, image: IMAGE });
  await api.record.build({ number: 2, state: 'RUNNING' });
  await api.record.build({ number: 3, image: Buffer.alloc(BIG_BYTES, 7) });
  bigPath = `/builds/${buildIdOf(3)}/images/rootfs.ext4`;
  digest = image.sha256;
  path = `/builds/bld_${buildIdOf(1)}/images/rootfs.ext4`;
});
afterAll(async () => { await api.close(); });

describe('images and blobs', () => {
  it('are whole, immutable, attachments, and nothing a browser would run', async () => {
    for (const url of [path, `/blobs/sha256/${digest}`, `/builds/${buildIdOf(1)}/images/rootfs.ext4`]) {
      const { status, headers, bytes } = await api.ask(url);
      expect(status).toBe(200);
      expect(sha256(bytes)).toBe(digest);
      expect(headers).toMatchObject({
        'content-length': '200000', 'etag': `"${digest}"`, 'cache-control': 'public, max-age=31536000, immutable', 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff',
        'content-type': 'application/octet-stream', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox", 'cross-origin-resource-policy': 'same-origin',
        'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`,
      });
      expect(headers['content-disposition']).toMatch(/^attachment; filename="/);
    }
  });

  it.each([
    ['bytes=0-0', 0, 1], ['bytes=0-199999', 0, 200_000], ['bytes=100-', 100, 200_000], ['bytes=-5', 199_995, 200_000], ['bytes=-999999', 0, 200_000], ['bytes=199999-9999999', 199_999, 200_000], ['bytes=65530-65540', 65_530, 65_541],
  ])('are given in part: %s', async (range, start, end) => {
    const { status, headers, bytes } = await api.ask(path, { headers: { range } });
    expect([status, headers['content-range'], headers['content-length']]).toEqual([206, `bytes ${start}-${end - 1}/200000`, String(end - start)]);
    expect(bytes.equals(IMAGE.subarray(start, end))).toBe(true);
  });

  it.each(['bytes=200000-', 'bytes=200000-200001', 'bytes=-0'])('have no byte in %s', async (range) => {
    const { status, headers, bytes } = await api.ask(path, { headers: { range } });
    expect([status, headers['content-range'], bytes.length]).toEqual([416, 'bytes */200000', 0]);
  });

  it.each(['bytes=5-4', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=a-b', 'bytes=', 'bytes=-', 'bytes=0x1-2', `bytes=${'9'.repeat(40)}-`])('are whole where a range is none: %s', async (range) => {
    expect((await api.ask(path, { headers: { range } })).status).toBe(200);
  });

  it('are not sent again to who has them', async () => {
    const unchanged = async (headers: Record<string, string>): Promise<number> => (await api.ask(path, { headers })).status;
    expect(await unchanged({ 'if-none-match': `"${digest}"` })).toBe(304);
    expect(await unchanged({ 'if-none-match': `"x", W/"${digest}"` })).toBe(304);
    expect(await unchanged({ 'if-none-match': '*' })).toBe(304);
    expect(await unchanged({ 'if-none-match': `"${sha256('other')}"` })).toBe(200);
    expect(await unchanged({ 'if-range': `"${digest}"`, 'range': 'bytes=0-1' })).toBe(206);
    expect(await unchanged({ 'if-range': `"${sha256('other')}"`, 'range': 'bytes=0-1' })).toBe(200);
    expect(await unchanged({ 'if-range': `W/"${digest}"`, 'range': 'bytes=0-1' })).toBe(200);
  });

  it('tell by HEAD what GET would, without a byte', async () => {
    const { status, headers, bytes } = await api.ask(path, { method: 'HEAD' });
    expect([status, headers['content-length'], bytes.length]).toEqual([200, '200000', 0]);
  });

  it('are only those on record: bytes that merely lie in the store are not served', async () => {
    const { sha256: hidden } = await api.store.putBlob(Buffer.from('not on record'));
    const { status, json } = await api.ask(`/blobs/sha256/${hidden}`);
    expect([status, json.errors![0]!.extensions.code]).toEqual([404, 'API.NOT_FOUND']);
    await api.record.insert('blobs', [{ sha256: sha256('lost'), sha512: '0'.repeat(128), size_bytes: 4 }]);
    expect((await api.ask(`/blobs/sha256/${sha256('lost')}`)).status).toBe(404);
  });

  it.each([
    ['/blobs/sha256/abc', 400], [`/blobs/sha256/${'A'.repeat(64)}`, 400], ['/blobs/sha256/..%2f..%2fetc%2fpasswd', 400], ['/blobs/md5/x', 404], ['/builds/x/images/rootfs.ext4', 400],
    [`/builds/bld_${buildIdOf(1)}/images/none`, 404], [`/builds/bld_${buildIdOf(1)}/images/..%2f..%2fpasswd`, 404], [`/builds/bld_${buildIdOf(1)}/images/%00`, 400], [`/builds/bld_${buildIdOf(1)}/images/%`, 404],
    [`/builds/bld_${buildIdOf(1)}/images/`, 404], [`/builds/cfg_${buildIdOf(1)}/images/rootfs.ext4`, 400], [`/builds/bld_${buildIdOf(99)}/images/rootfs.ext4`, 404], ['//evil.example/healthz', 400], ['/nowhere', 404], ['/HEALTHZ', 404],
  ])('are not found elsewhere: %s', async (url, expected) => {
    const { status, json, headers } = await api.ask(url);
    expect([status, json.errors![0]!.extensions.requestId]).toEqual([expected, headers['x-request-id']]);
    expect(json.errors![0]!.extensions.code).toMatch(/^[A-Z]+\.[A-Z_]+$/);
  });

  it('that were damaged on disk end short, never as a complete wrong answer', async () => {
    const { store } = api;
    const damaged = { ...store, hasBlob: async () => true, readBlob: async function* () { yield IMAGE.subarray(0, 150_000); yield IMAGE.subarray(150_000); throw Object.assign(new TypeError('damaged'), { name: 'Fault', code: 'STORE.DAMAGED' }); } };
    await api.stop();
    await api.serve({ store: damaged as unknown as typeof store });
    await expect(api.ask(path)).rejects.toThrow(/aborted|hang up/);
    await api.stop();
    await api.serve();
  });

  it('are sent no faster than they are taken', async () => {
    const socket = connect(api.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 200; i++) socket.write(`GET ${bigPath} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    expect((await api.ask('/healthz')).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * BIG_BYTES / 4);
    socket.destroy();
  });
});

describe('logs', () => {
  const log = (id: number, query = '', headers = {}): ReturnType<TestApi['ask']> => api.ask(`/builds/bld_${buildIdOf(id)}/log${query}`, { headers });

  it('of a build are those of its steps in order, of a step its own', async () => {
    expect((await log(1)).text).toBe('=== p000\nconfiguring 1\ncompiling 1\n');
    const { text, headers } = await log(1, '?step=p000');
    expect(text).toBe('configuring 1\ncompiling 1\n');
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-length': '26', 'x-content-type-options': 'nosniff', 'cache-control': 'private, max-age=3600' });
    expect((await log(1, '?step=root')).text).toBe('');
    expect((await log(1, '?step=none')).status).toBe(404);
    expect((await log(99)).status).toBe(404);
  });

  it('are given in part, across steps too', async () => {
    expect((await log(1, '', { range: 'bytes=5-14' })).text).toBe('000\nconfig');
    expect((await log(1, '?step=p000', { range: 'bytes=-5' })).text).toBe('ng 1\n');
    expect((await log(1, '', { range: 'bytes=35-' })).status).toBe(416);
  });

  it('of a running step are what it printed so far, without what a terminal would act on', async () => {
    const hostile = Buffer.from('a\x1b]52;c;eA==\x07b\rBuild passed\x9b\u202ex\u2066\0\u0085 é\n');
    await api.record.logChunk(buildIdOf(2), 'p000', 0, Buffer.from('first\n'));
    await api.record.logChunk(buildIdOf(2), 'p000', 6, hostile);
    const { bytes, headers } = await log(2, '?step=p000');
    expect(bytes.length).toBe(6 + hostile.length);
    expect(headers['cache-control']).toBe('no-store');
    expect(bytes.toString('utf8')).toBe('first\na.]52;c;eA==.b\nBuild passed.....x...... é\n');
    expect((await log(2, '?step=p000', { range: 'bytes=4-8' })).text).toBe('t\na.]');
  });
});

describe('the server', () => {
  it('says that it lives, and whether it is ready', async () => {
    expect((await api.ask('/healthz')).json).toEqual({ ok: true });
    const ready = await api.ask('/readyz');
    expect([ready.status, ready.json]).toEqual([200, { ready: true, version: '0.0.0-test', checks: [{ name: 'database', ok: true, durationMs: expect.any(Number) }, { name: 'store', ok: true, durationMs: expect.any(Number) }] }]);
  });

  it('counts for Prometheus, with labels from its own tables only', async () => {
    await api.ask('/nowhere%22%7Dx%201');
    const { text } = await api.ask('/metrics');
    expect(text).toMatch(/^provenroot_builds\{state="SUCCEEDED"\} 2$/m);
    expect(text).toMatch(/^provenroot_http_requests_total\{route="getLog",status="206"\} \d+$/m);
    expect(text).toMatch(/^provenroot_refused_total\{code="API.NOT_FOUND"\} \d+$/m);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$/);
  });

  it('has a page that needs nothing from elsewhere and runs no inline script', async () => {
    const page = await api.ask('/');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/https?:\/\/|<script>| on[a-z]+=|style="/);
    for (const [, link] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await api.ask(link!)).status).toBe(200);
  });

  it('describes exactly its routes as OpenAPI 3.1, with schemas that compile and that its answers have', async () => {
    const document = (await api.ask('/openapi.json')).json as unknown as { openapi: string; paths: Record<string, Record<string, { operationId: string; parameters?: { name: string; in: string }[]; responses: Record<string, { content?: Record<string, { schema: object }> }> }>>; components: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.entries(document.paths).flatMap(([url, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${url}`)).toSorted()).toEqual(api.routes.map(({ method, path: url }) => `${method} ${url}`).toSorted());
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ ...document, $id: 'openapi' });
    for (const [url, methods] of Object.entries(document.paths)) {
      const inPath = [...url.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [], responses } of Object.values(methods)) {
        expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath);
        for (const { content = {} } of Object.values(responses)) {
          for (const { schema } of Object.values(content)) ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'openapi#/components')) as object);
        }
      }
    }
    const schemaOf = (url: string, status: string): object => document.paths[url]!['get']!.responses[status]!.content!['application/json']!.schema;
    expect(ajv.validate(schemaOf('/readyz', '200'), (await api.ask('/readyz')).json)).toBe(true);
    const error = JSON.parse(JSON.stringify({ $ref: 'openapi#/components/schemas/Error' })) as object;
    expect(ajv.validate(error, (await api.ask('/nowhere')).json)).toBe(true);
  });

  it('answers for the address it listens at, and says so where it cannot have it', async () => {
    const parts = { reads: createReads(api.database.pool), actions: api.actions, store: api.store, clock: systemClock, version: '0', log: { error: () => undefined } };
    const other = await createApi(parts);
    const { address, port } = await other.listen('127.0.0.2', 0);
    expect(address).toBe('127.0.0.2');
    expect((await fetch(`http://127.0.0.2:${port}/healthz`)).status).toBe(200);
    const third = await createApi(parts);
    await expect(third.listen('127.0.0.2', port)).rejects.toMatchObject({ code: 'API.CANNOT_LISTEN' });
    await other.close();
  });

  it('says so where the database is gone, without its words', async () => {
    const gone = new pg.Pool({ host: '/nonexistent', user: 'secret' });
    await api.stop();
    await api.serve({ reads: createReads(gone) });
    expect((await api.ask('/readyz')).status).toBe(503);
    const answer = await api.post({ query: '{ builds { nodes { id } } }' });
    expect(answer.json.errors![0]).toMatchObject({ message: 'The database does not answer', extensions: { code: 'RECORDS.DATABASE_UNREACHABLE' } });
    expect((await api.ask(path)).status).toBe(503);
    expect((await api.ask('/healthz')).status).toBe(200);
    await gone.end();
  });
});
