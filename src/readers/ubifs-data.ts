import { decodeBlock, type BlockCodec } from '../bytes/block-codec.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import type { Piece } from './hash-pieces.ts';
import { NODE, nodeOf } from './ubifs-node.ts';

export const FILE_BLOCK_BYTES = 4096;
const DATA_BYTES = 48;
const CODECS: Readonly<Record<number, BlockCodec>> = { 1: 'lzo', 2: 'deflate', 3: 'zstd' };

/** A file block by block, what is not there as a hole. `blocks`: block number to place; numbers beyond the size are left. */
export function* ubifsContent(source: ByteSource, sizeBytes: number, blocks: ReadonlyMap<number, number>, place: string): Generator<Piece> {
  const count = Math.ceil(sizeBytes / FILE_BLOCK_BYTES);
  let done = 0;
  for (const number of [...blocks.keys()].filter((block) => block < count).toSorted((a, b) => a - b)) {
    const start = number * FILE_BLOCK_BYTES;
    if (start > done) yield start - done;
    const due = Math.min(FILE_BLOCK_BYTES, sizeBytes - start);
    const bytes = fileBlock(source, blocks.get(number)!, place).subarray(0, due);
    yield bytes;
    // What a block was not written to its end reads as zeros.
    if (bytes.byteLength < due) yield due - bytes.byteLength;
    done = start + due;
  }
  if (sizeBytes > done) yield sizeBytes - done;
}

/** Bytes that are not stored because they are zeros. */
export function holesOf(sizeBytes: number, blocks: ReadonlyMap<number, number>): number {
  const count = Math.ceil(sizeBytes / FILE_BLOCK_BYTES);
  let stored = 0;
  for (const number of blocks.keys()) if (number < count) stored += Math.min(FILE_BLOCK_BYTES, sizeBytes - number * FILE_BLOCK_BYTES);
  return sizeBytes - stored;
}

function fileBlock(source: ByteSource, at: number, place: string): Buffer {
  const { bytes } = nodeOf(source, at, NODE.data, DATA_BYTES, place);
  const [size, compressor] = [bytes.readUInt32LE(40), bytes.readUInt16LE(44)];
  const packed = bytes.subarray(DATA_BYTES);
  if (size > FILE_BLOCK_BYTES) damaged(place, `has a block of ${size} bytes`);
  if (compressor === 0) return packed.byteLength >= size ? packed.subarray(0, size) : damaged(place, `has ${packed.byteLength} bytes in a block of ${size}`);
  const plain = decodeBlock(CODECS[compressor] ?? unsupported(place, `the ubifs compressor ${compressor}`), packed, size, place);
  return plain.byteLength === size ? plain : damaged(place, `has a block of ${plain.byteLength} bytes where ${size} are due`);
}
