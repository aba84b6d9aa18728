import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { unsigned64 } from './numbers.ts';
import { ENTRY_BYTES, KEY, keyAt, parseNamed, type UbifsIndex } from './ubifs-index.ts';
import { NODE, nodesFrom, type UbifsNode } from './ubifs-node.ts';
import { FIRST_LOG_BLOCK, type UbifsMaster, type UbifsSuperblock } from './ubifs-superblock.ts';

const FILE_BLOCK_BYTES = 4096;
const INODE_BYTES = 160;
const TRUNCATION_BYTES = 56;


export interface Replayed { nodes: number; torn: boolean }

/** What was written since the index was: the log names the blocks, their nodes count in the order of their numbers. */
export function replayJournal(source: ByteSource, ubifs: UbifsSuperblock, master: UbifsMaster, index: UbifsIndex, budget: Budget): Replayed {
  const nodes: UbifsNode[] = [];
  let torn = false;
  for (const start of journalStarts(source, ubifs, master)) {
    const blockStart = Math.floor(start / ubifs.blockBytes) * ubifs.blockBytes;
    const walk = nodesFrom(source, start, Math.min(blockStart + ubifs.blockBytes, source.sizeBytes));
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) { torn ||= step.value === 'damaged'; break; }
      budget.held('ubifs journal', step.value.bytes.byteLength);
      nodes.push(step.value);
    }
  }
  for (const node of nodes.toSorted((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0))) replay(node, index);
  return { nodes: nodes.length, torn };
}

/** Of the log from where the last commit began it: the references behind its mark. */
function journalStarts(source: ByteSource, { blockBytes, blocks, logBlocks }: UbifsSuperblock, master: UbifsMaster): Set<number> {
  const starts = new Set<number>();
  if (logBlocks === 0 || master.logBlock < FIRST_LOG_BLOCK || master.logBlock >= FIRST_LOG_BLOCK + logBlocks) damaged('ubifs master node', `has its log begin in block ${master.logBlock}`);
  for (let i = 0; i < logBlocks; i++) {
    const block = FIRST_LOG_BLOCK + ((master.logBlock - FIRST_LOG_BLOCK + i) % logBlocks);
    if ((block + 1) * blockBytes > source.sizeBytes) return starts;
    let isEmpty = true;
    for (const { type, bytes } of nodesFrom(source, block * blockBytes, (block + 1) * blockBytes)) {
      isEmpty = false;
      if (type === NODE.commitStart && bytes.byteLength >= 32 && unsigned64(bytes, 24) !== master.commit) return starts;
      if (type !== NODE.reference || bytes.byteLength < 32) continue;
      const [number, offset] = [bytes.readUInt32LE(24), bytes.readUInt32LE(28)];
      if (number >= blocks || offset >= blockBytes) damaged('ubifs log', `names byte ${offset} of block ${number}`);
      starts.add(number * blockBytes + offset);
    }
    if (isEmpty) return starts;
  }
  return starts;
}

function replay({ type, bytes, at }: UbifsNode, index: UbifsIndex): void {
  const place = `ubifs journal node at byte ${at}`;
  switch (type) {
    case NODE.inode: return replayInode(bytes, at, index, place);
    case NODE.data: return index.put(keyOf(bytes, 48, KEY.data, place), at, undefined);
    case NODE.entry: case NODE.attribute: {
      const key = keyOf(bytes, ENTRY_BYTES, type === NODE.entry ? KEY.entry : KEY.attribute, place);
      const named = parseNamed({ type, bytes, sequence: 0n, at }, place);
      // Inode 0: taken away.
      if (named.inode === 0) (type === NODE.entry ? index.entries : index.attributes).get(key.inode)?.delete(named.name);
      else index.put(key, at, named);
      return undefined;
    }
    case NODE.truncation: return truncate(bytes, index, place);
    default: return undefined;
  }
}

function keyOf(bytes: Buffer, leastBytes: number, type: number, place: string): ReturnType<typeof keyAt> {
  if (bytes.byteLength < leastBytes) damaged(place, `has ${bytes.byteLength} bytes`);
  const key = keyAt(bytes, 24);
  return key.type === type ? key : damaged(place, `has a key of type ${key.type} where ${type} is due`);
}

/** Without a link left it is gone, with all it had. */
function replayInode(bytes: Buffer, at: number, index: UbifsIndex, place: string): void {
  const key = keyOf(bytes, INODE_BYTES, KEY.inode, place);
  if (bytes.readUInt32LE(92) > 0) return index.put(key, at, undefined);
  index.inodes.delete(key.inode);
  index.blocks.delete(key.inode);
  index.attributes.delete(key.inode);
  return undefined;
}

function truncate(bytes: Buffer, index: UbifsIndex, place: string): void {
  if (bytes.byteLength < TRUNCATION_BYTES) damaged(place, `has ${bytes.byteLength} bytes`);
  const blocks = index.blocks.get(bytes.readUInt32LE(24));
  const first = Math.ceil(unsigned64(bytes, 48) / FILE_BLOCK_BYTES);
  for (const block of blocks?.keys() ?? []) if (block >= first) blocks!.delete(block);
}
