import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { didYouMeanText } from '../catalog/name.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import type { Workshop } from './workshop.ts';

export interface StepLogReading {
  step: string;
  state: StepRow['state'];
  outcome: 'run' | 'reused' | null;
  wallMs: number | null;
  failure: { kind: string; message: string } | null;
  /** `[offset in bytes, milliseconds since the step's start]`, ascending; none while it runs. */
  times: readonly (readonly [number, number])[];
  /** What it printed, or has printed so far: bytes of a build, hostile. */
  read(): AsyncIterable<Uint8Array>;
}

/** The logs of a build in the order of its plan, or of the one step named. A reused step has the log of the execution it took. */
export async function readBuildLog(build: string, step: string | undefined, workshop: Workshop): Promise<StepLogReading[]> {
  const all = await workshop.reads.steps.allOf(build);
  const wanted = step === undefined ? all : all.filter(({ name }) => name === step);
  if (step !== undefined && wanted.length === 0) throw unknownStep(step, build, all.map(({ name }) => name));
  const times = await workshop.reads.logs.times(wanted.flatMap(({ executionId }) => executionId === null ? [] : [executionId]));
  return wanted.map((row) => ({
    step: row.name, state: row.state, outcome: row.outcome, wallMs: row.wallMs,
    failure: row.failureKind === null ? null : { kind: row.failureKind, message: row.failureMessage ?? '' },
    times: row.executionId === null ? [] : times.get(row.executionId) ?? [],
    read: () => readStepLog(row, workshop),
  }));
}

function unknownStep(step: string, build: string, names: readonly string[]): Failure {
  return new Failure('RECORDS.UNKNOWN', `build ${build} has no step "${step}"`, {
    place: step, hint: didYouMeanText(step, names) ?? `Its steps: ${names.join(', ') || 'none yet'}.`, details: { candidates: names },
  });
}

async function* readStepLog(row: StepRow, { reads, store }: Workshop): AsyncGenerator<Uint8Array> {
  let end = 0;
  for await (const { offset, bytes } of liveChunks(row, reads)) {
    yield bytes;
    end = offset + bytes.length;
  }
  // Chunks go away the moment the execution is on record: what they did not give is in the blob.
  const [now] = row.logSha256 === null ? await reads.steps.byKey([[row.buildId, row.name]]) : [row];
  const size = now?.logSizeBytes ?? 0;
  if (typeof now?.logSha256 === 'string' && end < size) yield* store.readBlob(now.logSha256 as Sha256, end === 0 ? undefined : { start: end, end: size });
}

async function* liveChunks(row: StepRow, reads: Workshop['reads']): AsyncGenerator<{ offset: number; bytes: Buffer }> {
  if (row.logSha256 !== null) return;
  for (let at = 0; ;) {
    const chunks = await reads.logs.chunks(row.buildId, row.name, at, 32);
    const fresh = chunks.filter(({ offset }) => offset >= at);
    if (fresh.length === 0) return;
    yield* fresh;
    const last = fresh.at(-1)!;
    at = last.offset + last.bytes.length;
  }
}
