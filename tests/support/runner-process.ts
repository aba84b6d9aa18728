/**
 * A process that runs one step, for tests that kill it: `node runner-process.ts HOME SANDBOX`. Prints what the step
 * prints; the step says `up` and then waits for ever.
 */
import { join } from 'node:path';

import { systemClock } from '../../src/foundation/clock.ts';
import { parseSha256 } from '../../src/foundation/digest.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { connectEngine } from '../../src/sandbox/docker-engine.ts';
import { DockerRunner } from '../../src/sandbox/docker-runner.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { putFiles } from './stored-samples.ts';

const [home, sandbox] = process.argv.slice(2) as [string, string];
const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
const runner = new DockerRunner({ engine: connectEngine(readEnvironment().dockerHost), store, clock: systemClock, home });
const command = {
  label: 'killed', sandbox: parseSha256(sandbox, 'sandbox'), mounts: [{ at: '/src' as const, trees: [await putFiles(store, { file: 'text' })] }],
  argv: ['/bin/sh', '-c', 'echo up; while :; do sleep 1; done'], environment: { PATH: '/usr/bin' }, epochSeconds: 1,
  limits: { memoryBytes: 64 * 2 ** 20, pids: 16, cpus: 1, timeMs: 600_000 },
};
await runner.run(command, { onLog: (chunk) => { process.stdout.write(chunk); } }, new AbortController().signal);
