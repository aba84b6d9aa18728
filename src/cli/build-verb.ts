import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Sha256 } from '../foundation/digest.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { errorCodeOf, Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { buildTarget, type BuildReport, type BuiltImage } from '../actions/build-target.ts';
import { namedTarget, type Target } from '../actions/prepare-plan.ts';
import type { Yard } from '../actions/run-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import { BuildProgress } from './build-progress.ts';
import type { CliDeps } from './cli-deps.ts';
import { attestMeans } from './documented.ts';
import { harmless, sizeText } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { BuildVerb } from './verbs.ts';

/** Builds, shows progress, copies the images where asked, prints digests. */
export async function buildVerb(input: BuildVerb, deps: CliDeps): Promise<ExitCode> {
  const judge = input.policy === undefined ? undefined : await judgeBy(input.policy);
  return deps.withWorkshop(async (workshop) => {
    const report = await runWithProgress(input, deps, workshop);
    const directory = input.output ?? join(deps.home, 'images', report.build);
    const succeeded = report.state === 'SUCCEEDED';
    const paths = succeeded ? await exportImages(report.images, directory, workshop) : new Map<string, string>();
    const statement = succeeded ? await provenance(report.build, deps, workshop) : undefined;
    if (input.json) printShape(deps.terminal, 'build', jsonReport(report, paths, statement));
    else printReport(report, paths, statement, deps);
    if (!succeeded) return failedExit(report);
    return judge?.(report.build, deps, workshop) ?? EXIT.done;
  });
}

type Judge = (build: string, deps: CliDeps, workshop: Workshop) => Promise<ExitCode>;

/** A bad policy is refused before anything is built. */
async function judgeBy(path: string): Promise<Judge> {
  const { givenPolicy, judged } = await import('./licenses-verb.ts');
  const policy = await givenPolicy(path);
  return (build, deps, workshop) => judged(build, policy, path, deps, workshop);
}

/** Every build that succeeds ends with its signed provenance; the images are there whatever comes of signing. */
export async function provenance(build: string, deps: CliDeps, workshop: Workshop): Promise<Sha256> {
  const { attestFinished } = await import('../actions/attest-finished.ts');
  return attestFinished(build, workshop, attestMeans(deps, workshop));
}

export async function runWithProgress(input: Pick<BuildVerb, 'target' | 'cold' | 'offline' | 'parallel'>, deps: CliDeps, workshop: Workshop): Promise<BuildReport> {
  let progress: BuildProgress | undefined;
  const timer = setInterval(() => progress?.redraw(), 1000);
  try {
    return await buildTarget(await targetOf(input.target, workshop), {
      cold: input.cold, signal: deps.signal,
      onPlan: (prepared, expectedMs) => { progress = new BuildProgress(deps.terminal, { steps: [...prepared.plan.steps.keys()], expectedMs, parallel: input.parallel ?? 2 }, () => deps.clock.monotonicMs()); },
      onEvent: (event) => progress?.show(event),
    }, workshop, () => readyYard(workshop, { offline: input.offline, ...(input.parallel === undefined ? {} : { parallel: input.parallel }) }, deps));
  } finally {
    clearInterval(timer);
    progress?.finish();
  }
}

/** The machine is asked for an engine, and set up, only where there is something to run. */
async function readyYard(workshop: Workshop, options: Parameters<CliDeps['openYard']>[1], deps: CliDeps): Promise<Yard> {
  await deps.setUp(['build']);
  return deps.openYard(workshop, options);
}

/** A file where the word is a path to one; else a name. */
export async function targetOf(word: string, workshop: Workshop): Promise<Target> {
  if (!word.includes('/') && !/\.(ya?ml|json)$/.test(word)) return namedTarget(word, workshop);
  try {
    if ((await stat(word)).isFile()) return { kind: 'file', path: word, bytes: await readFile(word) };
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT') throw error;
  }
  throw new Failure('PLAN.UNKNOWN_TARGET', `there is no configuration file ${word}`, { place: word });
}

/** Copies images out of the store; one that lies there whole already stays. Each copy is whole under its name, or not there. */
export async function exportImages(images: readonly BuiltImage[], directory: string, { store }: Workshop): Promise<Map<string, string>> {
  await mkdir(directory, { recursive: true });
  const paths = new Map<string, string>();
  for (const { name, sha256, sizeBytes } of images) {
    const path = resolve(directory, name);
    paths.set(name, path);
    if (await hasContent(path, sha256, sizeBytes)) continue;
    const temporary = join(directory, `.${name}.${uniqueName()}`);
    try {
      await pipeline(store.readBlob(sha256), createWriteStream(temporary, { flags: 'wx' }));
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
  return paths;
}

async function hasContent(path: string, digest: Sha256, sizeBytes: number): Promise<boolean> {
  try {
    if ((await stat(path)).size !== sizeBytes) return false;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex') === digest;
}

function jsonReport(report: BuildReport, paths: ReadonlyMap<string, string>, statement: Sha256 | undefined): JsonOf<'build'> {
  const { build, target, definitionDigest, state, steps, nondeterministic, failures } = report;
  return {
    build, target, state, definitionDigest,
    images: report.images.map(({ name, format, sha256, sha512, sizeBytes }) => ({ name, format, path: paths.get(name) ?? null, sha256, sha512, sizeBytes })),
    steps, nondeterministic, failures: failures.map(({ step, failure }) => ({ step, ...failure })), statement: statement ?? null,
  };
}

function printReport(report: BuildReport, paths: ReadonlyMap<string, string>, statement: Sha256 | undefined, { terminal }: CliDeps): void {
  const { run, reused, failed } = report.steps;
  for (const { step, failure } of report.failures) terminal.note(`failed: ${step} (${failure.kind}): ${harmless(failure.message)}\n`);
  for (const step of report.nondeterministic) terminal.note(`NONDETERMINISTIC: ${step} gave other bytes than before; both results are kept, the first stands\n`);
  terminal.data(`build ${report.build}\nstate ${report.state}\ndefinition sha256:${report.definitionDigest}\nsteps ${run} run, ${reused} reused, ${failed} failed\n`);
  for (const { name, sha256, sizeBytes } of report.images) {
    terminal.data(`image sha256:${sha256} ${name} (${sizeText(sizeBytes)})${paths.has(name) ? ` -> ${paths.get(name)}` : ''}\n`);
  }
  if (statement !== undefined) terminal.data(`provenance sha256:${statement}, signed and logged\n`);
  if (report.state === 'FAILED') terminal.note(`  the whole log: ./provenroot log ${report.build} ${report.failures[0]?.step ?? ''}\n`);
}

const WORLD: ReadonlySet<string> = new Set(['source-unreachable', 'disk-full', 'engine-unreachable']);

/** A build that failed is an honest no; one that the world would not let run is not. */
function failedExit(report: BuildReport): ExitCode {
  return report.failures.some(({ failure }) => WORLD.has(failure.kind)) ? EXIT.world : EXIT.no;
}
