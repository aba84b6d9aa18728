import { crc32 } from 'node:zlib';

import { decompress } from '../bytes/decompress.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import type { ContentPart } from '../content/description.ts';
import type { BytePair } from '../foundation/both.ts';
import type { Rule } from './rule.ts';

const PNG_MAGIC = Buffer.from('89504e470d0a1a0a', 'hex');
const MOST_BYTES = 2 ** 27;
/** One chunk of seven bytes: anything more may be something else. */
const TIME_DIGITS = 14;

interface Picture { time: string; pixels: Buffer; packed: Buffer; rest: string }

/** Undefined where a checksum is wrong, or bytes lie behind the end: then nothing of it is taken away. */
function readPicture(bytes: Buffer): Picture | undefined {
  if (!bytes.subarray(0, 8).equals(PNG_MAGIC)) return undefined;
  let [at, time, rest] = [8, '', ''];
  const packed: Buffer[] = [];
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length || crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length)) return undefined;
    const [type, content] = [bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length)];
    if (type === 'tIME') time += content.toString('hex');
    else if (type === 'IDAT') packed.push(content);
    else rest += `${packed.length > 0 ? 'behind' : 'before'} ${type} ${content.toString('hex')}\n`;
    at += 12 + length;
  }
  if (at !== bytes.length) return undefined;
  const pixels = unpacked(Buffer.concat(packed));
  return pixels === undefined || ![0, TIME_DIGITS].includes(time.length) ? undefined : { time, rest, packed: Buffer.concat(packed), pixels };
}

const NONE: BytePair = { left: Buffer.alloc(0), right: Buffer.alloc(0) };

/** A picture (PNG) of the same pixels and words, packed in another way or at another time. */
const pictureRule = (code: 'embedded-timestamp' | 'compression'): Rule => ({
  code,
  undo: (pair) => {
    const [a, b] = [readPicture(pair.left), readPicture(pair.right)];
    if (a === undefined || b === undefined || a.rest !== b.rest || !a.pixels.equals(b.pixels) || (a.time === '') !== (b.time === '')) return undefined;
    const isPacking = !a.packed.equals(b.packed);
    if (isPacking && a.time !== b.time) return undefined;
    return isPacking === (code === 'compression') ? { pair: NONE, evidence: [isPacking ? 'PNG, the same pixels' : 'time of a PNG'] } : undefined;
  },
});

/** A stream of zlib and nothing else. Its two bytes of magic are few, so it must also end where the file ends, with the right checksum. */
const STREAMS: Rule = {
  code: 'compression',
  undo: ({ left, right }, { described }) => {
    if (described.left.kind !== 'data' || described.right.kind !== 'data') return undefined;
    const [a, b] = [unpacked(left), unpacked(right)];
    return a !== undefined && b !== undefined && a.equals(b) ? { pair: NONE, evidence: [`zlib, ${left.length} → ${right.length} bytes`] } : undefined;
  },
};

function unpacked(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 8 || (bytes[0]! & 0x0f) !== 8 || bytes.readUInt16BE(0) % 31 !== 0) return undefined;
  try {
    const { bytes: content, packedBytes } = decompress(bytes, 'zlib', { place: 'the stream', maxBytes: MOST_BYTES });
    return packedBytes === bytes.length ? content : undefined;
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return undefined;
  }
}

export const PACKED_RULES: readonly Rule[] = [pictureRule('embedded-timestamp'), pictureRule('compression'), STREAMS];

/** What a kernel or a bundle carries is the same, unpacked; its headers tell other lengths, and whether that is all nobody proves. */
export const REPACKED: Rule = {
  code: 'compression',
  undo: (pair, { described }) => {
    if (described.left.kind !== 'kernel-image' && described.left.kind !== 'fit') return undefined;
    const [a, b] = [described.left, described.right].map(({ parts }) => parts.filter(({ role, offset }) => role === 'file' && offset !== undefined)) as [ContentPart[], ContentPart[]];
    const stored = (bytes: Buffer, { offset, storedBytes }: ContentPart): Buffer => bytes.subarray(offset, offset! + storedBytes);
    const repacked = a.filter((part, i) => b[i] !== undefined && !stored(pair.left, part).equals(stored(pair.right, b[i])) && sameContent(part, b[i]));
    if (a.length !== b.length || repacked.length === 0) return undefined;
    return { pair, evidence: repacked.map(({ name }) => name).slice(0, 3), bytes: repacked.reduce((sum, { storedBytes }) => sum + storedBytes, 0) };
  },
};

function sameContent(a: ContentPart, b: ContentPart): boolean {
  try {
    return a.content().equals(b.content());
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return false;
  }
}
