import { join } from 'node:path';

import { systemClock } from '../foundation/clock.ts';
import { openKeyRing } from '../signing/key-ring.ts';
import { openKeyDirectory } from '../signing/key-store.ts';
import { serveSigner } from '../signing/serve-signer.ts';

/** The signer of a home: `node signer.ts HOME OPERATOR BUILDER_ID…`. Nothing else is loaded into the process that holds keys. */
const IDLE_MS = 5_000;

const [home, operator, ...builderIds] = process.argv.slice(2);
if (home === undefined || operator === undefined) {
  process.stderr.write('usage: signer.ts HOME OPERATOR BUILDER_ID…\n');
  process.exit(2);
}

// Whoever started it may be interrupted at a terminal; it ends by itself when unused.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const directory = join(home, 'keys');
const ring = openKeyRing(await openKeyDirectory(directory), { clock: systemClock, operator, builderIds });
await serveSigner(directory, ring, {
  idleMs: IDLE_MS, signal: stop.signal, note: (line) => { process.stderr.write(`${systemClock.now().toISOString()} ${line}\n`); },
});
