import { decodeBlock } from '../bytes/block-codec.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import type { Jffs2Write } from './jffs2-log.ts';
import { Recent } from './recent.ts';
import type { Piece } from './hash-pieces.ts';

/** The largest page of any machine: a write is never more. */
const MAX_WRITE_BYTES = 65_536;
const COMPRESSOR = { none: 0, zero: 1, rtime: 2, rubinMips: 3, copy: 4, dynamicRubin: 5, zlib: 6, lzo: 7 } as const;
const WRITES_KEPT = 16;

/** A stretch of a file and the write that it comes from; none: nothing was ever written there. */
interface Stretch { start: number; end: number; write: Jffs2Write | undefined }

/** What an inode holds after all its writes, in the order of their versions: later ones stand over earlier ones. */
export function* jffs2Content(source: ByteSource, sizeBytes: number, writes: readonly Jffs2Write[], place: string): Generator<Piece> {
  const decoded = new Recent<Buffer>(WRITES_KEPT);
  for (const { start, end, write } of stretches(sizeBytes, writes)) {
    if (write === undefined || write.compressor === COMPRESSOR.zero) { yield end - start; continue; }
    const bytes = decoded.get(write.dataAt, () => plainOf(source, write, place));
    yield bytes.subarray(start - write.offset, end - write.offset);
  }
}

export function holesOf(sizeBytes: number, writes: readonly Jffs2Write[]): number {
  return stretches(sizeBytes, writes).reduce((sum, { start, end, write }) => sum + (write === undefined || write.compressor === COMPRESSOR.zero ? end - start : 0), 0);
}

/**
 * Every boundary cuts the file into cells; painted newest first, each cell is painted once. `next` leads past what is
 * painted: n writes cost about n steps, however they overlap.
 */
function stretches(sizeBytes: number, writes: readonly Jffs2Write[]): Stretch[] {
  const within = writes.filter(({ offset, plainBytes }) => plainBytes > 0 && offset < sizeBytes);
  const end = ({ offset, plainBytes }: Jffs2Write): number => Math.min(offset + plainBytes, sizeBytes);
  const bounds = [...new Set([0, sizeBytes, ...within.flatMap((write) => [write.offset, end(write)])])].toSorted((a, b) => a - b);
  const cellAt = new Map(bounds.map((bound, i) => [bound, i]));
  const next = Uint32Array.from(bounds, (_, i) => i);
  const free = (from: number): number => {
    let cell = from;
    while (next[cell] !== cell) { next[cell] = next[next[cell]!]!; cell = next[cell]!; }
    return cell;
  };
  const owner = new Map<number, Jffs2Write>();
  for (const write of within.toSorted((a, b) => b.version - a.version)) {
    const last = cellAt.get(end(write))!;
    for (let cell = free(cellAt.get(write.offset)!); cell < last; cell = free(cell)) { owner.set(cell, write); next[cell] = cell + 1; }
  }
  const found: Stretch[] = [];
  for (let i = 0; i + 1 < bounds.length; i++) {
    const before = found.at(-1);
    if (before !== undefined && before.write === owner.get(i)) before.end = bounds[i + 1]!;
    else found.push({ start: bounds[i]!, end: bounds[i + 1]!, write: owner.get(i) });
  }
  return found;
}

export function plainOf(source: ByteSource, { dataAt, packedBytes, plainBytes, compressor }: Jffs2Write, place: string): Buffer {
  if (plainBytes > MAX_WRITE_BYTES) damaged(place, `has a piece of ${plainBytes} bytes`);
  const plain = unpack(source.read(dataAt, packedBytes), plainBytes, compressor, place);
  return plain.byteLength === plainBytes ? plain : damaged(place, `has a piece of ${plain.byteLength} bytes where ${plainBytes} are due`);
}

function unpack(packed: Buffer, plainBytes: number, compressor: number, place: string): Buffer {
  switch (compressor) {
    case COMPRESSOR.none: case COMPRESSOR.copy: return packed.subarray(0, plainBytes);
    case COMPRESSOR.zero: return Buffer.alloc(plainBytes);
    case COMPRESSOR.zlib: return decodeBlock('zlib', packed, plainBytes, place);
    case COMPRESSOR.lzo: return decodeBlock('lzo', packed, plainBytes, place);
    case COMPRESSOR.rtime: return unpackRtime(packed, plainBytes, place);
    case COMPRESSOR.rubinMips: case COMPRESSOR.dynamicRubin: return unsupported(place, 'the jffs2 compressor rubin');
    default: return unsupported(place, `the jffs2 compressor ${compressor}`);
  }
}

/** Pairs of a byte and a count: so many bytes follow as they followed the last time that this byte came. */
function unpackRtime(packed: Buffer, plainBytes: number, place: string): Buffer {
  const out = Buffer.alloc(plainBytes);
  const behind = new Uint32Array(256);
  for (let at = 0, to = 0; to < plainBytes; at += 2) {
    if (at + 2 > packed.byteLength) damaged(place, 'has a piece that ends too early');
    const [value, count] = [packed[at]!, packed[at + 1]!];
    out[to++] = value;
    let from = behind[value]!;
    behind[value] = to;
    if (to + count > plainBytes) damaged(place, 'has a piece that is longer than it states');
    for (const end = to + count; to < end;) out[to++] = out[from++]!;
  }
  return out;
}
