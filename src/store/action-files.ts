import { readFileSync, renameSync, unlinkSync, utimesSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { uniqueName } from '../foundation/ids.ts';
import { told, toldLater, unlessMissing } from './disk-fault.ts';
import { linkUnlessThere } from './object-files.ts';
import { Shards } from './shards.ts';
import type { Temporaries } from './temporaries.ts';
import type { ActionResult } from './store.ts';

interface ActionPlaces { home: string; tmp: Temporaries; quarantine: string }

/** Results by action key. A file is canonical JSON `{digest, key, result}`; `digest` is that of the result. */
export class ActionFiles {
  readonly #places: ActionPlaces;
  readonly #shards: Shards;
  readonly #clock: Clock;

  constructor(places: ActionPlaces, clock: Clock) {
    this.#places = places;
    this.#shards = new Shards(places.home);
    this.#clock = clock;
  }

  pathOf(key: Sha256): string {
    return this.#shards.pathOf(key);
  }

  /** `<key>` or `<key>.other.<digest>`, as a file name. */
  quarantine(name: string): void {
    unlessMissing(() => renameSync(join(this.#places.home, name.slice(0, 2), name), join(this.#places.quarantine, `action-${name}-${uniqueName()}`)));
  }

  evidencePathOf(key: Sha256, result: ActionResult): string {
    return `${this.pathOf(key)}.other.${jsonDigest(result)}`;
  }

  /** What stands for the key. A damaged file is moved to quarantine and counts as none: the step is run again. */
  read(key: Sha256): ActionResult | undefined {
    return told(`reading action ${key}`, () => unlessMissing(() => {
      const result = parseActionFile(readFileSync(this.pathOf(key)), key);
      if (result === undefined) this.quarantine(key);
      return result;
    }));
  }

  /** Before an answer is given out; false where `gc` took it away meanwhile. */
  touch(key: Sha256): boolean {
    return told(`marking action ${key} as used`, () => unlessMissing(() => {
      const now = this.#clock.now();
      utimesSync(this.pathOf(key), now, now);
      return true;
    })) ?? false;
  }

  /** First one wins, in one atomic step; false where another stands. */
  async putFirst(key: Sha256, result: ActionResult): Promise<boolean> {
    return await this.#publish(key, result, (temporary) => linkUnlessThere(temporary, this.pathOf(key)));
  }

  /** For a standing result whose outputs are gone: it becomes evidence, the new one stands. */
  async replace(key: Sha256, result: ActionResult): Promise<void> {
    await this.#publish(key, result, (temporary) => { renameSync(temporary, this.pathOf(key)); return true; });
  }

  async putEvidence(key: Sha256, result: ActionResult): Promise<void> {
    await this.#publish(key, result, (temporary) => linkUnlessThere(temporary, this.evidencePathOf(key, result)));
  }

  async #publish(key: Sha256, result: ActionResult, publish: (temporary: string) => boolean): Promise<boolean> {
    const temporary = this.#places.tmp.newPath();
    return await toldLater(`writing action ${key}`, async () => {
      try {
        await writeSynced(temporary, canonicalJson({ digest: jsonDigest(result), key, result }));
        // Survives kill -9: the name appears with the whole file behind it or not at all.
        this.#shards.prepare(key);
        const published = publish(temporary);
        // Survives power loss: a commit that was reported is still there.
        await this.#shards.sync([key]);
        return published;
      } finally {
        unlessMissing(() => unlinkSync(temporary));
      }
    });
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o444);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** undefined where the bytes are not what was written for this key. */
export function parseActionFile(bytes: Buffer, key: Sha256): ActionResult | undefined {
  try {
    const file = JSON.parse(bytes.toString('utf8')) as { digest: Sha256; key: Sha256; result: ActionResult };
    return file.key === key && file.digest === jsonDigest(file.result) && isActionResult(file.result) ? file.result : undefined;
  } catch {
    return undefined;
  }
}

function isActionResult(result: ActionResult): boolean {
  return result.format === 1 && isSha256(result.log) && Object.values(result.outputs).every(isSha256);
}

export function isSameOutputs(a: ActionResult, b: ActionResult): boolean {
  return canonicalJson(a.outputs) === canonicalJson(b.outputs);
}
