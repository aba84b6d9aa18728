import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { checkOverlaps, type PartitionRow, type PartitionTable } from './gpt.ts';

const SECTOR_BYTES = 512;
const TABLE_AT = 446;
const ENTRY_BYTES = 16;
const EXTENDED = new Set([0x05, 0x0f, 0x85]);
const FIRST_LOGICAL = 5;
const MAX_LOGICAL = 256;

interface MbrEntry { active: boolean; type: number; first: number; sectors: number }

/** A boot signature alone proves nothing: every entry must be empty or plausible, and one must be there. */
export function looksLikeMbr(source: ByteSource): boolean {
  const sector = peek(source, 0, SECTOR_BYTES);
  if (sector.byteLength < SECTOR_BYTES || sector.readUInt16LE(510) !== 0xaa55) return false;
  const flags = [0, 1, 2, 3].map((i) => sector[TABLE_AT + i * ENTRY_BYTES]!);
  const entries = entriesOf(sector);
  const disk = Math.ceil(source.sizeBytes / SECTOR_BYTES);
  return flags.every((flag) => flag === 0 || flag === 0x80) && entries.some(({ type }) => type !== 0)
    && entries.every(({ type, first, sectors }) => type === 0 ? first === 0 && sectors === 0 : first > 0 && sectors > 0 && first < disk);
}

/** Four primary partitions; an extended one holds a chain of tables, each with one logical partition and the next table. */
export function parseMbr(source: ByteSource): PartitionTable {
  const sector = source.read(0, SECTOR_BYTES);
  const findings: Finding[] = [];
  const rows: PartitionRow[] = [];
  for (const [i, entry] of entriesOf(sector).entries()) {
    if (entry.type === 0) continue;
    rows.push(rowOf(entry, i + 1, 0));
    if (EXTENDED.has(entry.type)) rows.push(...logicalRows(source, entry.first, FIRST_LOGICAL + rows.filter(({ number }) => number >= FIRST_LOGICAL).length));
  }
  const shown = rows.filter(({ type }) => !EXTENDED.has(Number(type)));
  checkOverlaps(shown, source, (severity, path, rule, message) => { findings.push({ severity, path, line: 0, rule, message }); });
  const diskId = `0x${sector.readUInt32LE(440).toString(16).padStart(8, '0')}`;
  return { format: 'mbr', rows: shown.toSorted((a, b) => a.number - b.number), findings, layout: { diskId, sectorBytes: SECTOR_BYTES, extended: shown.length < rows.length } };
}

function logicalRows(source: ByteSource, extendedFirst: number, firstNumber: number): PartitionRow[] {
  const rows: PartitionRow[] = [];
  const seen = new Set<number>();
  for (let table = extendedFirst, next = 0; ; table = extendedFirst + next) {
    const place = `mbr table at sector ${table}`;
    if (seen.has(table)) damaged(place, 'comes twice in a chain of extended partitions');
    if (seen.size === MAX_LOGICAL) damaged(place, `is the ${MAX_LOGICAL + 1}th of a chain`);
    seen.add(table);
    const sector = source.read(table * SECTOR_BYTES, SECTOR_BYTES);
    if (sector.readUInt16LE(510) !== 0xaa55) damaged(place, 'has no signature');
    const [own, link] = entriesOf(sector) as [MbrEntry, MbrEntry];
    if (own.type !== 0) rows.push(rowOf(own, firstNumber + rows.length, table));
    if (!EXTENDED.has(link.type) || link.first === 0) return rows;
    next = link.first;
  }
}

function entriesOf(sector: Buffer): MbrEntry[] {
  return [0, 1, 2, 3].map((i) => {
    const at = TABLE_AT + i * ENTRY_BYTES;
    return { active: sector[at] === 0x80, type: sector[at + 4]!, first: sector.readUInt32LE(at + 8), sectors: sector.readUInt32LE(at + 12) };
  });
}

function rowOf({ active, type, first, sectors }: MbrEntry, number: number, base: number): PartitionRow {
  return {
    number, offsetBytes: (base + first) * SECTOR_BYTES, sizeBytes: sectors * SECTOR_BYTES, type: `0x${type.toString(16).padStart(2, '0')}`, attributes: active ? 'active' : '',
  };
}
