import { sliceSource, streamOf, type ByteSource } from '../bytes/byte-source.ts';
import { damaged, overLimit, truncated, unsupported } from '../bytes/read-failure.ts';
import { TAR_BLOCK } from './tar-header.ts';
import type { Piece } from './hash-pieces.ts';

/** A file with holes as GNU tar stores it: the parts that are there, one after the other. */
export interface SparseFile {
  sizeBytes: number;
  parts: readonly { offset: number; sizeBytes: number }[];
  /** The parts' bytes. */
  data: ByteSource;
}

const MAX_PARTS = 1_000_000;
const MAX_MAP_BYTES = 32 * 2 ** 20;
const HEADER_PARTS = 4;
const EXTENSION_PARTS = 21;
const PART_BYTES = 24;

/** GNU's pax records, versions 0.1 (the map is a record) and 1.0 (the map stands before the data). Undefined: not sparse. */
export function sparseFromRecords(record: (keyword: string) => string | undefined, stored: ByteSource, place: string): SparseFile | undefined {
  if (record('GNU.sparse.major') === '1') return mapBeforeData(count(record('GNU.sparse.realsize'), place), stored, place);
  const map = record('GNU.sparse.map');
  if (map !== undefined) return checked({ sizeBytes: count(record('GNU.sparse.size'), place), parts: pairs(map.split(',').map((text) => count(text, place)), place), data: stored }, place);
  return record('GNU.sparse.numblocks') === undefined ? undefined : unsupported(place, 'a sparse file of GNU tar in version 0.0');
}

/** GNU's own type `S`: four parts in the header, more in blocks behind it. `dataAt`: where the contents begin. */
export function sparseFromHeader(block: Buffer, source: ByteSource, at: number, storedBytes: number, place: string): SparseFile & { dataAt: number } {
  const parts = partsOf(block, 386, HEADER_PARTS, place);
  let dataAt = at;
  for (let more = block[482] === 1; more; dataAt += TAR_BLOCK) {
    if (dataAt + TAR_BLOCK > source.sizeBytes) truncated(place, 'has a list of parts that is cut off');
    const extension = source.read(dataAt, TAR_BLOCK);
    parts.push(...partsOf(extension, 0, EXTENSION_PARTS, place));
    if (parts.length > MAX_PARTS) overLimit(place, `has more than ${MAX_PARTS} parts`, MAX_PARTS, parts.length);
    more = extension[504] === 1;
  }
  if (dataAt + storedBytes > source.sizeBytes) truncated(place, `states ${storedBytes} bytes, the archive ends at byte ${source.sizeBytes}`);
  const file = checked({ sizeBytes: octal(block.subarray(483, 495), place), parts, data: sliceSource(source, dataAt, storedBytes) }, place);
  return { ...file, dataAt };
}

export function* sparseContent({ sizeBytes, parts, data }: SparseFile, room?: Buffer): Generator<Piece> {
  let at = 0;
  let from = 0;
  for (const part of parts) {
    if (part.offset > at) yield part.offset - at;
    yield* streamOf(data, from, part.sizeBytes, room);
    at = part.offset + part.sizeBytes;
    from += part.sizeBytes;
  }
  if (sizeBytes > at) yield sizeBytes - at;
}

export function holesOf({ sizeBytes, parts }: SparseFile): number {
  return sizeBytes - parts.reduce((sum, part) => sum + part.sizeBytes, 0);
}

/** Decimal numbers, a line each: how many parts, then offset and size of each; the data begin at the next block. */
function mapBeforeData(sizeBytes: number, stored: ByteSource, place: string): SparseFile {
  const text = stored.read(0, Math.min(stored.sizeBytes, MAX_MAP_BYTES)).toString('latin1');
  let end = 0;
  const next = (): number => {
    const newline = text.indexOf('\n', end);
    if (newline < 0 || newline - end > 20) damaged(place, 'has a list of parts that does not end');
    const value = count(text.slice(end, newline), place);
    end = newline + 1;
    return value;
  };
  const many = next();
  if (many > MAX_PARTS) overLimit(place, `has ${many} parts`, MAX_PARTS, many);
  const parts = pairs(Array.from({ length: 2 * many }, next), place);
  const dataAt = Math.ceil(end / TAR_BLOCK) * TAR_BLOCK;
  if (dataAt > stored.sizeBytes) damaged(place, 'has a list of parts and nothing behind it');
  return checked({ sizeBytes, parts, data: sliceSource(stored, dataAt, stored.sizeBytes - dataAt) }, place);
}

function pairs(numbers: readonly number[], place: string): { offset: number; sizeBytes: number }[] {
  if (numbers.length % 2 !== 0 || numbers.length > 2 * MAX_PARTS) damaged(place, `has a list of ${numbers.length} numbers for its parts`);
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({ offset: numbers[2 * i]!, sizeBytes: numbers[2 * i + 1]! }));
}

function checked(file: SparseFile, place: string): SparseFile {
  let at = 0;
  let stored = 0;
  for (const { offset, sizeBytes } of file.parts) {
    if (offset < at) damaged(place, 'has parts that overlap or go back');
    at = offset + sizeBytes;
    stored += sizeBytes;
  }
  if (at > file.sizeBytes || stored > file.data.sizeBytes) damaged(place, `has parts up to byte ${at} of ${file.sizeBytes}, ${stored} bytes in ${file.data.sizeBytes}`);
  return file;
}

function partsOf(block: Buffer, at: number, most: number, place: string): { offset: number; sizeBytes: number }[] {
  const parts: { offset: number; sizeBytes: number }[] = [];
  for (let i = 0; i < most && block[at + i * PART_BYTES] !== 0; i++) {
    const start = at + i * PART_BYTES;
    parts.push({ offset: octal(block.subarray(start, start + 12), place), sizeBytes: octal(block.subarray(start + 12, start + 24), place) });
  }
  return parts;
}

function octal(field: Buffer, place: string): number {
  if ((field[0]! & 0x80) !== 0) return count(String(field.readBigUInt64BE(field.length - 8)), place);
  const text = field.toString('latin1').replace(/[ \0]+$/, '').trimStart();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || '0', 8) : damaged(place, 'has a part whose place is no number');
}

function count(text: string | undefined, place: string): number {
  const value = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : damaged(place, 'has a number of its sparse map that is none');
}
