import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { uniqueName } from '../foundation/ids.ts';
import { told } from './disk-fault.ts';
import { namesIn } from './listing.ts';
import { removeTree } from './remove-tree.ts';
import { lifeOf, type Writer } from './writer.ts';

/** A directory that only this process writes to, on the store's file system. */
export class Temporaries {
  readonly #directory: string;

  constructor(tmp: string, writer: Writer) {
    this.#directory = join(tmp, writer.name);
  }

  /** A path that nobody else has. Nothing is there yet. */
  newPath(): string {
    // Each time: a gc in another pid namespace cannot know that we live, and takes what lay idle past its grace time.
    told('making the directory for temporary files', () => mkdirSync(this.#directory, { recursive: true, mode: 0o700 }));
    return join(this.#directory, uniqueName());
  }
}

/** What was left by processes that were killed; a live one's files are left alone. */
export function removeDeadWriters(tmp: string): void {
  for (const name of namesIn(tmp)) {
    if (lifeOf(name) === 'dead') removeTree(join(tmp, name));
  }
}
