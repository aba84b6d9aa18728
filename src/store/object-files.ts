import {
  closeSync, fdatasync, fstatSync, linkSync, openSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Fault, errorCodeOf } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { sortedBy } from '../foundation/order.ts';
import { diskFault, told, toldLater, unlessMissing } from './disk-fault.ts';
import { shardOf } from './layout.ts';

const datasync = promisify(fdatasync);

export interface ObjectPlaces {
  /** Holds the 256 shards. */
  home: string;
  /** A directory of this process alone, on the same file system. */
  tmp: string;
  quarantine: string;
}

export interface OpenObject {
  fd: number;
  sizeBytes: number;
}

/** Immutable files named by the sha256 of their bytes. What is visible under its name is whole and on disk. */
export class ObjectFiles {
  /** `blob` or `node`, for people and for names in quarantine. */
  readonly what: string;
  readonly #places: ObjectPlaces;
  readonly #clock: Clock;
  readonly #unsynced = new Set<string>();

  constructor(what: string, places: ObjectPlaces, clock: Clock) {
    this.what = what;
    this.#places = places;
    this.#clock = clock;
  }

  pathOf(digest: Sha256): string {
    return join(this.#places.home, shardOf(digest), digest);
  }

  /**
   * The size, or undefined where it is not there. Marks it as just used: `gc` keeps what was used within its grace
   * time, and a touch that succeeded is seen by a `gc` that is about to delete it.
   */
  touch(digest: Sha256): number | undefined {
    return told(`looking for ${this.what} ${digest}`, () => unlessMissing(() => {
      const path = this.pathOf(digest);
      const now = this.#clock.now();
      try {
        utimesSync(path, now, now);
      } catch (error) {
        if (errorCodeOf(error) !== 'EPERM') throw error;
      }
      // The name may be another process's and not synced yet: whoever commits on top of it syncs it.
      this.#unsynced.add(shardOf(digest));
      return statSync(path).size;
    }));
  }

  sizeOf(digest: Sha256): number | undefined {
    return told(`looking for ${this.what} ${digest}`, () => unlessMissing(() => statSync(this.pathOf(digest)).size));
  }

  /** Exclusive: a name nobody else has, in a directory nobody else writes to. */
  beginTemporary(): { path: string; fd: number } {
    const path = join(this.#places.tmp, uniqueName());
    return told('opening a temporary file', () => ({ path, fd: openSync(path, 'wx', 0o444) }));
  }

  /** Makes the temporary file visible under its digest. The caller has hashed what it wrote. */
  async commitTemporary(temporary: { path: string; fd: number }, digest: Sha256): Promise<void> {
    // Survives power loss: without it ext4 and xfs may keep the name and lose the bytes.
    await datasync(temporary.fd);
    // Survives kill -9: before it there is a temporary file, after it a whole object. Replaces an equal object or a damaged one.
    renameSync(temporary.path, this.pathOf(digest));
    this.#unsynced.add(shardOf(digest));
  }

  async putBytes(bytes: Uint8Array, digest: Sha256): Promise<void> {
    if (this.touch(digest) === bytes.byteLength) return;
    const temporary = this.beginTemporary();
    try {
      await toldLater(`writing ${this.what} ${digest}`, async () => {
        writeFully(temporary.fd, bytes);
        await this.commitTemporary(temporary, digest);
      });
    } catch (error) {
      unlessMissing(() => unlinkSync(temporary.path));
      throw error;
    } finally {
      closeSync(temporary.fd);
    }
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

  /** Makes the names of everything put or touched so far survive power loss; contents do already. */
  async syncNames(): Promise<void> {
    const shards = sortedBy(this.#unsynced, (name) => name);
    this.#unsynced.clear();
    try {
      for (const shard of shards) await syncDirectory(join(this.#places.home, shard));
    } catch (error) {
      for (const shard of shards) this.#unsynced.add(shard);
      throw diskFault(error, `syncing the directories of ${this.what}s`);
    }
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
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
