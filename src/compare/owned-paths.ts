/**
 * Which owner each of many paths has; plain JSON. In byte order each path is what it shares with the one before it, and a rest;
 * every so often one stands whole, so that a path is found where it lies, and nothing is unpacked: 12,000 paths of a root are
 * 170 kB. What has no owner is not in it, so that a path that is not of the root has none, wherever it lies.
 */
export interface OwnedPaths {
  /** Of owners, in order. */
  names: readonly string[];
  /** Of each path, how many bytes it shares with the one before. */
  shared: readonly number[];
  /** Of each path, the bytes behind those, one UTF-16 unit per byte. */
  rests: readonly string[];
  /** Of each path, the place of its owner in `names`. */
  owners: readonly number[];
}

/** Each of so many paths stands whole. Who changes it changes the format of an outline. */
const BLOCK = 32;

/** By path, one UTF-16 unit per byte. */
export function packPaths(owners: ReadonlyMap<string, string>): OwnedPaths {
  const names = [...new Set(owners.values())].toSorted();
  const numbers = new Map(names.map((name, number) => [name, number]));
  const paths = [...owners.keys()].toSorted();
  const shared = paths.map((path, at) => (at % BLOCK === 0 ? 0 : sharedLength(paths[at - 1]!, path)));
  return { names, shared, rests: paths.map((path, at) => path.slice(shared[at])), owners: paths.map((path) => numbers.get(owners.get(path)!)!) };
}

/** Undefined for a path that is not among them. */
export function ownerAmong({ names, shared, rests, owners }: OwnedPaths, path: string): string | undefined {
  const start = blockOf(rests, path);
  const end = Math.min(start + BLOCK, rests.length);
  // Bytes of `path` that the one before shares with it: that one comes before `path`.
  let same = 0;
  for (let at = start; at < end; at++) {
    if (shared[at]! > same) continue;
    if (shared[at]! < same) return undefined;
    const rest = rests[at]!;
    const more = sharedLength(rest, path, same);
    same += more;
    if (more === rest.length && same === path.length) return names[owners[at]!];
    if (more < rest.length && (same === path.length || rest[more]! > path[same]!)) return undefined;
  }
  return undefined;
}

/** Where the last block begins whose first path is not behind `path`. */
function blockOf(rests: readonly string[], path: string): number {
  let [first, beyond] = [0, Math.ceil(rests.length / BLOCK)];
  while (beyond - first > 1) {
    const middle = (first + beyond) >>> 1;
    if (rests[middle * BLOCK]! <= path) first = middle;
    else beyond = middle;
  }
  return first * BLOCK;
}

/** How much of `text` stands in `path` from `from` on. */
function sharedLength(text: string, path: string, from = 0): number {
  let length = 0;
  while (length < text.length && from + length < path.length && text[length] === path[from + length]) length++;
  return length;
}
