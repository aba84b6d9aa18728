/**
 * A process that uses a store, for tests of many at once and of kill -9:
 * `node store-process.ts same|write|use ROOT SEED COUNT`. Says on stdout, line by line, what was promised to it.
 */
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import type { LocalStore } from '../../src/store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { file, putFiles, resultOf } from './stored-samples.ts';

const say = (...words: string[]): void => { process.stdout.write(`${words.join(' ')}\n`); };

const [mode, root, seed, count] = process.argv.slice(2) as [string, string, string, string];
const store = await openLocalStore(root, { clock: systemClock });
const works: Readonly<Record<string, (round: number) => Promise<void>>> = { same, write, use };
say('ready');
for (let round = 0; round < Number(count); round++) await works[mode]!(round);
say('done');

/** Every process puts the same blobs, small and large. */
async function same(round: number): Promise<void> {
  const bytes = Buffer.alloc(1 + (round % 5) * 120_000, `round ${round}`);
  say('blob', (await store.putBlob(round % 2 === 0 ? bytes : chunked(bytes))).sha256);
}

async function* chunked(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
}

/** Blobs, a tree, an action, a checkout; all different from round to round. */
async function write(round: number): Promise<void> {
  const name = `${seed}.${round}`;
  const entries: [PathBytes, TreeEntry][] = [];
  for (let i = 0; i < 12; i++) {
    const blob = await store.putBlob(chunked(Buffer.alloc(i === 0 ? 300_000 : i * 1000, `${name}.${i}`)));
    say('blob', blob.sha256);
    entries.push([pathBytes(`d${i % 3}/f${i}`), file(blob)]);
  }
  const target = await store.putTree(makeTree(entries));
  say('tree', target);
  const log = await store.putBlob(Buffer.from(`log of ${name}`));
  await store.putAction(sha256(name), { format: 1, outputs: { target }, log: log.sha256 });
  say('action', sha256(name));
  say('checkout', await store.checkout(target, 1));
}

/**
 * Uses few actions over and over, with pauses longer than the grace time of a gc that runs beside it; each twice at once, so that
 * one is there to be used again however far apart in time the processes are.
 */
async function use(round: number): Promise<void> {
  await useAction(round % 7);
  await useAction(round % 7);
  // Shares its file with all of them and is named by no action.
  await readAll(store, await putFiles(store, { 'opt/common': 'common' }));
  await new Promise((resolve) => { setTimeout(resolve, (round * 37) % 400); });
}

async function useAction(number: number): Promise<void> {
  const key = sha256(`action ${number}`);
  const result = await store.getAction(key);
  if (result === undefined) {
    const made = await resultOf(store, { 'usr/bin/tool': `tool ${number}`, 'usr/share/common': 'common' }, `log ${number}`);
    await store.putAction(key, made);
    say('made', key);
  } else {
    say('reused', key);
    await readAll(store, result.outputs['target']!);
  }
}

async function readAll(from: LocalStore, tree: Sha256): Promise<void> {
  for (const entry of (await from.getTree(tree)).entries.values()) {
    if (entry.kind === 'file') await from.readBlobBytes(entry.sha256);
  }
}
