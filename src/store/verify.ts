import { closeSync, openSync, readFileSync, readlinkSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';

import { isSha256, sha256, type Sha256 } from '../foundation/digest.ts';
import { errorCodeOf, isCoded } from '../foundation/failure.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { sortedEntries } from '../foundation/order.ts';
import { displayPath, pathToBuffer, ROOT_PATH } from '../tree/entry.ts';
import { decodeNode, decodeTree } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { parseActionFile } from './action-files.ts';
import { missing, rehash } from './blob-reading.ts';
import { Breather } from './breather.ts';
import { findGap, gapAmongFiles } from './closure.ts';
import { toldLater, unlessMissing } from './disk-fault.ts';
import { namesIn, parseActionName, shardedNames } from './listing.ts';
import type { ObjectFiles } from './object-files.ts';
import type { StoreParts } from './parts.ts';
import type { ActionResult, VerifyReport } from './store.ts';

/** Reads everything; the store may be in use meanwhile (what vanishes is no finding). */
export async function verifyStore(parts: StoreParts): Promise<VerifyReport> {
  const verification = new Verification(parts);
  return await toldLater('verifying the store', async () => await verification.run());
}

class Verification {
  readonly #parts: StoreParts;
  readonly #breather: Breather;
  readonly #findings: Finding[] = [];
  readonly #checked = { blobs: 0, trees: 0, actions: 0, checkouts: 0, sizeBytes: 0 };

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#breather = new Breather(parts.clock);
  }

  async run(): Promise<VerifyReport> {
    // Bytes first: what is damaged is missing for what comes after.
    await this.#blobs();
    await this.#nodes();
    await this.#children();
    await this.#actions();
    await this.#checkouts();
    return { findings: sortFindings(this.#findings), checked: this.#checked };
  }

  #find(path: string, rule: string, message: string, suggestion: string, severity: Finding['severity'] = 'error'): void {
    this.#findings.push({ severity, path: relative(this.#parts.layout.root, path), line: 0, rule, message, suggestion });
  }

  async #blobs(): Promise<void> {
    for (const digest of this.#objects(this.#parts.layout.blobs)) {
      const found = await this.#checkedBytes(this.#parts.blobs, digest, async () => await rehash(this.#parts.blobs, digest));
      if (found === undefined) continue;
      this.#checked.blobs++;
      this.#checked.sizeBytes += found.sizeBytes;
      const noted = this.#parts.sums.find(digest);
      if (noted !== undefined && noted.sha512 !== found.sha512) {
        this.#find(this.#parts.blobs.pathOf(digest), 'wrong-sum', `the sha512 noted for blob ${digest} was wrong`, 'It was corrected.', 'warning');
      }
      this.#parts.sums.add(found);
    }
  }

  async #nodes(): Promise<void> {
    for (const digest of this.#objects(this.#parts.layout.trees)) {
      const bytes = await this.#checkedBytes(this.#parts.nodes, digest, async () => this.#parts.nodes.readBytes(digest));
      if (bytes === undefined) continue;
      this.#checked.trees++;
      this.#checked.sizeBytes += bytes.byteLength;
      await this.#breather.breathe();
    }
  }

  async #checkedBytes<T>(objects: ObjectFiles, digest: Sha256, read: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isCoded(error) || error.code !== 'STORE.DAMAGED') throw error;
      this.#find(objects.pathOf(digest), `damaged-${objects.what}`, error.message, 'It was moved to quarantine; fetch or build it again.');
      return undefined;
    }
  }

  /** Every child of every directory node, not only of those that an action names. */
  async #children(): Promise<void> {
    for (const { name: digest, path } of shardedNames(this.#parts.layout.trees)) {
      const bytes = isSha256(digest) ? this.#parts.nodes.readSound(digest) : undefined;
      if (bytes === undefined) continue;
      const gap = this.#gapIn(bytes);
      if (gap !== undefined) {
        this.#find(path, 'missing-child', `directory node ${digest} ${gap}`, 'Build again what made it, or let `gc` drop it.');
      }
      await this.#breather.breathe();
    }
  }

  #gapIn(bytes: Uint8Array): string | undefined {
    try {
      const node = decodeNode(bytes);
      const gap = gapAmongFiles(ROOT_PATH, node, { node: () => undefined, fileSize: (digest) => this.#parts.blobs.sizeOf(digest) });
      if (gap !== undefined) return `names file "${gap.path}" (${gap.digest}), which is not there in that size`;
      const lost = node.entries.find(([, entry]) => entry.kind === 'directory' && this.#parts.nodes.sizeOf(entry.digest) === undefined);
      return lost === undefined ? undefined : `names directory "${displayPath(lost[0])}", which is not there`;
    } catch (error) {
      if (errorCodeOf(error) !== 'TREE.BAD_NODE') throw error;
      return 'is no directory node';
    }
  }

  async #actions(): Promise<void> {
    const complete = new Set<Sha256>();
    for (const { name, path } of shardedNames(this.#parts.layout.actions)) {
      const action = parseActionName(name);
      const bytes = unlessMissing(() => readFileSync(path));
      if (bytes === undefined) continue;
      if (action === undefined) { this.#foreign(path); continue; }
      this.#checked.actions++;
      const result = parseActionFile(bytes, action.key);
      if (result === undefined) {
        this.#parts.actions.quarantine(name);
        this.#find(path, 'damaged-action', `the result of action ${action.key} is damaged`, 'It was moved to quarantine; the step runs again.');
      } else await this.#actionResult(path, action.key, result, complete);
    }
  }

  async #actionResult(path: string, key: Sha256, result: ActionResult, complete: Set<Sha256>): Promise<void> {
    const sources = {
      node: (digest: Sha256) => this.#parts.nodes.readSound(digest),
      fileSize: (digest: Sha256) => this.#parts.blobs.sizeOf(digest),
    };
    for (const [name, output] of sortedEntries(result.outputs)) {
      const gap = await findGap(output, sources, this.#parts.clock, complete);
      if (gap === undefined) continue;
      this.#find(path, 'incomplete-action', `output "${name}" of action ${key} lacks ${gap.what} "${gap.path}" (${gap.digest})`, 'The step runs again when it is next needed.');
    }
    if (this.#parts.blobs.sizeOf(result.log) === undefined) {
      this.#find(path, 'incomplete-action', `the log of action ${key} (${result.log}) is not there`, 'The step runs again when it is next needed.');
    }
  }

  async #checkouts(): Promise<void> {
    const home = join(this.#parts.layout.checkouts, this.#parts.writer.boot);
    for (const name of namesIn(home)) {
      const [digest] = name.split('@');
      const id = unlessMissing(() => readlinkSync(join(home, name)));
      if (id === undefined || digest === undefined || !isSha256(digest)) continue;
      this.#checked.checkouts++;
      const wrong = await this.#wrongIn(digest, join(this.#parts.layout.checkoutBodies, id));
      if (wrong === undefined) continue;
      // Only the name goes: a running build may still hold the directory, `gc` removes it later.
      unlessMissing(() => renameSync(join(home, name), join(this.#parts.layout.quarantine, `checkout-${id}`)));
      this.#find(join(home, name), 'damaged-checkout', `the checkout of tree ${digest} differs from it at "${wrong}"`, 'It is made again when it is next needed.');
    }
  }

  async #wrongIn(digest: Sha256, directory: string): Promise<string | undefined> {
    const tree = await this.#treeOrNone(digest);
    if (tree === undefined) return undefined;
    for (const [path, entry] of tree.entries) {
      if (entry.kind === 'file' && hashOf(Buffer.concat([Buffer.from(`${directory}/`), pathToBuffer(path)])) !== entry.sha256) return displayPath(path);
      await this.#breather.breathe();
    }
    return undefined;
  }

  /** A tree that is gone or damaged has its finding already. */
  async #treeOrNone(digest: Sha256): Promise<Tree | undefined> {
    try {
      return await decodeTree(digest, async (node) => {
        const bytes = this.#parts.nodes.readBytes(node);
        if (bytes === undefined) throw missing('directory node', node);
        return bytes;
      });
    } catch (error) {
      if (isCoded(error)) return undefined;
      throw error;
    }
  }

  *#objects(home: string): Generator<Sha256> {
    for (const { name, path } of shardedNames(home)) {
      if (isSha256(name)) yield name;
      else this.#foreign(path);
    }
  }

  #foreign(path: string): void {
    this.#find(path, 'foreign-file', 'this file is none of the store\'s', 'Find out who put it there, and remove it.', 'warning');
  }
}

function hashOf(path: Uint8Array): Sha256 | undefined {
  return unlessMissing(() => {
    const fd = openSync(path as Buffer, 'r');
    try {
      return sha256(readFileSync(fd));
    } finally {
      closeSync(fd);
    }
  });
}
