import type { BuildEvent } from '../build/events.ts';
import { compareEngine } from '../evidence/engine-comparison.ts';
import { parseStatement, type ParsedStatement } from '../evidence/parse-statement.ts';
import { BUILDER_ID } from '../evidence/predicates.ts';
import { rebuildStatement, type RebuildFacts } from '../evidence/rebuild-statement.ts';
import { expectedArtifacts, failedRebuild, type JudgedArtifact, type RebuildResult } from '../evidence/verdict.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure, Fault, isCoded } from '../foundation/failure.ts';
import { PLAN_FORMAT } from '../plan/step.ts';
import { jobLock, type JobHandle } from '../records/job-records.ts';
import type { VerificationRow } from '../records/verification-records.ts';
import { attestBuild } from './attest-build.ts';
import { compareRebuild, type ComparedRebuild } from './compare-rebuild.ts';
import type { Desk } from './desk.ts';
import { runJob } from './job.ts';
import { planOfStatement } from './plan-of-statement.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import { rebuild, type Rebuilt } from './rebuild.ts';
import type { Yard } from './run-build.ts';
import { signStatement } from './sign-statement.ts';
import type { Workshop } from './workshop.ts';

/** What a verification takes beside the workshop. */
export interface VerifyMeans {
  openDesk(): Promise<Desk>;
  /** Without a way to fetch anything: what was not retained is not there. */
  openYard(signal: AbortSignal): Promise<Yard>;
  /** In what rebuilders can be independent of each other, beside who operates them. */
  independence: Readonly<Record<'site' | 'cpuVendor' | 'kernel' | 'worker', string>>;
  version: Readonly<Record<string, string>>;
}

export interface VerifyOptions {
  signal: AbortSignal;
  onPlan: (prepared: PreparedPlan) => void;
  onEvent: (event: BuildEvent) => void;
}

export interface VerifyReport {
  verification: string;
  build: string | null;
  statement: Sha256;
  definitionDigest: Sha256;
  rebuild: string | null;
  outcome: RebuildResult;
  subcode: string | null;
  message: string | null;
  artifacts: readonly JudgedArtifact[];
  compared: ComparedRebuild | null;
  rebuildStatement: Sha256;
}

/** What a rebuild came to, before it is signed. */
interface Finding {
  definitionDigest: Sha256;
  outcome: RebuildFacts['outcome'];
  rebuilt?: Rebuilt;
  compared?: ComparedRebuild;
}

/**
 * Rebuilds what a statement on record describes, from the statement and what was retained, and signs and logs what came
 * of it, good or bad. Undefined where it was cancelled. Throws RECORDS.STALE where it has ended before.
 */
export async function runVerification(verificationId: string, means: VerifyMeans, options: VerifyOptions, workshop: Workshop): Promise<VerifyReport | undefined> {
  const { records } = workshop;
  return records.locks.exclusively(jobLock(verificationId), () => runJob(verificationId, records.verifications, options.signal, {
    work: async (job, signal) => {
      const row = (await records.verifications.find(verificationId))!;
      const startedAt = workshop.clock.now();
      const statement = await statementOnRecord(row.statementSha256, workshop);
      const finding = await findOut(statement, job, means, { ...options, signal }, workshop);
      await records.verifications.progress(job, { stage: 'SIGNING', done: 0, total: 1 });
      return conclude({ row, job, statement, finding, startedAt }, await means.openDesk(), means, workshop);
    },
    cancelled: (job) => records.verifications.finish(job, { state: 'CANCELLED', verdicts: [] }),
    failed: (job, { code, message }) => records.verifications.finish(job, { state: 'FAILED', subcode: code, message, verdicts: [] }),
  }));
}

export async function statementOnRecord(digest: Sha256, { records }: Pick<Workshop, 'records'>): Promise<ParsedStatement> {
  const found = await records.evidence.statement(digest);
  if (found === undefined) throw new Failure('RECORDS.UNKNOWN', `no statement ${digest} is on record`, { place: digest });
  return parseStatement(found.payload, `statement ${digest}`);
}

async function findOut(statement: ParsedStatement, job: JobHandle, means: VerifyMeans, options: VerifyOptions, workshop: Workshop): Promise<Finding> {
  const { records: { verifications } } = workshop;
  await verifications.progress(job, { stage: 'PLANNING', done: 0, total: 1 });
  const planned = await planFrom(statement, workshop);
  if ('undecided' in planned) return planned.undecided;
  options.onPlan(planned.plan);
  const rebuilt = await rebuild(planned.plan, {
    signal: options.signal, onEvent: counted(job, planned.plan.plan.steps.size, options, workshop),
    onStarted: (buildId) => verifications.rebuilding(job, buildId),
  }, workshop, () => means.openYard(options.signal));
  if (rebuilt.state === 'CANCELLED') throw new Fault('BUILD.INTERRUPTED', `the rebuild ${rebuilt.buildId} was cancelled`);
  if (rebuilt.state === 'FAILED') return failedFinding(statement, rebuilt);
  await verifications.progress(job, { stage: 'COMPARING', done: 0, total: 1 });
  const compared = await compareRebuild(statement, rebuilt, workshop);
  return { definitionDigest: statement.definitionDigest, outcome: { artifacts: compared.artifacts }, rebuilt, compared };
}

/** A plan with the statement's definition; anything else decides nothing, and says why. */
async function planFrom(statement: ParsedStatement, workshop: Workshop): Promise<{ plan: PreparedPlan } | { undecided: Finding }> {
  const { differences, release } = compareEngine(statement, workshop.engine, PLAN_FORMAT);
  if (differences.length > 0) {
    const parts = differences.map(({ part, stated, here }) => `${part} ${stated} there, ${here} here`).join('; ');
    return { undecided: await undecided(statement, statement.definitionDigest, 'engine_differs', `made by Provenroot ${release}, whose engine is another: ${parts}. Verify with release ${release}.`) };
  }
  const plan = await planOfStatement(statement, workshop).catch(async (error: unknown) => {
    if (!isCoded(error) || error.name === 'Bug') throw error;
    return undecided(statement, statement.definitionDigest, 'input_missing', error.message);
  });
  if (!('plan' in plan)) return { undecided: plan };
  const { definitionDigest } = plan.plan;
  if (definitionDigest === statement.definitionDigest) return { plan };
  return { undecided: await undecided(statement, definitionDigest, 'definition_differs', `the statement's definition is ${statement.definitionDigest}, planned from its parts here it is ${definitionDigest}`) };
}

async function undecided(statement: ParsedStatement, definitionDigest: Sha256, subcode: string, message: string): Promise<Finding> {
  const artifacts = expectedArtifacts(statement.statement).map(({ name, sha256 }): JudgedArtifact => ({ name, expected: sha256, verdict: 'INCONCLUSIVE' }));
  return { definitionDigest, outcome: { artifacts, subcode, message } };
}

/** A source that was not retained leaves the question open; all else that fails a rebuild is an answer, or our fault. */
async function failedFinding(statement: ParsedStatement, rebuilt: Rebuilt): Promise<Finding> {
  const { kind, message } = rebuilt.failure ?? { kind: 'internal', message: '' };
  const definitionDigest = statement.definitionDigest;
  return kind === 'source-unreachable'
    ? { ...await undecided(statement, definitionDigest, 'input_missing', message), rebuilt }
    : { definitionDigest, outcome: { ...failedRebuild(kind), message }, rebuilt };
}

function counted(job: JobHandle, total: number, options: VerifyOptions, { records }: Workshop): (event: BuildEvent) => void {
  let done = 0;
  return (event) => {
    options.onEvent(event);
    if (event.type !== 'step-finished' && event.type !== 'build-started') return;
    done += event.type === 'step-finished' ? 1 : 0;
    // Whether the claim still stands is found out at the next write that counts.
    void records.verifications.progress(job, { stage: 'BUILDING', done, total }).catch(() => undefined);
  };
}

interface Conclusion { row: VerificationRow; job: JobHandle; statement: ParsedStatement; finding: Finding; startedAt: Date }

async function conclude({ row, job, statement, finding, startedAt }: Conclusion, desk: Desk, means: VerifyMeans, workshop: Workshop): Promise<VerifyReport> {
  const { rebuilt, compared, outcome, definitionDigest } = finding;
  const provenance = rebuilt?.state === 'SUCCEEDED' ? (await attestBuild(rebuilt.buildId, workshop, desk.signer, desk.log)).payloadSha256 : undefined;
  const made = rebuildStatement({
    original: statement, definitionDigest, outcome, attempt: row.attempt,
    ...(compared?.steps === undefined ? {} : { steps: compared.steps, files: filesByOutput(compared) }),
    ...(provenance === undefined ? {} : { provenance }),
    rebuilder: { id: BUILDER_ID, version: { ...means.version }, operator: desk.operator, independence: { operator: desk.operator, ...means.independence } },
    timings: { startedAt, finishedAt: workshop.clock.now(), ...await effort(rebuilt, workshop) },
  });
  const { predicate } = made.statement;
  const verdicts = 'result' in outcome ? [] : outcome.artifacts;
  await signStatement({ payload: made.payload, role: 'rebuilder', ...(row.buildId === null ? {} : { buildId: row.buildId }) }, workshop, desk.signer, desk.log);
  const report: VerifyReport = {
    verification: row.id, build: row.buildId, statement: statement.payloadSha256, definitionDigest, rebuild: rebuilt?.buildId ?? null,
    outcome: predicate.result, subcode: predicate.subcode ?? null, message: predicate.message ?? null, artifacts: verdicts, compared: compared ?? null, rebuildStatement: made.payloadSha256,
  };
  await workshop.records.verifications.finish(job, {
    state: 'DONE', outcome: predicate.result, rebuildStatementSha256: made.payloadSha256,
    ...(predicate.subcode === undefined ? {} : { subcode: predicate.subcode }), ...(predicate.message === undefined ? {} : { message: predicate.message }),
    ...(compared?.steps?.first === undefined ? {} : { firstDifferingStep: compared.steps.first.step }),
    ...(predicate.firstDifference === undefined ? {} : { report: { firstDifference: predicate.firstDifference } }),
    verdicts: verdicts.map(({ name, verdict, expected, actual, equivalence, detail }) => ({
      artifact: name, verdict, ...(expected === undefined ? {} : { expectedSha256: expected }), ...(actual === undefined ? {} : { actualSha256: actual }),
      ...(equivalence === undefined ? {} : { normaliser: equivalence.normaliser }), ...(detail === undefined ? {} : { detail: { message: detail } }),
    })),
  });
  return report;
}

function filesByOutput({ files }: ComparedRebuild): { output: string; differences: ComparedRebuild['files'] }[] {
  return [...new Set(files.map(({ output }) => output))].map((output) => ({ output, differences: files.filter((one) => one.output === output) }));
}

async function effort(rebuilt: Rebuilt | undefined, { reads }: Workshop): Promise<{ cpuMs: number; peakMemoryBytes: number }> {
  const steps = rebuilt === undefined ? [] : await reads.provenance.steps(rebuilt.buildId);
  return { cpuMs: steps.reduce((sum, { cpuMs }) => sum + (cpuMs ?? 0), 0), peakMemoryBytes: Math.max(0, ...steps.map(({ peakMemoryBytes }) => peakMemoryBytes ?? 0)) };
}
