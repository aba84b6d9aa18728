import { damaged } from '../bytes/read-failure.ts';
import { unsigned64 } from './numbers.ts';
import type { MetadataCursor } from './squashfs-metadata.ts';
import { NO_TABLE } from './squashfs-superblock.ts';

interface Common {
  number: number;
  mode: number;
  uidIndex: number;
  gidIndex: number;
  modified: number;
  /** Index into the attribute table; absent: none. */
  xattrs?: number;
}

export interface SquashfsDirectory extends Common { kind: 'directory'; block: number; offset: number; sizeBytes: number }
export interface SquashfsFile extends Common {
  kind: 'file';
  sizeBytes: number;
  firstBlock: number;
  /** One word a block: length, bit 24 for "not compressed"; 0 is a hole. */
  blocks: Buffer;
  /** Absent: the last block is a block of its own. */
  fragment?: { index: number; offset: number };
}
export type SquashfsInode = SquashfsDirectory | SquashfsFile
  | (Common & { kind: 'symlink'; target: string })
  | (Common & { kind: 'character-device' | 'block-device'; major: number; minor: number })
  | (Common & { kind: 'fifo' | 'socket' });

const NONE = 0xffff_ffff;
const MAX_TARGET_BYTES = 65_535;
/** What the word list of one file may take: 4 MiB of words are 128 GiB of blocks of 128 KiB. */
const MAX_WORD_BYTES = 4 * 2 ** 20;

/** fs/squashfs/squashfs_fs.h: types 1 to 7 are the short forms, 8 to 14 the same with more room. */
export function parseSquashfsInode(cursor: MetadataCursor, blockBytes: number, place: string): SquashfsInode {
  const header = cursor.take(16);
  const type = header.readUInt16LE(0);
  const common: Common = {
    mode: header.readUInt16LE(2) & 0o7777, uidIndex: header.readUInt16LE(4), gidIndex: header.readUInt16LE(6), modified: header.readUInt32LE(8), number: header.readUInt32LE(12),
  };
  switch (type) {
    case 1: return shortDirectory(cursor, common);
    case 8: return longDirectory(cursor, common);
    case 2: return shortFile(cursor, common, blockBytes, place);
    case 9: return longFile(cursor, common, blockBytes, place);
    case 3: case 10: return symlink(cursor, common, type === 10, place);
    case 4: case 5: case 11: case 12: return device(cursor, common, type);
    case 6: case 7: case 13: case 14: return pipe(cursor, common, type);
    default: return damaged(place, `is an inode of the unknown type ${type}`);
  }
}

function withXattrs(common: Common, index: number): Common {
  return index === NONE ? common : { ...common, xattrs: index };
}

function shortDirectory(cursor: MetadataCursor, common: Common): SquashfsInode {
  const b = cursor.take(16);
  return { kind: 'directory', ...common, block: b.readUInt32LE(0), sizeBytes: b.readUInt16LE(8), offset: b.readUInt16LE(10) };
}

function longDirectory(cursor: MetadataCursor, common: Common): SquashfsInode {
  const b = cursor.take(24);
  return { kind: 'directory', ...withXattrs(common, b.readUInt32LE(20)), sizeBytes: b.readUInt32LE(4), block: b.readUInt32LE(8), offset: b.readUInt16LE(18) };
}

function shortFile(cursor: MetadataCursor, common: Common, blockBytes: number, place: string): SquashfsInode {
  const b = cursor.take(16);
  return file(cursor, common, blockBytes, place, { firstBlock: b.readUInt32LE(0), index: b.readUInt32LE(4), offset: b.readUInt32LE(8), sizeBytes: b.readUInt32LE(12) });
}

function longFile(cursor: MetadataCursor, common: Common, blockBytes: number, place: string): SquashfsInode {
  const b = cursor.take(40);
  const shape = { firstBlock: unsigned64(b, 0), sizeBytes: unsigned64(b, 8), index: b.readUInt32LE(28), offset: b.readUInt32LE(32) };
  return file(cursor, withXattrs(common, b.readUInt32LE(36)), blockBytes, place, shape);
}

interface FileShape { firstBlock: number; sizeBytes: number; index: number; offset: number }

function file(cursor: MetadataCursor, common: Common, blockBytes: number, place: string, { firstBlock, sizeBytes, index, offset }: FileShape): SquashfsInode {
  const hasFragment = index !== NONE;
  const wordBytes = 4 * (hasFragment ? Math.floor(sizeBytes / blockBytes) : Math.ceil(sizeBytes / blockBytes));
  if (!(sizeBytes < NO_TABLE) || wordBytes > MAX_WORD_BYTES) damaged(place, `states ${sizeBytes} bytes, more than its list of blocks may take`);
  const blocks = Buffer.from(cursor.take(wordBytes));
  return { kind: 'file', ...common, sizeBytes, firstBlock, blocks, ...(hasFragment ? { fragment: { index, offset } } : {}) };
}

function symlink(cursor: MetadataCursor, common: Common, isLong: boolean, place: string): SquashfsInode {
  const size = cursor.take(8).readUInt32LE(4);
  if (size > MAX_TARGET_BYTES) damaged(place, `is a link with a target of ${size} bytes`);
  const target = cursor.take(size).toString('latin1');
  return { kind: 'symlink', ...(isLong ? withXattrs(common, cursor.take(4).readUInt32LE(0)) : common), target };
}

function device(cursor: MetadataCursor, common: Common, type: number): SquashfsInode {
  const rdev = cursor.take(8).readUInt32LE(4);
  const own = type > 7 ? withXattrs(common, cursor.take(4).readUInt32LE(0)) : common;
  const kind = type === 4 || type === 11 ? 'block-device' : 'character-device';
  return { kind, ...own, major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}

function pipe(cursor: MetadataCursor, common: Common, type: number): SquashfsInode {
  cursor.take(4);
  const own = type > 7 ? withXattrs(common, cursor.take(4).readUInt32LE(0)) : common;
  return { kind: type === 6 || type === 13 ? 'fifo' : 'socket', ...own };
}
