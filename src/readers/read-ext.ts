import { ROOM_BYTES, roomFor, type ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import { ROOT_PATH, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { entryPath, linkTarget } from './entry-name.ts';
import { BlockClaims } from './ext-claims.ts';
import { contentOf, wholeContent } from './ext-content.ts';
import { directoryEntries } from './ext-directory.ts';
import { FLAG, readExtInode, type ExtInode } from './ext-inode.ts';
import { runsOf, type Run } from './ext-runs.ts';
import { parseExtSuperblock, type ExtSuperblock } from './ext-superblock.ts';
import { KnownFiles, TwinFiles } from './ext-twins.ts';
import { ExtVolume } from './ext-volume.ts';
import { xattrsOf } from './ext-xattrs.ts';
import type { ReadPieces } from './hash-pieces.ts';
import type { EntryFacts, LayoutFacts, TreeContent } from './image-content.ts';
import type { KnownContents } from './known-contents.ts';
import { LaterFile, type OwnedFile } from './later-file.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector } from './tree-collector.ts';

const ROOT_INODE = 2;
const FAST_LINK_BYTES = 60;
const MAX_LINK_BYTES = 4095;
const LOST_AND_FOUND = 'lost+found';
/** A file in more pieces is read at once. */
const MOST_RUNS = 256;

/** ext2, ext3 and ext4 by their directories; throws `BYTES.*`. What the journal still holds is not replayed, only told. */
export function readExt(source: ByteSource, budget: Budget, known?: KnownContents): TreeContent {
  const ext = parseExtSuperblock(source);
  const collector = new TreeCollector(ext.format, budget);
  reportState(ext, source, collector);
  return new ExtReader(source, ext, collector, known).read();
}

function reportState(ext: ExtSuperblock, source: ByteSource, collector: TreeCollector): void {
  const tell = (rule: string, message: string): void => collector.finding('warning', 'superblock', rule, message);
  if (!ext.checksumMatches) collector.finding('error', 'superblock', 'checksum-mismatch', 'its checksum is not that of its bytes');
  if (ext.needsRecovery) tell('journal-not-replayed', 'the journal holds changes that this reader does not see');
  if (ext.hasErrors) tell('errors-noted', 'a kernel met errors in this file system');
  if (!ext.cleanlyUnmounted && !ext.needsRecovery) tell('not-clean', 'the file system was not unmounted');
  if (ext.hasOrphans) tell('orphans', 'files without a name wait for their removal');
  const stated = ext.blocks * ext.blockBytes;
  if (stated > source.sizeBytes) collector.finding('error', 'superblock', 'truncated', `states ${stated} bytes, the image has ${source.sizeBytes}`);
}

class ExtReader {
  readonly #volume: ExtVolume;
  readonly #collector: TreeCollector;
  readonly #claims: BlockClaims;
  readonly #directories = new Set<number>();
  readonly #ext: ExtSuperblock;
  #lostAndFound = 'none';
  /** What this file system leaves for another one, or what another one left. */
  readonly #own: KnownFiles | undefined;
  readonly #twins: TwinFiles | undefined;

  constructor(source: ByteSource, ext: ExtSuperblock, collector: TreeCollector, known: KnownContents | undefined) {
    if (known?.files !== undefined) this.#twins = new TwinFiles(known.files, source, ext.blockBytes);
    else if (known !== undefined) this.#own = known.files = new KnownFiles(source, ext.blockBytes);
    this.#ext = ext;
    this.#volume = new ExtVolume(source, ext, collector);
    this.#collector = collector;
    this.#claims = new BlockClaims(ext, source.sizeBytes);
  }

  read(): TreeContent {
    const root = this.#inode(ROOT_INODE, ROOT_PATH);
    if (typeOf(root) !== TYPE.directory) damaged('inode 2', 'is the root and no directory');
    this.#directory(ROOT_PATH, root);
    this.#walk();
    const layout: LayoutFacts = { ...this.#ext.layout, lostAndFound: this.#lostAndFound };
    return this.#collector.finish(layout);
  }

  #inode(number: number, path: PathBytes): ExtInode {
    return readExtInode(this.#volume, number, () => placeOf(path));
  }

  /** Depth first with a list of its own: hostile nesting costs no stack, and what waits in the list is counted. */
  #walk(): void {
    const pending: [PathBytes, number][] = [[ROOT_PATH, ROOT_INODE]];
    const room = roomFor(ROOM_BYTES);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [directory, number] = next;
      for (const [name, childNumber] of directoryEntries(this.#volume, this.#inode(number, directory), room)) {
        const child = entryPath(directory, name);
        const found = this.#inode(childNumber, child);
        if (typeOf(found) !== TYPE.directory) this.#leaf(child, found);
        else if (child === LOST_AND_FOUND && this.#isPlainLostAndFound(found)) this.#lostAndFound = 'empty';
        else {
          this.#directory(child, found);
          pending.push([child, childNumber]);
        }
      }
    }
  }

  #directory(path: PathBytes, inode: ExtInode): void {
    if (this.#directories.has(inode.number)) damaged(placeOf(path), `is directory inode ${inode.number}, which has another place already`);
    this.#directories.add(inode.number);
    if ((inode.flags & FLAG.encrypted) !== 0) unsupported(placeOf(path), 'an encrypted directory of ext4');
    this.#collector.add(path, { kind: 'directory', ...this.#owned(inode) }, inode.facts);
  }

  /** mkfs makes it, no tree has it: empty and as made, it is layout. */
  #isPlainLostAndFound(inode: ExtInode): boolean {
    const plain = (inode.mode & 0o7777) === 0o700 && inode.uid === 0 && inode.gid === 0 && this.#owned(inode).xattrs === undefined;
    return plain && directoryEntries(this.#volume, inode).next().done === true;
  }

  #leaf(path: PathBytes, inode: ExtInode): void {
    if (typeOf(inode) === TYPE.socket) return this.#collector.skipSocket(path);
    if (this.#collector.linked(path, inode.number)) return;
    const owned = this.#owned(inode);
    switch (typeOf(inode)) {
      case TYPE.file: return this.#file(path, inode, owned);
      case TYPE.symlink: return this.#collector.add(path, { kind: 'symlink', ...owned, target: linkTarget(path, this.#target(path, inode)) }, inode.facts);
      case TYPE.characterDevice: return this.#collector.add(path, { kind: 'character-device', ...owned, ...device(inode) }, inode.facts);
      case TYPE.blockDevice: return this.#collector.add(path, { kind: 'block-device', ...owned, ...device(inode) }, inode.facts);
      case TYPE.fifo: return this.#collector.add(path, { kind: 'fifo', ...owned }, inode.facts);
      default: return damaged(placeOf(path), `is inode ${inode.number} of the unknown type 0x${inode.mode.toString(16)}`);
    }
  }

  #file(path: PathBytes, inode: ExtInode, owned: { mode: number; uid: number; gid: number; xattrs?: Xattrs }): void {
    if ((inode.flags & FLAG.encrypted) !== 0) unsupported(placeOf(path), 'an encrypted file of ext4');
    const { number, sizeBytes, facts } = inode;
    // By number: an inode in hand would hold the window of the disk that it was read from.
    const read: ReadPieces = (room) => contentOf(this.#volume, this.#inode(number, path), room);
    const file = { ...owned, sizeBytes };
    const isInline = (inode.flags & FLAG.inlineData) !== 0;
    let runs: readonly Run[] | undefined;
    this.#collector.fileLater(path, file, facts, read, () => {
      runs = isInline || (this.#own ?? this.#twins) === undefined ? undefined : this.#wholeRuns(inode);
      return runs === undefined ? undefined : this.#later(path, inode, file, read, runs);
    });
    if (!isInline) this.#survey(path, inode, facts, runs ?? this.#usedRuns(inode));
  }

  #later(path: PathBytes, inode: ExtInode, file: OwnedFile, read: ReadPieces, runs: readonly Run[]): LaterFile {
    const twin = this.#twins?.of(inode.number, file, runs);
    if (twin !== undefined) return twin;
    const entry = new LaterFile(path, file, read);
    this.#own?.add(inode.number, { entry, runs });
    return entry;
  }

  /** Where the content lies, if every block of it is there and it lies in few places: reading would find nothing wrong with it. */
  #wholeRuns(inode: ExtInode): Run[] | undefined {
    const runs: Run[] = [];
    for (const run of this.#usedRuns(inode)) {
      if (runs.length === MOST_RUNS || (run.physical !== 0 && !this.#volume.has(run.physical, run.count))) return undefined;
      runs.push(run);
    }
    return runs;
  }

  /** The runs of a file as far as its size reaches. */
  * #usedRuns(inode: ExtInode): Generator<Run> {
    const blocks = Math.ceil(inode.sizeBytes / this.#ext.blockBytes);
    for (const { logical, physical, count } of runsOf(this.#volume, inode, blocks)) {
      if (logical >= blocks) return;
      yield { logical, physical, count: Math.min(count, blocks - logical) };
    }
  }

  /** Holes, and blocks that another file has. After the content was admitted: its size bounds this. */
  #survey(path: PathBytes, inode: ExtInode, facts: EntryFacts, runs: Iterable<Run>): void {
    let stored = 0;
    let taken: number | undefined;
    for (const run of runs) {
      if (run.physical !== 0) stored += run.count;
      taken ??= this.#claims.claim(run);
    }
    const holeBytes = inode.sizeBytes - stored * this.#ext.blockBytes;
    if (holeBytes > 0) facts.holeBytes = holeBytes;
    if (taken !== undefined) this.#collector.finding('error', placeOf(path), 'overlapping-blocks', `inode ${inode.number} uses block ${taken}, which is in use already`);
  }

  #target(path: PathBytes, inode: ExtInode): string {
    if ((inode.flags & FLAG.encrypted) !== 0) unsupported(placeOf(path), 'an encrypted link of ext4');
    const unitsOfAttributes = inode.attributeBlock === 0 ? 0 : this.#ext.blockBytes / 512;
    const isFast = (inode.flags & (FLAG.extents | FLAG.inlineData)) === 0 && inode.sizeBytes < FAST_LINK_BYTES && inode.storedUnits <= unitsOfAttributes;
    const bytes = isFast ? inode.root.subarray(0, inode.sizeBytes) : wholeContent(this.#volume, inode, MAX_LINK_BYTES);
    return bytes.toString('latin1');
  }

  #owned(inode: ExtInode): { mode: number; uid: number; gid: number; xattrs?: Xattrs } {
    const xattrs = xattrsOf(this.#volume, inode);
    return { mode: inode.mode & 0o7777, uid: inode.uid, gid: inode.gid, ...(xattrs === undefined ? {} : { xattrs }) };
  }
}

const TYPE = { fifo: 0x1000, characterDevice: 0x2000, directory: 0x4000, blockDevice: 0x6000, file: 0x8000, symlink: 0xa000, socket: 0xc000 } as const;

function typeOf({ mode }: ExtInode): number {
  return mode & 0xf000;
}

/** The old form has 8 and 8 bits, the new one 12 and 20. */
function device({ root }: ExtInode): { major: number; minor: number } {
  const old = root.readUInt32LE(0);
  if (old !== 0) return { major: (old >>> 8) & 0xff, minor: old & 0xff };
  const value = root.readUInt32LE(4);
  return { major: (value & 0xfff00) >>> 8, minor: (value & 0xff) | ((value >>> 12) & 0xfff00) };
}
