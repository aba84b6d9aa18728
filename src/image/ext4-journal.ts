import { BLOCK_BYTES } from './ext4-format.ts';

/** The first block of an empty journal (ext4/journal.rst); the rest of it is zeros. Big-endian. */
export function journalSuperblock(blocks: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  // Magic, "superblock, version 2", sequence of the header.
  [0xc03b_3998, 4, 0].forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  // Block size, length, first block of the log, first sequence, start (0: nothing to replay), no error.
  [BLOCK_BYTES, blocks, 1, 1, 0, 0].forEach((value, index) => bytes.writeUInt32BE(value, 0x0c + 4 * index));
  // One user.
  bytes.writeUInt32BE(1, 0x40);
  return bytes;
}
