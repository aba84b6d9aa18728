import { crc32 } from 'node:zlib';

import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged, overLimit, truncated } from '../bytes/read-failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { guidText } from './id-text.ts';
import type { LayoutFacts } from './image-content.ts';
import { unsigned64 } from './numbers.ts';
import type { ScatteredBlocks } from './partition-source.ts';

/** A row of a partition table, before what lies in the partition is looked at. */
export interface PartitionRow {
  number: number;
  offsetBytes: number;
  sizeBytes: number;
  type: string;
  id?: string;
  name?: string;
  attributes: string;
  blocks?: ScatteredBlocks;
}

export interface PartitionTable {
  format: 'gpt' | 'mbr' | 'ubi';
  rows: PartitionRow[];
  layout: LayoutFacts;
  findings: Finding[];
}

const SIGNATURE = 'EFI PART';
const HEADER_BYTES = 92;
const SECTOR_SIZES = [512, 4096] as const;
const MAX_ENTRIES = 1024;
const UNUSED = '00000000-0000-0000-0000-000000000000';

interface GptHeader {
  at: number;
  sectorBytes: number;
  /** Where this header says it lies, and where the other one lies. */
  ownSector: number;
  otherSector: number;
  firstUsable: number;
  lastUsable: number;
  diskId: string;
  entriesSector: number;
  entries: number;
  entryBytes: number;
  entriesCrc: number;
  intact: boolean;
}

export function looksLikeGpt(source: ByteSource): boolean {
  return SECTOR_SIZES.some((sectorBytes) => peek(source, sectorBytes, 8).toString('latin1') === SIGNATURE);
}

/** UEFI 2.10, chapter 5. The primary header counts; a copy at the end that is missing or differs is a finding. */
export function parseGpt(source: ByteSource): PartitionTable {
  const findings: Finding[] = [];
  const tell = (severity: Finding['severity'], path: string, rule: string, message: string): void => { findings.push({ severity, path, line: 0, rule, message }); };
  const sectorBytes = SECTOR_SIZES.find((size) => peek(source, size, 8).toString('latin1') === SIGNATURE) ?? damaged('gpt', 'has no header');
  const primary = parseHeader(source, sectorBytes, sectorBytes);
  if (!primary.intact) tell('error', 'gpt header', 'checksum-mismatch', 'its checksum is not that of its bytes');
  checkProtective(source, tell);
  const entries = entriesOf(source, primary);
  if (crc32(entries) !== primary.entriesCrc) tell('error', 'gpt entries', 'checksum-mismatch', 'their checksum is not that of their bytes');
  checkBackup(source, primary, entries, tell);
  const rows = rowsOf(entries, primary);
  checkOverlaps(rows, source, tell);
  return { format: 'gpt', rows, layout: layoutOf(primary), findings };
}

type Tell = (severity: Finding['severity'], path: string, rule: string, message: string) => void;

function parseHeader(source: ByteSource, at: number, sectorBytes: number): GptHeader {
  const place = `gpt header at byte ${at}`;
  const bytes = peek(source, at, sectorBytes);
  if (bytes.byteLength < HEADER_BYTES) truncated(place, 'is cut off');
  if (bytes.toString('latin1', 0, 8) !== SIGNATURE) damaged(place, 'has no signature');
  const headerBytes = bytes.readUInt32LE(12);
  if (headerBytes < HEADER_BYTES || headerBytes > bytes.byteLength) damaged(place, `states ${headerBytes} bytes`);
  const cleared = Buffer.from(bytes.subarray(0, headerBytes));
  cleared.writeUInt32LE(0, 16);
  const [entries, entryBytes] = [bytes.readUInt32LE(80), bytes.readUInt32LE(84)] as const;
  if (entryBytes < 128 || entryBytes > 4096 || entryBytes % 8 !== 0) damaged(place, `has entries of ${entryBytes} bytes`);
  if (entries > MAX_ENTRIES) overLimit(place, `has ${entries} entries, allowed are ${MAX_ENTRIES}`, MAX_ENTRIES, entries);
  return {
    at, sectorBytes, entries, entryBytes,
    ownSector: unsigned64(bytes, 24), otherSector: unsigned64(bytes, 32), firstUsable: unsigned64(bytes, 40), lastUsable: unsigned64(bytes, 48),
    diskId: guidText(bytes.subarray(56, 72)), entriesSector: unsigned64(bytes, 72), entriesCrc: bytes.readUInt32LE(88),
    intact: crc32(cleared) === bytes.readUInt32LE(16) && unsigned64(bytes, 24) * sectorBytes === at,
  };
}

function entriesOf(source: ByteSource, { entriesSector, sectorBytes, entries, entryBytes }: GptHeader): Buffer {
  return source.read(entriesSector * sectorBytes, entries * entryBytes);
}

/** A tool that knows no GPT must see a disk that is taken: MBR with one partition of type 0xEE. */
function checkProtective(source: ByteSource, tell: Tell): void {
  const mbr = source.read(0, 512);
  const types = [0, 1, 2, 3].map((i) => mbr[446 + 16 * i + 4]!);
  if (mbr.readUInt16LE(510) !== 0xaa55 || !types.includes(0xee)) tell('warning', 'protective mbr', 'protective-mbr', 'there is none, so older tools take the disk for empty');
  else if (types.some((type) => type !== 0 && type !== 0xee)) tell('note', 'protective mbr', 'hybrid-mbr', 'it names partitions of its own');
}

function checkBackup(source: ByteSource, primary: GptHeader, entries: Buffer, tell: Tell): void {
  const at = primary.otherSector * primary.sectorBytes;
  const missing = (why: string): void => tell('warning', 'gpt backup', 'backup-missing', why);
  if (!(at + primary.sectorBytes <= source.sizeBytes)) return missing(`it should lie at byte ${at}, the image ends at ${source.sizeBytes}`);
  if (source.read(at, 8).toString('latin1') !== SIGNATURE) return missing(`there is no header at byte ${at}`);
  const backup = parseHeader(source, at, primary.sectorBytes);
  const differ = (what: string): void => tell('warning', 'gpt backup', 'backup-differs', what);
  if (!backup.intact) differ('its checksum is not that of its bytes');
  if (backup.diskId !== primary.diskId) differ('it has another disk id');
  if (backup.entries !== primary.entries || backup.entryBytes !== primary.entryBytes) return differ('it has entries of another number or size');
  const end = backup.entriesSector * backup.sectorBytes + entries.byteLength;
  if (!(end <= source.sizeBytes) || !entriesOf(source, backup).equals(entries)) differ('it has other partitions');
  if (at + primary.sectorBytes !== source.sizeBytes) tell('note', 'gpt backup', 'backup-not-at-end', `it lies at byte ${at}, the image ends at ${source.sizeBytes}`);
}

function rowsOf(entries: Buffer, { entryBytes, sectorBytes }: GptHeader): PartitionRow[] {
  const rows: PartitionRow[] = [];
  for (let i = 0; i * entryBytes < entries.byteLength; i++) {
    const entry = entries.subarray(i * entryBytes, (i + 1) * entryBytes);
    const type = guidText(entry.subarray(0, 16));
    if (type === UNUSED) continue;
    const [first, last] = [unsigned64(entry, 32), unsigned64(entry, 40)] as const;
    if (!(last >= first && last < 2 ** 43)) damaged(`gpt partition ${i + 1}`, `lies from sector ${first} to ${last}`);
    rows.push({
      number: i + 1, offsetBytes: first * sectorBytes, sizeBytes: (last - first + 1) * sectorBytes, type, id: guidText(entry.subarray(16, 32)),
      name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''), attributes: `0x${entry.readBigUInt64LE(48).toString(16)}`,
    });
  }
  return rows;
}

export function checkOverlaps(rows: readonly PartitionRow[], source: ByteSource, tell: Tell): void {
  const byOffset = rows.toSorted((a, b) => a.offsetBytes - b.offsetBytes);
  for (const [i, row] of byOffset.entries()) {
    const before = byOffset[i - 1];
    if (before !== undefined && before.offsetBytes + before.sizeBytes > row.offsetBytes) tell('error', `partition ${row.number}`, 'overlapping-partitions', `begins before partition ${before.number} ends`);
    if (row.offsetBytes + row.sizeBytes > source.sizeBytes) tell('error', `partition ${row.number}`, 'truncated', `ends at byte ${row.offsetBytes + row.sizeBytes}, the image at ${source.sizeBytes}`);
  }
}

function layoutOf(header: GptHeader): LayoutFacts {
  return {
    diskId: header.diskId, sectorBytes: header.sectorBytes, entries: header.entries, entryBytes: header.entryBytes, firstUsableSector: header.firstUsable,
    lastUsableSector: header.lastUsable, backupSector: header.otherSector,
  };
}
