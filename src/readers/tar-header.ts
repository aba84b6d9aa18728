import { peek, type ByteSource } from '../bytes/byte-source.ts';
import type { PathBytes } from '../tree/entry.ts';
import { pathFromBuffer } from '../tree/entry.ts';

export const TAR_BLOCK = 512;

/** One 512-byte header as it stands (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar's variant of the magic). */
export interface TarHeader {
  name: PathBytes;
  link: PathBytes;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  major: number;
  minor: number;
}

/** Says why a header is no header. */
export type Refuse = (why: string) => never;

export function looksLikeTar(source: ByteSource): boolean {
  const block = peek(source, 0, TAR_BLOCK);
  if (block.byteLength < TAR_BLOCK || (block.toString('latin1', 257, 262) !== 'ustar' && !looksOld(block))) return false;
  return Number.parseInt(block.toString('latin1', 148, 156), 8) === headerChecksum(block);
}

/** What tars were before ustar: nothing behind the target, so the type and the names must make sense. */
function looksOld(block: Buffer): boolean {
  return isZeroBlock(block.subarray(257, 265)) && block[0]! > 0x20 && '\x00012345V'.includes(String.fromCharCode(block[156]!)) && /^[0-7 ]{4,7}[ \0]/.test(block.toString('latin1', 148, 156));
}

/** Seconds since 1970; what is no number is no time. */
export function tarModified(block: Buffer): number | undefined {
  if ((block[136]! & 0x80) !== 0) return Number(BigInt.asIntN(64, block.readBigUInt64BE(140)));
  const text = block.toString('latin1', 136, 148).replace(/[ \0]+$/, '').trimStart();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

/** `old`: without a magic, too, as before ustar. */
export function parseTarHeader(block: Uint8Array, refuse: Refuse, { old = false }: { old?: boolean } = {}): TarHeader {
  const stated = number(block, 148, 8, 'checksum', refuse);
  const counted = headerChecksum(block);
  if (stated !== counted) refuse(`has checksum ${stated} where its bytes add up to ${counted}`);
  const magic = Buffer.from(block.subarray(257, 265)).toString('latin1');
  const posix = magic === 'ustar\x0000';
  if (!posix && magic !== 'ustar  \0' && !(old && magic === '\0'.repeat(8))) refuse('has no ustar magic');
  const type = String.fromCharCode(block[156]!);
  const isDevice = type === '3' || type === '4';
  const prefix = posix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: (prefix === '' ? name : `${prefix}/${name}`) as PathBytes,
    link: text(block, 157, 100),
    type: type === '\0' ? '0' : type,
    mode: number(block, 100, 8, 'mode', refuse) & 0o7777,
    uid: number(block, 108, 8, 'uid', refuse),
    gid: number(block, 116, 8, 'gid', refuse),
    sizeBytes: number(block, 124, 12, 'size', refuse),
    major: isDevice ? number(block, 329, 8, 'major', refuse) : 0,
    minor: isDevice ? number(block, 337, 8, 'minor', refuse) : 0,
  };
}

/** Sum of all bytes, the checksum's own eight taken as spaces. */
export function headerChecksum(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < 148; i++) sum += block[i]!;
  for (let i = 156; i < TAR_BLOCK; i++) sum += block[i]!;
  return sum;
}

function text(block: Uint8Array, start: number, size: number): PathBytes {
  const field = block.subarray(start, start + size);
  const end = field.indexOf(0);
  return pathFromBuffer(end < 0 ? field : field.subarray(0, end));
}

const SPACE = 0x20;
const ZERO = 0x30;

/** Octal text, spaces before it, spaces and NULs behind; or GNU's base-256 where the first bit is set. */
function number(block: Uint8Array, start: number, size: number, field: string, refuse: Refuse): number {
  const first = block[start]!;
  if ((first & 0x80) !== 0) return base256(block.subarray(start, start + size), field, refuse);
  let at = start;
  let value = 0;
  while (at < start + size && block[at] === SPACE) at++;
  for (; at < start + size && block[at]! >= ZERO && block[at]! < ZERO + 8; at++) value = value * 8 + block[at]! - ZERO;
  while (at < start + size && (block[at] === SPACE || block[at] === 0)) at++;
  return at === start + size ? value : refuse(`has a ${field} that is no octal number`);
}

function base256(bytes: Uint8Array, field: string, refuse: Refuse): number {
  if (bytes[0] !== 0x80) return refuse(`has a ${field} that is negative or beyond all bounds`);
  let value = 0;
  for (const byte of bytes.subarray(1)) {
    value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) return refuse(`has a ${field} beyond all bounds`);
  }
  return value;
}
