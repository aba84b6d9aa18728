import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import { ROOT_PATH, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { entryPath, linkTarget } from './entry-name.ts';
import type { TreeContent } from './image-content.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector } from './tree-collector.ts';
import { holesOf, ubifsContent } from './ubifs-data.ts';
import { UbifsIndex } from './ubifs-index.ts';
import { readUbifsInode, type UbifsInode } from './ubifs-inode.ts';
import { replayJournal } from './ubifs-journal.ts';
import { NODE, nodesFrom, type UbifsNode } from './ubifs-node.ts';
import { MASTER_BLOCKS, MASTER_NODE_BYTES, masterOf, parseUbifsSuperblock, type UbifsMaster, type UbifsSuperblock } from './ubifs-superblock.ts';

const ROOT_INODE = 1;

/** UBIFS with none, LZO, zlib or zstd, its journal replayed; throws `BYTES.*`, for what is encrypted by name. */
export function readUbifs(source: ByteSource, budget: Budget): TreeContent {
  const ubifs = parseUbifsSuperblock(source);
  const collector = new TreeCollector('ubifs', budget);
  const master = newestMaster(source, ubifs, collector);
  if (master.isDirty) collector.finding('note', 'ubifs master node', 'not-clean', 'the file system was not unmounted');
  const index = new UbifsIndex(source, ubifs, budget);
  index.walk(master.rootAt);
  const { nodes, torn } = replayJournal(source, ubifs, master, index, budget);
  if (torn) collector.finding('warning', 'ubifs journal', 'journal-torn', 'a block of it ends in something that is no node');
  return new UbifsReader(source, index, collector).read({ ...ubifs.layout, commit: master.commit, journalNodes: nodes, highestInode: master.highestInode });
}

/** Each commit adds one to both blocks; the last that is whole counts. */
function newestMaster(source: ByteSource, ubifs: UbifsSuperblock, collector: TreeCollector): UbifsMaster {
  const newest = MASTER_BLOCKS.map((block) => {
    let last: UbifsNode | undefined;
    for (const node of nodesFrom(source, block * ubifs.blockBytes, (block + 1) * ubifs.blockBytes)) if (node.type === NODE.master && node.bytes.byteLength === MASTER_NODE_BYTES) last = node;
    return last;
  });
  const [first, second] = newest;
  // The two differ in their own number and in what follows from it alone.
  if (first === undefined || second === undefined || !first.bytes.subarray(24).equals(second.bytes.subarray(24))) collector.finding('warning', 'ubifs master node', 'copies-differ', 'its two copies are not the same');
  const best = first !== undefined && (second === undefined || first.sequence > second.sequence) ? first : second;
  return best === undefined ? damaged('ubifs master node', 'is in neither of its blocks') : masterOf(best.bytes, ubifs, 'ubifs master node');
}

class UbifsReader {
  readonly #source: ByteSource;
  readonly #index: UbifsIndex;
  readonly #collector: TreeCollector;
  readonly #directories = new Set<number>();

  constructor(source: ByteSource, index: UbifsIndex, collector: TreeCollector) {
    this.#source = source;
    this.#index = index;
    this.#collector = collector;
  }

  read(layout: TreeContent['layout']): TreeContent {
    const root = this.#inode(ROOT_INODE, ROOT_PATH);
    if (typeOf(root) !== TYPE.directory) damaged('ubifs inode 1', 'is the root and no directory');
    this.#directory(ROOT_PATH, root);
    this.#walk();
    return this.#collector.finish(layout);
  }

  #inode(number: number, path: PathBytes): UbifsInode {
    return readUbifsInode(this.#source, this.#index.inodes.get(number) ?? damaged(placeOf(path), `names inode ${number}, which is not there`), number);
  }

  #walk(): void {
    const pending: [PathBytes, number][] = [[ROOT_PATH, ROOT_INODE]];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [directory, number] = next;
      for (const [name, childNumber] of this.#index.entries.get(number) ?? []) {
        const child = entryPath(directory, name);
        const inode = this.#inode(childNumber, child);
        if (typeOf(inode) !== TYPE.directory) { this.#leaf(child, inode); continue; }
        this.#directory(child, inode);
        pending.push([child, childNumber]);
      }
    }
  }

  #directory(path: PathBytes, inode: UbifsInode): void {
    if (this.#directories.has(inode.number)) damaged(placeOf(path), `is directory inode ${inode.number}, which has another place already`);
    this.#directories.add(inode.number);
    if (inode.isEncrypted) unsupported(placeOf(path), 'an encrypted directory of ubifs');
    this.#collector.add(path, { kind: 'directory', ...this.#owned(inode) }, inode.facts);
  }

  #leaf(path: PathBytes, inode: UbifsInode): void {
    if (typeOf(inode) === TYPE.socket) return this.#collector.skipSocket(path);
    if (this.#collector.linked(path, inode.number)) return;
    if (inode.isEncrypted) unsupported(placeOf(path), 'an encrypted file of ubifs');
    const owned = this.#owned(inode);
    switch (typeOf(inode)) {
      case TYPE.file: return this.#file(path, inode, owned);
      case TYPE.symlink: return this.#collector.add(path, { kind: 'symlink', ...owned, target: linkTarget(path, inode.data.toString('latin1', 0, inode.sizeBytes)) }, inode.facts);
      case TYPE.characterDevice: return this.#collector.add(path, { kind: 'character-device', ...owned, ...device(inode) }, inode.facts);
      case TYPE.blockDevice: return this.#collector.add(path, { kind: 'block-device', ...owned, ...device(inode) }, inode.facts);
      case TYPE.fifo: return this.#collector.add(path, { kind: 'fifo', ...owned }, inode.facts);
      default: return damaged(placeOf(path), `is inode ${inode.number} of the unknown type 0x${inode.mode.toString(16)}`);
    }
  }

  #file(path: PathBytes, { number, sizeBytes, facts }: UbifsInode, owned: { mode: number; uid: number; gid: number; xattrs?: Xattrs }): void {
    const blocks = this.#index.blocks.get(number) ?? new Map<number, number>();
    const holeBytes = holesOf(sizeBytes, blocks);
    this.#collector.file(path, { ...owned, sizeBytes }, holeBytes > 0 ? { ...facts, holeBytes } : facts, () => ubifsContent(this.#source, sizeBytes, blocks, placeOf(path)));
  }

  #owned(inode: UbifsInode): { mode: number; uid: number; gid: number; xattrs?: Xattrs } {
    const names = this.#index.attributes.get(inode.number);
    const owned = { mode: inode.mode & 0o7777, uid: inode.uid, gid: inode.gid };
    if (names === undefined || names.size === 0) return owned;
    const values = [...names].map(([name, number]): [string, string] => [name, readUbifsInode(this.#source, this.#index.inodes.get(number) ?? damaged(`ubifs inode ${inode.number}`, `has an attribute in inode ${number}, which is not there`), number).data.toString('latin1')]);
    return { ...owned, xattrs: Object.fromEntries(values) };
  }
}

const TYPE = { fifo: 0x1000, characterDevice: 0x2000, directory: 0x4000, blockDevice: 0x6000, file: 0x8000, symlink: 0xa000, socket: 0xc000 } as const;

function typeOf({ mode }: UbifsInode): number {
  return mode & 0xf000;
}

/** Twelve bits and twenty, in four bytes or the first four of eight. */
function device({ data, number }: UbifsInode): { major: number; minor: number } {
  if (data.byteLength < 4) damaged(`ubifs inode ${number}`, `has a device number of ${data.byteLength} bytes`);
  const value = data.readUInt32LE(0);
  return { major: (value & 0xfff00) >>> 8, minor: (value & 0xff) | ((value >>> 12) & 0xfff00) };
}
