import { Bug } from '../foundation/failure.ts';
import type { Store } from '../store/store.ts';
import type { FileEntry } from '../tree/entry.ts';

export type BlobReader = Pick<Store, 'readBlob'>;

/** Exactly as many bytes as the tree says; anything else would shift all that follows in the image. */
export async function* fileContent(blobs: BlobReader, file: FileEntry): AsyncIterable<Uint8Array> {
  let seen = 0;
  if (file.sizeBytes === 0) return;
  for await (const chunk of blobs.readBlob(file.sha256)) {
    seen += chunk.byteLength;
    if (seen > file.sizeBytes) break;
    yield chunk;
  }
  if (seen !== file.sizeBytes) throw new Bug(`blob ${file.sha256} does not have the ${file.sizeBytes} bytes that its tree states`);
}

/** Zeros from `size` up to the next multiple of `unit`. */
export function padding(size: number, unit: number): Uint8Array {
  return ZEROS.subarray(0, (unit - (size % unit)) % unit);
}
const ZEROS = new Uint8Array(4096);

/** Gathers small pieces into chunks of about 64 KiB, so that a tree of small files is no rain of tiny writes. Copies. */
export async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    if (piece.byteLength === 0) continue;
    pending.push(piece);
    size += piece.byteLength;
    if (size >= CHUNK_BYTES) {
      yield Buffer.concat(pending);
      pending = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(pending);
}
const CHUNK_BYTES = 65_536;
