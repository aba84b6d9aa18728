import type { ByteSource } from '../bytes/byte-source.ts';
import type { Run } from './ext-runs.ts';
import { isAlike, type LaterFile, type OwnedFile } from './later-file.ts';
import { SamePages } from './same-pages.ts';

/** More files than an image of 640 MB has; what comes later is read as ever. */
const MOST = 500_000;

interface KnownFile { entry: LaterFile; runs: readonly Run[] }

/** The files of a file system that was read, by their inodes' numbers, and where their bytes lie. */
export class KnownFiles {
  readonly source: ByteSource;
  readonly blockBytes: number;
  readonly #files = new Map<number, KnownFile>();

  constructor(source: ByteSource, blockBytes: number) {
    this.source = source;
    this.blockBytes = blockBytes;
  }

  add(inode: number, file: KnownFile): void {
    if (this.#files.size < MOST) this.#files.set(inode, file);
  }

  get(inode: number): KnownFile | undefined {
    return this.#files.get(inode);
  }
}

/** Which files of another file system are the same in all that an entry says, their bytes in the same blocks. */
export class TwinFiles {
  readonly #known: KnownFiles;
  readonly #pages: SamePages;

  readonly #isAligned: boolean;

  constructor(known: KnownFiles, source: ByteSource, blockBytes: number) {
    this.#known = known;
    this.#isAligned = known.blockBytes === blockBytes;
    this.#pages = new SamePages(known.source, source);
  }

  of(inode: number, file: OwnedFile, runs: readonly Run[]): LaterFile | undefined {
    const known = this.#isAligned ? this.#known.get(inode) : undefined;
    if (known === undefined || !isAlike(known.entry, file) || !sameRuns(known.runs, runs)) return undefined;
    return runs.every((run) => this.#holds(run, file.sizeBytes)) ? known.entry : undefined;
  }

  #holds({ logical, physical, count }: Run, sizeBytes: number): boolean {
    const { blockBytes } = this.#known;
    return physical === 0 || this.#pages.holds(physical * blockBytes, Math.min(count * blockBytes, sizeBytes - logical * blockBytes));
  }
}

function sameRuns(a: readonly Run[], b: readonly Run[]): boolean {
  return a.length === b.length && a.every(({ logical, physical, count }, i) => logical === b[i]!.logical && physical === b[i]!.physical && count === b[i]!.count);
}
