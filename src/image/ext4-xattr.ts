import { Failure } from '../foundation/failure.ts';
import { compareText } from '../foundation/order.ts';
import { displayPath, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { crc32c } from '../bytes/crc32c.ts';
import { BLOCK_BYTES, EXTRA_INODE_BYTES, INODE_BYTES } from './ext4-format.ts';

/** Attributes of one inode, laid out: what fits stands in the inode, the rest in one block (ext4/attributes.rst). */
export interface PlannedXattrs {
  /** Bytes behind the inode's extra fields; empty where there are none. */
  inInode: Buffer;
  inBlock: readonly Attribute[];
}

interface Attribute { index: number; name: string; value: string }

const MAGIC = 0xea02_0000;
const INODE_SPACE = INODE_BYTES - 128 - EXTRA_INODE_BYTES;
const BLOCK_HEADER = 32;
const INODE_HEADER = 4;
const PREFIXES = [['user.', 1], ['trusted.', 4], ['security.', 6]] as const;
export const NO_XATTRS: PlannedXattrs = { inInode: Buffer.alloc(0), inBlock: [] };

/** Throws IMAGE.UNSUPPORTED for name spaces that a file cannot carry and for more than inode and block hold. */
export function planXattrs(path: PathBytes, xattrs: Xattrs | undefined): PlannedXattrs {
  if (xattrs === undefined) return NO_XATTRS;
  const attributes = Object.entries(xattrs).map(([name, value]) => attribute(path, name, value)).toSorted(inBlockOrder);
  const inside: Attribute[] = [];
  const outside: Attribute[] = [];
  for (const one of attributes) {
    const fits = INODE_HEADER + spaceOf([...inside, one]) + TERMINATOR <= INODE_SPACE;
    (fits ? inside : outside).push(one);
  }
  if (BLOCK_HEADER + spaceOf(outside) + TERMINATOR > BLOCK_BYTES) {
    refuse(path, `its extended attributes take ${spaceOf(outside)} bytes, one block holds ${BLOCK_BYTES - BLOCK_HEADER - TERMINATOR}`);
  }
  return { inInode: inside.length === 0 ? NO_XATTRS.inInode : inodeBytes(inside), inBlock: outside };
}

const TERMINATOR = 4;

function attribute(path: PathBytes, name: string, value: string): Attribute {
  const prefix = PREFIXES.find(([text]) => name.startsWith(text) && name.length > text.length);
  if (prefix === undefined) return refuse(path, `its extended attribute "${name}" is in no name space that ext4 stores as plain bytes (user., trusted., security.)`);
  const rest = name.slice(prefix[0].length);
  if (rest.length > 255) return refuse(path, `its extended attribute "${name.slice(0, 40)}…" has a name of more than 255 bytes`);
  return { index: prefix[1], name: rest, value };
}

function refuse(path: PathBytes, why: string): never {
  throw new Failure('IMAGE.UNSUPPORTED', `ext4 cannot say /${displayPath(path)}: ${why}`, { place: displayPath(path) });
}

/** The kernel looks entries of a block up in this order. */
function inBlockOrder(a: Attribute, b: Attribute): number {
  return a.index - b.index || a.name.length - b.name.length || compareText(a.name, b.name);
}

const up4 = (size: number): number => (size + 3) & ~3;
const spaceOf = (attributes: readonly Attribute[]): number => attributes.reduce((sum, { name, value }) => sum + 16 + up4(name.length) + up4(value.length), 0);

function inodeBytes(attributes: readonly Attribute[]): Buffer {
  const bytes = Buffer.alloc(INODE_SPACE);
  bytes.writeUInt32LE(MAGIC, 0);
  // Offsets of values count from the first entry here, from the block's start in a block.
  layOut(bytes.subarray(INODE_HEADER), 0, attributes);
  return bytes;
}

/** The attribute block; `seed` is the file system's checksum seed. */
export function xattrBlock(attributes: readonly Attribute[], block: number, seed: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  const hashes = layOut(bytes, BLOCK_HEADER, attributes);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(hashes.reduce((hash, entry) => ((hash << 16) ^ (hash >>> 16) ^ entry) >>> 0, 0), 12);
  const number = Buffer.alloc(8);
  number.writeUInt32LE(block);
  bytes.writeUInt32LE(crc32c(crc32c(seed, number), bytes), 16);
  return bytes;
}

/** Entries from `start` on, values from the end down; returns the hash of each. */
function layOut(bytes: Buffer, start: number, attributes: readonly Attribute[]): number[] {
  let at = start;
  let valueEnd = bytes.length;
  return attributes.map(({ index, name, value }) => {
    valueEnd -= up4(value.length);
    bytes.write(value, valueEnd, 'latin1');
    const hash = entryHash(name, bytes.subarray(valueEnd, valueEnd + up4(value.length)));
    bytes[at] = name.length;
    bytes[at + 1] = index;
    bytes.writeUInt16LE(value.length === 0 ? 0 : valueEnd, at + 2);
    bytes.writeUInt32LE(value.length, at + 8);
    bytes.writeUInt32LE(hash, at + 12);
    bytes.write(name, at + 16, 'latin1');
    at += 16 + up4(name.length);
    return hash;
  });
}

/** ext4_xattr_hash_entry: the name's bytes unsigned, as kernels since 6.2 write it and all read it. */
function entryHash(name: string, value: Buffer): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = ((hash << 5) ^ (hash >>> 27) ^ name.charCodeAt(i)) >>> 0;
  for (let i = 0; i < value.length; i += 4) hash = ((hash << 16) ^ (hash >>> 16) ^ value.readUInt32LE(i)) >>> 0;
  return hash;
}
