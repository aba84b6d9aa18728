import { createHash } from 'node:crypto';

import { piecesOf, type ByteSource } from '../bytes/byte-source.ts';
import { Budget } from '../bytes/caps.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sizeText } from '../foundation/size-text.ts';
import { detect } from '../readers/detect.ts';
import { parseGpt, type PartitionRow, type PartitionTable } from '../readers/gpt.ts';
import { parseMbr } from '../readers/mbr.ts';
import { parseUbi } from '../readers/parse-ubi.ts';
import { partitionSource } from '../readers/partition-source.ts';
import { safeText } from './safe-text.ts';

/** What a file is from outside, without a look into its file systems; plain JSON. */
export interface ImageOutline {
  /** As its first bytes tell; null: nothing that is read here. */
  format: string | null;
  sizeBytes: number;
  sha256: Sha256;
  /** Of a disk in the order of its table, of UBI its volumes. */
  partitions: readonly PartitionOutline[];
  /** Why the table of a disk cannot be read. */
  unreadable?: string;
}

export interface PartitionOutline {
  number: number;
  name?: string;
  /** GPT: the type's GUID; MBR: `0x83`; UBI: `static` or `dynamic`. */
  type: string;
  offsetBytes: number;
  /** As the table says; the file may end earlier. */
  sizeBytes: number;
  format: string | null;
}

/** Reads it once, to hash it. Throws BYTES.IO. */
export function imageOutline(source: ByteSource): ImageOutline {
  const hash = createHash('sha256');
  for (const piece of piecesOf(source)) hash.update(piece);
  const format = detect(source) ?? null;
  return { format, sizeBytes: source.sizeBytes, sha256: hash.digest('hex') as Sha256, ...partitionsOf(source, format) };
}

const TABLES: Readonly<Record<string, (source: ByteSource) => PartitionTable>> = { gpt: parseGpt, mbr: parseMbr, ubi: (source) => parseUbi(source, new Budget()) };

function partitionsOf(source: ByteSource, format: string | null): Pick<ImageOutline, 'partitions' | 'unreadable'> {
  const parse = TABLES[format ?? ''];
  if (parse === undefined) return { partitions: [] };
  try {
    return { partitions: parse(source).rows.map((row) => partitionOutline(row, source)) };
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return { partitions: [], unreadable: error.message };
  }
}

function partitionOutline(row: PartitionRow, source: ByteSource): PartitionOutline {
  const { number, name = '', type, offsetBytes, sizeBytes } = row;
  return { number, ...(name === '' ? {} : { name }), type, offsetBytes, sizeBytes, format: detect(partitionSource(source, row)) ?? null };
}

/** For people; no control characters. */
export function outlineLines(side: string, { format, sizeBytes, sha256, partitions, unreadable }: ImageOutline): string[] {
  return [
    `${side.padEnd(5)}  ${format ?? 'bytes'}, ${sizeText(sizeBytes)}, sha256:${sha256}`,
    ...(unreadable === undefined ? [] : [`       ! ${unreadable}`]),
    ...partitions.map(({ number, name, type, offsetBytes, sizeBytes: size, format: inner }) => `       ${number}${name === undefined ? '' : ` "${name}"`}: ${inner ?? 'bytes'}, ${sizeText(size)} at ${sizeText(offsetBytes)}, type ${type}`),
  ].map((line) => safeText(line));
}
