import type Docker from 'dockerode';

import type { Clock } from '../foundation/clock.ts';
import type { LocalStore } from '../store/store.ts';
import { collectOutputs, readStatus, type CollectedOutputs } from './collect-outputs.ts';
import { containerEnd } from './container-end.ts';
import { containerOptions } from './container-options.ts';
import { told, toldWhileReading } from './docker-engine.ts';
import { followLog, LogTail } from './follow-log.ts';
import { makeInputVolumes } from './input-volumes.ts';
import { killWhen, type KillReason } from './kill-when.ts';
import { unlessGone } from './leftovers.ts';
import type { Runner, SandboxCommand, SandboxEvents, SandboxExit, SandboxRun } from './runner.ts';
import { runTerminal, shellAfter, type Terminal } from './terminal.ts';
import { usageFrom } from './usage.ts';
import { movedCommand, variedContainer, type VariedContainer } from './varied-container.ts';

export interface DockerRunnerDeps {
  engine: Docker;
  store: LocalStore;
  clock: Clock;
  /** Directory of Provenroot's data; names this home's containers in the engine. */
  home: string;
}

/** Steps in containers of a Docker Engine on this machine. The sandbox image must be loaded (`ensureSandboxImage`). */
export class DockerRunner implements Runner {
  readonly #deps: DockerRunnerDeps;

  constructor(deps: DockerRunnerDeps) {
    this.#deps = deps;
  }

  /** Throws SANDBOX.BAD_OUTPUT or an IMAGE failure where the step succeeded and left what cannot be collected. */
  async run(command: SandboxCommand, events: SandboxEvents, signal: AbortSignal): Promise<SandboxRun> {
    if (signal.aborted) return { exit: { kind: 'cancelled' }, usage: usageFrom('', 0), outputs: {}, status: '' };
    return this.#withContainer(command, {}, (container) => this.#runContainer(container, command, events, signal));
  }

  /**
   * The same sandbox with a terminal: runs the phases up to the one that fails, then a shell where they stopped.
   * Returns the shell's exit code; outputs are not collected.
   */
  async shell(command: SandboxCommand, terminal: Terminal, signal: AbortSignal): Promise<number> {
    const interactive = { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true };
    return this.#withContainer({ ...command, argv: shellAfter(command.argv) }, interactive, (container) => runTerminal(container, terminal, signal));
  }

  async #withContainer<T>(command: SandboxCommand, extra: Docker.ContainerCreateOptions, use: (container: Docker.Container) => Promise<T>): Promise<T> {
    const { engine } = this.#deps;
    const made = await this.#prepare(command);
    try {
      const container = await told('making a container', () => engine.createContainer({ ...made.options, ...extra }));
      try {
        return await use(container);
      } finally {
        await told('removing a container', () => unlessGone(() => container.remove({ force: true, v: true })));
      }
    } finally {
      await made.remove();
    }
  }

  async #prepare(command: SandboxCommand): Promise<VariedContainer> {
    const { store, home } = this.#deps;
    const { surroundings } = command;
    const given = surroundings === undefined ? command : await movedCommand({ ...command, surroundings }, store);
    const inputs = await makeInputVolumes(given, store, home);
    if (surroundings === undefined) return { options: containerOptions(given, inputs.mounts, home), remove: inputs.remove };
    try {
      const varied = await variedContainer({ ...given, surroundings }, inputs.mounts, this.#deps);
      return { options: varied.options, remove: async () => { await varied.remove().finally(inputs.remove); } };
    } catch (error) {
      await inputs.remove();
      throw error;
    }
  }

  async #runContainer(container: Docker.Container, command: SandboxCommand, events: SandboxEvents, signal: AbortSignal): Promise<SandboxRun> {
    const { clock, store } = this.#deps;
    const tail = new LogTail();
    const onLog = (chunk: Uint8Array): void => { tail.add(chunk); events.onLog(chunk); };
    const attached = await told('attaching to a container', () => container.attach({ stream: true, stdout: true, stderr: true }));
    const logged = followLog(attached as unknown as AsyncIterable<Uint8Array>, onLog);
    const startedMs = clock.monotonicMs();
    await told('starting a container', () => container.start());
    const watch = killWhen(container, signal, command.limits.timeMs);
    try {
      await containerEnd(container, logged);
    } finally {
      watch.stop();
    }
    await logged;
    const wallMs = Math.round(clock.monotonicMs() - startedMs);
    const exit = await exitOf(container, watch.why(), tail.text());
    const collected = await collect(container, exit, store, onLog);
    return { exit, usage: usageFrom(collected.counters, wallMs), outputs: collected.outputs, status: collected.status };
  }
}

async function collect(container: Docker.Container, exit: SandboxExit, store: LocalStore, onLog: SandboxEvents['onLog']): Promise<CollectedOutputs> {
  const archive = async (path: string): Promise<AsyncIterable<Uint8Array>> =>
    toldWhileReading('reading the outputs', await told('reading the outputs', () => container.getArchive({ path })) as AsyncIterable<Uint8Array>);
  if (exit.kind !== 'exited' || exit.code !== 0) return readStatus(async () => archive('/out/.step'), store);
  return collectOutputs(await archive('/out'), store, (note) => onLog(Buffer.from(`collector: ${note}\n`)));
}

/**
 * One process killed for memory fails the step, whatever came of it: what a tool does after losing a child depends
 * on the machine.
 */
async function exitOf(container: Docker.Container, why: KillReason | undefined, lastText: string): Promise<SandboxExit> {
  const { State } = await told('asking how a container ended', () => container.inspect());
  if (why !== undefined) return { kind: why };
  if (State.OOMKilled) return { kind: 'out-of-memory' };
  if (State.ExitCode !== 0 && lastText.includes('No space left on device')) return { kind: 'disk-full' };
  return { kind: 'exited', code: State.ExitCode };
}
