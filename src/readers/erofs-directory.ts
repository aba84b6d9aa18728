import { damaged } from '../bytes/read-failure.ts';
import { unsigned64 } from './numbers.ts';

const DIRENT_BYTES = 12;

/** Names and inode numbers of one block of a directory, without `.` and `..`: fixed records first, the names behind them. */
export function* erofsDirents(block: Buffer, place: string): Generator<[string, number]> {
  const namesAt = block.byteLength >= DIRENT_BYTES ? block.readUInt16LE(8) : 0;
  if (namesAt < DIRENT_BYTES || namesAt % DIRENT_BYTES !== 0 || namesAt > block.byteLength) damaged(place, `has a directory block whose names begin at byte ${namesAt}`);
  for (let at = 0; at < namesAt; at += DIRENT_BYTES) {
    const from = block.readUInt16LE(at + 8);
    const to = at + DIRENT_BYTES < namesAt ? block.readUInt16LE(at + DIRENT_BYTES + 8) : block.byteLength;
    if (from < namesAt || to < from || to > block.byteLength) damaged(place, `has a name from byte ${from} to ${to} of a directory block`);
    const stored = block.toString('latin1', from, to);
    const name = at + DIRENT_BYTES < namesAt ? stored : stored.replace(/\0.*$/s, '');
    if (name !== '.' && name !== '..') yield [name, unsigned64(block, at)];
  }
}
