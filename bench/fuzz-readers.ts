// Damaged images by the thousand through every reader, each within twenty seconds (of a machine that may be busy) and half a gigabyte:
//   node bench/fuzz-readers.ts COUNT [START [NAME…]]     (COUNT images of each format, from seed START; as root)
// Any exception, any hang and any memory beyond is told with its name and seed, and the exit code is 1.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { missing } from '../tests/support/foreign-images.ts';
import { fuzzed, isTold, readDamaged } from '../tests/support/fuzzed-image.ts';
import { SMALL_IMAGES, smallDirectory, smallImage } from '../tests/support/small-images.ts';

const HANG_MS = 20_000;
const NOT_BEGUN = -1;
const MEMORY_MIB = 512;

interface Job { name: string; image: Uint8Array; from: number; to: number; at: SharedArrayBuffer }
interface Told { done?: { outcomes: Record<string, number>; slowestMs: number; slowest: number; peakMiB: number }; trouble?: string; seed?: number }

function work({ name, image, from, to, at }: Job): void {
  const place = new Int32Array(at);
  const make = fuzzed(Buffer.from(image), SMALL_IMAGES[name]?.repair);
  const outcomes: Record<string, number> = {};
  const [slow, base] = [{ ms: 0, seed: from }, process.memoryUsage().rss];
  let peak = 0;
  for (let seed = from; seed < to; seed++) {
    Atomics.store(place, 0, seed);
    const started = performance.now();
    try {
      const content = readDamaged(make(seed));
      if (!isTold(content)) parentPort!.postMessage({ trouble: 'opaque without a code of BYTES or TREE', seed } satisfies Told);
      const outcome = content.kind === 'opaque' ? content.reason?.code ?? 'not recognised' : content.findings.length > 0 ? 'read, with findings' : 'read';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (error) {
      parentPort!.postMessage({ trouble: error instanceof Error ? error.stack ?? error.message : String(error), seed } satisfies Told);
    }
    const ms = performance.now() - started;
    if (ms > slow.ms) Object.assign(slow, { ms, seed });
    if (seed % 64 === 0) peak = Math.max(peak, process.memoryUsage().rss - base);
  }
  parentPort!.postMessage({ done: { outcomes, slowestMs: Math.round(slow.ms), slowest: slow.seed, peakMiB: Math.round(peak / 2 ** 20) } } satisfies Told);
}

/** Runs one range; goes on behind a seed that hangs. Returns how many troubles there were. */
async function range(name: string, image: Buffer, from: number, to: number): Promise<number> {
  const at = new SharedArrayBuffer(4);
  const place = new Int32Array(at);
  place[0] = NOT_BEGUN;
  let troubles = 0;
  const started = performance.now();
  const hung = await new Promise<number | undefined>((resolve) => {
    const worker = new Worker(import.meta.filename, { workerData: { name, image, from, to, at } satisfies Job });
    let [last, since] = [-1, performance.now()];
    const watch = setInterval(() => {
      const seed = Atomics.load(place, 0);
      if (seed === NOT_BEGUN || seed !== last) { last = seed; since = performance.now(); return; }
      if (performance.now() - since < HANG_MS) return;
      clearInterval(watch);
      void worker.terminate().then(() => resolve(seed));
    }, 500);
    worker.on('message', ({ done, trouble, seed }: Told) => {
      if (trouble !== undefined) { troubles++; process.stdout.write(`TROUBLE ${name} seed ${seed}: ${trouble}\n`); }
      if (done === undefined) return;
      clearInterval(watch);
      if (done.peakMiB > MEMORY_MIB) { troubles++; process.stdout.write(`MEMORY ${name}: ${done.peakMiB} MiB\n`); }
      process.stdout.write(`${name}: ${to - from} in ${((performance.now() - started) / 1000).toFixed(0)} s, slowest ${done.slowestMs} ms (seed ${done.slowest}), ${done.peakMiB} MiB, ${JSON.stringify(done.outcomes)}\n`);
      resolve(undefined);
    });
    worker.on('error', (error) => { troubles++; clearInterval(watch); process.stdout.write(`CRASH ${name} at seed ${Atomics.load(place, 0)}: ${String(error)}\n`); resolve(Atomics.load(place, 0)); });
  });
  if (hung === undefined) return troubles;
  process.stdout.write(`STOPPED ${name} at seed ${hung}\n`);
  return troubles + 1 + await range(name, image, hung + 1, to);
}

if (isMainThread) {
  const [count = '1000', start = '0', ...names] = process.argv.slice(2);
  const scratch = mkdtempSync(join(tmpdir(), 'fuzz-readers-'));
  smallDirectory(scratch);
  let troubles = 0;
  for (const [name, { needs }] of Object.entries(SMALL_IMAGES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    if (missing(...needs).length > 0) { process.stdout.write(`${name}: its tools are not installed\n`); continue; }
    troubles += await range(name, smallImage(scratch, name), Number(start), Number(start) + Number(count));
  }
  rmSync(scratch, { recursive: true, force: true });
  process.exitCode = troubles === 0 ? 0 : 1;
} else work(workerData as Job);
