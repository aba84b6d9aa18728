import { crc32 } from 'node:zlib';

import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { unsupported } from '../bytes/read-failure.ts';

/** JFFS2, Linux include/uapi/linux/jffs2.h: a log of nodes at every fourth byte, in either byte order. */
export const NODE = { entry: 0xe001, inode: 0xe002, cleanMarker: 0x2003, padding: 0x2004, summary: 0x2006, attribute: 0xe008, reference: 0xe009 } as const;
const MAGIC = 0x1985;
export const HEADER_BYTES = 12;
const ACCURATE = 0x2000;
const KNOWN = new Set<number>(Object.values(NODE));
/** What a reader must understand to go on. */
const INCOMPATIBLE = 0xc000;
const WINDOW_BYTES = 2 ** 20;
const ERASED = 0xff;

/** Numbers of one image, in its byte order. */
export interface Numbers { u16(bytes: Buffer, at: number): number; u32(bytes: Buffer, at: number): number }

const LITTLE: Numbers = { u16: (bytes, at) => bytes.readUInt16LE(at), u32: (bytes, at) => bytes.readUInt32LE(at) };
const BIG: Numbers = { u16: (bytes, at) => bytes.readUInt16BE(at), u32: (bytes, at) => bytes.readUInt32BE(at) };

/** Of the register as it stands, begun with zero. */
export function jffs2Crc(bytes: Uint8Array): number {
  return ~crc32(bytes, 0xffff_ffff) >>> 0;
}

export function looksLikeJffs2(source: ByteSource): boolean {
  return numbersOf(source) !== undefined;
}

/** By the first node, whose header has a checksum. */
export function numbersOf(source: ByteSource): { numbers: Numbers; order: 'little' | 'big' } | undefined {
  const bytes = peek(source, 0, HEADER_BYTES);
  if (bytes.byteLength < HEADER_BYTES) return undefined;
  const fits = ({ u16, u32 }: Numbers): boolean => u16(bytes, 0) === MAGIC && u32(bytes, 8) === jffs2Crc(bytes.subarray(0, 8));
  if (fits(LITTLE)) return { numbers: LITTLE, order: 'little' };
  return fits(BIG) ? { numbers: BIG, order: 'big' } : undefined;
}

export interface RawNode { type: number; at: number; sizeBytes: number }

export interface ScanCounts { nodes: number; damaged: number; obsolete: number }

/** Every node with a good header, in the order of the flash; `counts` is brought up to date. */
export function* nodesOf(source: ByteSource, { u16, u32 }: Numbers, counts: ScanCounts): Generator<RawNode> {
  for (let at = 0; at + HEADER_BYTES <= source.sizeBytes;) {
    const header = peek(source, at, HEADER_BYTES);
    if (u16(header, 0) !== MAGIC) { at = nextMark(source, at, counts); continue; }
    const [type, sizeBytes] = [u16(header, 2), u32(header, 4)];
    // Taken back by clearing one bit, which its checksum was made without.
    const isObsolete = (type & ACCURATE) === 0;
    const asWritten = Buffer.from(header);
    if (isObsolete) asWritten[header[0] === 0x85 ? 3 : 2]! |= ACCURATE >>> 8;
    const isGood = jffs2Crc(asWritten.subarray(0, 8)) === u32(header, 8) && sizeBytes >= HEADER_BYTES && at + sizeBytes <= source.sizeBytes;
    if (!isGood) { counts.damaged++; at += 4; continue; }
    if (isObsolete) counts.obsolete++;
    else {
      counts.nodes++;
      if (!KNOWN.has(type) && (type & INCOMPATIBLE) === INCOMPATIBLE) unsupported(`jffs2 node at byte ${at}`, `the node type 0x${type.toString(16)}`);
      yield { type, at, sizeBytes };
    }
    at += Math.ceil(sizeBytes / 4) * 4;
  }
}

/** Where the next thing stands that is neither erased nor zeros; what is neither of these nor a node counts as damage. */
function nextMark(source: ByteSource, from: number, counts: ScanCounts): number {
  const bytes = peek(source, from, Math.min(WINDOW_BYTES, source.sizeBytes - from));
  const first = bytes[0];
  if (first !== ERASED && first !== 0) { counts.damaged++; return from + 4; }
  const end = bytes.findIndex((byte) => byte !== first);
  const skipped = end < 0 ? bytes.byteLength : Math.floor(end / 4) * 4;
  return from + Math.max(4, skipped);
}
