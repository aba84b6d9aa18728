import { Failure } from '../foundation/failure.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import { BUILD_ID } from './blob-routes.ts';
import type { ByteRange } from './byte-range.ts';
import { parseIdOf } from './node-ids.ts';
import type { Exchange, Parts, Route } from './route.ts';
import { blankControls } from './safe-text.ts';
import { sendBytes } from './send-bytes.ts';
import { hasEnded, openStepLog } from './step-log.ts';

/** A stretch of the whole log. */
interface Segment { sizeBytes: number; read(start: number, end: number): AsyncIterable<Uint8Array> }

async function serveLog(parts: Parts, exchange: Exchange): Promise<void> {
  const { id } = parseIdOf('Build', exchange.path['id']!);
  const stepName = exchange.query.get('step');
  const steps = stepName === null ? await parts.reads.steps.allOf(id) : await parts.reads.steps.byKey([[id, stepName]]);
  if (stepName !== null && steps.length === 0) throw new Failure('API.NOT_FOUND', 'the build has no step of this name');
  if (steps.length === 0 && (await parts.reads.builds.byId([id])).length === 0) throw new Failure('API.NOT_FOUND', 'there is no build with this id');
  const segments = (await Promise.all(steps.map((step) => segmentsOf(parts, step, stepName === null)))).flat();
  await sendBytes(exchange.request, exchange.response, {
    sizeBytes: segments.reduce((total, { sizeBytes }) => total + sizeBytes, 0),
    type: 'text/plain; charset=utf-8', name: `${id}${stepName === null ? '' : `-${stepName}`}.log`,
    cache: steps.every(hasEnded) ? 'private, max-age=3600' : 'no-store',
    read: (range) => readSegments(segments, range),
  }, exchange.signal);
}

async function segmentsOf(parts: Parts, step: StepRow, titled: boolean): Promise<Segment[]> {
  const log = await openStepLog(parts, step);
  if (log === undefined) return [];
  const title = Buffer.from(`=== ${step.name}\n`, 'utf8');
  return [...(titled ? [{ sizeBytes: title.length, async* read(start: number, end: number) { yield title.subarray(start, end); } }] : []), log];
}

/** Ranges count bytes of the log; what a terminal would act on is blanked, byte for byte (the raw bytes are a blob). */
async function* readSegments(segments: readonly Segment[], range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  let before = 0;
  for (const segment of segments) {
    const start = Math.max((range?.start ?? 0) - before, 0);
    const end = Math.min((range?.end ?? Infinity) - before, segment.sizeBytes);
    if (start < end) for await (const chunk of segment.read(start, end)) yield blankControls(chunk);
    before += segment.sizeBytes;
  }
}

export const LOG_ROUTES: readonly Route[] = [{
  method: 'GET', path: '/builds/{id}/log', id: 'getLog', summary: 'What the steps of a build printed, one after the other, or one step alone', streams: true,
  parameters: [
    BUILD_ID,
    { name: 'step', in: 'query', description: 'Name of one step.', schema: { type: 'string' } },
    { name: 'Range', in: 'header', description: 'One range of bytes.', schema: { type: 'string' } },
  ],
  answers: {
    200: { description: 'The log so far; control characters are blanked.', type: 'text/plain' },
    206: { description: 'The range asked for.', type: 'text/plain' },
    404: { description: 'No such build or step.' },
    416: { description: 'No byte of the range is there, yet.' },
  },
  serve: serveLog,
}];
