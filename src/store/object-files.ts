import {
  chmodSync, closeSync, fchmodSync, fdatasync, fstatSync, linkSync, openSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Fault, errorCodeOf } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { sortedBy } from '../foundation/order.ts';
import { told, toldLater, unlessMissing } from './disk-fault.ts';
import { Shards } from './shards.ts';
import { eachOf, syncFileSystem } from './syncing.ts';
import type { Temporaries } from './temporaries.ts';

const datasync = promisify(fdatasync);

/** From this size on a blob is synced on its own; below, syncing file by file would cost ten times the writing. */
const SETTLED_AT_ONCE_BYTES = 256 * 1024;
/** From so many on the whole file system is synced: of 2,000 files on ext4 in 0.1 s, one by one in 0.5 to 1.5 s. */
const SYNCED_TOGETHER = 200;
const SETTLED_MODE = 0o444;
const UNSETTLED_MODE = 0o644;
const WRITABLE = 0o200;

interface ObjectPlaces {
  /** Holds the shards. */
  home: string;
  tmp: Temporaries;
  quarantine: string;
}

interface TemporaryObject {
  path: string;
  fd: number;
}

export interface OpenObject {
  fd: number;
  sizeBytes: number;
}

/**
 * Immutable files named by the sha256 of their bytes; what has its name is whole under kill -9.
 *
 * Power loss can cut what was not synced. So a file is *settled* (mode 0444) once its bytes and its name are synced, and
 * *unsettled* (0644) until then. Small ones are settled in one go by `settle`, before anything is committed that names
 * them. Whoever meets an unsettled object that it has not written itself hashes it before it counts as there.
 */
export class ObjectFiles {
  /** `blob` or `node`, for people and for names in quarantine. */
  readonly what: string;
  readonly #places: ObjectPlaces;
  readonly #shards: Shards;
  readonly #clock: Clock;
  /** Known to be whole, not yet synced. */
  readonly #unsettled = new Set<Sha256>();
  #settling: Promise<void> = Promise.resolve();

  constructor(what: string, places: ObjectPlaces, clock: Clock) {
    this.what = what;
    this.#places = places;
    this.#shards = new Shards(places.home);
    this.#clock = clock;
  }

  pathOf(digest: Sha256): string {
    return this.#shards.pathOf(digest);
  }

  /**
   * The size, or undefined where it is not there. Marks it as just used: `gc` keeps what was used within its grace
   * time, and a touch that succeeded is seen by a `gc` that is about to delete it.
   */
  touch(digest: Sha256): number | undefined {
    return told(`looking for ${this.what} ${digest}`, () => unlessMissing(() => {
      const path = this.pathOf(digest);
      // Looked at first only because a thrown ENOENT costs more than the call.
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return undefined;
      const now = this.#clock.now();
      try {
        utimesSync(path, now, now);
      } catch (error) {
        // Another user's store: present, and not ours to mark.
        if (errorCodeOf(error) !== 'EPERM') throw error;
      }
      return (stat.mode & WRITABLE) === 0 || this.#isWhole(digest) ? stat.size : undefined;
    }));
  }

  sizeOf(digest: Sha256): number | undefined {
    return told(`looking for ${this.what} ${digest}`, () => statSync(this.pathOf(digest), { throwIfNoEntry: false })?.size);
  }

  /** Exclusive: a name nobody else has, in a directory nobody else writes to. */
  beginTemporary(): TemporaryObject {
    const path = this.#places.tmp.newPath();
    return told('opening a temporary file', () => ({ path, fd: openSync(path, 'wx', UNSETTLED_MODE) }));
  }

  /** Makes the temporary file visible under its digest. The caller has hashed what it wrote. */
  async commitTemporary(temporary: TemporaryObject, digest: Sha256, sizeBytes: number): Promise<void> {
    this.#shards.prepare(digest);
    if (sizeBytes < SETTLED_AT_ONCE_BYTES) {
      // Survives kill -9: before it there is a temporary file, after it a whole object. Replaces an equal or a damaged one.
      renameSync(temporary.path, this.pathOf(digest));
      this.#unsettled.add(digest);
      return;
    }
    // Survives power loss: without it ext4 and xfs may keep the name and lose the bytes.
    await datasync(temporary.fd);
    fchmodSync(temporary.fd, SETTLED_MODE);
    renameSync(temporary.path, this.pathOf(digest));
    // Survives power loss: the name.
    await this.#shards.sync([digest]);
  }

  async putBytes(bytes: Uint8Array, digest: Sha256): Promise<void> {
    if (this.touch(digest) === bytes.byteLength) return;
    const temporary = this.beginTemporary();
    try {
      await toldLater(`writing ${this.what} ${digest}`, async () => {
        writeFully(temporary.fd, bytes);
        await this.commitTemporary(temporary, digest, bytes.byteLength);
      });
    } catch (error) {
      unlessMissing(() => unlinkSync(temporary.path));
      throw error;
    } finally {
      closeSync(temporary.fd);
    }
  }

  /** Of an unsettled object. Its writer is at work, was killed, or the power was cut: only the bytes can tell. */
  #isWhole(digest: Sha256): boolean {
    if (this.#unsettled.has(digest)) return true;
    if (this.readSound(digest) === undefined) return false;
    this.#unsettled.add(digest);
    return true;
  }

  open(digest: Sha256): OpenObject | undefined {
    return told(`opening ${this.what} ${digest}`, () => unlessMissing(() => {
      const fd = openSync(this.pathOf(digest), 'r');
      return { fd, sizeBytes: fstatSync(fd).size };
    }));
  }

  /** Verified; undefined where it is not there. */
  readBytes(digest: Sha256): Buffer | undefined {
    const opened = this.open(digest);
    if (opened === undefined) return undefined;
    try {
      const bytes = told(`reading ${this.what} ${digest}`, () => readFileSync(opened.fd));
      const found = sha256(bytes);
      if (found !== digest) throw this.damaged(digest, found, opened.fd);
      return bytes;
    } finally {
      closeSync(opened.fd);
    }
  }

  /** As `readBytes`, but a damaged object counts as none (it is in quarantine then). */
  readSound(digest: Sha256): Buffer | undefined {
    try {
      return this.readBytes(digest);
    } catch (error) {
      if (errorCodeOf(error) === 'STORE.DAMAGED') return undefined;
      throw error;
    }
  }

  /** Takes a damaged object out of sight, so that the next put heals it, and says what was wrong. */
  damaged(digest: Sha256, found: string, fd: number): Fault {
    const keptAs = this.#quarantine(digest, fstatSync(fd).ino);
    return new Fault('STORE.DAMAGED', `${this.what} ${digest} is damaged on disk: its bytes hash to ${found}`, {
      hint: 'It was moved to quarantine; fetch or build it again.', details: { expected: digest, found, keptAs },
    });
  }

  #quarantine(digest: Sha256, inode: number): string | undefined {
    const path = this.pathOf(digest);
    const aside = join(this.#places.quarantine, `${this.what}-${digest}-${uniqueName()}`);
    return told(`moving damaged ${this.what} ${digest} aside`, () => unlessMissing(() => {
      renameSync(path, aside);
      // Another process may have healed it in between: give the good one back.
      if (statSync(aside).ino === inode) return aside;
      linkUnlessThere(aside, path);
      unlinkSync(aside);
      return undefined;
    }));
  }

  /** After it, all that was put or touched so far survives power loss. One at a time: a second call waits for the first. */
  async settle(): Promise<void> {
    const mine = this.#settling.then(async () => { await this.#settleNow(); });
    this.#settling = mine.catch(() => undefined);
    await mine;
  }

  async #settleNow(): Promise<void> {
    const digests = sortedBy(this.#unsettled, (digest) => digest);
    if (digests.length === 0) return;
    await toldLater(`syncing ${digests.length} ${this.what}s`, async () => {
      // Bytes, then names, then the mark: a mark that survives power loss proves the rest.
      if (digests.length < SYNCED_TOGETHER || !await syncFileSystem(this.#places.home)) {
        await eachOf(digests, async (digest) => { await datasyncPath(this.pathOf(digest)); });
        await this.#shards.sync(digests);
      }
      for (const digest of digests) {
        unlessMissing(() => chmodSync(this.pathOf(digest), SETTLED_MODE));
        this.#unsettled.delete(digest);
      }
    });
  }
}

async function datasyncPath(path: string): Promise<void> {
  const fd = unlessMissing(() => openSync(path, 'r'));
  // Taken away meanwhile as damaged or by gc: then nothing that is committed may name it, and its check says so.
  if (fd === undefined) return;
  try {
    await datasync(fd);
  } finally {
    closeSync(fd);
  }
}

/** False where the name is taken. link(2) is atomic, unlike a look and a rename. */
export function linkUnlessThere(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(fd, bytes, at);
}
