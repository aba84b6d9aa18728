import { damaged } from '../bytes/read-failure.ts';
import { blockData, checkSmall, joined } from './ext-data.ts';
import { FLAG, type ExtInode } from './ext-inode.ts';
import type { ExtVolume } from './ext-volume.ts';
import { inlineRest } from './ext-xattrs.ts';
import type { Piece } from './hash-pieces.ts';

/** The bytes of an inode, wherever they are; holes as their length. A piece is good until the next is asked for. */
export function contentOf(volume: ExtVolume, inode: ExtInode, room?: Buffer): Iterable<Piece> {
  return (inode.flags & FLAG.inlineData) === 0 ? blockData(volume, inode, room) : [inlineData(volume, inode)];
}

/** All of it at once, for what is known to be small. */
export function wholeContent(volume: ExtVolume, inode: ExtInode, limitBytes: number): Buffer {
  checkSmall(inode, limitBytes);
  return joined(contentOf(volume, inode));
}

function inlineData(volume: ExtVolume, inode: ExtInode): Buffer {
  const bytes = Buffer.concat([inode.root, inlineRest(volume, inode)]);
  if (inode.sizeBytes > bytes.byteLength) damaged(`inode ${inode.number}`, `states ${inode.sizeBytes} bytes inside the inode and holds ${bytes.byteLength}`);
  return bytes.subarray(0, inode.sizeBytes);
}
