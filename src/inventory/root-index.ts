import { ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { OwnedEntry } from './inventory-facts.ts';

/** As the kernel counts them (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** The final root as a process in it sees paths: links followed, `..` at the top staying there. */
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
    const rest = absolute.split('/').toReversed();
    let here: string[] = [];
    let links = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') { here.pop(); continue; }
      const path = [...here, name].join('/') as PathBytes;
      const entry = this.#entries.get(path);
      if (entry?.kind !== 'symlink') { here.push(name); continue; }
      if (++links > MAX_LINKS) return undefined;
      if (entry.target.startsWith('/')) here = [];
      rest.push(...entry.target.split('/').toReversed());
    }
    const path = here.join('/') as PathBytes;
    const entry = path === '' ? this.#entries.get(ROOT_PATH) : this.#entries.get(path);
    if (entry === undefined) return undefined;
    return entry.kind === 'hard-link' ? entry.target : path;
  }
}
