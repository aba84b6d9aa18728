import { PassThrough } from 'node:stream';

import type Docker from 'dockerode';

import type { Clock } from '../foundation/clock.ts';
import type { LocalStore } from '../store/store.ts';
import { collectOutputs, readStatus, type CollectedOutputs } from './collect-outputs.ts';
import { containerOptions } from './container-options.ts';
import { told } from './docker-engine.ts';
import { makeInputVolumes } from './input-volumes.ts';
import type { Runner, SandboxCommand, SandboxEvents, SandboxExit, SandboxRun } from './runner.ts';
import { usageFrom } from './usage.ts';

export interface DockerRunnerDeps {
  engine: Docker;
  store: LocalStore;
  clock: Clock;
  /** Directory of Provenroot's data; names this home's containers in the engine. */
  home: string;
}

/** Steps in containers of a Docker Engine on this machine. The sandbox image must be loaded. */
export class DockerRunner implements Runner {
  readonly #deps: DockerRunnerDeps;

  constructor(deps: DockerRunnerDeps) {
    this.#deps = deps;
  }

  async run(command: SandboxCommand, events: SandboxEvents, signal: AbortSignal): Promise<SandboxRun> {
    const { engine, store, home } = this.#deps;
    const inputs = await makeInputVolumes(command, engine, store, home);
    try {
      const container = await told('making a container', () => engine.createContainer(containerOptions(command, inputs.mounts, home)));
      try {
        return await this.#runContainer(container, command, events, signal);
      } finally {
        await told('removing a container', () => container.remove({ force: true, v: true }));
      }
    } finally {
      await inputs.remove();
    }
  }

  async #runContainer(container: Docker.Container, command: SandboxCommand, events: SandboxEvents, signal: AbortSignal): Promise<SandboxRun> {
    const { clock, store } = this.#deps;
    const tail = new Tail();
    const log = await followLog(container, (chunk) => { tail.add(chunk); events.onLog(chunk); });
    const startedMs = clock.monotonicMs();
    await told('starting a container', () => container.start());
    const killed = killWhen(container, signal, command.limits.timeMs);
    await told('waiting for a container', () => container.wait());
    killed.stop();
    await log.ended;
    const wallMs = Math.round(clock.monotonicMs() - startedMs);
    const exit = await exitOf(container, killed.why(), tail.text());
    const collected = await this.#collect(container, exit, store);
    return { exit, usage: usageFrom(collected.counters, wallMs), outputs: collected.outputs, status: collected.status };
  }

  async #collect(container: Docker.Container, exit: SandboxExit, store: LocalStore): Promise<CollectedOutputs> {
    const archive = async (path: string): Promise<AsyncIterable<Uint8Array>> =>
      await told('reading the outputs', () => container.getArchive({ path })) as AsyncIterable<Uint8Array>;
    if (exit.kind === 'exited' && exit.code === 0) return collectOutputs(await archive('/out'), store);
    return readStatus(async () => archive('/out/.step'), store);
  }
}

/** Follows stdout and stderr as they come; `ended` is kept when both are at their end. */
async function followLog(container: Docker.Container, onLog: (chunk: Uint8Array) => void): Promise<{ ended: Promise<void> }> {
  const stream = await told('attaching to a container', () => container.attach({ stream: true, stdout: true, stderr: true }));
  const both = new PassThrough();
  both.on('data', onLog);
  container.modem.demuxStream(stream, both, both);
  const ended = new Promise<void>((resolve) => {
    stream.on('end', resolve);
    stream.on('close', resolve);
    // A broken attachment loses log text, never the result: how the container ended is asked for on its own.
    stream.on('error', () => resolve());
  });
  return { ended };
}

/** The end of what was printed: where a full disk shows. */
class Tail {
  #text = '';
  add(chunk: Uint8Array): void { this.#text = (this.#text + Buffer.from(chunk).toString('latin1')).slice(-16_384); }
  text(): string { return this.#text; }
}

interface Killed { why(): 'cancelled' | 'time-limit' | undefined; stop(): void }

function killWhen(container: Docker.Container, signal: AbortSignal, timeMs: number): Killed {
  let why: 'cancelled' | 'time-limit' | undefined;
  const kill = (reason: 'cancelled' | 'time-limit'): void => {
    why ??= reason;
    // It may have ended by itself a moment ago; waiting for it tells.
    container.kill().catch(() => undefined);
  };
  const onAbort = (): void => kill('cancelled');
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  const timer = setTimeout(() => kill('time-limit'), timeMs);
  return { why: () => why, stop: () => { clearTimeout(timer); signal.removeEventListener('abort', onAbort); } };
}

async function exitOf(container: Docker.Container, why: 'cancelled' | 'time-limit' | undefined, lastText: string): Promise<SandboxExit> {
  if (why !== undefined) return { kind: why };
  const { State } = await told('asking how a container ended', () => container.inspect());
  if (State.OOMKilled) return { kind: 'out-of-memory' };
  if (State.ExitCode !== 0 && lastText.includes('No space left on device')) return { kind: 'disk-full' };
  return { kind: 'exited', code: State.ExitCode };
}
