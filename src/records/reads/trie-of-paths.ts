import { pathToBuffer, ROOT_PATH, type PathBytes } from '../../tree/entry.ts';

/** Paths by their names, each common beginning once; nodes are numbered from 1, 0 is the root. */
export interface PathTrie {
  /** By node: its parent's number, and its name. */
  parents: number[];
  names: Buffer[];
  /** Of each path that was given. */
  numbers: Map<PathBytes, number>;
}

/** The root itself is no entry of any directory, and left out. */
export function trieOf(paths: readonly PathBytes[]): PathTrie {
  const parents: number[] = [];
  const names: Buffer[] = [];
  const known = new Map<string, number>([['', 0]]);
  const visit = (path: string): number => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const slash = path.lastIndexOf('/');
    parents.push(slash < 0 ? 0 : visit(path.slice(0, slash)));
    names.push(pathToBuffer(path.slice(slash + 1) as PathBytes));
    known.set(path, names.length);
    return names.length;
  };
  return { parents, names, numbers: new Map(paths.filter((path) => path !== ROOT_PATH).map((path) => [path, visit(path)])) };
}
