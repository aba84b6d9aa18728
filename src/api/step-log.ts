import type { Sha256 } from '../foundation/digest.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import type { ApiParts } from './context.ts';

type LogParts = Pick<ApiParts, 'reads' | 'store'>;

/** What one step printed so far. */
export interface StepLog {
  sizeBytes: number;
  /** It grows no more. */
  ended: boolean;
  /** Bytes from `start` to before `end`, both within the size. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

const CHUNKS_AT_ONCE = 32;

export function hasEnded(step: StepRow): boolean {
  return step.state !== 'PENDING' && step.state !== 'RUNNING';
}

/** A log is rows while its step runs and one blob afterwards; undefined where nothing was printed. */
export async function openStepLog(parts: LogParts, step: StepRow): Promise<StepLog | undefined> {
  const live = step.logSha256 === null ? await openLiveLog(parts, step) : undefined;
  if (live !== undefined) return live;
  // The rows may have become a blob since the step was read.
  const [now] = step.logSha256 === null ? await parts.reads.steps.byKey([[step.buildId, step.name]]) : [step];
  return now === undefined || now.logSha256 === null ? undefined : openWholeLog(parts, now.logSha256 as Sha256, now.logSizeBytes ?? 0);
}

function openWholeLog(parts: LogParts, digest: Sha256, sizeBytes: number): StepLog {
  return {
    sizeBytes, ended: true,
    read: (start, end) => parts.store.readBlob(digest, { start, end }),
  };
}

async function openLiveLog(parts: LogParts, step: StepRow): Promise<StepLog | undefined> {
  const sizeBytes = await parts.reads.logs.sizeBytes(step.buildId, step.name);
  if (sizeBytes === 0) return undefined;
  return { sizeBytes, ended: hasEnded(step), read: (start, end) => readChunks(parts, step, start, end) };
}

async function* readChunks(parts: LogParts, step: StepRow, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    const rows = await parts.reads.logs.chunks(step.buildId, step.name, at, CHUNKS_AT_ONCE);
    if (rows.length === 0) {
      yield* (await openStepLog(parts, step))?.read(at, end) ?? [];
      return;
    }
    for (const { offset, bytes } of rows) {
      if (at >= end) return;
      const piece = bytes.subarray(at - offset, Math.min(bytes.length, end - offset));
      at += piece.length;
      if (piece.length > 0) yield piece;
    }
    // A row that ends before `at` would be read for ever; there is none unless the table has a gap.
    if (rows.at(-1)!.offset + rows.at(-1)!.bytes.length < at) return;
  }
}

/** A range as one piece of at most `limitBytes`; less where the log is shorter. */
export async function readLogRange(log: StepLog, offset: number, limitBytes: number): Promise<Buffer> {
  const start = Math.min(offset, log.sizeBytes);
  const end = Math.min(start + limitBytes, log.sizeBytes);
  const pieces: Uint8Array[] = [];
  if (end > start) for await (const piece of log.read(start, end)) pieces.push(piece);
  return Buffer.concat(pieces);
}
