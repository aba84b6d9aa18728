import { crc32c, crc32cOfNumber } from '../bytes/crc32c.ts';
import { damaged } from '../bytes/read-failure.ts';
import { blockData } from './ext-data.ts';
import { FLAG, type ExtInode } from './ext-inode.ts';
import type { ExtVolume } from './ext-volume.ts';
import { inlineRest } from './ext-xattrs.ts';

const ENTRY_BYTES = 8;
const TAIL_BYTES = 12;
const TAIL_MARK = 0xde;
const INDEX_ROOT_DOT_BYTES = 12;
const INDEX_ROOT_ROWS_AT = 32;
const INDEX_NODE_ROWS_AT = 8;
const INDEX_ROW_BYTES = 8;
/** The parent's number stands before the entries of a directory inside an inode. */
const INLINE_PARENT_BYTES = 4;

/** Names and inode numbers of a directory, without `.` and `..`; an index (htree) is passed over, its nodes look like empty blocks. `room` serves its blocks while it is gone through. */
export function* directoryEntries(volume: ExtVolume, inode: ExtInode, room?: Buffer): Generator<[string, number]> {
  const place = `directory inode ${inode.number}`;
  const named = ([name]: [string, number]): boolean => name !== '.' && name !== '..';
  if ((inode.flags & FLAG.inlineData) !== 0) {
    yield* [...entriesIn(volume, inode.root.subarray(INLINE_PARENT_BYTES), place), ...entriesIn(volume, inlineRest(volume, inode), place)].filter(named);
    return;
  }
  const { blockBytes } = volume.ext;
  if (inode.sizeBytes % blockBytes !== 0) damaged(place, `has ${inode.sizeBytes} bytes, which is no whole number of blocks`);
  volume.collector.budget.content(place, inode.sizeBytes);
  for (const piece of blockData(volume, inode, room)) {
    if (typeof piece === 'number') { volume.collector.finding('warning', place, 'directory-hole', 'has blocks that are not there'); continue; }
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = 0; at < bytes.byteLength; at += blockBytes) {
      const block = bytes.subarray(at, at + blockBytes);
      checkTail(volume, inode, block);
      for (const entry of entriesIn(volume, block, place)) if (named(entry)) yield entry;
    }
  }
}

function* entriesIn(volume: ExtVolume, block: Buffer, place: string): Generator<[string, number]> {
  for (let at = 0; at + ENTRY_BYTES <= block.byteLength;) {
    const inode = block.readUInt32LE(at);
    const length = recordLength(block.readUInt16LE(at + 4), block.byteLength);
    const nameBytes = volume.ext.hasFileTypes ? block[at + 6]! : block.readUInt16LE(at + 6);
    if (length < ENTRY_BYTES || length % 4 !== 0 || at + length > block.byteLength) damaged(place, `has an entry of ${length} bytes at byte ${at} of a block`);
    if (inode !== 0) {
      if (ENTRY_BYTES + nameBytes > length) damaged(place, `has a name of ${nameBytes} bytes in an entry of ${length}`);
      yield [block.toString('latin1', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes), inode];
    }
    at += length;
  }
}

/** Blocks of 64 KiB do not fit 16 bits: the whole of one is written as 0 or 65535, the two lowest bits as the highest of 18. */
function recordLength(stored: number, blockBytes: number): number {
  if (blockBytes < 65_536) return stored;
  return stored === 65_535 || stored === 0 ? blockBytes : (stored & 65_532) | ((stored & 3) << 16);
}

/** A block of names ends in its checksum; a block of an index has one behind its last possible row. */
function checkTail(volume: ExtVolume, inode: ExtInode, block: Buffer): void {
  if (volume.ext.checksumSeed === undefined) return;
  const at = block.byteLength - TAIL_BYTES;
  const isTail = block.readUInt32LE(at) === 0 && block.readUInt16LE(at + 4) === TAIL_BYTES && block[at + 7] === TAIL_MARK;
  const matches = isTail ? crc32c(inode.seed, block.subarray(0, at)) === block.readUInt32LE(at + 8)
    : (inode.flags & FLAG.indexed) === 0 || indexMatches(inode.seed, block);
  if (!matches) volume.reportChecksum(`directory inode ${inode.number}`);
}

/** Rows stand behind `.`, `..` and a header in the root of an index, behind one empty entry in its other nodes; limit and count are the first row's. */
function indexMatches(seed: number, block: Buffer): boolean {
  const rowsAt = block.readUInt16LE(4) === INDEX_ROOT_DOT_BYTES ? INDEX_ROOT_ROWS_AT : INDEX_NODE_ROWS_AT;
  const [limit, count] = [block.readUInt16LE(rowsAt), block.readUInt16LE(rowsAt + 2)] as const;
  const tailAt = rowsAt + limit * INDEX_ROW_BYTES;
  if (count > limit || tailAt + 8 > block.byteLength) return false;
  const rows = crc32c(seed, block.subarray(0, rowsAt + count * INDEX_ROW_BYTES));
  return crc32cOfNumber(crc32c(rows, block.subarray(tailAt, tailAt + 4)), 0) === block.readUInt32LE(tailAt + 4);
}
