import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import { ubiCrc } from './ubi-header.ts';

/** UBIFS, Linux fs/ubifs/ubifs-media.h: nodes with a header of 24 bytes, all numbers little-endian. */
export const NODE = { inode: 0, data: 1, entry: 2, attribute: 3, truncation: 4, padding: 5, superblock: 6, master: 7, reference: 8, index: 9, commitStart: 10, orphans: 11, authentication: 12 } as const;
const MAGIC = 0x0610_1831;
const HEADER_BYTES = 24;
const PADDING_BYTES = 28;
/** An inode with 4 KiB of its own. */
const MAX_NODE_BYTES = 160 + 4096;

export interface UbifsNode {
  /** Where it lies, in bytes of the volume. */
  at: number;
  type: number;
  sequence: bigint;
  bytes: Buffer;
}

export function looksLikeUbifs(source: ByteSource): boolean {
  const bytes = peek(source, 0, HEADER_BYTES);
  return bytes.byteLength === HEADER_BYTES && bytes.readUInt32LE(0) === MAGIC && bytes[20] === NODE.superblock;
}

/** Whatever stands at a place: a node, or undefined where none with a good checksum is. */
export function nodeAt(source: ByteSource, at: number, roomBytes: number): UbifsNode | undefined {
  const header = peek(source, at, HEADER_BYTES);
  if (header.byteLength < HEADER_BYTES || header.readUInt32LE(0) !== MAGIC) return undefined;
  const length = header.readUInt32LE(16);
  if (length < HEADER_BYTES || length > roomBytes || length > MAX_NODE_BYTES || at + length > source.sizeBytes) return undefined;
  const bytes = source.read(at, length);
  return ubiCrc(bytes.subarray(8)) === bytes.readUInt32LE(4) ? { at, type: bytes[20]!, sequence: bytes.readBigUInt64LE(8), bytes } : undefined;
}

/** The node that something names: of this type, or the image is damaged. `leastBytes`: of its fixed part. */
export function nodeOf(source: ByteSource, at: number, type: number, leastBytes: number, place: string): UbifsNode {
  const node = nodeAt(source, at, MAX_NODE_BYTES) ?? damaged(place, `is a node at byte ${at} that is not there, or whose checksum is not that of its bytes`);
  if (node.type !== type || node.bytes.byteLength < leastBytes) damaged(place, `is a node at byte ${at} of type ${node.type} and ${node.bytes.byteLength} bytes where type ${type} is due`);
  return node;
}

/** The nodes of a stretch one behind the other, padding passed over. Returns how it ended: at erased flash, or at something else. */
export function* nodesFrom(source: ByteSource, start: number, end: number): Generator<UbifsNode, 'erased' | 'damaged'> {
  for (let at = start; at + 8 <= end;) {
    const node = nodeAt(source, at, end - at);
    const filled = node === undefined ? fillBytes(source, at, end) : 0;
    if (node === undefined && filled === 0) return peek(source, at, 8).every((byte) => byte === 0xff) ? 'erased' : 'damaged';
    if (node?.type === NODE.padding) at += Math.max(8, node.bytes.byteLength + (node.bytes.byteLength >= PADDING_BYTES ? node.bytes.readUInt32LE(24) : 0));
    else at += node?.bytes.byteLength ?? filled;
    at = Math.ceil(at / 8) * 8;
    if (node !== undefined && node.type !== NODE.padding) yield node;
  }
  return 'erased';
}

const FILL = 0xce;

/** What is too short for a padding node is filled with one byte. */
function fillBytes(source: ByteSource, at: number, end: number): number {
  const bytes = peek(source, at, Math.min(PADDING_BYTES, end - at));
  const length = bytes.findIndex((byte) => byte !== FILL);
  return length < 0 ? bytes.byteLength : length;
}
