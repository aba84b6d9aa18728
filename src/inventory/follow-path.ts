import type { PathBytes } from '../tree/entry.ts';

/** As the kernel counts them (MAXSYMLINKS). */
const MAX_LINKS = 40;

/** What a path may be: a symlink's target is as it stands in it. */
export interface Linked { kind: string; target?: PathBytes }

export interface Followed {
  /** Where the path leads; with too many links the last that was looked at. */
  path: PathBytes;
  /** Symlinks on the way, each by its own path, in the order in which they were met. */
  links: readonly PathBytes[];
  /** More links than a kernel follows: a loop, most likely. */
  loop: boolean;
}

/** A path as a process in the root sees it: all links followed, `..` at the top staying there. Whether anything is there is not asked. */
export function followPath(absolute: string, entryAt: (path: PathBytes) => Linked | undefined): Followed {
  const rest = absolute.split('/').toReversed();
  const links: PathBytes[] = [];
  let here: string[] = [];
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') { here.pop(); continue; }
    const path = [...here, name].join('/') as PathBytes;
    const entry = entryAt(path);
    if (entry?.kind !== 'symlink') { here.push(name); continue; }
    if (links.length === MAX_LINKS) return { path, links, loop: true };
    links.push(path);
    const { target = '' } = entry;
    if (target.startsWith('/')) here = [];
    rest.push(...target.split('/').toReversed());
  }
  return { path: here.join('/') as PathBytes, links, loop: false };
}
