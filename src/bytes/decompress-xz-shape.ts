import { crc32 } from 'node:zlib';

import { damaged, truncated, unsupported } from './read-failure.ts';

export interface XzFilter {
  name: 'lzma2' | 'delta' | 'x86' | 'powerpc' | 'ia64' | 'arm' | 'armthumb' | 'sparc' | 'arm64' | 'riscv';
  /** Of lzma2. */
  dictionaryBytes?: number;
}

export interface XzBlock {
  filters: XzFilter[];
  /** The header states both lengths, as the threaded packer writes it. */
  statesLengths: boolean;
  packedBytes: number;
  sizeBytes: number;
}

export type XzCheck = 'none' | 'crc32' | 'crc64' | 'sha256';

/** One stream (xz file format 1.2.0). */
export interface XzStream {
  check: XzCheck;
  blocks: XzBlock[];
  /** Without the padding after it. */
  packedBytes: number;
  sizeBytes: number;
}

const HEADER_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] as const;
const CHECKS: ReadonlyMap<number, readonly [XzCheck, number]> = new Map([[0, ['none', 0]], [1, ['crc32', 4]], [4, ['crc64', 8]], [10, ['sha256', 32]]]);
const FILTERS: ReadonlyMap<number, XzFilter['name']> = new Map([
  [0x21, 'lzma2'], [3, 'delta'], [4, 'x86'], [5, 'powerpc'], [6, 'ia64'], [7, 'arm'], [8, 'armthumb'], [9, 'sparc'], [10, 'arm64'], [11, 'riscv'],
]);
/** More than this in one stream is an attack on memory: each costs 16 bytes packed. */
const MAX_BLOCKS = 1_000_000;

export function isXz(bytes: Uint8Array, at = 0): boolean {
  return HEADER_MAGIC.every((byte, index) => bytes[at + index] === byte);
}

/**
 * The shape of a stream, and with it the exact number of bytes it stands for, without unpacking any:
 * every chunk of LZMA2 states both its lengths.
 */
export function readXzStream(bytes: Buffer, start: number, place: string): XzStream {
  const cursor = new Cursor(bytes, start, place);
  const header = cursor.take(12);
  if (!isXz(header)) damaged(place, 'does not begin with an xz header');
  if (crc32(header.subarray(6, 8)) !== header.readUInt32LE(8)) damaged(place, 'has an xz header whose checksum is wrong');
  const [check, checkBytes] = (header[6] === 0 ? CHECKS.get(header[7]!) : undefined) ?? unsupported(place, `an xz check of type ${header.readUInt16BE(6)}`);
  const blocks: XzBlock[] = [];
  while (cursor.peek() !== 0) {
    if (blocks.length >= MAX_BLOCKS) damaged(place, `has more than ${MAX_BLOCKS} xz blocks`);
    blocks.push(readBlock(cursor, checkBytes));
  }
  readIndex(cursor, blocks, checkBytes);
  const footer = cursor.take(12);
  if (footer.readUInt16BE(10) !== 0x595a || footer.readUInt16BE(8) !== header.readUInt16BE(6)) damaged(place, 'has an xz footer that contradicts its header');
  if (crc32(footer.subarray(4, 10)) !== footer.readUInt32LE(0)) damaged(place, 'has an xz footer whose checksum is wrong');
  return { check, blocks, packedBytes: cursor.at - start, sizeBytes: blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

class Cursor {
  at: number;
  readonly place: string;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number, place: string) {
    this.#bytes = bytes;
    this.at = at;
    this.place = place;
  }

  peek(): number {
    return this.#bytes[this.at] ?? truncated(this.place, 'ends in an xz stream');
  }

  take(length: number): Buffer {
    if (this.at + length > this.#bytes.length) truncated(this.place, 'ends in an xz stream');
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** Seven bits a byte, least significant first; at most nine bytes. */
  varint(): number {
    let value = 0;
    for (let index = 0; index < 9; index++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value) || (byte === 0 && index > 0)) break;
        return value;
      }
    }
    return damaged(this.place, 'has a malformed number in an xz stream');
  }

  /** Zeros up to a multiple of four from `origin`. */
  padding(origin: number): void {
    while ((this.at - origin) % 4 !== 0) if (this.byte() !== 0) damaged(this.place, 'has padding in an xz stream that is not zero');
  }
}

function readBlock(cursor: Cursor, checkBytes: number): XzBlock {
  const start = cursor.at;
  const headerBytes = (cursor.peek() + 1) * 4;
  const header = cursor.take(headerBytes);
  if (crc32(header.subarray(0, -4)) !== header.readUInt32LE(headerBytes - 4)) damaged(cursor.place, 'has an xz block header whose checksum is wrong');
  const fields = new Cursor(header.subarray(0, -4), 1, cursor.place);
  const flags = fields.byte();
  if (flags & 0x3c) unsupported(cursor.place, 'an xz block header with unknown flags');
  const statedPacked = flags & 0x40 ? fields.varint() : undefined;
  const statedSize = flags & 0x80 ? fields.varint() : undefined;
  const filters = Array.from({ length: (flags & 3) + 1 }, () => readFilter(fields));
  if (filters.at(-1)!.name !== 'lzma2' || filters.filter(({ name }) => name === 'lzma2').length > 1) damaged(cursor.place, 'has an xz block that does not end in LZMA2');
  const dataStart = cursor.at;
  const sizeBytes = walkChunks(cursor);
  const dataBytes = cursor.at - dataStart;
  if ((statedPacked ?? dataBytes) !== dataBytes || (statedSize ?? sizeBytes) !== sizeBytes) damaged(cursor.place, 'has an xz block that states other lengths than it has');
  const unpadded = headerBytes + dataBytes + checkBytes;
  cursor.padding(start);
  cursor.take(checkBytes);
  return { filters, statesLengths: statedPacked !== undefined && statedSize !== undefined, packedBytes: unpadded, sizeBytes };
}

function readFilter(fields: Cursor): XzFilter {
  const id = fields.varint();
  const name = FILTERS.get(id) ?? unsupported(fields.place, `xz filter 0x${id.toString(16)}`);
  const properties = fields.take(fields.varint());
  if (name !== 'lzma2') return { name };
  const code = properties[0] ?? 255;
  if (code > 40) damaged(fields.place, 'has an LZMA2 dictionary of an impossible size');
  return { name, dictionaryBytes: code === 40 ? 2 ** 32 - 1 : (2 | code & 1) * 2 ** (Math.floor(code / 2) + 11) };
}

/** Over the chunks of one LZMA2 stream; returns what they add up to. */
function walkChunks(cursor: Cursor): number {
  for (let sizeBytes = 0;;) {
    const control = cursor.byte();
    if (control === 0) return sizeBytes;
    if (control > 2 && control < 0x80) damaged(cursor.place, 'has an LZMA2 chunk of a reserved kind');
    const size = cursor.take(2).readUInt16BE() + 1;
    if (control <= 2) {
      sizeBytes += size;
      cursor.take(size);
    } else {
      sizeBytes += (control & 0x1f) * 2 ** 16 + size;
      const packed = cursor.take(2).readUInt16BE() + 1;
      cursor.take(packed + (control >= 0xc0 ? 1 : 0));
    }
  }
}

function readIndex(cursor: Cursor, blocks: readonly XzBlock[], checkBytes: number): void {
  const start = cursor.at;
  cursor.byte();
  const wrong = (): never => damaged(cursor.place, `has an xz index that contradicts its blocks (checks of ${checkBytes} bytes)`);
  if (cursor.varint() !== blocks.length) wrong();
  for (const { packedBytes, sizeBytes } of blocks) if (cursor.varint() !== packedBytes || cursor.varint() !== sizeBytes) wrong();
  cursor.padding(start);
  const end = cursor.at;
  cursor.at = start;
  const index = cursor.take(end - start);
  if (crc32(index) !== cursor.take(4).readUInt32LE()) damaged(cursor.place, 'has an xz index whose checksum is wrong');
}
