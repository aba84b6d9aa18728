import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { ROOT_PATH, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { entryPath, linkTarget } from './entry-name.ts';
import type { ReadPieces } from './hash-pieces.ts';
import type { EntryFacts, LayoutFacts, TreeContent } from './image-content.ts';
import type { KnownContents } from './known-contents.ts';
import { SquashfsData } from './squashfs-data.ts';
import { parseSquashfsInode, type SquashfsDirectory, type SquashfsFile, type SquashfsInode } from './squashfs-inode.ts';
import { SquashfsMetadata } from './squashfs-metadata.ts';
import { NO_TABLE, parseSquashfsSuperblock, type SquashfsSuperblock } from './squashfs-superblock.ts';
import { SquashfsTables } from './squashfs-tables.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector } from './tree-collector.ts';

/** squashfs 4 with gzip, xz, lzma, lzo, lz4 or zstd; throws `BYTES.*`. Where another image is `known`, contents are decoded when their digests are asked for, which may throw them too. */
export function readSquashfs(source: ByteSource, budget: Budget, known?: KnownContents): TreeContent {
  const squashfs = parseSquashfsSuperblock(source);
  return new SquashfsReader(source, squashfs, new TreeCollector('squashfs', budget), known).read();
}

/** The size that a directory states counts its unseen `.` and `..` as three bytes. */
const UNSEEN_BYTES = 3;
const MAX_ENTRIES_PER_HEADER = 256;

class SquashfsReader {
  readonly #squashfs: SquashfsSuperblock;
  readonly #collector: TreeCollector;
  readonly #metadata: SquashfsMetadata;
  readonly #tables: SquashfsTables;
  readonly #data: SquashfsData;
  readonly #directories = new Set<number>();
  /** Equal files are stored once: the same blocks need no second reading. */
  readonly #digests = new Map<string, Sha256>();
  readonly #packed = new Map<string, string>();
  readonly #known: KnownContents | undefined;

  constructor(source: ByteSource, squashfs: SquashfsSuperblock, collector: TreeCollector, known: KnownContents | undefined) {
    this.#known = known;
    this.#squashfs = squashfs;
    this.#collector = collector;
    this.#metadata = new SquashfsMetadata(source, squashfs, collector.budget);
    this.#tables = new SquashfsTables(source, squashfs, this.#metadata);
    this.#data = new SquashfsData(source, squashfs, this.#tables, collector.budget);
  }

  read(): TreeContent {
    const root = this.#inode(this.#squashfs.rootInode, ROOT_PATH);
    if (root.kind !== 'directory') damaged('squashfs root', `is a ${root.kind}`);
    this.#walk(root);
    return this.#collector.finish(layoutOf(this.#squashfs));
  }

  #walk(root: SquashfsDirectory): void {
    const pending: [PathBytes, SquashfsDirectory][] = [];
    const admit = (path: PathBytes, directory: SquashfsDirectory): void => {
      if (this.#directories.has(directory.number)) damaged(placeOf(path), `is directory inode ${directory.number}, which has another place already`);
      this.#directories.add(directory.number);
      this.#collector.add(path, { kind: 'directory', ...this.#owned(directory) }, facts(directory));
      pending.push([path, directory]);
    };
    admit(ROOT_PATH, root);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [path, directory] = next;
      for (const [name, reference] of this.#entries(path, directory)) {
        const child = entryPath(path, name);
        const inode = this.#inode(reference, child);
        if (inode.kind === 'directory') admit(child, inode);
        else this.#leaf(child, inode, reference);
      }
    }
  }

  #inode(reference: number, path: PathBytes): SquashfsInode {
    const place = placeOf(path);
    const cursor = this.#metadata.cursor(this.#squashfs.inodeTable + Math.floor(reference / 65_536), reference % 65_536, place);
    return parseSquashfsInode(cursor, this.#squashfs.blockBytes, place);
  }

  /** Names and inode references: a header names the block for up to 256 entries. */
  * #entries(path: PathBytes, directory: SquashfsDirectory): Generator<[string, number]> {
    if (directory.sizeBytes <= UNSEEN_BYTES) return;
    const place = placeOf(path);
    const cursor = this.#metadata.cursor(this.#squashfs.directoryTable + directory.block, directory.offset, place);
    for (let left = directory.sizeBytes - UNSEEN_BYTES; left > 0;) {
      const header = cursor.take(12);
      const count = header.readUInt32LE(0) + 1;
      if (count > MAX_ENTRIES_PER_HEADER) damaged(place, `has a run of ${count} entries`);
      left -= 12;
      for (let i = 0; i < count; i++) {
        const entry = cursor.take(8);
        const nameBytes = entry.readUInt16LE(6) + 1;
        if (nameBytes > 256) damaged(place, `has a name of ${nameBytes} bytes`);
        left -= 8 + nameBytes;
        if (left < 0) damaged(place, 'has entries behind its end');
        yield [cursor.take(nameBytes).toString('latin1'), header.readUInt32LE(4) * 65_536 + entry.readUInt16LE(0)];
      }
    }
  }

  #leaf(path: PathBytes, inode: Exclude<SquashfsInode, SquashfsDirectory>, reference: number): void {
    if (inode.kind === 'socket') return this.#collector.skipSocket(path);
    if (this.#collector.linked(path, inode.number)) return;
    const owned = this.#owned(inode);
    switch (inode.kind) {
      case 'file': return this.#file(path, inode, owned, reference);
      case 'symlink': return this.#collector.add(path, { kind: 'symlink', ...owned, target: linkTarget(path, inode.target) }, facts(inode));
      case 'character-device': case 'block-device': return this.#collector.add(path, { kind: inode.kind, ...owned, major: inode.major, minor: inode.minor }, facts(inode));
      case 'fifo': return this.#collector.add(path, { kind: 'fifo', ...owned }, facts(inode));
    }
  }

  #file(path: PathBytes, inode: SquashfsFile, owned: { mode: number; uid: number; gid: number; xattrs?: Xattrs }, reference: number): void {
    const { sizeBytes, firstBlock, fragment, blocks } = inode;
    const at = `${sizeBytes} ${firstBlock} ${fragment?.index} ${fragment?.offset} ${blocks.byteLength === 0 ? '' : sha256(blocks)}`;
    const file = { ...owned, sizeBytes };
    const told = facts(inode, this.#squashfs.blockBytes);
    const read: ReadPieces = (room) => this.#data.of(this.#inode(reference, path) as SquashfsFile, placeOf(path), room);
    const known = this.#known;
    if (known === undefined) return void this.#digests.set(at, this.#collector.file(path, file, told, read, this.#digests.get(at)));
    this.#collector.fileLater(path, file, told, read, () => {
      const packed = this.#packed.get(at) ?? this.#data.packed(inode);
      if (packed === undefined) return undefined;
      this.#packed.set(at, packed);
      return known.packedFile(packed, path, file, read);
    });
  }

  #owned(inode: SquashfsInode): { mode: number; uid: number; gid: number; xattrs?: Xattrs } {
    const owned = { mode: inode.mode, uid: this.#tables.id(inode.uidIndex), gid: this.#tables.id(inode.gidIndex) };
    return inode.xattrs === undefined ? owned : { ...owned, xattrs: this.#tables.xattrs(inode.xattrs) };
  }
}

function facts(inode: SquashfsInode, blockBytes = 0): EntryFacts {
  const modified = { seconds: inode.modified, nanoseconds: 0 };
  if (inode.kind !== 'file') return { modified };
  let holeBytes = 0;
  for (let i = 0; i < inode.blocks.byteLength; i += 4) {
    if (inode.blocks.readUInt32LE(i) === 0) holeBytes += Math.min(blockBytes, inode.sizeBytes - (i / 4) * blockBytes);
  }
  return holeBytes === 0 ? { modified } : { modified, holeBytes };
}

function layoutOf(squashfs: SquashfsSuperblock): LayoutFacts {
  return {
    compressor: squashfs.compressor, blockBytes: squashfs.blockBytes, madeAt: squashfs.madeAt, inodes: squashfs.inodes, fragments: squashfs.fragments,
    ids: squashfs.ids, flags: `0x${squashfs.flags.toString(16)}`, bytesUsed: squashfs.bytesUsed,
    exportTable: squashfs.exportTable < NO_TABLE, attributes: squashfs.xattrTable < NO_TABLE,
  };
}
