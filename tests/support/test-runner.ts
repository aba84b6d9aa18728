import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { systemClock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { connectEngine } from '../../src/sandbox/docker-engine.ts';
import { DockerRunner } from '../../src/sandbox/docker-runner.ts';
import { HOME_LABEL } from '../../src/sandbox/leftovers.ts';
import type { SandboxCommand, SandboxRun } from '../../src/sandbox/runner.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { removeTree } from '../../src/store/remove-tree.ts';
import type { LocalStore } from '../../src/store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { pinnedSandbox } from './pinned-sandbox.ts';

const MIB = 2 ** 20;
const STEP_RUNNER = join(import.meta.dirname, '../../sandbox/step-runner.sh');

/** What a step is made of; a phase is shell text. */
export interface TestStep {
  phases?: readonly string[];
  /** Lines `file TAB directory TAB strip`. */
  unpack?: string;
  sources?: Readonly<Record<string, Uint8Array>>;
  patches?: Readonly<Record<string, string>>;
}

export interface ToldRun extends SandboxRun {
  log: string;
}

/** The real runner on the real engine, with a home and a store of its own. */
export class TestRunner {
  readonly engine: Docker = connectEngine(undefined);
  readonly runner: DockerRunner;
  readonly store: LocalStore;
  readonly home: string;
  readonly sandbox: Sha256;

  private constructor(home: string, store: LocalStore, sandbox: Sha256) {
    this.home = home;
    this.store = store;
    this.sandbox = sandbox;
    this.runner = new DockerRunner({ engine: this.engine, store, clock: systemClock, home });
  }

  static async open(): Promise<TestRunner> {
    const sandbox = await pinnedSandbox();
    const home = await mkdtemp(join(tmpdir(), 'provenroot-runner-'));
    return new TestRunner(home, await openLocalStore(join(home, 'store'), { clock: systemClock }), sandbox);
  }

  async close(): Promise<void> {
    removeTree(this.home);
  }

  /** A command that runs shell text as PID 1; everything else as a build would have it. */
  command(script: string, changes: Partial<SandboxCommand> = {}): SandboxCommand {
    return {
      label: 'test', sandbox: this.sandbox, mounts: [], argv: ['/bin/sh', '-eu', '-c', script],
      environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/build/home', LC_ALL: 'C.UTF-8', TZ: 'UTC', SOURCE_DATE_EPOCH: '1000000000' },
      epochSeconds: 1_000_000_000,
      limits: { memoryBytes: 512 * MIB, pids: 256, cpus: 2, timeMs: 60_000 },
      ...changes,
    };
  }

  async run(command: SandboxCommand, signal: AbortSignal = new AbortController().signal): Promise<ToldRun> {
    const log: Buffer[] = [];
    const run = await this.runner.run(command, { onLog: (chunk) => log.push(Buffer.from(chunk)) }, signal);
    return { ...run, log: Buffer.concat(log).toString('utf8') };
  }

  async script(script: string, changes: Partial<SandboxCommand> = {}): Promise<ToldRun> {
    return this.run(this.command(script, changes));
  }

  /** A step as a build makes it: the step runner of this checkout is PID 1. */
  async stepCommand(step: TestStep, changes: Partial<SandboxCommand> = {}): Promise<SandboxCommand> {
    return this.command('', { argv: ['/bin/sh', '/src/step/run'], mounts: [{ at: '/src', trees: [await this.#stepTree(step)] }], ...changes });
  }

  async step(step: TestStep, changes: Partial<SandboxCommand> = {}): Promise<ToldRun> {
    return this.run(await this.stepCommand(step, changes));
  }

  /** A stored tree; a text is a file, anything else an entry. */
  async tree(rows: Readonly<Record<string, string | TreeEntry>>): Promise<Sha256> {
    const entries: [PathBytes, TreeEntry][] = [];
    for (const [path, row] of Object.entries(rows)) entries.push([pathBytes(path), typeof row === 'string' ? await this.file(Buffer.from(row)) : row]);
    return this.store.putTree(makeTree(entries));
  }

  async file(bytes: Uint8Array, mode = 0o644): Promise<TreeEntry> {
    const { sha256, sizeBytes } = await this.store.putBlob(bytes);
    return { kind: 'file', mode, uid: 0, gid: 0, sha256, sizeBytes };
  }

  /** Names of all that this home has in the engine and of its directories with links. */
  async leftBehind(): Promise<{ containers: string[]; volumes: string[] }> {
    const filters = JSON.stringify({ label: [`${HOME_LABEL}=${this.home}`] });
    const containers = await this.engine.listContainers({ all: true, filters });
    const { Volumes } = await this.engine.listVolumes({ filters });
    return { containers: containers.map(({ Id }) => Id), volumes: (Volumes ?? []).map(({ Name }) => Name) };
  }

  async #stepTree({ phases = [], unpack = '', sources = {}, patches = {} }: TestStep): Promise<Sha256> {
    const rows: Record<string, TreeEntry> = { 'step/run': await this.file(await readFile(STEP_RUNNER), 0o755) };
    const text = async (path: string, content: string | Uint8Array): Promise<void> => { rows[path] = await this.file(Buffer.from(content as string)); };
    await text('step/unpack', unpack);
    await text('step/series', Object.keys(patches).map((name) => `${name}\n`).join(''));
    for (const [i, phase] of phases.entries()) await text(`step/phases/${String(i + 1).padStart(2, '0')}-phase${i + 1}.sh`, phase);
    for (const [name, bytes] of Object.entries(sources)) await text(`sources/${name}`, bytes);
    for (const [name, patch] of Object.entries(patches)) await text(`patches/${name}`, patch);
    return this.tree(rows);
  }
}
