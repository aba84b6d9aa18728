import { crc32 } from 'node:zlib';

import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';

/** Flash is read with UBI's layout (Linux drivers/mtd/ubi/ubi-media.h): every number big-endian, every header with a checksum. */
const EC_MAGIC = 'UBI#';
const VID_MAGIC = 'UBI!';
const HEADER_BYTES = 64;
const VERSION = 1;
/** Internal volumes: the table; and those of fastmap, which say nothing that is not said elsewhere. */
export const TABLE_VOLUME = 0x7fff_efff;
const COMPAT = { delete: 1, readOnly: 2, preserve: 4, reject: 5 } as const;
const STATIC = 2;
const MIN_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 16 * 2 ** 20;
const GRANULE = 512;

export interface EraseHeader {
  /** Where in its block the second header lies, and where the content begins. */
  volumeHeaderAt: number;
  dataAt: number;
  imageSequence: number;
}

export interface VolumeHeader {
  volume: number;
  number: number;
  isStatic: boolean;
  /** Made by moving: counts only where its content has the checksum. */
  isCopy: boolean;
  dataBytes: number;
  usedBlocks: number;
  padBytes: number;
  dataCrc: number;
  sequence: bigint;
}

export function looksLikeUbi(source: ByteSource): boolean {
  const bytes = peek(source, 0, HEADER_BYTES);
  return bytes.byteLength === HEADER_BYTES && bytes.toString('latin1', 0, 4) === EC_MAGIC && bytes[4] === VERSION;
}

/** As flash tools write it: the register as it stands, not inverted. */
export function ubiCrc(bytes: Uint8Array): number {
  return ~crc32(bytes) >>> 0;
}

function intact(bytes: Buffer, magic: string): boolean {
  return bytes.byteLength === HEADER_BYTES && bytes.toString('latin1', 0, 4) === magic && ubiCrc(bytes.subarray(0, HEADER_BYTES - 4)) === bytes.readUInt32BE(HEADER_BYTES - 4);
}

/** The distance from one block to the next, which nothing states: where the second header lies. */
export function eraseBlockBytes(source: ByteSource): number {
  if (!intact(peek(source, 0, HEADER_BYTES), EC_MAGIC)) damaged('ubi header at byte 0', 'has a checksum that is not that of its bytes');
  const end = Math.min(source.sizeBytes, MAX_BLOCK_BYTES + GRANULE);
  for (let at = MIN_BLOCK_BYTES; at < end; at += GRANULE) if (intact(peek(source, at, HEADER_BYTES), EC_MAGIC)) return at;
  if (source.sizeBytes > MAX_BLOCK_BYTES) damaged('ubi image', `has no second block in its first ${MAX_BLOCK_BYTES} bytes`);
  return source.sizeBytes >= MIN_BLOCK_BYTES ? source.sizeBytes : truncated('ubi image', `ends at byte ${source.sizeBytes}`);
}

/** Undefined: the block was erased, or its header is damaged. */
export function parseEraseHeader(source: ByteSource, at: number): EraseHeader | undefined {
  const bytes = peek(source, at, HEADER_BYTES);
  if (!intact(bytes, EC_MAGIC)) return undefined;
  if (bytes[4] !== VERSION) unsupported(`ubi header at byte ${at}`, `ubi version ${bytes[4]}`);
  return { volumeHeaderAt: bytes.readUInt32BE(16), dataAt: bytes.readUInt32BE(20), imageSequence: bytes.readUInt32BE(24) };
}

/** Undefined: the block belongs to no volume; `damaged`: to whom, cannot be told. */
export function parseVolumeHeader(source: ByteSource, at: number): VolumeHeader | 'damaged' | undefined {
  const bytes = peek(source, at, HEADER_BYTES);
  if (bytes.every((byte) => byte === 0xff)) return undefined;
  if (!intact(bytes, VID_MAGIC)) return 'damaged';
  const u32 = (offset: number): number => bytes.readUInt32BE(offset);
  const volume = u32(8);
  const [type, copy, compat] = [bytes[5]!, bytes[6]!, bytes[7]!];
  if (volume > TABLE_VOLUME) {
    if (compat === COMPAT.delete || compat === COMPAT.preserve || compat === COMPAT.readOnly) return undefined;
    unsupported(`ubi header at byte ${at}`, `the internal ubi volume 0x${volume.toString(16)}`);
  }
  return {
    volume, number: u32(12), isStatic: type === STATIC, isCopy: copy !== 0, dataBytes: u32(20), usedBlocks: u32(24), padBytes: u32(28), dataCrc: u32(32), sequence: bytes.readBigUInt64BE(40),
  };
}
