import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { serving, startMisbehavingServer, type Answer, type MisbehavingServer } from '../../tests/support/misbehaving-server.ts';
import { systemClock } from '../foundation/clock.ts';
import { sha256 } from '../foundation/digest.ts';
import { openLocalStore } from '../store/open-local-store.ts';

const BYTES = Buffer.alloc(4_000_000, 'source ');
const DIGEST = sha256(BYTES);
const CHUNK = 40_000;

/** 40 kB every 4 ms, from where it is asked to go on: 0.4 s in all. */
const slowly: Answer = (response, _nth, request) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const range = start > 0 ? { 'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': BYTES.length - start, ...range });
  let at = start;
  const timer = setInterval(() => {
    response.write(BYTES.subarray(at, at += CHUNK));
    if (at >= BYTES.length) response.end();
  }, 4);
  response.once('close', () => clearInterval(timer));
};

let home: string;
let server: MisbehavingServer;
beforeEach(async () => { home = await mkdtemp(join(tmpdir(), 'provenroot-sources-')); });
afterEach(async () => {
  await server.close();
  await rm(home, { recursive: true, force: true });
});

function start(url: string): ChildProcess & { output: Promise<string> } {
  const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, '../../tests/support/fetch-process.ts'), home, url, DIGEST, String(BYTES.length)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => { text += String(chunk); });
  return Object.assign(child, { output: once(child, 'close').then(() => text) });
}

async function storedBytes(): Promise<Uint8Array> {
  return (await openLocalStore(join(home, 'store'), { clock: systemClock })).readBlobBytes(DIGEST);
}

it('lets two processes that fetch the same source at once both succeed', async () => {
  server = await startMisbehavingServer({ '/a': slowly });
  const outputs = await Promise.all([start(`${server.url}/a`), start(`${server.url}/a`)].map(({ output }) => output));
  for (const output of outputs) expect(JSON.parse(output)).toMatchObject({ sha256: DIGEST });
  expect(sha256(await storedBytes())).toBe(DIGEST);
  expect(await readdir(join(home, 'partial'))).toEqual([]);
});

it('goes on from where a killed process was', async () => {
  let gotThere: () => void;
  const halfway = new Promise<void>((resolve) => { gotThere = resolve; });
  server = await startMisbehavingServer({ '/a': serving.inTurn((response, nth, request) => {
    slowly(response, nth, request);
    setTimeout(() => gotThere(), 200);
  }, slowly) });
  const first = start(`${server.url}/a`);
  await halfway;
  first.kill('SIGKILL');
  await first.output;
  expect(JSON.parse(await start(`${server.url}/a`).output)).toMatchObject({ fetched: true });
  expect(Number(server.asked[1]!.range!.replace(/\D/g, ''))).toBeGreaterThan(0);
  expect(sha256(await storedBytes())).toBe(DIGEST);
  expect(await readdir(join(home, 'partial'))).toEqual([]);
});
