import { Failure } from '../foundation/failure.ts';
import type { OptionValue } from '../catalog/model.ts';
import { spelledReason } from '../plan/explain.ts';
import type { Reason } from '../plan/resolution.ts';
import type { BuildRow, PackageRow } from '../records/reads/build-reads.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import { imagesOnRecord, type BuiltImage } from './build-target.ts';
import type { Workshop } from './workshop.ts';

/** Everything on record of one build but its files, events and logs. Times are RFC 3339, UTC. */
export interface BuildDescription {
  build: string;
  target: string;
  board: string;
  state: BuildRow['state'];
  /** `build`, `cold` … */
  purpose: string;
  definitionDigest: string;
  sandboxDigest: string;
  nondeterministic: boolean;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  failure: { kind: string; code: string | null; message: string; step: string | null } | null;
  counts: { total: number; run: number; reused: number; failed: number };
  images: readonly BuiltImage[];
  steps: readonly DescribedStep[];
  packages: readonly DescribedPackage[];
  /** How many inputs of each role. */
  inputs: Readonly<Record<string, number>>;
}

export interface DescribedStep {
  name: string;
  recipe: string | null;
  state: StepRow['state'];
  outcome: 'run' | 'reused' | null;
  planKey: string;
  actionKey: string | null;
  /** Of the execution whose result it took. */
  wallMs: number | null;
  cpuMs: number | null;
  peakMemoryBytes: number | null;
  nondeterministic: boolean;
  failure: { kind: string; message: string } | null;
}

export interface DescribedPackage {
  name: string;
  version: string;
  role: string;
  license: string;
  recipeDigest: string;
  options: Readonly<Record<string, OptionValue>>;
  /** One sentence each. */
  reasons: readonly string[];
}

/** More than any build has. */
const ALL = { first: 1_000_000 };

export async function describeBuild(id: string, workshop: Workshop): Promise<BuildDescription> {
  const { reads } = workshop;
  const [build] = await reads.builds.byId([id]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${id}`, { place: id });
  const packages = (await reads.builds.packagesOf([id], {}, ALL)).get(id) ?? [];
  const inputs = (await reads.builds.inputsOf([id], {}, ALL)).get(id) ?? [];
  return {
    ...buildFacts(build),
    images: await imagesOnRecord(id, workshop),
    steps: (await reads.steps.allOf(id)).map(describedStep),
    packages: packages.map(describedPackage),
    inputs: countedByRole(inputs),
  };
}

function buildFacts(build: BuildRow): Omit<BuildDescription, 'images' | 'steps' | 'packages' | 'inputs'> {
  const { failureKind: kind, failureCode: code, failureMessage: message, failureStep: step } = build;
  return {
    build: build.id, target: build.targetName, board: build.boardName, state: build.state, purpose: build.purpose,
    definitionDigest: build.definitionDigest, sandboxDigest: build.sandboxDigest, nondeterministic: build.nondeterministic,
    createdAt: build.createdAt.toISOString(), startedAt: build.startedAt?.toISOString() ?? null, finishedAt: build.finishedAt?.toISOString() ?? null,
    failure: kind === null ? null : { kind, code, message: message ?? '', step },
    counts: { total: build.stepsTotal, run: build.stepsRun, reused: build.stepsReused, failed: build.stepsFailed },
  };
}

function describedStep(step: StepRow): DescribedStep {
  const { name, recipe, state, outcome, planKey, actionKey, wallMs, cpuMs, peakMemoryBytes, nondeterministic, failureKind: kind, failureMessage: message } = step;
  return {
    name, recipe, state, outcome, planKey, actionKey, wallMs, cpuMs, peakMemoryBytes, nondeterministic,
    failure: kind === null ? null : { kind, message: message ?? '' },
  };
}

function describedPackage({ name, version, role, license, recipeDigest, options, reasons }: PackageRow): DescribedPackage {
  return {
    name, version, role, license, recipeDigest, options: options as Record<string, OptionValue>,
    reasons: (reasons as Reason[]).map((reason) => spelledReason(name, reason)),
  };
}

function countedByRole(inputs: readonly { role: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { role } of inputs) counts[role] = (counts[role] ?? 0) + 1;
  return counts;
}
