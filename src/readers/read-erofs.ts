import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { ROOT_PATH, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { entryPath, linkTarget } from './entry-name.ts';
import { ErofsData } from './erofs-data.ts';
import { erofsDirents } from './erofs-directory.ts';
import { readErofsInode, type ErofsInode } from './erofs-inode.ts';
import { parseErofsSuperblock, type ErofsSuperblock } from './erofs-superblock.ts';
import { xattrsOf } from './erofs-xattrs.ts';
import type { EntryFacts, TreeContent } from './image-content.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector } from './tree-collector.ts';

const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;
const MAX_LINK_BYTES = 4095;

/** erofs, plain, in chunks, or compressed with lz4, deflate or zstd, fragments and deduplicated blocks too; throws `BYTES.*`, for MicroLZMA by name. */
export function readErofs(source: ByteSource, budget: Budget): TreeContent {
  const erofs = parseErofsSuperblock(source);
  const collector = new TreeCollector('erofs', budget);
  if (!erofs.checksumMatches) collector.finding('error', 'superblock', 'checksum-mismatch', 'its checksum is not that of its bytes');
  const stated = erofs.blocks * erofs.blockBytes;
  if (stated > source.sizeBytes) collector.finding('error', 'superblock', 'truncated', `states ${stated} bytes, the image has ${source.sizeBytes}`);
  return new ErofsReader(source, erofs, collector).read();
}

class ErofsReader {
  readonly #source: ByteSource;
  readonly #erofs: ErofsSuperblock;
  readonly #collector: TreeCollector;
  readonly #data: ErofsData;
  readonly #directories = new Set<number>();

  constructor(source: ByteSource, erofs: ErofsSuperblock, collector: TreeCollector) {
    this.#source = source;
    this.#erofs = erofs;
    this.#collector = collector;
    this.#data = new ErofsData(source, erofs);
  }

  read(): TreeContent {
    const root = this.#inode(this.#erofs.rootNid, ROOT_PATH);
    if (typeOf(root) !== TYPE.directory) damaged('erofs root', 'is no directory');
    this.#directory(ROOT_PATH, root);
    this.#walk();
    return this.#collector.finish(this.#erofs.layout);
  }

  #inode(nid: number, path: PathBytes): ErofsInode {
    return readErofsInode(this.#source, this.#erofs, nid, placeOf(path));
  }

  #walk(): void {
    const pending: [PathBytes, number][] = [[ROOT_PATH, this.#erofs.rootNid]];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [path, nid] = next;
      for (const [name, childNid] of this.#entries(path, this.#inode(nid, path))) {
        const child = entryPath(path, name);
        const inode = this.#inode(childNid, child);
        if (typeOf(inode) !== TYPE.directory) { this.#leaf(child, inode); continue; }
        this.#directory(child, inode);
        pending.push([child, childNid]);
      }
    }
  }

  #directory(path: PathBytes, inode: ErofsInode): void {
    if (this.#directories.has(inode.nid)) damaged(placeOf(path), `is directory inode ${inode.nid}, which has another place already`);
    this.#directories.add(inode.nid);
    this.#collector.add(path, { kind: 'directory', ...this.#owned(inode) }, { modified: inode.modified });
  }

  * #entries(path: PathBytes, inode: ErofsInode): Generator<[string, number]> {
    const place = placeOf(path);
    this.#collector.budget.content(place, inode.sizeBytes);
    const bytes = this.#whole(inode, MAX_DIRECTORY_BYTES, place);
    const { blockBytes } = this.#erofs;
    for (let at = 0; at < bytes.byteLength; at += blockBytes) yield* erofsDirents(bytes.subarray(at, at + blockBytes), place);
  }

  #leaf(path: PathBytes, inode: ErofsInode): void {
    if (typeOf(inode) === TYPE.socket) return this.#collector.skipSocket(path);
    if (this.#collector.linked(path, inode.nid)) return;
    const owned = this.#owned(inode);
    const facts = { modified: inode.modified };
    const device = { major: (inode.union & 0xfff00) >>> 8, minor: (inode.union & 0xff) | ((inode.union >>> 12) & 0xfff00) };
    switch (typeOf(inode)) {
      case TYPE.file: return this.#file(path, inode, owned, facts);
      case TYPE.symlink: return this.#collector.add(path, { kind: 'symlink', ...owned, target: linkTarget(path, this.#whole(inode, MAX_LINK_BYTES, placeOf(path)).toString('latin1')) }, facts);
      case TYPE.characterDevice: return this.#collector.add(path, { kind: 'character-device', ...owned, ...device }, facts);
      case TYPE.blockDevice: return this.#collector.add(path, { kind: 'block-device', ...owned, ...device }, facts);
      case TYPE.fifo: return this.#collector.add(path, { kind: 'fifo', ...owned }, facts);
      default: return damaged(placeOf(path), `is inode ${inode.nid} of the unknown type 0x${inode.mode.toString(16)}`);
    }
  }

  #file(path: PathBytes, { nid, sizeBytes }: ErofsInode, owned: { mode: number; uid: number; gid: number; xattrs?: Xattrs }, facts: EntryFacts): void {
    this.#collector.file(path, { ...owned, sizeBytes }, facts, () => this.#data.of(this.#inode(nid, path), placeOf(path)));
  }

  #whole(inode: ErofsInode, limitBytes: number, place: string): Buffer {
    if (inode.sizeBytes > limitBytes) damaged(place, `has ${inode.sizeBytes} bytes where at most ${limitBytes} are due`);
    return Buffer.concat([...this.#data.of(inode, place)].map((piece) => typeof piece === 'number' ? Buffer.alloc(piece) : piece));
  }

  #owned(inode: ErofsInode): { mode: number; uid: number; gid: number; xattrs?: Xattrs } {
    const xattrs = xattrsOf(this.#source, this.#erofs, inode);
    return { mode: inode.mode & 0o7777, uid: inode.uid, gid: inode.gid, ...(xattrs === undefined ? {} : { xattrs }) };
  }
}

const TYPE = { fifo: 0x1000, characterDevice: 0x2000, directory: 0x4000, blockDevice: 0x6000, file: 0x8000, symlink: 0xa000, socket: 0xc000 } as const;

function typeOf({ mode }: ErofsInode): number {
  return mode & 0xf000;
}
