import { crc32, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';

import { errorCodeOf } from '../foundation/failure.ts';
import { allowedBytes, tooMuch, type Decompressed, type DecompressLimits } from './decompress-limits.ts';
import { damaged, truncated, unsupported } from './read-failure.ts';

/** One member of a gzip file (RFC 1952), as its header and trailer say. */
export interface GzipMember {
  /** Latin-1, as stored. */
  name?: string;
  comment?: string;
  /** Seconds since 1970; 0 where none is stored. */
  mtime: number;
  /** 2: best, 4: fastest, 0: neither. */
  extraFlags: number;
  /** 3: Unix, 255: unknown. */
  operatingSystem: number;
  extraBytes: number;
  packedBytes: number;
  sizeBytes: number;
}

export interface GzipFacts {
  compression: 'gzip';
  /** How many there are; `members` tells the first 64. */
  memberCount: number;
  members: GzipMember[];
}

const MEMBERS_TOLD = 64;

/** Members one after the other; ends before the first byte that starts none. */
export function gunzip(input: Uint8Array, limits: DecompressLimits): Decompressed<GzipFacts> {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const pieces: Buffer[] = [];
  const members: GzipMember[] = [];
  let left = allowedBytes(limits, bytes.length);
  let at = 0;
  let memberCount = 0;
  do {
    const { member, content } = readMember(bytes, at, { ...limits, maxBytes: left });
    pieces.push(content);
    left -= content.length;
    at += member.packedBytes;
    if (memberCount++ < MEMBERS_TOLD) members.push(member);
  } while (isGzip(bytes, at));
  return { bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), packedBytes: at, facts: { compression: 'gzip', memberCount, members } };
}

export function isGzip(bytes: Uint8Array, at = 0): boolean {
  return bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && (bytes[at + 3]! & 0xe0) === 0;
}

function readMember(bytes: Buffer, start: number, limits: DecompressLimits): { member: GzipMember; content: Buffer } {
  const { place } = limits;
  const { dataStart, ...header } = readGzipHeader(bytes, start, place);
  const { content, packedBytes } = inflateBounded(bytes.subarray(dataStart), { ...limits, maxRatio: Number.MAX_SAFE_INTEGER }, inflateRawSync, statedBytes(bytes));
  const trailer = dataStart + packedBytes;
  if (trailer + 8 > bytes.length) truncated(place, 'ends before the checksum of a gzip member');
  if (bytes.readUInt32LE(trailer) !== crc32(content)) damaged(place, 'has a gzip member whose checksum is wrong');
  if (bytes.readUInt32LE(trailer + 4) !== content.length % 2 ** 32) damaged(place, 'has a gzip member that states another length');
  return { member: { ...header, packedBytes: trailer + 8 - start, sizeBytes: content.length }, content };
}

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;

export function readGzipHeader(bytes: Buffer, start: number, place: string): Omit<GzipMember, 'packedBytes' | 'sizeBytes'> & { dataStart: number } {
  if (!isGzip(bytes, start)) damaged(place, 'does not begin with a gzip header');
  if (start + 10 > bytes.length) truncated(place, 'ends in a gzip header');
  const flags = bytes[start + 3]!;
  let at = start + 10;
  let extraBytes = 0;
  if (flags & FLAG.extra) {
    if (at + 2 > bytes.length) truncated(place, 'ends in a gzip header');
    extraBytes = bytes.readUInt16LE(at);
    at += 2 + extraBytes;
  }
  const text = (): string => {
    const end = bytes.indexOf(0, at);
    if (end < 0) truncated(place, 'ends in a gzip header');
    const found = bytes.toString('latin1', at, end);
    at = end + 1;
    return found;
  };
  const name = flags & FLAG.name ? text() : undefined;
  const comment = flags & FLAG.comment ? text() : undefined;
  if (flags & FLAG.headerCrc) at += 2;
  if (at > bytes.length) truncated(place, 'ends in a gzip header');
  return {
    ...(name === undefined ? {} : { name }), ...(comment === undefined ? {} : { comment }), mtime: bytes.readUInt32LE(start + 4), extraFlags: bytes[start + 8]!,
    operatingSystem: bytes[start + 9]!, extraBytes, dataStart: at,
  };
}

export interface ZlibFacts {
  compression: 'zlib';
  /** 32,768 is the most. */
  windowBytes: number;
  /** 0 fastest to 3 best, as the packer says. */
  level: number;
}

/** One zlib stream (RFC 1950). */
export function unzlib(input: Uint8Array, limits: DecompressLimits): Decompressed<ZlibFacts> {
  const [method = 0, flags = 0] = input;
  if (input.length < 2) truncated(limits.place, 'ends in a zlib header');
  if ((method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0) damaged(limits.place, 'does not begin with a zlib header');
  if (flags & 0x20) unsupported(limits.place, 'zlib with a preset dictionary');
  const { content, packedBytes } = inflateBounded(input, limits, inflateSync);
  return { bytes: content, packedBytes, facts: { compression: 'zlib', windowBytes: 2 ** ((method >> 4) + 8), level: flags >> 6 } };
}

const CHUNK_BYTES = 64 * 1024;

/** No deflate stream grows by more. */
const MOST_RATIO = 1032;

/** What the last member says that it holds: a hint, so that what is unpacked lies in one piece and need not be put together. */
function statedBytes(bytes: Buffer): number {
  return bytes.length < 8 ? 0 : Math.min(bytes.readUInt32LE(bytes.length - 4), bytes.length * MOST_RATIO);
}

/** One deflate stream, with or without its wrapper. */
function inflateBounded(packed: Uint8Array, limits: DecompressLimits, inflate: typeof inflateSync = inflateRawSync, expected = 0): { content: Buffer; packedBytes: number } {
  const allowed = allowedBytes(limits, packed.length);
  try {
    // With `info`, Node returns the engine too, which knows what it consumed; its types do not say so.
    const options: ZlibOptions = { info: true, chunkSize: Math.max(CHUNK_BYTES, Math.min(expected + 64, allowed)), maxOutputLength: Math.max(allowed, 1) };
    const { buffer, engine } = inflate(packed, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length > allowed) tooMuch(limits.place, allowed, buffer.length);
    return { content: buffer, packedBytes: engine.bytesWritten };
  } catch (error) {
    return refuseZlib(error, limits.place, allowed);
  }
}

/** Node's errors of zlib and zstd in our words; anything else goes on. */
export function refuseZlib(error: unknown, place: string, allowed: number): never {
  const code = errorCodeOf(error) ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') tooMuch(place, allowed, allowed + 1);
  if (code === 'Z_BUF_ERROR') truncated(place, 'ends in the middle of compressed data');
  if (code.startsWith('Z_') || code.startsWith('ZSTD_')) damaged(place, 'holds compressed data that are broken', error);
  throw error;
}
