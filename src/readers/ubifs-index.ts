import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { NODE, nodeOf, type UbifsNode } from './ubifs-node.ts';
import type { UbifsSuperblock } from './ubifs-superblock.ts';

/** Two words: the inode, and a type in 3 bits over a block number or a hash of a name in 29. */
export interface UbifsKey { inode: number; type: number; low: number }
export const KEY = { inode: 0, data: 1, entry: 2, attribute: 3 } as const;

export function keyAt(bytes: Buffer, at: number): UbifsKey {
  const word = bytes.readUInt32LE(at + 4);
  return { inode: bytes.readUInt32LE(at), type: word >>> 29, low: word & 0x1fff_ffff };
}

export interface UbifsNamed { name: string; inode: number }

/** A directory entry or the name of an attribute. */
export function parseNamed({ bytes }: UbifsNode, place: string): UbifsNamed {
  const nameBytes = bytes.readUInt16LE(50);
  if (ENTRY_BYTES + nameBytes > bytes.byteLength) damaged(place, `has a name of ${nameBytes} bytes in a node of ${bytes.byteLength}`);
  const high = bytes.readUInt32LE(44);
  if (high !== 0) damaged(place, `names inode ${high} * 2^32 and more`);
  return { name: bytes.toString('latin1', ENTRY_BYTES, ENTRY_BYTES + nameBytes), inode: bytes.readUInt32LE(40) };
}

export const ENTRY_BYTES = 56;
const INDEX_BYTES = 28;
const BRANCH_BYTES = 20;
const MAX_LEVEL = 64;
/** What the place of a node costs us in memory. */
const KEPT_BYTES = 64;

/** Where the newest node of every key lies: inodes, blocks of files, entries of directories, attributes. */
export class UbifsIndex {
  readonly inodes = new Map<number, number>();
  readonly blocks = new Map<number, Map<number, number>>();
  readonly entries = new Map<number, Map<string, number>>();
  readonly attributes = new Map<number, Map<string, number>>();
  readonly #source: ByteSource;
  readonly #ubifs: UbifsSuperblock;
  readonly #budget: Budget;
  readonly #seen = new Set<number>();

  constructor(source: ByteSource, ubifs: UbifsSuperblock, budget: Budget) {
    this.#source = source;
    this.#ubifs = ubifs;
    this.#budget = budget;
  }

  /** Everything below a node of the index. A node is met once: what is named twice goes in a circle, or lies. */
  walk(at: number, level?: number): void {
    const place = `ubifs index node at byte ${at}`;
    this.#once(at, place);
    const { bytes } = nodeOf(this.#source, at, NODE.index, INDEX_BYTES, place);
    const [branches, own] = [bytes.readUInt16LE(24), bytes.readUInt16LE(26)];
    if (own !== (level ?? Math.min(own, MAX_LEVEL))) damaged(place, `is of level ${own} where ${level ?? `at most ${MAX_LEVEL}`} is due`);
    const step = BRANCH_BYTES + this.#ubifs.hashBytes;
    if (INDEX_BYTES + branches * step > bytes.byteLength) damaged(place, `has ${branches} branches in ${bytes.byteLength} bytes`);
    for (let i = 0; i < branches; i++) {
      const branch = bytes.subarray(INDEX_BYTES + i * step, INDEX_BYTES + (i + 1) * step);
      const child = branch.readUInt32LE(0) * this.#ubifs.blockBytes + branch.readUInt32LE(4);
      if (own > 0) this.walk(child, own - 1);
      else this.#leaf(keyAt(branch, 12), child, place);
    }
  }

  put(key: UbifsKey, at: number, named: UbifsNamed | undefined): void {
    this.#budget.held(`ubifs inode ${key.inode}`, KEPT_BYTES);
    if (key.type === KEY.inode) this.inodes.set(key.inode, at);
    else if (key.type === KEY.data) mapOf(this.blocks, key.inode).set(key.low, at);
    else if (named !== undefined) mapOf(key.type === KEY.entry ? this.entries : this.attributes, key.inode).set(named.name, named.inode);
  }

  #leaf(key: UbifsKey, at: number, place: string): void {
    this.#once(at, place);
    if (key.type !== KEY.entry && key.type !== KEY.attribute) return this.put(key, at, undefined);
    const name = `ubifs entry at byte ${at}`;
    this.put(key, at, parseNamed(nodeOf(this.#source, at, key.type === KEY.entry ? NODE.entry : NODE.attribute, ENTRY_BYTES, name), name));
  }

  #once(at: number, place: string): void {
    if (this.#seen.has(at)) damaged(place, `names byte ${at}, which is named elsewhere already`);
    this.#budget.held(place, KEPT_BYTES);
    this.#seen.add(at);
  }
}

function mapOf<T>(all: Map<number, Map<T, number>>, key: number): Map<T, number> {
  const known = all.get(key);
  if (known !== undefined) return known;
  const made = new Map<T, number>();
  all.set(key, made);
  return made;
}
