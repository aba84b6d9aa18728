import type { EntryKind, PathBytes } from '../tree/entry.ts';
import { crc32c } from '../bytes/crc32c.ts';
import { BLOCK_BYTES } from './ext4-format.ts';

/** A name in a directory (ext4/directory.rst, linear form). */
export interface DirectoryName {
  name: PathBytes;
  inode: number;
  kind: Exclude<EntryKind, 'hard-link'>;
}

const FILE_TYPES = { 'file': 1, 'directory': 2, 'character-device': 3, 'block-device': 4, 'fifo': 5, 'symlink': 7 } as const;
/** The last twelve bytes of a block look like an unused entry and hold its checksum. */
const TAIL_BYTES = 12;
const USABLE_BYTES = BLOCK_BYTES - TAIL_BYTES;

const recordBytes = (name: string): number => 8 + ((name.length + 3) & ~3);

/** Names by block; an entry never crosses one. `.` and `..` must come first. */
export function packDirectory(names: readonly DirectoryName[]): DirectoryName[][] {
  const blocks: DirectoryName[][] = [[]];
  let used = 0;
  for (const name of names) {
    const size = recordBytes(name.name);
    if (used + size > USABLE_BYTES) { blocks.push([]); used = 0; }
    blocks.at(-1)!.push(name);
    used += size;
  }
  return blocks;
}

/** `seed`: the inode's checksum seed. */
export function directoryBlock(names: readonly DirectoryName[], seed: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  let at = 0;
  names.forEach(({ name, inode, kind }, index) => {
    const size = index === names.length - 1 ? USABLE_BYTES - at : recordBytes(name);
    bytes.writeUInt32LE(inode, at);
    bytes.writeUInt16LE(size, at + 4);
    bytes[at + 6] = name.length;
    bytes[at + 7] = FILE_TYPES[kind];
    bytes.write(name, at + 8, 'latin1');
    at += size;
  });
  bytes.writeUInt16LE(TAIL_BYTES, USABLE_BYTES + 4);
  bytes[USABLE_BYTES + 7] = 0xde;
  bytes.writeUInt32LE(crc32c(seed, bytes.subarray(0, USABLE_BYTES)), USABLE_BYTES + 8);
  return bytes;
}
