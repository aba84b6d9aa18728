import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import { joinPath, nameOf, parentOf, ROOT_PATH, type DirectoryEntry, type PathBytes, type TreeEntry, type Xattrs } from './entry.ts';
import { makeTree, type Tree } from './tree.ts';

/**
 * The stored form of one directory, version 1. Numbers are big-endian; `bytes` is a u32 length and that many bytes.
 *
 *   "provenroot tree 1\n"
 *   directory:  u32 mode, u32 uid, u32 gid, xattrs
 *   u32 count, then that many entries in byte order of name:
 *     bytes name, u8 kind
 *     directory         sha256 of its own node (32 bytes; its mode and owner stand there)
 *     file              u32 mode, u32 uid, u32 gid, xattrs, u64 size, 32 bytes sha256
 *     symlink           u32 mode, u32 uid, u32 gid, xattrs, bytes target
 *     character, block  u32 mode, u32 uid, u32 gid, xattrs, u32 major, u32 minor
 *     fifo              u32 mode, u32 uid, u32 gid, xattrs
 *     hard link         bytes target (from the root of the tree)
 *   xattrs:     u32 count, then bytes name, bytes value in byte order of name
 *
 * No time stamps: images use one explicit epoch. The digest of a tree is the sha256 of its root's node.
 */
export const TREE_FORMAT = 'provenroot tree 1';

const TREE_MAGIC = `${TREE_FORMAT}\n`;
const MAGIC = Buffer.from(TREE_MAGIC, 'latin1');
const KINDS = ['directory', 'file', 'symlink', 'character-device', 'block-device', 'fifo', 'hard-link'] as const;

/** An entry of one directory; a subdirectory is known by the digest of its node. */
export type NodeEntry = Exclude<TreeEntry, DirectoryEntry> | { kind: 'directory'; digest: Sha256 };

export interface DirectoryNode {
  directory: DirectoryEntry;
  /** In byte order of name. */
  entries: readonly (readonly [PathBytes, NodeEntry])[];
}

export interface EncodedTree {
  /** The digest of the tree. */
  root: Sha256;
  /** Each distinct directory once, by digest. */
  nodes: ReadonlyMap<Sha256, Uint8Array>;
}

export function encodeTree(tree: Tree): EncodedTree {
  const nodes = new Map<Sha256, Uint8Array>();
  const root = digestNodes(tree, (digest, bytes) => { nodes.set(digest, Buffer.from(bytes)); });
  return { root, nodes };
}

export function treeDigest(tree: Tree): Sha256 {
  return digestNodes(tree, () => {});
}

/** In one pass, as a tree's order is depth first: a directory's node is whole when the next path lies outside it. `visit` gets bytes that do not last. */
function digestNodes({ entries }: Tree, visit: (digest: Sha256, bytes: Uint8Array) => void): Sha256 {
  const writers: NodeWriter[] = [];
  const open: PathBytes[] = [];
  const begin = (path: PathBytes, directory: DirectoryEntry): void => {
    const writer = writers[open.length] ??= new NodeWriter();
    open.push(path);
    writer.begin(directory);
  };
  const close = (): Sha256 => {
    const path = open.pop()!;
    const bytes = writers[open.length]!.end();
    const digest = sha256(bytes);
    visit(digest, bytes);
    if (open.length > 0) writers[open.length - 1]!.add(nameOf(path), { kind: 'directory', digest });
    return digest;
  };
  begin(ROOT_PATH, entries.get(ROOT_PATH) as DirectoryEntry);
  for (const [path, entry] of entries) {
    if (path === ROOT_PATH) continue;
    const parent = parentOf(path);
    while (open.at(-1) !== parent) close();
    if (entry.kind === 'directory') begin(path, entry);
    else writers[open.length - 1]!.add(nameOf(path), entry);
  }
  while (open.length > 1) close();
  return close();
}

/** Reassembles a tree; `node` returns the bytes of a directory by digest. */
export async function decodeTree(root: Sha256, node: (digest: Sha256) => Promise<Uint8Array>): Promise<Tree> {
  const entries: [PathBytes, TreeEntry][] = [];
  const visit = async (path: PathBytes, digest: Sha256): Promise<void> => {
    const decoded = decodeNode(await node(digest));
    entries.push([path, decoded.directory]);
    for (const [name, entry] of decoded.entries) {
      if (entry.kind === 'directory') await visit(joinPath(path, name), entry.digest);
      else entries.push([joinPath(path, name), entry]);
    }
  };
  await visit(ROOT_PATH, root);
  return makeTree(entries);
}

export function encodeNode({ directory, entries }: DirectoryNode): Uint8Array {
  const writer = new NodeWriter();
  writer.begin(directory);
  for (const [name, entry] of entries) writer.add(name, entry);
  return writer.end();
}

/** One buffer that grows: a buffer a number took 200 MiB for 60,000 files. */
class NodeWriter {
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;
  #count = 0;
  #countAt = 0;

  /** Where that many bytes go. */
  #place(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }

  begin(directory: DirectoryEntry): void {
    this.#length = 0;
    this.#count = 0;
    this.#raw(TREE_MAGIC);
    this.#owned(directory);
    this.#countAt = this.#place(4);
  }

  /** In byte order of name. */
  add(name: PathBytes, entry: NodeEntry): void {
    this.#count += 1;
    this.#bytes(name);
    const at = this.#place(1);
    this.#buffer.writeUInt8(KINDS.indexOf(entry.kind), at);
    if (entry.kind === 'directory') { this.#digest(entry.digest); return; }
    if (entry.kind === 'hard-link') { this.#bytes(entry.target); return; }
    this.#owned(entry);
    if (entry.kind === 'file') { this.#u32(Math.floor(entry.sizeBytes / 2 ** 32)); this.#u32(entry.sizeBytes >>> 0); this.#digest(entry.sha256); }
    else if (entry.kind === 'symlink') this.#bytes(entry.target);
    else if (entry.kind !== 'fifo') { this.#u32(entry.major); this.#u32(entry.minor); }
  }

  /** Good until the next `begin`. */
  end(): Uint8Array {
    this.#buffer.writeUInt32BE(this.#count, this.#countAt);
    return this.#buffer.subarray(0, this.#length);
  }

  #raw(text: string): void { const at = this.#place(text.length); this.#buffer.write(text, at, 'latin1'); }
  #u32(value: number): void { const at = this.#place(4); this.#buffer.writeUInt32BE(value, at); }
  #bytes(text: string): void { this.#u32(text.length); this.#raw(text); }
  #digest(hex: Sha256): void { const at = this.#place(32); this.#buffer.write(hex, at, 32, 'hex'); }

  #owned({ mode, uid, gid, xattrs }: { mode: number; uid: number; gid: number; xattrs?: Xattrs }): void {
    this.#u32(mode);
    this.#u32(uid);
    this.#u32(gid);
    const attributes = xattrs === undefined ? [] : sortedEntries(xattrs);
    this.#u32(attributes.length);
    for (const [name, value] of attributes) { this.#bytes(name); this.#bytes(value); }
  }
}

/** Throws TREE.BAD_NODE for anything that `encodeNode` would not have written. */
export function decodeNode(input: Uint8Array): DirectoryNode {
  const reader = new NodeReader(input);
  reader.magic();
  const directory: DirectoryEntry = { kind: 'directory', ...reader.owned() };
  const count = reader.u32();
  const entries: [PathBytes, NodeEntry][] = [];
  for (let i = 0; i < count; i++) {
    const name = reader.bytes() as PathBytes;
    if (name === '' || name.includes('/')) reader.refuse('a name is no name of one entry');
    const previous = entries.at(-1);
    if (previous !== undefined && compareText(previous[0], name) >= 0) reader.refuse('names are not in order');
    entries.push([name, reader.entry()]);
  }
  reader.end();
  return { directory, entries };
}

class NodeReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(input: Uint8Array) {
    this.#buffer = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  }

  refuse(why: string): never {
    throw new Failure('TREE.BAD_NODE', `not a directory node: ${why} at byte ${this.#at}`);
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#buffer.length) this.refuse('it ends early');
    const slice = this.#buffer.subarray(this.#at, this.#at + length);
    this.#at += length;
    return slice;
  }

  magic(): void {
    if (!this.#take(Math.min(MAGIC.length, this.#buffer.length)).equals(MAGIC)) this.refuse(`it does not start with "${TREE_FORMAT}"`);
  }

  end(): void {
    if (this.#at !== this.#buffer.length) this.refuse('bytes follow the last entry');
  }

  u32(): number { return this.#take(4).readUInt32BE(); }
  bytes(): string { return this.#take(this.u32()).toString('latin1'); }
  digest(): Sha256 { return this.#take(32).toString('hex') as Sha256; }

  owned(): { mode: number; uid: number; gid: number; xattrs?: Xattrs } {
    const mode = this.u32();
    const uid = this.u32();
    const gid = this.u32();
    const count = this.u32();
    if (count === 0) return { mode, uid, gid };
    const xattrs: Record<string, string> = Object.create(null) as Record<string, string>;
    for (let i = 0; i < count; i++) { const name = this.bytes(); xattrs[name] = this.bytes(); }
    return { mode, uid, gid, xattrs };
  }

  entry(): NodeEntry {
    const kind = KINDS[this.#take(1)[0]!];
    switch (kind) {
      case 'directory': return { kind, digest: this.digest() };
      case 'hard-link': return { kind, target: this.bytes() as PathBytes };
      case 'file': {
        const owned = this.owned();
        const sizeBytes = this.u32() * 2 ** 32 + this.u32();
        return { kind, ...owned, sizeBytes, sha256: this.digest() };
      }
      case 'symlink': return { kind, ...this.owned(), target: this.bytes() as PathBytes };
      case 'fifo': return { kind, ...this.owned() };
      case 'character-device': case 'block-device': return { kind, ...this.owned(), major: this.u32(), minor: this.u32() };
      default: return this.refuse('an entry has an unknown kind');
    }
  }
}
