import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

import type { VariationMeans } from '../actions/vary-build.ts';
import type { InProcessWork } from '../actions/vary-step.ts';
import type { Outputs } from '../build/journal.ts';
import type { VariationName } from '../catalog/variation-name.ts';
import { Fault } from '../foundation/failure.ts';
import type { Plan } from '../plan/plan.ts';
import { OTHER } from '../sandbox/variation.ts';
import { CHECKOUT } from './checkout.ts';
import type { Environment } from './environment.ts';
import type { InProcessInput } from './vary-in-process.ts';

/** What varied runs take of this checkout and this machine. */
export async function openVariation({ home }: Pick<Environment, 'home'>): Promise<VariationMeans> {
  const sandboxFile = (name: string): Promise<Buffer> => readFile(join(CHECKOUT, 'sandbox', name));
  return {
    instrument: { preload: await sandboxFile('variation.c'), build: await sandboxFile('variation-build.sh') },
    runInProcess: (work, varied, signal) => runInProcess(home, work, varied, signal),
  };
}

/** Another process of the same program, started under the conditions; the database is not needed. */
async function runInProcess(home: string, work: InProcessWork, varied: ReadonlySet<VariationName>, signal: AbortSignal): Promise<Outputs> {
  const elsewhere = await mkdtemp(join(tmpdir(), 'provenroot-elsewhere-'));
  try {
    const store = varied.has('store-path') ? await otherPath(elsewhere, home) : join(home, 'store');
    const plan = varied.has('directory-order') ? backwards(work.plan) : work.plan;
    const input: InProcessInput = { store, plan, step: work.step, outputs: work.outputs };
    return deserialize(await answerOf(input, varied, varied.has('build-path') ? elsewhere : CHECKOUT, signal)) as Outputs;
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
}

async function otherPath(elsewhere: string, home: string): Promise<string> {
  const parent = join(elsewhere, 'a longer way', 'to it');
  await mkdir(parent, { recursive: true });
  await symlink(home, join(parent, 'home'));
  return join(parent, 'home', 'store');
}

/** Packages and steps in another order of insertion: what depends on it would show. */
function backwards(plan: Plan): Plan {
  const { resolution } = plan;
  return { ...plan, steps: new Map([...plan.steps].toReversed()), resolution: { ...resolution, packages: new Map([...resolution.packages].toReversed()) } };
}

async function answerOf(input: InProcessInput, varied: ReadonlySet<VariationName>, directory: string, signal: AbortSignal): Promise<Buffer> {
  const script = ['-c', 'umask "$1"; shift; exec "$@"', 'sh', varied.has('umask') ? OTHER.umask : '022'];
  const node = [process.execPath, '--no-warnings', join(CHECKOUT, 'src', 'main', 'vary-in-process.ts')];
  const child = spawn('/bin/sh', [...script, ...node], { cwd: directory, env: environmentUnder(varied), stdio: ['pipe', 'pipe', 'pipe'], signal });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [answer, said] = [bytesOf(child.stdout), bytesOf(child.stderr)];
  child.stdin.on('error', () => undefined);
  child.stdin.end(serialize(input));
  const [code] = await closed;
  if (code === 0) return answer;
  throw new Fault('ACTIONS.NOT_REPEATED', `${input.step} could not be run again in a process of its own: ${(await said).toString('utf8').slice(-2000)}`, { place: input.step });
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** All of it: nothing is inherited, so that nothing but the conditions differs. */
function environmentUnder(varied: ReadonlySet<VariationName>): Record<string, string> {
  const path = '/usr/local/bin:/usr/bin:/bin';
  return {
    PATH: varied.has('exec-path') ? `${path}:${OTHER.searchPath}` : path,
    HOME: varied.has('home') ? OTHER.home : '/',
    TZ: varied.has('time-zone') ? OTHER.timeZone : 'UTC',
    ...(varied.has('locale') ? { LC_ALL: 'et_EE.UTF-8', LANG: 'et_EE.UTF-8' } : { LC_ALL: 'C' }),
    ...(varied.has('environment') ? { [OTHER.variable]: OTHER.variableValue } : {}),
  };
}
