import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import { followPath } from './follow-path.ts';
import type { OwnedEntry } from './inventory-facts.ts';

/** The final root as a process in it sees paths. */
export class RootIndex {
  readonly #entries: ReadonlyMap<PathBytes, TreeEntry>;

  /** Each path once. */
  constructor(files: readonly OwnedEntry[]) {
    this.#entries = new Map(files.map(({ path, entry }) => [path, entry]));
  }

  entry(path: PathBytes): TreeEntry | undefined {
    return this.#entries.get(path);
  }

  /** The path that an absolute one stands for, all links followed, hard links by the path of their file; undefined where nothing is there. */
  resolve(absolute: string): PathBytes | undefined {
    const { path, loop } = followPath(absolute, (one) => this.#entries.get(one));
    const entry = loop ? undefined : this.#entries.get(path);
    return entry?.kind === 'hard-link' ? entry.target : entry === undefined ? undefined : path;
  }
}
