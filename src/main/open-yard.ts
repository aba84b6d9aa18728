import { join } from 'node:path';

import type { Yard } from '../actions/run-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import { isCoded } from '../foundation/failure.ts';
import { checkEngine, connectEngine } from '../sandbox/docker-engine.ts';
import { DockerRunner } from '../sandbox/docker-runner.ts';
import { removeLeftovers } from '../sandbox/leftovers.ts';
import { loadedSandboxes, type LoadedSandboxes } from '../sandbox/loaded-images.ts';
import { ensureSandboxImage } from '../sandbox/sandbox-image.ts';
import { debianMirrors, readAptFiles } from '../sources/debian-mirrors.ts';
import { createSourceFetcher, type SourceFetcher } from '../sources/fetcher.ts';
import type { Environment } from './environment.ts';
import { VERSION } from './version.ts';

export interface YardOptions {
  offline: boolean;
  parallel?: number;
  note: (line: string) => void;
  signal: AbortSignal;
}

/** The Docker Engine, checked and cleared of what dead processes left, and the way to sources. */
export async function openYard(environment: Environment, { store, clock, lock }: Workshop, options: YardOptions): Promise<Yard> {
  const { home, cores, memoryBytes } = environment;
  const engine = connectEngine(environment.dockerHost);
  const facts = await checkEngine(engine);
  await removeLeftovers(engine, home);
  const fetcher = await openFetcher(environment, { store, clock }, options);
  const jobs = cores;
  return {
    runner: new DockerRunner({ engine, store, clock, home }),
    prepareSandbox: () => ensureSandboxImage(lock, {
      engine, store, fetch: fetcher.fetchPoolFile, onProgress: options.note,
    }),
    fetchSource: async (source, stop) => {
      const fetched = await unlessAborted(fetcher.fetch(source), stop);
      return fetched.fetched ? { origin: fetched.origin ?? '', wallMs: fetched.wallMs ?? 0 } : undefined;
    },
    machine: { parallelSteps: options.parallel ?? Math.max(2, Math.ceil(cores / 2)), jobs, memoryBytes: Math.floor(memoryBytes * 0.8) },
    runnerFacts: { provenroot: VERSION, runner: 'docker', engine: facts, cores, jobs, node: process.version },
  };
}

/** Undefined where no engine answers: collecting garbage needs none. */
export async function openLoadedSandboxes({ dockerHost }: Environment): Promise<LoadedSandboxes | undefined> {
  const engine = connectEngine(dockerHost);
  try {
    await checkEngine(engine);
  } catch (error) {
    if (isCoded(error)) return undefined;
    throw error;
  }
  return loadedSandboxes(engine);
}

/** The download itself goes on for whoever else wants it; this build waits for it no longer. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new DOMException('the build was stopped', 'AbortError'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject);
  });
}

export async function openFetcher(
  environment: Environment, { store, clock }: Pick<Workshop, 'store' | 'clock'>, { offline, signal, debianMirror }: Pick<YardOptions, 'offline' | 'signal'> & { debianMirror?: string },
): Promise<SourceFetcher> {
  const { sourceMirrors, home } = environment;
  return createSourceFetcher({
    store, clock, offline, signal, partialDirectory: join(home, 'partial'),
    origins: { mirrors: sourceMirrors, debianMirrors: debianMirror === undefined ? await debianMirrorsOf(environment) : [debianMirror] },
  });
}

/** What the operator says, else what apt of this machine uses. */
export async function debianMirrorsOf({ debianMirror }: Environment): Promise<string[]> {
  return debianMirror === undefined ? debianMirrors(await readAptFiles('/etc/apt')) : [debianMirror];
}
