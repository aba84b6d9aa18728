import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { ErofsSuperblock } from './erofs-superblock.ts';
import type { Stamp } from './image-content.ts';
import { signed64, unsigned64 } from './numbers.ts';

/** How an inode's content is stored. */
export const DATA_LAYOUT = { plain: 0, compressedFull: 1, inline: 2, compressedCompact: 3, chunks: 4 } as const;

export interface ErofsInode {
  nid: number;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  layout: number;
  /** First block, device number, or format of the chunks. */
  union: number;
  modified: Stamp;
  /** Attributes begin here … */
  xattrAt: number;
  xattrBytes: number;
  /** … and what follows them here: a tail, an index. */
  endAt: number;
}

const SLOT_BYTES = 32;

export function readErofsInode(source: ByteSource, erofs: ErofsSuperblock, nid: number, place: string): ErofsInode {
  const at = erofs.metaAt + nid * SLOT_BYTES;
  const head = source.read(at, SLOT_BYTES);
  const format = head.readUInt16LE(0);
  const layout = (format >>> 1) & 7;
  if (format > 0xf || layout > DATA_LAYOUT.chunks) damaged(place, `is inode ${nid} of the unknown format 0x${format.toString(16)}`);
  const isExtended = (format & 1) === 1;
  const xattrCount = head.readUInt16LE(2);
  const xattrBytes = xattrCount === 0 ? 0 : 12 + (xattrCount - 1) * 4;
  const xattrAt = at + (isExtended ? 2 * SLOT_BYTES : SLOT_BYTES);
  const common = { nid, mode: head.readUInt16LE(4), layout, union: head.readUInt32LE(16), xattrAt, xattrBytes, endAt: xattrAt + xattrBytes };
  if (!isExtended) {
    const modified = { seconds: erofs.madeAt, nanoseconds: erofs.madeAtNanoseconds };
    return { ...common, sizeBytes: head.readUInt32LE(8), uid: head.readUInt16LE(24), gid: head.readUInt16LE(26), modified };
  }
  const b = source.read(at, 2 * SLOT_BYTES);
  return { ...common, sizeBytes: unsigned64(b, 8), uid: b.readUInt32LE(24), gid: b.readUInt32LE(28), modified: { seconds: signed64(b, 32), nanoseconds: b.readUInt32LE(40) } };
}
