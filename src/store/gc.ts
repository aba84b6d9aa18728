import { lstatSync, readFileSync, readlinkSync, renameSync, unlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import { decodeNode } from '../tree/node.ts';
import { parseActionFile } from './action-files.ts';
import { Breather } from './breather.ts';
import { toldLater, unlessMissing } from './disk-fault.ts';
import { withGcLock } from './gc-lock.ts';
import { namesIn, parseActionName, shardedNames } from './listing.ts';
import { linkUnlessThere } from './object-files.ts';
import type { StoreParts } from './parts.ts';
import { removeTree } from './remove-tree.ts';
import type { GcItem, GcOptions, GcReport } from './store.ts';
import { newestBelow, sizeBelow } from './walk.ts';
import { lifeOf } from './writer.ts';

/**
 * How garbage is collected while other processes use the store:
 *
 *  1. One collector at a time: a lock file holds its name; a dead holder's lock is taken over.
 *  2. Everything that is put, asked for with `hasBlob`, named by `putTree` or returned by `getAction` gets the time of
 *     that as its mtime. *Young* is what was used within the grace time.
 *  3. To take something: look at its time, rename it into our own directory, look at its time again. A user who touched
 *     it before the rename is seen, and it is renamed back; one who comes later finds it missing, as if it never was.
 *  4. Actions that are neither roots nor young are taken first.
 *  5. `getAction` touches the action before it walks its outputs. So after 4 an action is either gone or it stays, and
 *     whoever gets one has got one that stays.
 *  6. Mark: roots; what the actions that stay, and the evidence beside them, name; young nodes; and all below them.
 *  7. Nodes, then blobs, that are neither marked nor young are taken. What a writer has put since 6 is young.
 *  8. Checkouts of an earlier boot are deleted, and those of this boot that were not used within the grace time.
 *  9. Directories without a name in `c/`, temporary files of dead or forgotten writers, and old things in quarantine go.
 * 10. Killed anywhere, it leaves a store that works: every deletion stands for itself, what was taken lies in `tmp`.
 */
export async function collectGarbage(parts: StoreParts, options: GcOptions): Promise<GcReport> {
  const collection = new Collection(parts, options);
  return await toldLater('collecting garbage', async () => options.dryRun ? await collection.run() : await withGcLock(parts, async () => await collection.run()));
}

class Collection {
  readonly #parts: StoreParts;
  readonly #options: GcOptions;
  readonly #youngSinceMs: number;
  readonly #breather: Breather;
  readonly #markedNodes = new Set<string>();
  readonly #markedBlobs = new Set<string>();
  readonly #deleted: GcItem[] = [];
  readonly #unreadable = new Set<string>();

  constructor(parts: StoreParts, options: GcOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#youngSinceMs = parts.clock.now().getTime() - options.graceMs;
    this.#breather = new Breather(parts.clock);
  }

  async run(): Promise<GcReport> {
    const staying = await this.#sweepActions();
    for (const path of staying) await this.#markAction(path);
    await this.#markRoots();
    await this.#markYoungNodes();
    await this.#sweepObjects('tree', this.#parts.layout.trees, this.#markedNodes);
    await this.#sweepObjects('blob', this.#parts.layout.blobs, this.#markedBlobs);
    this.#sweepCheckouts();
    this.#sweepCheckoutBodies();
    this.#sweepTemporaries();
    this.#sweepQuarantine();
    const freedBytes = this.#deleted.reduce((sum, item) => sum + item.sizeBytes, 0);
    return { dryRun: this.#options.dryRun, deleted: this.#deleted, freedBytes, unreadable: [...this.#unreadable].toSorted() };
  }

  /** The paths of those that stay. Evidence stays as long as what it contradicts. */
  async #sweepActions(): Promise<string[]> {
    const roots = new Set<string>(this.#options.roots.actions);
    const staying: string[] = [];
    const stayingKeys = new Set<string>();
    for (const { name, path } of shardedNames(this.#parts.layout.actions)) {
      await this.#breather.breathe();
      const action = parseActionName(name);
      if (action === undefined) continue;
      // An action sorts before its evidence.
      const stays = roots.has(action.key) || (action.evidence && stayingKeys.has(action.key))
        || !this.#take(path, { kind: action.evidence ? 'evidence' : 'action', name, sizeBytes: 0 });
      if (!stays) continue;
      staying.push(path);
      if (!action.evidence) stayingKeys.add(action.key);
    }
    return staying;
  }

  async #markAction(path: string): Promise<void> {
    const bytes = unlessMissing(() => readFileSync(path));
    const name = parseActionName(path.slice(path.lastIndexOf('/') + 1))!;
    const result = bytes === undefined ? undefined : parseActionFile(bytes, name.key);
    if (result === undefined) { this.#unreadable.add(`action ${name.key}`); return; }
    this.#markedBlobs.add(result.log);
    for (const output of Object.values(result.outputs)) await this.#markTree(output);
  }

  async #markRoots(): Promise<void> {
    for (const blob of this.#options.roots.blobs) this.#markedBlobs.add(blob);
    for (const tree of this.#options.roots.trees) await this.#markTree(tree);
  }

  async #markYoungNodes(): Promise<void> {
    for (const { name, path } of shardedNames(this.#parts.layout.trees)) {
      await this.#breather.breathe();
      if (isSha256(name) && !this.#markedNodes.has(name) && this.#isYoung(path)) await this.#markTree(name);
    }
  }

  async #markTree(root: Sha256): Promise<void> {
    const pending = [root];
    for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
      if (this.#markedNodes.has(digest)) continue;
      this.#markedNodes.add(digest);
      pending.push(...this.#markNode(digest));
      await this.#breather.breathe();
    }
  }

  /** Its subdirectories. */
  #markNode(digest: Sha256): Sha256[] {
    const directories: Sha256[] = [];
    try {
      const bytes = this.#parts.nodes.readBytes(digest);
      if (bytes === undefined) { this.#unreadable.add(`tree ${digest}`); return []; }
      for (const [, entry] of decodeNode(bytes).entries) {
        if (entry.kind === 'directory') directories.push(entry.digest);
        else if (entry.kind === 'file') this.#markedBlobs.add(entry.sha256);
      }
    } catch (error) {
      if (!isCoded(error)) throw error;
      this.#unreadable.add(`tree ${digest}`);
    }
    return directories;
  }

  async #sweepObjects(kind: 'tree' | 'blob', home: string, marked: ReadonlySet<string>): Promise<void> {
    for (const { name, path } of shardedNames(home)) {
      await this.#breather.breathe();
      if (!marked.has(name)) this.#take(path, { kind, name, sizeBytes: 0 });
    }
  }

  #sweepCheckouts(): void {
    const { checkouts, checkoutBodies } = this.#parts.layout;
    for (const boot of namesIn(checkouts)) {
      for (const name of namesIn(join(checkouts, boot))) {
        const path = join(checkouts, boot, name);
        const id = unlessMissing(() => readlinkSync(path));
        if (id === undefined || (boot === this.#parts.writer.boot && this.#isYoung(path))) continue;
        const body = join(checkoutBodies, id);
        const sizeBytes = sizeBelow(body);
        if (this.#take(path, { kind: 'checkout', name, sizeBytes }, boot !== this.#parts.writer.boot)) this.#remove(body);
      }
    }
  }

  /** Whoever was killed between the rename to `c/` and the making of the name left one. */
  #sweepCheckoutBodies(): void {
    const { checkouts, checkoutBodies } = this.#parts.layout;
    const named = new Set(namesIn(checkouts).flatMap((boot) => namesIn(join(checkouts, boot)).map((name) => unlessMissing(() => readlinkSync(join(checkouts, boot, name))))));
    for (const id of namesIn(checkoutBodies)) {
      const path = join(checkoutBodies, id);
      const stat = unlessMissing(() => lstatSync(path));
      // Its mtime is the epoch of the tree; ctime is when it was put there.
      if (named.has(id) || stat === undefined || stat.ctimeMs >= this.#youngSinceMs) continue;
      this.#deleteWhole(path, { kind: 'checkout', name: `c/${id}`, sizeBytes: sizeBelow(path) });
    }
  }

  #sweepTemporaries(): void {
    const { tmp } = this.#parts.layout;
    for (const name of namesIn(tmp)) {
      const path = join(tmp, name);
      const life = lifeOf(name);
      if (life === 'dead' || (life === 'unknown' && newestBelow(path) < this.#youngSinceMs)) this.#deleteWhole(path, { kind: 'temporary', name, sizeBytes: sizeBelow(path) });
    }
  }

  #sweepQuarantine(): void {
    const { quarantine } = this.#parts.layout;
    for (const name of namesIn(quarantine)) {
      const path = join(quarantine, name);
      const stat = unlessMissing(() => lstatSync(path));
      if (stat !== undefined && stat.ctimeMs < this.#youngSinceMs) this.#deleteWhole(path, { kind: 'quarantine', name, sizeBytes: stat.size });
    }
  }

  #isYoung(path: string): boolean {
    const stat = unlessMissing(() => lstatSync(path));
    return stat !== undefined && this.#isYoungStat(stat);
  }

  #isYoungStat(stat: Stats): boolean {
    return stat.mtimeMs >= this.#youngSinceMs;
  }

  /** True where it was (or would be) deleted; sentence 3. */
  #take(path: string, item: GcItem, whateverAge = false): boolean {
    const stat = unlessMissing(() => lstatSync(path));
    if (stat === undefined || (!whateverAge && this.#isYoungStat(stat))) return false;
    const sizeBytes = item.kind === 'checkout' ? item.sizeBytes : stat.size;
    if (!this.#options.dryRun) {
      const aside = this.#parts.tmp.newPath();
      if (unlessMissing(() => { renameSync(path, aside); return true; }) === undefined) return false;
      if (!whateverAge && this.#isYoung(aside)) {
        // Linked, not renamed: whoever put it anew meanwhile keeps what is theirs.
        linkUnlessThere(aside, path);
        unlinkSync(aside);
        return false;
      }
      unlinkSync(aside);
    }
    this.#deleted.push({ ...item, sizeBytes });
    return true;
  }

  #deleteWhole(path: string, item: GcItem): void {
    this.#remove(path);
    this.#deleted.push(item);
  }

  #remove(path: string): void {
    if (!this.#options.dryRun) removeTree(path);
  }
}
