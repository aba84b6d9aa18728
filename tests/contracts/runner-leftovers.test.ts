import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';

import Docker from 'dockerode';

import { systemClock } from '../../src/foundation/clock.ts';
import { DockerRunner } from '../../src/sandbox/docker-runner.ts';
import { HOME_LABEL, linksDirectory, removeLeftovers } from '../../src/sandbox/leftovers.ts';
import type { SandboxRun } from '../../src/sandbox/runner.ts';
import { openSandboxBench, type SandboxBench } from '../support/sandbox-bench.ts';

const PROCESS = join(import.meta.dirname, '../support/runner-process.ts');
const NOTHING = { containers: 0, volumes: 0, links: 0 };

let bench: SandboxBench;
const children: ChildProcess[] = [];
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await bench.close();
});

/** What this home has in the engine, and its directories with links to inputs. */
async function left(): Promise<typeof NOTHING> {
  const filters = JSON.stringify({ label: [`${HOME_LABEL}=${bench.home}`] });
  const containers = await bench.engine.listContainers({ all: true, filters });
  const { Volumes } = await bench.engine.listVolumes({ filters });
  const links = await readdir(linksDirectory(bench.home)).catch(() => []);
  return { containers: containers.length, volumes: (Volumes ?? []).length, links: links.length };
}

/** A process of this home with a running step. */
async function startStep(): Promise<ChildProcess> {
  const { sandbox } = bench.command([]);
  const child = spawn(process.execPath, ['--no-warnings', PROCESS, bench.home, sandbox], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const input = async (): Promise<{ mounts: { at: '/src'; trees: Awaited<ReturnType<SandboxBench['tree']>>[] }[] }> =>
  ({ mounts: [{ at: '/src', trees: [await bench.tree({ file: 'text' })] }] });

describe('a run', () => {
  it.each([
    ['that succeeds', 'mkdir /out/target'],
    ['that fails', 'exit 3'],
    ['whose outputs are refused', 'touch /out/loose'],
    ['that is killed', 'kill -9 $$; sleep 1'],
  ])('%s leaves no container, volume or link', async (_what, text) => {
    await bench.sh(text, await input()).catch(() => undefined);
    expect(await left()).toEqual(NOTHING);
  });

  it('whose program is not there leaves nothing either, and says so', async () => {
    const run = bench.runner.run(bench.command(['/no/such/program'], await input()), { onLog: () => undefined }, new AbortController().signal);
    await expect(run).rejects.toMatchObject({ code: 'SANDBOX.ENGINE_FAILED', message: expect.stringMatching(/starting a container.*\/no\/such\/program/s) });
    expect(await left()).toEqual(NOTHING);
  });
});

describe('a process killed with -9', () => {
  it('leaves a running container, which the next cleaning removes with all that hangs on it', async () => {
    await kill(await startStep());
    expect(await left()).toEqual({ containers: 1, volumes: 3, links: 1 });
    await removeLeftovers(bench.engine, bench.home);
    expect(await left()).toEqual(NOTHING);
  });

  it('is cleaned up by two at once, and the steps of living processes run on', async () => {
    const living = await startStep();
    await kill(await startStep());
    await Promise.all([removeLeftovers(bench.engine, bench.home), removeLeftovers(bench.engine, bench.home)]);
    expect(await left()).toEqual({ containers: 1, volumes: 3, links: 1 });
    expect(living.exitCode).toBeNull();
    await kill(living);
    await removeLeftovers(bench.engine, bench.home);
    expect(await left()).toEqual(NOTHING);
  });

  it('of another home is left alone', async () => {
    await kill(await startStep());
    await removeLeftovers(bench.engine, `${bench.home}-other`);
    expect(await left()).toMatchObject({ containers: 1, volumes: 3 });
    await removeLeftovers(bench.engine, bench.home);
  });
});

describe('an engine', () => {
  const throughDoor = (door: Door, text: string, onLog: () => void): Promise<SandboxRun> => {
    const runner = new DockerRunner({ engine: new Docker({ socketPath: door.path }), store: bench.store, clock: systemClock, home: bench.home });
    return runner.run(bench.command(['/bin/sh', '-c', text]), { onLog }, new AbortController().signal);
  };
  const removeAll = async (): Promise<void> => {
    const filters = JSON.stringify({ label: [`${HOME_LABEL}=${bench.home}`] });
    for (const { Id } of await bench.engine.listContainers({ all: true, filters })) await bench.engine.getContainer(Id).remove({ force: true, v: true });
  };

  it('that is not there is named with what to do, and nothing is left', async () => {
    const runner = new DockerRunner({ engine: new Docker({ socketPath: join(bench.home, 'no.sock') }), store: bench.store, clock: systemClock, home: bench.home });
    const run = runner.run(bench.command(['true'], await input()), { onLog: () => undefined }, new AbortController().signal);
    await expect(run).rejects.toMatchObject({ name: 'Fault', code: 'SANDBOX.ENGINE_UNREACHABLE', retryable: true, hint: expect.stringMatching(/dockerd/) });
    expect(await left()).toEqual(NOTHING);
  });

  it('that goes away while a step runs ends the run with a fault, never with a result', async () => {
    const door = await openDoorTo('/var/run/docker.sock', join(bench.home, 'door.sock'));
    const run = throughDoor(door, 'echo up; sleep 60', () => { setTimeout(door.shut, 200); });
    await expect(run).rejects.toMatchObject({ name: 'Fault', code: 'SANDBOX.ENGINE_UNREACHABLE', retryable: true });
    await removeAll();
  });

  it('that goes away while outputs are read ends the run with a fault too', async () => {
    const door = await openDoorTo('/var/run/docker.sock', join(bench.home, 'door.sock'), 10_000_000);
    const run = throughDoor(door, 'mkdir /out/target; head -c 50000000 /dev/urandom >/out/target/large', () => undefined);
    await expect(run).rejects.toMatchObject({ name: 'Fault', code: 'SANDBOX.ENGINE_UNREACHABLE' });
    await removeAll();
  });

  it('that drops the log of a step which runs on gives the result all the same', async () => {
    const run = await bench.sh('exec >&- 2>&-; sleep 2; mkdir /out/target');
    expect(run.exit).toEqual({ kind: 'exited', code: 0 });
    expect(Object.keys(run.outputs)).toEqual(['target']);
  });
});

interface Door { path: string; shut: () => void }

/** A socket through which an engine is reached until it is shut, or until so much has come out of it. */
async function openDoorTo(target: string, path: string, mostBytes = Infinity): Promise<Door> {
  const sockets: Socket[] = [];
  let bytes = 0;
  const server = createServer((one) => {
    const other = connect(target);
    sockets.push(one, other);
    for (const socket of [one, other]) socket.on('error', () => undefined);
    other.on('data', (chunk) => { bytes += chunk.byteLength; if (bytes > mostBytes) shut(); });
    one.pipe(other).pipe(one);
  });
  const shut = (): void => { server.close(); for (const socket of sockets) socket.destroy(); };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, shut };
}
