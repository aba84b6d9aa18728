import type { Sha256 } from '../foundation/digest.ts';
import { Failure, Fault, isCoded } from '../foundation/failure.ts';
import { uploadLock, type UploadRow } from '../records/upload-records.ts';
import { toldLater } from '../store/disk-fault.ts';
import { ReceivingTurns } from './receiving-turns.ts';
import { UploadFiles, writeAt } from './upload-files.ts';
import type { Workshop } from './workshop.ts';

export interface UploadLimits {
  /** Of one upload. */
  sizeBytes: number;
  /** Uploads that still may get bytes, at once. */
  open: number;
  /** One that gets no byte for so long is over. */
  openMs: number;
  /** A whole one is kept for so long. */
  keptMs: number;
  /** So many bytes come to disk, and on record, together: no more than these come again after a kill. */
  flushBytes: number;
}

const HOUR_MS = 60 * 60 * 1000;

export const DEFAULT_UPLOAD_LIMITS: UploadLimits = { sizeBytes: 8 * 1024 ** 3, open: 16, openMs: 24 * HOUR_MS, keptMs: 30 * 24 * HOUR_MS, flushBytes: 8 * 1024 ** 2 };

export interface UploadToOpen { name: string; sizeBytes: number; sha256?: Sha256 }

export interface ReceivedPart {
  uploadId: string;
  /** Where the part begins. */
  offsetBytes: number;
  /** Of the part, where that is known before. */
  lengthBytes?: number;
  body: AsyncIterable<Uint8Array>;
  /** Ends with the connection. */
  signal: AbortSignal;
}

type Means = Pick<Workshop, 'records' | 'store' | 'clock'>;

/**
 * Bytes from outside, taken piece by piece. What is told as taken is on disk and on record, so that neither a kill nor a
 * power loss loses it; what came behind it is written over. In the store, and so to be compared, is only what is whole.
 */
export class Uploads {
  readonly #means: Means;
  readonly #files: UploadFiles;
  readonly #turns = new ReceivingTurns();
  readonly limits: UploadLimits;

  constructor(means: Means, directory: string, limits: Partial<UploadLimits> = {}) {
    this.#means = means;
    this.#files = new UploadFiles(directory);
    this.limits = { ...DEFAULT_UPLOAD_LIMITS, ...limits };
  }

  /** Throws ACTIONS.BAD_UPLOAD, UPLOAD_TOO_LARGE, TOO_MANY_UPLOADS, STORE.DISK_FULL. */
  async open({ name, sizeBytes, sha256 }: UploadToOpen): Promise<{ uploadId: string }> {
    const { records: { uploads }, clock } = this.#means;
    checkNew(name, sizeBytes, this.limits);
    await this.#sweep(sizeBytes);
    const opened = await uploads.open({ name, sizeBytes, ...(sha256 === undefined ? {} : { expectedSha256: sha256 }), expiresAt: new Date(clock.now().getTime() + this.limits.openMs) }, this.limits.open);
    if (opened === undefined) throw new Failure('ACTIONS.TOO_MANY_UPLOADS', `${this.limits.open} uploads are open`);
    // A kill in between leaves a row whose file is missing: the first part says so, and the row expires.
    await this.#files.make(opened.id).catch(async (error: unknown) => {
      await uploads.remove(opened.id).catch(() => undefined);
      throw error;
    });
    return { uploadId: opened.id };
  }

  /**
   * One part. Whoever comes later with the right offset goes on, and the one before is cut off: a client that lost its
   * connection would wait for the server to notice. Throws RECORDS.UNKNOWN, ACTIONS.UPLOAD_OVER, UPLOAD_OFFSET, UPLOAD_TOO_LARGE, UPLOAD_BUSY,
   * and at the end STORE.DIGEST_MISMATCH.
   */
  async receive(part: ReceivedPart): Promise<UploadRow> {
    const { uploadId } = part;
    checkPart(await this.#stillOpen(uploadId), part);
    return this.#turns.take(uploadId, part.signal, (signal) => this.#alone(uploadId, async () => {
      const row = await this.#stillOpen(uploadId);
      checkPart(row, part);
      const received = await this.#append(row, part, signal);
      return received.offsetBytes === row.sizeBytes ? this.#finish(received) : received;
    }));
  }

  /** As it stands; where a kill came between its last byte and its end, that is made up for. Throws RECORDS.UNKNOWN. */
  async settled(uploadId: string): Promise<UploadRow> {
    const row = await this.#known(uploadId);
    if (row.state !== 'OPEN' || row.offsetBytes < row.sizeBytes || this.#turns.isTaken(uploadId)) return row;
    // Whoever else is at it makes up for it; who only asks is told how it stands.
    const held = await this.#means.records.locks.unlessHeld(uploadLock(uploadId), async () => {
      const standing = await this.#known(uploadId);
      return standing.state === 'OPEN' ? this.#finish(standing) : standing;
    });
    return held?.result ?? row;
  }

  /** Throws RECORDS.UNKNOWN, ACTIONS.UPLOAD_OVER. */
  async remove(uploadId: string): Promise<void> {
    await this.#known(uploadId);
    await this.#turns.take(uploadId, new AbortController().signal, () => this.#alone(uploadId, async () => {
      if (!await this.#means.records.uploads.remove(uploadId)) throw over(await this.#known(uploadId));
      await this.#files.remove(uploadId);
    }));
  }

  async #known(id: string): Promise<UploadRow> {
    const row = await this.#means.records.uploads.find(id);
    if (row === undefined) throw new Failure('RECORDS.UNKNOWN', `no upload ${id} is on record`, { hint: 'Open one: `uploadImage` (GraphQL), or POST /uploads.' });
    return row;
  }

  async #stillOpen(id: string): Promise<UploadRow> {
    const row = await this.#known(id);
    if (row.state !== 'OPEN') throw over(row);
    return row;
  }

  async #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const held = await this.#means.records.locks.unlessHeld(uploadLock(id), work);
    if (held === undefined) throw new Failure('ACTIONS.UPLOAD_BUSY', `another server is at upload ${id}`, { place: id });
    return held.result;
  }

  async #append(row: UploadRow, { body }: ReceivedPart, signal: AbortSignal): Promise<UploadRow> {
    const file = await this.#files.open(row.id, row.offsetBytes);
    let [written, kept] = [row.offsetBytes, row.offsetBytes];
    const keep = async (): Promise<void> => {
      if (written === kept) return;
      await toldLater('syncing an upload', () => file.datasync());
      await this.#means.records.uploads.advance(row.id, kept, written, this.#inOpenMs());
      kept = written;
    };
    try {
      for await (const chunk of piecesUntil(body, signal)) {
        if (written + chunk.byteLength > row.sizeBytes) throw tooLong(row);
        await writeAt(file, chunk, written);
        written += chunk.byteLength;
        if (written - kept >= this.limits.flushBytes) await keep();
      }
      await keep();
    } catch (error) {
      // What has come stays, whatever ended it; where that fails too, the first reason is the one to tell.
      await keep().catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    return { ...row, offsetBytes: written };
  }

  /** In the store by its digest, then on record, then the file goes: a kill anywhere in between is made up for by doing it again. */
  async #finish(row: UploadRow): Promise<UploadRow> {
    const { store, records: { artifacts, uploads } } = this.#means;
    const { id, sizeBytes, expectedSha256 } = row;
    try {
      await this.#cutTo(sizeBytes, id);
      const digests = await store.putBlob(this.#files.read(id), expectedSha256 === null ? undefined : { sha256: expectedSha256, sizeBytes });
      if (digests.sizeBytes !== sizeBytes) throw new Fault('STORE.DAMAGED', `upload ${id} has ${digests.sizeBytes} bytes on disk, ${sizeBytes} were taken`);
      await artifacts.recordBlobs([digests]);
      await uploads.finish(id, { state: 'READY', sha256: digests.sha256, expiresAt: new Date(this.#means.clock.now().getTime() + this.limits.keptMs) });
      await this.#files.remove(id);
    } catch (error) {
      if (!isCoded(error) || error.code !== 'STORE.DIGEST_MISMATCH') throw error;
      await uploads.finish(id, { state: 'REFUSED', message: error.message });
      await this.#files.remove(id);
      throw new Failure('STORE.DIGEST_MISMATCH', error.message, { place: id, hint: 'Nothing of it was kept. Look whether the file is the one that was meant, and upload it anew.' });
    }
    return this.#known(id);
  }

  /** A part that was cut off may have left bytes of its own. */
  async #cutTo(sizeBytes: number, id: string): Promise<void> {
    const file = await this.#files.open(id, sizeBytes);
    try {
      await toldLater('ending an upload', () => file.truncate(sizeBytes));
    } finally {
      await file.close();
    }
  }

  /** Makes room by what is over, and looks whether another fits beside all that are open: as it comes, and once more in the store. */
  async #sweep(sizeBytes: number): Promise<void> {
    const { uploads } = this.#means.records;
    for (const { id } of await this.#files.leftOver(async () => (await uploads.receiving()).ids)) if (!this.#turns.isTaken(id)) await this.#files.remove(id);
    const { missingBytes } = await uploads.receiving();
    const free = await this.#files.freeBytes();
    if (free < missingBytes + 2 * sizeBytes) throw new Fault('STORE.DISK_FULL', `an upload of ${sizeBytes} bytes needs twice as many, and ${Math.max(0, free - missingBytes)} are free`, { retryable: true });
  }

  #inOpenMs(): Date {
    return new Date(this.#means.clock.now().getTime() + this.limits.openMs);
  }
}

const MOST_NAME = 255;

function checkNew(name: string, sizeBytes: number, limits: UploadLimits): void {
  if (name.trim() === '' || name.length > MOST_NAME || name.includes('\0')) throw new Failure('ACTIONS.BAD_UPLOAD', `the name of an upload has 1 to ${MOST_NAME} characters`, { place: 'name' });
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) throw new Failure('ACTIONS.BAD_UPLOAD', 'the size of an upload is a whole number of bytes, from 1 on', { place: 'sizeBytes' });
  if (sizeBytes > limits.sizeBytes) throw new Failure('ACTIONS.UPLOAD_TOO_LARGE', `the upload has ${sizeBytes} bytes, taken are at most ${limits.sizeBytes}`, { place: 'sizeBytes' });
}

function checkPart(row: UploadRow, { offsetBytes, lengthBytes }: ReceivedPart): void {
  if (offsetBytes !== row.offsetBytes) {
    throw new Failure('ACTIONS.UPLOAD_OFFSET', `upload ${row.id} goes on at ${row.offsetBytes}, not at ${offsetBytes}`, { place: row.id, details: { offsetBytes: row.offsetBytes } });
  }
  if (lengthBytes !== undefined && offsetBytes + lengthBytes > row.sizeBytes) throw tooLong(row);
}

function tooLong({ id, sizeBytes }: UploadRow): Failure {
  return new Failure('ACTIONS.UPLOAD_TOO_LARGE', `upload ${id} was announced with ${sizeBytes} bytes, and more come`, { place: id });
}

const WHY_OVER: Readonly<Partial<Record<UploadRow['state'], string>>> = { READY: 'is whole', REFUSED: 'was refused', REMOVED: 'was removed', EXPIRED: 'has expired' };

export function over({ id, state, message }: UploadRow): Failure {
  return new Failure('ACTIONS.UPLOAD_OVER', `upload ${id} ${WHY_OVER[state] ?? 'has ended'}${message === null ? '' : `: ${message}`}`, { place: id });
}

/** Pieces until the signal says to stop, also while none comes. */
async function* piecesUntil(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await nextOf(iterator, signal);
    if (done === true) return;
    yield value;
  }
}

function nextOf(iterator: AsyncIterator<Uint8Array>, signal: AbortSignal): Promise<IteratorResult<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const stop = (): void => { reject(new Failure('ACTIONS.UPLOAD_BUSY', 'another request goes on with this upload')); };
    if (signal.aborted) { stop(); return; }
    signal.addEventListener('abort', stop, { once: true });
    iterator.next().then(resolve, reject).finally(() => { signal.removeEventListener('abort', stop); });
  });
}
