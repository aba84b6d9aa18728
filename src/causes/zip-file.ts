import { inflateRawSync } from 'node:zlib';

import type { Range } from './ranges.ts';

/** One member, as the directory at the end and the header before its bytes tell it. */
export interface ZipMember {
  name: string;
  /** Of the two headers, without the place of the member, its time and its packed size. */
  said: string;
  /** DOS: seconds of a clock that tells no zone; two seconds apart. */
  clockSeconds: number;
  /** Where the time stands, in both headers. */
  times: Range[];
  /** Bytes as they are stored. */
  packed: Buffer;
  method: number;
  sizeBytes: number;
}

const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22];

/**
 * Members in the order of the directory (APPNOTE.TXT 4.3). Undefined where it is no zip, or one of which some byte belongs to no
 * member or to two: comments, 64-bit sizes, data descriptors and what is put before or between are not read.
 */
export function zipMembers(bytes: Buffer): ZipMember[] | undefined {
  const directory = readDirectory(bytes);
  if (directory === undefined) return undefined;
  const { start, end, count } = directory;
  const members: ZipMember[] = [];
  const places: Range[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || bytes.readUInt32LE(at) !== CENTRAL) return undefined;
    const [nameBytes, extraBytes, commentBytes, local] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const next = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
    const read = next > end ? undefined : readMember(bytes, { at, next, local, nameBytes, start });
    if (read === undefined) return undefined;
    members.push(read.member);
    places.push(read.place);
    at = next;
  }
  return at === end && isWhole(places, start) ? members : undefined;
}

/** Every byte of the last record says what the rest of the file bears out, or nothing. */
function readDirectory(bytes: Buffer): { start: number; end: number; count: number } | undefined {
  const end = bytes.length - END_BYTES;
  if (end < 0 || bytes.readUInt32LE(0) !== LOCAL || bytes.readUInt32LE(end) !== END) return undefined;
  const [disks, here, count, size, start, commentBytes] = [bytes.readUInt32LE(end + 4), bytes.readUInt16LE(end + 8), bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16), bytes.readUInt16LE(end + 20)];
  return disks === 0 && here === count && start + size === end && commentBytes === 0 ? { start, end, count } : undefined;
}

/** One behind the other from the first byte to the directory. */
function isWhole(places: readonly Range[], end: number): boolean {
  let at = 0;
  for (const { start, end: next } of places.toSorted((a, b) => a.start - b.start)) {
    if (start !== at) return false;
    at = next;
  }
  return at === end;
}

interface Place { at: number; next: number; local: number; nameBytes: number; start: number }

function readMember(bytes: Buffer, { at, next, local, nameBytes, start }: Place): { member: ZipMember; place: Range } | undefined {
  if (local + LOCAL_BYTES > start || bytes.readUInt32LE(local) !== LOCAL || (bytes.readUInt16LE(local + 6) & 8) !== 0) return undefined;
  const data = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const packedBytes = bytes.readUInt32LE(at + 20);
  if (data + packedBytes > start || bytes.readUInt32LE(local + 18) !== packedBytes || bytes.readUInt32LE(local + 10) !== bytes.readUInt32LE(at + 12)) return undefined;
  const said = Buffer.concat([bytes.subarray(at, next), bytes.subarray(local, data)]);
  const second = next - at;
  // Time, packed size and place of the directory's entry; time and packed size of the header.
  for (const [from, length] of [[12, 4], [20, 4], [42, 4], [second + 10, 4], [second + 18, 4]] as const) said.fill(0, from, from + length);
  return {
    member: {
      name: bytes.toString('latin1', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes), said: said.toString('latin1'), clockSeconds: clockOf(bytes.readUInt16LE(at + 14), bytes.readUInt16LE(at + 12)),
      times: [{ start: local + 10, end: local + 14 }, { start: at + 12, end: at + 16 }], packed: bytes.subarray(data, data + packedBytes), method: bytes.readUInt16LE(at + 10), sizeBytes: bytes.readUInt32LE(at + 24),
    },
    place: { start: local, end: data + packedBytes },
  };
}

function clockOf(date: number, time: number): number {
  return Date.UTC(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}

const [STORED, DEFLATED] = [0, 8];
const MOST_UNPACKED = 2 ** 26;

/** Undefined where it is packed in another way, damaged, or not as long as it says. */
export function unzipped({ packed, method, sizeBytes }: ZipMember): Buffer | undefined {
  if (method === STORED) return packed.length === sizeBytes ? packed : undefined;
  if (method !== DEFLATED || sizeBytes > MOST_UNPACKED) return undefined;
  try {
    const content = inflateRawSync(packed, { maxOutputLength: sizeBytes + 1 });
    return content.length === sizeBytes ? content : undefined;
  } catch {
    return undefined;
  }
}
