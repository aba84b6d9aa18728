import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { Queue } from '../queue/task.ts';
import { mergeEnvelopes, parseEnvelopeLines, payloadDigest } from '../signing/envelope-files.ts';
import type { Desk } from './desk.ts';
import { importStatements } from './import-statements.ts';
import { importTask } from './queued-evidence.ts';
import type { Workshop } from './workshop.ts';

/** Envelopes, one a line, are read here and taken by a worker: only it reaches the log's key. Throws SIGNING.BAD_ENVELOPE, SIGNING.BAD_JSON. */
export async function requestImport(lines: Uint8Array, { store, records }: Pick<Workshop, 'store' | 'records'>, queue: Queue): Promise<{ jobId: string; statements: readonly Sha256[] }> {
  const envelopes = mergeEnvelopes(parseEnvelopeLines(lines, 'the statements'));
  if (envelopes.length === 0) throw new Failure('SIGNING.BAD_ENVELOPE', 'there is no statement', { place: 'lines' });
  const digests = await store.putBlob(lines);
  await records.artifacts.recordBlobs([digests]);
  const { id } = await queue.enqueue(importTask(digests.sha256));
  return { jobId: id, statements: envelopes.map(payloadDigest) };
}

/** For the worker. Returns how many statements were new. */
export async function importRequested(sha256: string, workshop: Workshop, desk: Desk): Promise<number> {
  if (!isSha256(sha256)) throw new Failure('QUEUE.UNKNOWN_TASK', 'an import names its statements by a whole digest');
  const envelopes = parseEnvelopeLines(await workshop.store.readBlobBytes(sha256), 'the statements');
  return (await importStatements(envelopes, workshop, desk)).filter(({ unchanged }) => !unchanged).length;
}
