import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { ROOT_PATH, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { entryPath, linkTarget } from './entry-name.ts';
import type { EntryFacts, TreeContent } from './image-content.ts';
import { holesOf, jffs2Content, plainOf } from './jffs2-data.ts';
import { Jffs2Log, type Jffs2Write } from './jffs2-log.ts';
import { numbersOf, type Numbers } from './jffs2-node.ts';
import { portableAcl } from './posix-acl.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector } from './tree-collector.ts';

const ROOT_INODE = 1;
const MAX_LINK_BYTES = 4095;
/** What Linux gives a root that was never written to. */
const UNWRITTEN_ROOT = { mode: 0o755, uid: 0, gid: 0 } as const;

/** JFFS2 with zlib, LZO, rtime or nothing, in either byte order; throws `BYTES.*`, for rubin by name. */
export function readJffs2(source: ByteSource, budget: Budget): TreeContent {
  const found = numbersOf(source) ?? damaged('jffs2 node at byte 0', 'is not there');
  const collector = new TreeCollector('jffs2', budget);
  const log = new Jffs2Log(source, found.numbers, budget);
  const { nodes, damaged: bad, obsolete } = log.counts;
  if (bad > 0) collector.finding('warning', 'jffs2 log', 'damaged-nodes', `${bad} places hold something that is no whole node`);
  return new Jffs2Reader(source, log, collector, found.numbers).read({ byteOrder: found.order, nodes, obsoleteNodes: obsolete, rootWritten: log.writes.has(ROOT_INODE) });
}

/** An inode as its newest write has it, all its writes in order. */
interface Inode extends Jffs2Write { number: number; writes: readonly Jffs2Write[] }

class Jffs2Reader {
  readonly #source: ByteSource;
  readonly #log: Jffs2Log;
  readonly #collector: TreeCollector;
  readonly #numbers: Numbers;
  readonly #directories = new Set<number>();

  constructor(source: ByteSource, log: Jffs2Log, collector: TreeCollector, numbers: Numbers) {
    this.#source = source;
    this.#log = log;
    this.#collector = collector;
    this.#numbers = numbers;
  }

  read(layout: TreeContent['layout']): TreeContent {
    const root = this.#log.writes.has(ROOT_INODE) ? this.#inode(ROOT_INODE, ROOT_PATH) : undefined;
    if (root === undefined) this.#collector.add(ROOT_PATH, { kind: 'directory', ...UNWRITTEN_ROOT }, {});
    else this.#directory(ROOT_PATH, root);
    this.#directories.add(ROOT_INODE);
    this.#walk();
    return this.#collector.finish(layout);
  }

  #inode(number: number, path: PathBytes): Inode {
    const writes = this.#log.writes.get(number) ?? damaged(placeOf(path), `names inode ${number}, which is not there`);
    return { ...writes.reduce((newest, write) => (write.version > newest.version ? write : newest)), number, writes };
  }

  #walk(): void {
    const pending: [PathBytes, number][] = [[ROOT_PATH, ROOT_INODE]];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [directory, number] = next;
      for (const [name, { inode: childNumber }] of this.#log.entries.get(number) ?? []) {
        if (childNumber === 0) continue;
        const child = entryPath(directory, name);
        const inode = this.#inode(childNumber, child);
        if (typeOf(inode) !== TYPE.directory) { this.#leaf(child, inode); continue; }
        this.#directory(child, inode);
        pending.push([child, childNumber]);
      }
    }
  }

  #directory(path: PathBytes, inode: Inode): void {
    if (typeOf(inode) !== TYPE.directory) damaged(placeOf(path), 'is the root and no directory');
    if (this.#directories.has(inode.number)) damaged(placeOf(path), `is directory inode ${inode.number}, which has another place already`);
    this.#directories.add(inode.number);
    // A change of its entries is in these alone.
    const newest = [...this.#log.entries.get(inode.number)?.values() ?? []].reduce((a, b) => (b.version > a.version ? b : a), { version: inode.version, changed: inode.modified });
    this.#collector.add(path, { kind: 'directory', ...this.#owned(inode, path) }, { ...stamps(inode), modified: stamp(newest.changed) });
  }

  #leaf(path: PathBytes, inode: Inode): void {
    if (typeOf(inode) === TYPE.socket) return this.#collector.skipSocket(path);
    if (this.#collector.linked(path, inode.number)) return;
    const owned = this.#owned(inode, path);
    switch (typeOf(inode)) {
      case TYPE.file: return this.#file(path, inode, owned);
      case TYPE.symlink: return this.#collector.add(path, { kind: 'symlink', ...owned, target: linkTarget(path, this.#small(inode, path).toString('latin1')) }, stamps(inode));
      case TYPE.characterDevice: return this.#collector.add(path, { kind: 'character-device', ...owned, ...this.#device(inode, path) }, stamps(inode));
      case TYPE.blockDevice: return this.#collector.add(path, { kind: 'block-device', ...owned, ...this.#device(inode, path) }, stamps(inode));
      case TYPE.fifo: return this.#collector.add(path, { kind: 'fifo', ...owned }, stamps(inode));
      default: return damaged(placeOf(path), `is inode ${inode.number} of the unknown type 0x${inode.mode.toString(16)}`);
    }
  }

  #file(path: PathBytes, inode: Inode, owned: { mode: number; uid: number; gid: number; xattrs?: Xattrs }): void {
    const { sizeBytes, writes } = inode;
    const holeBytes = holesOf(sizeBytes, writes);
    this.#collector.file(path, { ...owned, sizeBytes }, holeBytes > 0 ? { ...stamps(inode), holeBytes } : stamps(inode), () => jffs2Content(this.#source, sizeBytes, writes, placeOf(path)));
  }

  /** What is in one write: a target, a device number. */
  #small(inode: Inode, path: PathBytes): Buffer {
    if (inode.plainBytes > MAX_LINK_BYTES) damaged(placeOf(path), `has ${inode.plainBytes} bytes where at most ${MAX_LINK_BYTES} are due`);
    return plainOf(this.#source, inode.writes.filter(({ plainBytes }) => plainBytes > 0).toSorted((a, b) => b.version - a.version)[0] ?? inode, placeOf(path));
  }

  /** Eight bits and eight in two bytes, twelve and twenty in four. */
  #device(inode: Inode, path: PathBytes): { major: number; minor: number } {
    const bytes = this.#small(inode, path);
    if (bytes.byteLength === 2) { const value = this.#numbers.u16(bytes, 0); return { major: value >>> 8, minor: value & 0xff }; }
    if (bytes.byteLength !== 4) damaged(placeOf(path), `has a device number of ${bytes.byteLength} bytes`);
    const value = this.#numbers.u32(bytes, 0);
    return { major: (value & 0xfff00) >>> 8, minor: (value & 0xff) | ((value >>> 12) & 0xfff00) };
  }

  #owned(inode: Inode, path: PathBytes): { mode: number; uid: number; gid: number; xattrs?: Xattrs } {
    const { pairs, lost } = this.#log.attributesOf(inode.number);
    if (lost > 0) this.#collector.finding('warning', placeOf(path), 'attributes-lost', `${lost} of its attributes have no value in the log`);
    const owned = { mode: inode.mode & 0o7777, uid: inode.uid, gid: inode.gid };
    const portable = (name: string, value: string): string => (name.startsWith('system.posix_acl_') ? portableAcl(this.#littleAcl(Buffer.from(value, 'latin1'), path), placeOf(path)).toString('latin1') : value);
    return pairs.length === 0 ? owned : { ...owned, xattrs: Object.fromEntries(pairs.map(([name, value]) => [name, portable(name, value)])) };
  }

  /** The same packing as ext's, in the order of the image; entries that name nobody are half as long. */
  #littleAcl(bytes: Buffer, path: PathBytes): Buffer {
    if (bytes.byteLength < 4) damaged(placeOf(path), 'has an access list that is none');
    const { u16, u32 } = this.#numbers;
    const little = Buffer.alloc(bytes.byteLength);
    little.writeUInt32LE(u32(bytes, 0));
    for (let at = 4; at + 4 <= bytes.byteLength;) {
      const tag = u16(bytes, at);
      little.writeUInt16LE(tag, at);
      little.writeUInt16LE(u16(bytes, at + 2), at + 2);
      const named = (tag === 0x02 || tag === 0x08) && at + 8 <= bytes.byteLength;
      if (named) little.writeUInt32LE(u32(bytes, at + 4), at + 4);
      at += named ? 8 : 4;
    }
    return little;
  }
}

function stamp(seconds: number): { seconds: number; nanoseconds: number } {
  return { seconds, nanoseconds: 0 };
}

function stamps({ accessed, changed, modified }: Jffs2Write): EntryFacts {
  return { accessed: stamp(accessed), changed: stamp(changed), modified: stamp(modified) };
}

const TYPE = { fifo: 0x1000, characterDevice: 0x2000, directory: 0x4000, blockDevice: 0x6000, file: 0x8000, symlink: 0xa000, socket: 0xc000 } as const;

function typeOf({ mode }: Jffs2Write): number {
  return mode & 0xf000;
}
