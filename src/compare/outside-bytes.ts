import { createHash } from 'node:crypto';

import { streamOf, type ByteSource } from '../bytes/byte-source.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { DiskContent, ImageContent, TreeContent } from '../readers/image-content.ts';

/** A stretch of an image that neither a tree nor a table accounts for. */
export interface Region { name: string; start: number; end: number }

/** Where a boot loader, a signature, a hash tree or anything hidden may lie. In the order of the bytes. */
export function outsideRegions(content: ImageContent, sizeBytes: number): Region[] {
  const regions = content.kind === 'disk' ? diskRegions(content, sizeBytes)
    : content.kind === 'tree' ? treeRegions(content, sizeBytes)
    : content.kind === 'compressed' ? [{ name: 'behind the stream', start: content.packedBytes, end: sizeBytes }] : [];
  return regions.map(({ name, start, end }) => ({ name, start: Math.min(start, sizeBytes), end: Math.min(end, sizeBytes) })).filter(({ start, end }) => start < end);
}

function treeRegions({ format, layout }: TreeContent, sizeBytes: number): Region[] {
  const fact = (key: string): number => Number(layout[key]);
  const behind = (start: number): Region => ({ name: 'behind the end', start, end: sizeBytes });
  switch (format) {
    case 'ext2': case 'ext3': case 'ext4': case 'erofs': return [{ name: 'boot block', start: 0, end: 1024 }, behind(fact('blocks') * fact('blockBytes'))];
    case 'squashfs': return [behind(fact('bytesUsed'))];
    case 'tar': return [behind(fact('endsAt'))];
    case 'fat12': case 'fat16': return [{ name: 'boot code', start: 62, end: 510 }];
    case 'fat32': return [{ name: 'boot code', start: 90, end: 510 }];
    default: return [];
  }
}

const MBR_CODE_BYTES = 440;
const MBR_BYTES = 512;
/** Entries two to four: a disk with a GPT alone has nothing there. */
const HYBRID_TABLE = { start: 462, end: 510 };

function diskRegions(disk: DiskContent, sizeBytes: number): Region[] {
  const { format, layout, partitions } = disk;
  // Flash has no place for a stranger but blocks of no volume, whose number the layout tells.
  if (format === 'ubi') return [];
  const sector = Number(layout['sectorBytes']);
  const isGpt = format === 'gpt';
  const first = isGpt ? 2 * sector + Number(layout['entries']) * Number(layout['entryBytes']) : MBR_BYTES;
  const last = isGpt ? (Number(layout['lastUsableSector']) + 1) * sector : sizeBytes;
  const gaps: Region[] = [];
  let at = first;
  for (const { number, offsetBytes, sizeBytes: length } of partitions.toSorted((a, b) => a.offsetBytes - b.offsetBytes)) {
    gaps.push({ name: `before partition ${number}`, start: at, end: offsetBytes });
    at = Math.max(at, offsetBytes + length);
  }
  const behindTable = isGpt ? [{ name: 'behind the backup table', start: (Number(layout['backupSector']) + 1) * sector, end: sizeBytes }] : [];
  const hybrid = isGpt ? [{ name: 'hybrid partition table', ...HYBRID_TABLE }] : [];
  return [{ name: 'boot code', start: 0, end: MBR_CODE_BYTES }, ...hybrid, ...gaps, { name: 'behind the last partition', start: at, end: last }, ...behindTable];
}

const ZERO = 0;

/** Zeros at the end are padding. Undefined: nothing but zeros. */
export function regionDigest(source: ByteSource, { start, end }: Region): Sha256 | undefined {
  const hash = createHash('sha256');
  let zeros = 0;
  let isEmpty = true;
  for (const piece of streamOf(source, start, end - start)) {
    let used = piece.byteLength;
    while (used > 0 && piece[used - 1] === ZERO) used--;
    if (used > 0) {
      for (; zeros > 0; zeros -= Math.min(zeros, PADDING.length)) hash.update(PADDING.subarray(0, zeros));
      hash.update(piece.subarray(0, used));
      isEmpty = false;
    }
    zeros += piece.byteLength - used;
  }
  return isEmpty ? undefined : hash.digest('hex') as Sha256;
}

const PADDING = Buffer.alloc(64 * 1024);
