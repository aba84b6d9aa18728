import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { EntryFacts } from './image-content.ts';
import { signed64, unsigned64 } from './numbers.ts';
import { NODE, nodeOf } from './ubifs-node.ts';

export interface UbifsInode {
  number: number;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  isEncrypted: boolean;
  /** Inside the inode: a target, a device number, the value of an attribute. */
  data: Buffer;
  facts: EntryFacts;
}

const INODE_BYTES = 160;
const ENCRYPTED = 0x40;

export function readUbifsInode(source: ByteSource, at: number, number: number): UbifsInode {
  const place = `ubifs inode ${number}`;
  const { bytes: b } = nodeOf(source, at, NODE.inode, INODE_BYTES, place);
  if (b.readUInt32LE(24) !== number) damaged(place, `lies at byte ${at}, where inode ${b.readUInt32LE(24)} is`);
  const dataBytes = b.readUInt32LE(112);
  if (INODE_BYTES + dataBytes > b.byteLength) damaged(place, `has ${dataBytes} bytes of data in a node of ${b.byteLength}`);
  const stamp = (secondsAt: number, nanosecondsAt: number): { seconds: number; nanoseconds: number } => ({ seconds: signed64(b, secondsAt), nanoseconds: b.readUInt32LE(nanosecondsAt) });
  return {
    number, sizeBytes: unsigned64(b, 48), uid: b.readUInt32LE(96), gid: b.readUInt32LE(100), mode: b.readUInt32LE(104), isEncrypted: (b.readUInt32LE(108) & ENCRYPTED) !== 0,
    data: b.subarray(INODE_BYTES, INODE_BYTES + dataBytes),
    facts: { accessed: stamp(56, 80), changed: stamp(64, 84), modified: stamp(72, 88) },
  };
}
