import { streamOf, type ByteSource } from '../bytes/byte-source.ts';
import { Budget, type Caps } from '../bytes/caps.ts';
import type { Compression } from '../bytes/decompress.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import { unpackedSource } from '../bytes/unpacked-source.ts';
import type { Finding } from '../foundation/finding.ts';
import { detect } from './detect.ts';
import { parseGpt, type PartitionRow, type PartitionTable } from './gpt.ts';
import type { DiskContent, ImageContent, ImageFormat, Partition } from './image-content.ts';
import type { KnownContents } from './known-contents.ts';
import { layerList } from './layer-list.ts';
import { parseMbr } from './mbr.ts';
import { opaqueContent } from './opaque-content.ts';
import { parseUbi } from './parse-ubi.ts';
import { partitionSource } from './partition-source.ts';
import { readCpio } from './read-cpio.ts';
import { readErofs } from './read-erofs.ts';
import { readExt } from './read-ext.ts';
import { readFat } from './read-fat.ts';
import { readJffs2 } from './read-jffs2.ts';
import { readLayers } from './read-layers.ts';
import { readSquashfs } from './read-squashfs.ts';
import { readTarImage } from './read-tar-image.ts';
import { readUbifs } from './read-ubifs.ts';

/**
 * What is in an image, whatever it is. What cannot be read, or only in part, is `opaque` with the reason: this throws
 * only where the disk below fails (BYTES.IO). Blocking; run it in a worker thread. `known`: shared with images of much the same content.
 */
export function readImage(source: ByteSource, caps: Partial<Caps> = {}, known?: KnownContents): ImageContent {
  return readNested(source, new Budget(caps), known);
}

function readNested(source: ByteSource, budget: Budget, known: KnownContents | undefined): ImageContent {
  const format = detect(source);
  if (format === undefined) return opaqueContent(source);
  try {
    return budget.nested(`a ${format}`, () => readAs(format, source, budget, known));
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return opaqueContent(source, format, error);
  }
}

function tarOrLayers(source: ByteSource, budget: Budget, known: KnownContents | undefined): ImageContent {
  const archive = readTarImage(source, budget, known);
  const list = layerList(archive);
  return list === undefined ? archive : readLayers(archive, list, budget);
}

const TREES: Readonly<Partial<Record<ImageFormat, (source: ByteSource, budget: Budget, known: KnownContents | undefined) => ImageContent>>> = {
  ext: readExt, squashfs: readSquashfs, ubifs: readUbifs, jffs2: readJffs2, erofs: readErofs, fat: readFat, cpio: readCpio, tar: tarOrLayers,
};

function readAs(format: ImageFormat, source: ByteSource, budget: Budget, known: KnownContents | undefined): ImageContent {
  const tree = TREES[format];
  if (tree !== undefined) return tree(source, budget, known);
  if (format === 'gpt') return disk(parseGpt(source), source, budget, known);
  if (format === 'mbr') return disk(parseMbr(source), source, budget, known);
  if (format === 'ubi') return disk(parseUbi(source, budget), source, budget, known);
  return compressed(format as Compression, source, budget, known);
}

function disk(table: PartitionTable, source: ByteSource, budget: Budget, known: KnownContents | undefined): DiskContent {
  const { format, rows, layout, findings } = table;
  return { kind: 'disk', format, layout, findings, partitions: rows.map((row) => partition(row, source, budget, known)) };
}

function partition(row: PartitionRow, source: ByteSource, budget: Budget, known: KnownContents | undefined): Partition {
  budget.entry(`partition ${row.number}`, 0);
  return { ...row, content: readNested(partitionSource(source, row), budget, known?.nested(`partition ${row.number}`)) };
}

function compressed(compression: Compression, source: ByteSource, budget: Budget, known: KnownContents | undefined): ImageContent {
  const place = `the ${compression} stream`;
  const { bytes, packedBytes, facts } = unpackedSource(source, compression, budget, place);
  // What is unpacked as it is asked for is hashed as it comes: hashed later, it would be read back and forth.
  const content = readNested(bytes, budget, bytes.isForward === true ? undefined : known);
  return { kind: 'compressed', compression, facts, packedBytes, sizeBytes: bytes.sizeBytes, bytes, content, findings: behind(source, packedBytes, compression) };
}

function behind(source: ByteSource, packedBytes: number, compression: Compression): Finding[] {
  for (const piece of streamOf(source, packedBytes)) {
    if (piece.every((byte) => byte === 0)) continue;
    return [{ severity: 'warning', path: compression, line: 0, rule: 'trailing-bytes', message: `${source.sizeBytes - packedBytes} bytes follow the compressed data` }];
  }
  return [];
}
