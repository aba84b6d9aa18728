import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { systemClock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { connectEngine } from '../../src/sandbox/docker-engine.ts';
import { DockerRunner } from '../../src/sandbox/docker-runner.ts';
import { removeLeftovers } from '../../src/sandbox/leftovers.ts';
import type { MountPoint, SandboxCommand, SandboxLimits, SandboxRun } from '../../src/sandbox/runner.ts';
import type { Surroundings } from '../../src/sandbox/variation.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { removeTree } from '../../src/store/remove-tree.ts';
import type { LocalStore } from '../../src/store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { pinnedSandbox } from './pinned-sandbox.ts';

const MIB = 2 ** 20;
export const LIMITS: SandboxLimits = { memoryBytes: 512 * MIB, pids: 64, cpus: 2, timeMs: 60_000 };
export const EPOCH_SECONDS = 1_500_000_000;

export interface BenchRun extends SandboxRun { log: string }

export interface Asked {
  mounts?: readonly { at: MountPoint; trees: readonly Sha256[] }[];
  limits?: Partial<SandboxLimits>;
  environment?: Record<string, string>;
  surroundings?: Surroundings;
  signal?: AbortSignal;
  onLog?: (text: string) => void;
}

export interface SandboxBench {
  engine: Docker;
  store: LocalStore;
  home: string;
  runner: DockerRunner;
  /** A tree of files (text, executable where the name ends in `.sh` or is `run`) and links (`-> target`). */
  tree(content: Readonly<Record<string, string | TreeEntry>>): Promise<Sha256>;
  file(text: string, mode?: number): Promise<TreeEntry>;
  command(argv: readonly string[], asked?: Asked): SandboxCommand;
  /** One shell text as the container's only process. */
  sh(text: string, asked?: Asked): Promise<BenchRun>;
  /** The real step runner over phases and what else lies below /src. */
  stepCommand(phases: readonly string[], source?: Readonly<Record<string, string | TreeEntry>>, asked?: Asked): Promise<SandboxCommand>;
  step(phases: readonly string[], source?: Readonly<Record<string, string | TreeEntry>>, asked?: Asked): Promise<BenchRun>;
  close(): Promise<void>;
}

/** A runner on the real engine with a home and a store of its own. */
export async function openSandboxBench(): Promise<SandboxBench> {
  const sandbox = await pinnedSandbox();
  const home = await mkdtemp(join(tmpdir(), 'provenroot-bench-'));
  const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
  const engine = connectEngine(readEnvironment().dockerHost);
  const runner = new DockerRunner({ engine, store, clock: systemClock, home });

  const file = async (text: string, mode = 0o644): Promise<TreeEntry> => {
    const { sha256, sizeBytes } = await store.putBlob(Buffer.from(text, 'latin1'));
    return { kind: 'file', mode, uid: 0, gid: 0, sha256, sizeBytes };
  };
  const entry = async (path: string, content: string | TreeEntry): Promise<[PathBytes, TreeEntry]> => [
    pathBytes(path), typeof content === 'string' ? await file(content, /\.sh$|\/run$/.test(path) ? 0o755 : 0o644) : content,
  ];
  const tree: SandboxBench['tree'] = async (content) =>
    store.putTree(makeTree(await Promise.all(Object.entries(content).map(([path, value]) => entry(path, value)))));
  const command: SandboxBench['command'] = (argv, { mounts = [], limits = {}, environment = {}, surroundings } = {}) => ({
    label: 'bench', sandbox, mounts, argv, environment: { PATH: '/usr/sbin:/usr/bin', TZ: 'UTC', LC_ALL: 'C', ...environment },
    epochSeconds: EPOCH_SECONDS, limits: { ...LIMITS, ...limits }, ...(surroundings === undefined ? {} : { surroundings }),
  });
  const run = async (one: SandboxCommand, asked: Asked): Promise<BenchRun> => {
    const chunks: string[] = [];
    const onLog = (chunk: Uint8Array): void => {
      const text = Buffer.from(chunk).toString('latin1');
      chunks.push(text);
      asked.onLog?.(text);
    };
    const result = await runner.run(one, { onLog }, asked.signal ?? new AbortController().signal);
    return { ...result, log: chunks.join('') };
  };
  const stepCommand: SandboxBench['stepCommand'] = async (phases, source = {}, asked = {}) => {
    const script = await readFile(join(import.meta.dirname, '../../sandbox/step-runner.sh'), 'utf8');
    const named = Object.fromEntries(phases.map((text, i) => [`step/phases/${String(i + 1).padStart(2, '0')}-phase${i + 1}.sh`, text]));
    const src = await tree({ 'step/run': script, 'step/unpack': '', 'step/series': '', ...named, ...source });
    return command(['/bin/sh', '/src/step/run'], { ...asked, mounts: [{ at: '/src', trees: [src] }, ...(asked.mounts ?? [])] });
  };
  const close = async (): Promise<void> => {
    await removeLeftovers(engine, home);
    removeTree(join(home, 'store'));
    await rm(home, { recursive: true, force: true });
  };
  return {
    engine, store, home, runner, tree, file, command, stepCommand, close,
    sh: (text, asked = {}) => run(command(['/bin/sh', '-c', text], asked), asked),
    step: async (phases, source, asked = {}) => run(await stepCommand(phases, source, asked), asked),
  };
}
