import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import type { Xattrs } from '../tree/entry.ts';
import type { ErofsInode } from './erofs-inode.ts';
import type { ErofsSuperblock } from './erofs-superblock.ts';

const HEADER_BYTES = 12;
const PREFIXES: Readonly<Record<number, string>> = { 1: 'user.', 2: 'system.posix_acl_access', 3: 'system.posix_acl_default', 4: 'trusted.', 6: 'security.' };
const LONG_PREFIX = 0x80;

/** Those that several inodes share, by number, then the inode's own. */
export function xattrsOf(source: ByteSource, erofs: ErofsSuperblock, inode: ErofsInode): Xattrs | undefined {
  if (inode.xattrBytes === 0) return undefined;
  const place = `attributes of inode ${inode.nid}`;
  const body = source.read(inode.xattrAt, inode.xattrBytes);
  const shared = body[4]!;
  let at = HEADER_BYTES + 4 * shared;
  if (at > body.byteLength) damaged(place, `name ${shared} shared ones in ${body.byteLength} bytes`);
  const found: [string, string][] = [];
  for (let i = 0; i < shared; i++) found.push(sharedOne(source, erofs, body.readUInt32LE(HEADER_BYTES + 4 * i), place));
  while (at + 4 <= body.byteLength && body.readUInt32LE(at) !== 0) {
    const { pair, bytes } = entryAt(body.subarray(at), place);
    found.push(pair);
    at += bytes;
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function sharedOne(source: ByteSource, erofs: ErofsSuperblock, id: number, place: string): [string, string] {
  const at = erofs.xattrAt + 4 * id;
  const head = source.read(at, 4);
  return entryAt(source.read(at, 4 + head[0]! + head.readUInt16LE(2)), place).pair;
}

function entryAt(bytes: Buffer, place: string): { pair: [string, string]; bytes: number } {
  const [nameBytes, index, valueBytes] = [bytes[0]!, bytes[1]!, bytes.readUInt16LE(2)] as const;
  const end = 4 + nameBytes + valueBytes;
  if (end > bytes.byteLength) damaged(place, 'have one that is cut off');
  if ((index & LONG_PREFIX) !== 0) unsupported(place, 'an attribute with a long prefix of erofs');
  const prefix = PREFIXES[index] ?? unsupported(place, `an attribute of name space ${index}`);
  const pair: [string, string] = [prefix + bytes.toString('latin1', 4, 4 + nameBytes), bytes.toString('latin1', 4 + nameBytes, end)];
  return { pair, bytes: Math.ceil(end / 4) * 4 };
}
