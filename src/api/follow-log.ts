import { Failure } from '../foundation/failure.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import { buildHasEnded, followedBuild, wakesOf, type FollowParts } from './follow-build.ts';
import { safeText } from './safe-text.ts';
import { hasEnded, openStepLog, readLogRange } from './step-log.ts';

export interface LogPiece { step: string; offset: number; nextOffset: number; text: string; cursor: string }

export interface LogSubscription {
  buildId: string;
  step: string | undefined;
  /** With `step`: the first byte wanted. */
  offset: number;
  after: string | undefined;
}

/** Steps, by place in the plan, whose logs were given whole, and how far the others were given (or are wanted from). */
interface Position { done: Set<number>; offsets: Map<number, number> }

const PIECE_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** What a build's steps print, from a position on; see `followEvents` for why it reads the record only. */
export async function* followLog(parts: FollowParts, subscription: LogSubscription, signal: AbortSignal): AsyncGenerator<LogPiece, void> {
  const list = `log of ${subscription.buildId}`;
  const wakes = wakesOf(parts, subscription.buildId);
  let position: Position | undefined;
  try {
    while (!signal.aborted) {
      const build = await followedBuild(parts, subscription.buildId);
      const steps = await stepsOf(parts, subscription);
      if (steps === undefined) {
        // Nobody has begun it: its steps come on record with the worker that does.
        if (buildHasEnded(build)) return;
        await wakes.next(signal);
        continue;
      }
      position ??= startOf(parts, subscription, list, steps);
      let given = 0;
      for (const step of steps.filter(({ state }) => state !== 'PENDING')) {
        if (position.done.has(step.position)) continue;
        for await (const { offset, bytes } of nextPiece(parts, step, position)) {
          given++;
          const nextOffset = offset + bytes.length;
          yield { step: step.name, offset, nextOffset, text: safeText(bytes), cursor: parts.cursors.write(list, cursorValues(position)) };
        }
      }
      if (given > 0) continue;
      const whole = steps.every((step) => hasEnded(step) || step.state === 'PENDING');
      if (whole && (buildHasEnded(build) || (subscription.step !== undefined && steps.every(hasEnded)))) return;
      await wakes.next(signal);
    }
  } finally {
    wakes.close();
  }
}

/** Undefined before the plan is on record. */
async function stepsOf(parts: FollowParts, { buildId, step }: LogSubscription): Promise<StepRow[] | undefined> {
  if (step !== undefined) {
    const rows = await parts.reads.steps.byKey([[buildId, step]]);
    if (rows.length > 0) return rows;
  }
  const all = await parts.reads.steps.allOf(buildId);
  if (all.length > 0 && step !== undefined) throw new Failure('RECORDS.UNKNOWN', 'the build has no step of this name');
  return all.length === 0 ? undefined : all;
}

/** One piece, so that steps that run together take turns; moves the position on before it is given. */
async function* nextPiece(parts: FollowParts, step: StepRow, position: Position): AsyncGenerator<{ offset: number; bytes: Buffer }> {
  const log = await openStepLog(parts, step);
  const known = position.offsets.get(step.position) ?? 0;
  // Another worker took the build over and the step began anew: so does its log, and the offset tells.
  const offset = log !== undefined && log.sizeBytes < known ? 0 : known;
  const bytes = log === undefined ? Buffer.alloc(0) : await readLogRange(log, offset, PIECE_BYTES);
  const isLast = log === undefined ? hasEnded(step) : log.ended && offset + bytes.length >= log.sizeBytes;
  const piece = isLast ? bytes : uncut(bytes);
  if (isLast) { position.offsets.delete(step.position); position.done.add(step.position); }
  else position.offsets.set(step.position, offset + piece.length);
  if (piece.length > 0) yield { offset, bytes: piece };
}

/** Up to the last whole line, else the last whole character: the rest comes with the next piece. */
function uncut(bytes: Buffer): Buffer {
  const line = bytes.lastIndexOf(NEWLINE);
  if (line >= 0) return bytes.subarray(0, line + 1);
  let end = bytes.length;
  while (end > 0 && bytes.length - end < 3 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  return end > 0 && bytes[end - 1]! >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}

function startOf(parts: FollowParts, { after, step, offset }: LogSubscription, list: string, steps: readonly StepRow[]): Position {
  if (after === undefined) return { done: new Set(), offsets: step === undefined ? new Map() : new Map([[steps[0]!.position, offset]]) };
  const [done, ...offsets] = parts.cursors.read(list, after);
  const pairs = offsets.flatMap((value, i) => i % 2 === 0 ? [[Number(value), Number(offsets[i + 1])] as const] : []);
  return { done: new Set(String(done).split(' ').filter((place) => place !== '').map(Number)), offsets: new Map(pairs) };
}

function cursorValues({ done, offsets }: Position): (string | number)[] {
  return [[...done].join(' '), ...[...offsets].flat()];
}
