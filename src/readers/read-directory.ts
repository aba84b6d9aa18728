import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type BigIntStats } from 'node:fs';

import { Budget, type Caps } from '../bytes/caps.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import { roomFor } from '../bytes/byte-source.ts';
import { errorCodeOf, Fault } from '../foundation/failure.ts';
import { displayPath, joinPath, pathFromBuffer, pathToBuffer, ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import type { EntryFacts, LayeredContent, TreeContent } from './image-content.ts';
import { layerList } from './layer-list.ts';
import { readLayers } from './read-layers.ts';
import { TreeCollector } from './tree-collector.ts';

/**
 * A directory as it lies on disk, or the layers that it lists where it is an OCI layout. No link is followed, no device or pipe opened; extended
 * attributes are not read. Throws BYTES.IO where something cannot be read or changes meanwhile, BYTES.LIMIT. Blocking.
 */
export function readDirectory(path: string, caps: Partial<Caps> = {}): TreeContent | LayeredContent {
  const budget = new Budget(caps);
  const tree = new DirectoryReader(Buffer.from(path), budget).read();
  try {
    const list = layerList(tree);
    return list === undefined ? tree : readLayers(tree, list, budget);
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return { ...tree, findings: [...tree.findings, { severity: 'warning', path: '', line: 0, rule: 'no-layers', message: `not read as layers: ${error.message}` }] };
  }
}

class DirectoryReader {
  readonly #base: Buffer;
  readonly #collector: TreeCollector;
  /** Of files with several names: device and inode to a number of our own. */
  readonly #inodes = new Map<string, number>();

  constructor(base: Buffer, budget: Budget) {
    this.#base = base;
    this.#collector = new TreeCollector('directory', budget);
  }

  read(): TreeContent {
    const waiting: PathBytes[] = [ROOT_PATH];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const inner = this.#place(at);
      const names = this.#disk(at, () => readdirSync(inner, { encoding: 'buffer' })).toSorted((a, b) => Buffer.compare(a, b));
      if (at === ROOT_PATH) this.#add(at, this.#disk(at, () => lstatSync(Buffer.concat([inner, Buffer.from('/.')]), { bigint: true })));
      for (const name of names) {
        const path = joinPath(at, pathFromBuffer(name));
        const stats = this.#disk(path, () => lstatSync(this.#place(path), { bigint: true }));
        this.#add(path, stats);
        if (stats.isDirectory()) waiting.push(path);
      }
    }
    return this.#collector.finish({});
  }

  #add(path: PathBytes, stats: BigIntStats): void {
    const own = { mode: Number(stats.mode & 0o7777n), uid: Number(stats.uid), gid: Number(stats.gid) };
    const facts = factsOf(stats);
    if (!stats.isDirectory() && stats.nlink > 1n && this.#collector.linked(path, this.#inode(stats))) return;
    if (stats.isDirectory()) this.#collector.add(path, { kind: 'directory', ...own }, facts);
    else if (stats.isSymbolicLink()) this.#collector.add(path, { kind: 'symlink', ...own, target: pathFromBuffer(this.#disk(path, () => readlinkSync(this.#place(path), { encoding: 'buffer' }))) }, facts);
    else if (stats.isFile()) this.#collector.file(path, { ...own, sizeBytes: Number(stats.size) }, facts, () => this.#content(path, stats));
    else if (stats.isFIFO()) this.#collector.add(path, { kind: 'fifo', ...own }, facts);
    else if (stats.isSocket()) this.#collector.skipSocket(path);
    else this.#collector.add(path, { kind: stats.isBlockDevice() ? 'block-device' : 'character-device', ...own, ...deviceOf(stats.rdev) }, facts);
  }

  /** What was looked at, and nothing that took its place since. */
  *#content(path: PathBytes, stats: BigIntStats): Generator<Uint8Array> {
    const descriptor = this.#disk(path, () => openSync(this.#place(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
    try {
      const now = this.#disk(path, () => fstatSync(descriptor, { bigint: true }));
      if (now.ino !== stats.ino || now.dev !== stats.dev || now.size !== stats.size) this.#changed(path);
      const room = roomFor(Number(stats.size));
      for (let left = Number(stats.size); left > 0;) {
        const got = this.#disk(path, () => readSync(descriptor, room, 0, Math.min(room.byteLength, left), null));
        if (got === 0) this.#changed(path);
        left -= got;
        yield room.subarray(0, got);
      }
    } finally {
      closeSync(descriptor);
    }
  }

  #place(path: PathBytes): Buffer {
    return path === ROOT_PATH ? this.#base : Buffer.concat([this.#base, Buffer.from('/'), pathToBuffer(path)]);
  }

  #inode({ dev, ino }: BigIntStats): number {
    const key = `${dev}:${ino}`;
    const known = this.#inodes.get(key) ?? this.#inodes.size;
    this.#inodes.set(key, known);
    return known;
  }

  #disk<T>(path: PathBytes, call: () => T): T {
    try {
      return call();
    } catch (cause) {
      throw new Fault('BYTES.IO', `${this.#shown(path)} cannot be read (${errorCodeOf(cause) ?? 'unknown error'})`, { place: this.#shown(path), cause });
    }
  }

  #changed(path: PathBytes): never {
    throw new Fault('BYTES.IO', `${this.#shown(path)} changed while it was read`, { place: this.#shown(path) });
  }

  #shown(path: PathBytes): string {
    return displayPath(pathFromBuffer(this.#place(path)));
  }
}

const SECOND = 1_000_000_000n;

function factsOf({ mtimeNs }: BigIntStats): EntryFacts {
  const nanoseconds = ((mtimeNs % SECOND) + SECOND) % SECOND;
  return { modified: { seconds: Number((mtimeNs - nanoseconds) / SECOND), nanoseconds: Number(nanoseconds) } };
}

/** Linux's `dev_t` as user space sees it. */
function deviceOf(rdev: bigint): { major: number; minor: number } {
  return { major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)), minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)) };
}
