import { z } from 'zod';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { isSha256 } from '../foundation/digest.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { displayPath, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { linesOf } from './lines.ts';

export type Listing = { tool: string; tree: Tree } | { failed: string };

const bytes = z.string().regex(/^[\0-\u00ff]*$/);
const count = z.int().min(0);
const owned = {
  path: bytes, inode: count, mode: count.max(0o7777), uid: count.max(0xffff_ffff), gid: count.max(0xffff_ffff), xattrs: z.record(bytes, bytes).optional(),
};
const device = { major: count.max(0xffff_ffff), minor: count.max(0xffff_ffff) };
const ENTRY = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('directory'), ...owned }),
  z.strictObject({ kind: z.literal('file'), ...owned, size: count, sha256: z.string().refine(isSha256) }),
  z.strictObject({ kind: z.literal('symlink'), ...owned, target: bytes }),
  z.strictObject({ kind: z.literal('character-device'), ...owned, ...device }),
  z.strictObject({ kind: z.literal('block-device'), ...owned, ...device }),
  z.strictObject({ kind: z.literal('fifo'), ...owned }),
]);
type ListedEntry = z.infer<typeof ENTRY>;
const HEAD = z.union([z.strictObject({ tool: z.string().regex(/^[ -~]{1,200}$/) }), z.strictObject({ failed: z.string().max(10_000) })]);
const END = z.strictObject({ entries: count });

/** More than any root file system has; each of at most as many bytes. */
const MOST_ENTRIES = 1_000_000;

/**
 * What list-images.py left of one image. Hostile: the image had the tools in its hand. Throws EXTRACTION.BAD_LISTING for
 * what is not whole, names a path twice or below nothing, or says two things of one inode.
 */
export async function parseListing(source: AsyncIterable<Uint8Array>, place: string): Promise<Listing> {
  const listed = new ListedTree(place);
  let head: z.infer<typeof HEAD> | undefined;
  let ended = false;
  for await (const line of linesOf(source, (why) => refuse(place, why))) {
    const value = jsonOf(line, place);
    if (head === undefined) head = checked(HEAD, value, place);
    else if (ended || 'failed' in head) refuse(place, 'something follows its end');
    else if (isEnd(value)) ended = listed.isWhole(checked(END, value, place).entries);
    else listed.add(checked(ENTRY, value, place));
  }
  if (head === undefined) refuse(place, 'it is empty');
  if ('failed' in head) return head;
  if (!ended) refuse(place, 'it has no end');
  return { tool: head.tool, tree: listed.tree() };
}

class ListedTree {
  readonly #place: string;
  readonly #entries: [PathBytes, TreeEntry][] = [];
  /** The first path of each inode, and all that was said of it there. */
  readonly #inodes = new Map<number, { path: PathBytes; said: string }>();

  constructor(place: string) {
    this.#place = place;
  }

  add({ path: text, inode, ...rest }: ListedEntry): void {
    const path = text as PathBytes;
    if (this.#entries.length === MOST_ENTRIES) refuse(this.#place, `it has more than ${MOST_ENTRIES} paths`);
    const standing = this.#inodes.get(inode);
    const said = canonicalJson(rest);
    if (standing === undefined) {
      this.#inodes.set(inode, { path, said });
      this.#entries.push([path, entryOf(rest)]);
      return;
    }
    if (standing.said !== said || rest.kind === 'directory') refuse(this.#place, `"${displayPath(path)}" and "${displayPath(standing.path)}" are one inode and not the same`);
    this.#entries.push([path, { kind: 'hard-link', target: standing.path }]);
  }

  isWhole(entries: number): true {
    return entries === this.#entries.length ? true : refuse(this.#place, `it has ${this.#entries.length} paths and says ${entries}`);
  }

  tree(): Tree {
    const tree = this.#checkedTree();
    // `makeTree` adds directories that are missing.
    return tree.entries.size === this.#entries.length ? tree : refuse(this.#place, 'a path lies in a directory that is not listed');
  }

  #checkedTree(): Tree {
    try {
      return makeTree(this.#entries);
    } catch (error) {
      return isCoded(error) ? refuse(this.#place, error.message) : refuse(this.#place, 'its paths make no tree');
    }
  }
}

function entryOf(listed: Omit<ListedEntry, 'path' | 'inode'>): TreeEntry {
  const { mode, uid, gid, xattrs, ...rest } = listed as ListedEntry;
  const common = { mode, uid, gid, ...(xattrs === undefined ? {} : { xattrs }) };
  switch (rest.kind) {
    case 'file': return { kind: 'file', ...common, sha256: rest.sha256, sizeBytes: rest.size };
    case 'symlink': return { kind: 'symlink', ...common, target: rest.target as PathBytes };
    case 'character-device': case 'block-device': return { kind: rest.kind, ...common, major: rest.major, minor: rest.minor };
    case 'directory': case 'fifo': return { kind: rest.kind, ...common };
  }
}

function isEnd(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'entries' in value;
}

function jsonOf(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return refuse(place, `a line is not JSON: ${displayPath(line.slice(0, 100) as PathBytes)}`);
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const { success, data, error } = schema.safeParse(value);
  return success ? data : refuse(place, `${error.issues[0]!.path.join('.')}: ${error.issues[0]!.message}`);
}

function refuse(place: string, why: string): never {
  throw new Failure('EXTRACTION.BAD_LISTING', `the listing of ${place}: ${why}`, { place });
}
