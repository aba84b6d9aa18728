import { crc32c } from '../bytes/crc32c.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import type { Xattrs } from '../tree/entry.ts';
import { blockData, checkSmall, joined } from './ext-data.ts';
import { readExtInode, type ExtInode } from './ext-inode.ts';
import type { ExtVolume } from './ext-volume.ts';
import { portableAcl } from './posix-acl.ts';

const MAGIC = 0xea02_0000;
const ENTRY_BYTES = 16;
const BLOCK_HEADER_BYTES = 32;
/** XATTR_SIZE_MAX of Linux. */
const MAX_VALUE_BYTES = 65_536;

/** Linux Documentation/filesystems/ext4/attributes.rst: number to prefix. */
const PREFIXES: Readonly<Record<number, string>> = {
  0: '', 1: 'user.', 2: 'system.posix_acl_access', 3: 'system.posix_acl_default', 4: 'trusted.', 6: 'security.', 7: 'system.', 8: 'system.richacl',
};
const INLINE_DATA = 'system.data';

/** Attributes in the inode and in its block; the one that is really file data is left out. */
export function xattrsOf(volume: ExtVolume, inode: ExtInode): Xattrs | undefined {
  if (inode.attributeBlock === 0 && !hasOwn(inode)) return undefined;
  const found = [...inInode(volume, inode), ...inBlock(volume, inode)].filter(([name]) => name !== INLINE_DATA);
  return found.length === 0 ? undefined : Object.fromEntries(found.map(([name, value]) => [name, portable(name, value, inode)]));
}

/** What of inline data does not fit into the inode's own 60 bytes. */
export function inlineRest(volume: ExtVolume, inode: ExtInode): Buffer {
  return [...inInode(volume, inode)].find(([name]) => name === INLINE_DATA)?.[1] ?? Buffer.alloc(0);
}

function portable(name: string, value: Buffer, inode: ExtInode): string {
  const bytes = name.startsWith('system.posix_acl_') ? portableAcl(value, `attributes of inode ${inode.number}`) : value;
  return bytes.toString('latin1');
}

function hasOwn({ extra }: ExtInode): boolean {
  return extra.byteLength >= 4 && extra.readUInt32LE(0) === MAGIC;
}

function inInode(volume: ExtVolume, inode: ExtInode): Iterable<[string, Buffer]> {
  if (!hasOwn(inode)) return [];
  const space = inode.extra.subarray(4);
  return entries(volume, inode, space, space);
}

function inBlock(volume: ExtVolume, inode: ExtInode): Iterable<[string, Buffer]> {
  if (inode.attributeBlock === 0) return [];
  const place = `attribute block of inode ${inode.number}`;
  const block = volume.block(inode.attributeBlock, place);
  if (block.readUInt32LE(0) !== MAGIC) damaged(place, 'has no magic number');
  checkBlock(volume, inode.attributeBlock, block, place);
  return entries(volume, inode, block.subarray(BLOCK_HEADER_BYTES), block);
}

function checkBlock(volume: ExtVolume, number: number, block: Buffer, place: string): void {
  const { checksumSeed } = volume.ext;
  if (checksumSeed === undefined) return;
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(number));
  const cleared = Buffer.from(block);
  cleared.writeUInt32LE(0, 16);
  if (crc32c(crc32c(checksumSeed, start), cleared) !== block.readUInt32LE(16)) volume.reportChecksum(place);
}

/** `values`: where value offsets count from. */
function* entries(volume: ExtVolume, inode: ExtInode, list: Buffer, values: Buffer): Generator<[string, Buffer]> {
  const place = `attributes of inode ${inode.number}`;
  for (let at = 0; at + 4 <= list.byteLength && list.readUInt32LE(at) !== 0;) {
    if (at + ENTRY_BYTES > list.byteLength) damaged(place, 'end in the middle of one');
    const nameBytes = list[at]!;
    const end = at + ENTRY_BYTES + nameBytes;
    if (end > list.byteLength) damaged(place, 'have a name that is cut off');
    const prefix = PREFIXES[list[at + 1]!] ?? unsupported(place, `an attribute of name space ${list[at + 1]}`);
    const size = list.readUInt32LE(at + 8);
    const valueInode = list.readUInt32LE(at + 4);
    const value = valueInode === 0 ? valueAt(values, list.readUInt16LE(at + 2), size, place) : valueOf(volume, valueInode, size, place);
    yield [prefix + list.toString('latin1', at + ENTRY_BYTES, end), value];
    at = end + ((4 - (end % 4)) % 4);
  }
}

function valueAt(values: Buffer, offset: number, size: number, place: string): Buffer {
  if (offset + size > values.byteLength) damaged(place, 'have a value that lies outside');
  return values.subarray(offset, offset + size);
}

function valueOf(volume: ExtVolume, number: number, size: number, place: string): Buffer {
  const inode = readExtInode(volume, number, () => place);
  checkSmall(inode, MAX_VALUE_BYTES);
  const value = joined(blockData(volume, inode));
  return value.byteLength === size ? value : damaged(place, `have a value of ${size} bytes in an inode of ${value.byteLength}`);
}
