/**
 * `node bench/store-throughput.ts [DIRECTORY]`: the store against the bare tools, in one run on one file system, so that
 * the ratios say something on any machine. Each number is the best of three.
 *
 *   put          256 MiB as a stream of 64 KiB chunks into an empty store, against `sha256sum` of the same bytes
 *   read         the same blob, verified, against the same
 *   ingest       5,000 files (8 KiB on average) as blobs and one tree, synced, against `cp -r` of them
 *   checkout     that tree, every file hashed on its way, against `cp -r` of them
 *   getAction    the whole closure of that tree looked through: what a no-op build pays for it
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../src/foundation/clock.ts';
import { sha256 } from '../src/foundation/digest.ts';
import { openLocalStore } from '../src/store/open-local-store.ts';
import { removeTree } from '../src/store/remove-tree.ts';
import type { LocalStore } from '../src/store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../src/tree/entry.ts';
import { makeTree, type Tree } from '../src/tree/tree.ts';

const LARGE_BYTES = 256 * 1024 * 1024;
const FILES = 5000;
const RUNS = 3;

const base = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'provenroot-bench-'));
let directories = 0;
const fresh = (): string => join(base, `run-${directories++}`);
const openFresh = async (): Promise<LocalStore> => await openLocalStore(fresh(), { clock: systemClock });

const large = join(base, 'large');
writeFileSync(large, Buffer.alloc(LARGE_BYTES, sha256('bench')));
const files = join(base, 'files');
for (let d = 0; d < 100; d++) {
  mkdirSync(join(files, `d${d}`), { recursive: true });
  for (let f = 0; f < FILES / 100; f++) writeFileSync(join(files, `d${d}`, `f${f}`), Buffer.alloc((f * 331) % 16_384, `${d} ${f} `));
}

try {
  const reading = await best('sha256sum', async () => { execFileSync('sha256sum', [large]); });
  const copying = await best('cp -r', async () => { execFileSync('cp', ['-r', files, fresh()]); });
  const stores = await Promise.all(Array.from({ length: RUNS }, openFresh));
  const putting = await best('put', async (run) => { await stores[run]!.putBlob(createReadStream(large)); });
  const { sha256: digest } = await stores[0]!.putBlob(createReadStream(large));
  const readingBack = await best('read', async () => { for await (const _chunk of stores[0]!.readBlob(digest)); });
  const ingesting = await best('ingest', async (run) => { await stores[run]!.putTree(await putFiles(stores[run]!)); });
  const tree = await stores[0]!.putTree(await putFiles(stores[0]!));
  const checkingOut = await best('checkout', async (run) => { await stores[0]!.checkout(tree, run); });
  const log = (await stores[0]!.putBlob(Buffer.from('log'))).sha256;
  await stores[0]!.putAction(sha256('key'), { format: 1, outputs: { target: tree }, log });
  const looking = await best('getAction', async () => { await stores[0]!.getAction(sha256('key')); });
  show('put / sha256sum', putting / reading);
  show('read / sha256sum', readingBack / reading);
  show('ingest / cp -r', ingesting / copying);
  show('checkout / cp -r', checkingOut / copying);
  show('getAction / cp -r', looking / copying);
} finally {
  removeTree(base);
}

async function putFiles(store: LocalStore): Promise<Tree> {
  const entries: [PathBytes, TreeEntry][] = [];
  for (let d = 0; d < 100; d++) {
    for (let f = 0; f < FILES / 100; f++) {
      const blob = await store.putBlob(Buffer.alloc((f * 331) % 16_384, `${d} ${f} `));
      entries.push([pathBytes(`d${d}/f${f}`), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: blob.sha256, sizeBytes: blob.sizeBytes }]);
    }
  }
  return makeTree(entries);
}

async function best(name: string, work: (run: number) => Promise<void>): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const start = systemClock.monotonicMs();
    await work(run);
    least = Math.min(least, systemClock.monotonicMs() - start);
  }
  process.stdout.write(`${name.padEnd(20)} ${least.toFixed(0).padStart(6)} ms\n`);
  return least;
}

function show(name: string, ratio: number): void {
  process.stdout.write(`${name.padEnd(20)} ${ratio.toFixed(2).padStart(6)}\n`);
}
