import type { EntryFacts, Stamp } from './image-content.ts';

export interface FatEntry {
  /** As bytes: UTF-8 where it was a long name, the volume's own code page where it was a short one. */
  name: string;
  isDirectory: boolean;
  isReadOnly: boolean;
  firstCluster: number;
  sizeBytes: number;
  facts: EntryFacts;
  /** Parts of a long name stood before it that are not its own. */
  hasStrayParts: boolean;
}

const ENTRY_BYTES = 32;
const ATTRIBUTE = { readOnly: 0x01, hidden: 0x02, system: 0x04, label: 0x08, directory: 0x10, archive: 0x20, long: 0x0f } as const;
const LOWER_BASE = 0x08;
const LOWER_EXTENSION = 0x10;
const LAST_PART = 0x40;

interface LongPart { order: number; checksum: number; text: string }

/** Files and directories of one directory, without `.`, `..`, labels and what was deleted; the label, if there is one. */
export function parseFatDirectory(bytes: Buffer): { entries: FatEntry[]; label: string | undefined } {
  const entries: FatEntry[] = [];
  let parts: LongPart[] = [];
  let label: string | undefined;
  for (let at = 0; at + ENTRY_BYTES <= bytes.byteLength && bytes[at] !== 0; at += ENTRY_BYTES) {
    const raw = bytes.subarray(at, at + ENTRY_BYTES);
    const attributes = raw[11]!;
    if (raw[0] === 0xe5) { parts = []; continue; }
    if ((attributes & 0x3f) === ATTRIBUTE.long) { parts.push(longPart(raw)); continue; }
    if ((attributes & ATTRIBUTE.label) !== 0) label ??= raw.toString('latin1', 0, 11).trimEnd();
    else if (raw[0] !== 0x2e) entries.push(entryOf(raw, parts));
    parts = [];
  }
  return { entries, label };
}

function entryOf(raw: Buffer, parts: readonly LongPart[]): FatEntry {
  const long = longName(raw, parts);
  const attributes = raw[11]!;
  const set = ([['r', ATTRIBUTE.readOnly], ['h', ATTRIBUTE.hidden], ['s', ATTRIBUTE.system], ['a', ATTRIBUTE.archive]] as const).filter(([, bit]) => (attributes & bit) !== 0);
  return {
    name: long ?? shortName(raw), hasStrayParts: long === undefined && parts.length > 0,
    isDirectory: (attributes & ATTRIBUTE.directory) !== 0, isReadOnly: (attributes & ATTRIBUTE.readOnly) !== 0,
    firstCluster: raw.readUInt16LE(20) * 65_536 + raw.readUInt16LE(26), sizeBytes: raw.readUInt32LE(28),
    facts: {
      modified: stamp(raw.readUInt16LE(24), raw.readUInt16LE(22), 0), created: stamp(raw.readUInt16LE(16), raw.readUInt16LE(14), raw[13]!),
      accessed: stamp(raw.readUInt16LE(18), 0, 0), fatAttributes: set.map(([letter]) => letter).join(''),
    },
  };
}

function longPart(raw: Buffer): LongPart {
  return { order: raw[0]!, checksum: raw[13]!, text: raw.toString('utf16le', 1, 11) + raw.toString('utf16le', 14, 26) + raw.toString('utf16le', 28, 32) };
}

/** Parts stand last first, each with the checksum of the short name that follows them. */
function longName(raw: Buffer, parts: readonly LongPart[]): string | undefined {
  const count = parts.length;
  const checksum = shortChecksum(raw);
  const belongs = count > 0 && parts.every((part, i) => part.checksum === checksum && part.order === (i === 0 ? LAST_PART | count : count - i));
  if (!belongs) return undefined;
  const text = parts.toReversed().map((part) => part.text).join('');
  const end = text.indexOf('\0');
  return utf8Bytes(end < 0 ? text : text.slice(0, end));
}

/** Halves of surrogate pairs keep their three bytes each, so that no two names become one. */
function utf8Bytes(text: string): string {
  const bytes = [...text].map((unit) => {
    const code = unit.codePointAt(0)!;
    return code >= 0xd800 && code <= 0xdfff ? Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)) : Buffer.from(unit, 'utf8');
  });
  return Buffer.concat(bytes).toString('latin1');
}

function shortName(raw: Buffer): string {
  const part = (from: number, to: number, lower: boolean): string => {
    const text = raw.toString('latin1', from, to).replace(/ +$/, '');
    return lower ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
  };
  const base = part(0, 8, (raw[12]! & LOWER_BASE) !== 0).replace(/^\x05/, '\xe5');
  const extension = part(8, 11, (raw[12]! & LOWER_EXTENSION) !== 0);
  return extension === '' ? base : `${base}.${extension}`;
}

function shortChecksum(raw: Buffer): number {
  let sum = 0;
  for (let i = 0; i < 11; i++) sum = (((sum & 1) << 7) + (sum >>> 1) + raw[i]!) & 0xff;
  return sum;
}

/** FAT knows no time zone: its clock is taken for UTC. Two seconds are its finest, ten milliseconds for creation. */
function stamp(date: number, time: number, hundredths: number): Stamp {
  const milliseconds = Date.UTC(1980 + (date >>> 9), ((date >>> 5) & 15) - 1, date & 31, time >>> 11, (time >>> 5) & 63, (time & 31) * 2) + hundredths * 10;
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: (milliseconds % 1000) * 1_000_000 };
}
