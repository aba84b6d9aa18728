import { chmodSync, constants, copyFileSync, existsSync, lutimesSync, mkdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Sha256 } from '../foundation/digest.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { ROOT_PATH, type DirectoryEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { told, toldLater, unlessMissing } from './disk-fault.ts';
import { directoryMode, materialize } from './materialize.ts';
import type { StoreParts } from './parts.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Trees as directories, a cache. Made in `tmp`, renamed to `c/<id>`, and only then named by a symlink
 * `checkouts/<boot>/<digest>@<epoch>`: what has that name is whole. Files are not synced (it would cost more than
 * making them), so a checkout counts only within the boot it was made in: after power loss it is made again.
 */
export class Checkouts {
  readonly #parts: StoreParts;
  readonly #underWay = new Map<string, Promise<string>>();
  #reflinks: boolean | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  async checkout(digest: Sha256, epochSeconds: number, tree: () => Promise<Tree>): Promise<string> {
    const name = this.#nameOf(digest, epochSeconds);
    const standing = this.#find(name);
    if (standing !== undefined) return standing;
    const underWay = this.#underWay.get(name) ?? this.#make(name, epochSeconds, tree).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, underWay);
    return await underWay;
  }

  #nameOf(digest: Sha256, epochSeconds: number): string {
    return join(this.#parts.layout.checkouts, this.#parts.writer.boot, `${digest}@${epochSeconds}`);
  }

  /** Marks it as just used; `gc` looks at that once more after it has taken the name away, before the directory. */
  #find(name: string): string | undefined {
    return told('looking for a checkout', () => unlessMissing(() => {
      const now = this.#parts.clock.now();
      lutimesSync(name, now, now);
      const body = join(this.#parts.layout.checkoutBodies, readlinkSync(name));
      if (existsSync(body)) return body;
      // Somebody cleared up by hand.
      unlinkSync(name);
      return undefined;
    }));
  }

  async #make(name: string, epochSeconds: number, tree: () => Promise<Tree>): Promise<string> {
    const temporary = this.#parts.tmp.newPath();
    const content = await tree();
    return await toldLater('checking out a tree', async () => {
      try {
        await materialize(content, temporary, {
          blobs: this.#parts.blobs, clock: this.#parts.clock, epochSeconds, reflinks: this.#canReflink(),
        });
        return this.#publish(name, temporary, content);
      } finally {
        removeTree(temporary);
      }
    });
  }

  #publish(name: string, temporary: string, content: Tree): string {
    // 48 bits: short, and rename refuses an id that is taken.
    const id = uniqueName().replaceAll('-', '').slice(0, 12);
    const body = join(this.#parts.layout.checkoutBodies, id);
    mkdirSync(dirname(name), { recursive: true });
    renameSync(temporary, body);
    try {
      chmodSync(body, directoryMode(content.entries.get(ROOT_PATH) as DirectoryEntry));
      for (;;) {
        // Survives kill -9: before it the directory is an orphan that `gc` removes, after it a whole checkout.
        if (symlinkUnlessThere(id, name)) return body;
        const faster = this.#find(name);
        if (faster === undefined) continue;
        removeTree(body);
        return faster;
      }
    } catch (error) {
      removeTree(body);
      throw error;
    }
  }

  #canReflink(): boolean {
    this.#reflinks ??= probeReflinks(this.#parts.layout.format, this.#parts.tmp.newPath());
    return this.#reflinks;
  }
}

function symlinkUnlessThere(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function probeReflinks(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
    unlinkSync(to);
    return true;
  } catch {
    unlessMissing(() => unlinkSync(to));
    return false;
  }
}
