import type { Budget } from '../bytes/caps.ts';
import { damaged, overLimit } from '../bytes/read-failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { displayPath, type FileEntry, type HardLinkEntry, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { filled, hashPieces, type ReadPieces } from './hash-pieces.ts';
import type { Content, EntryFacts, LayoutFacts, TreeContent, TreeFormat } from './image-content.ts';
import { LaterFile, type OwnedFile } from './later-file.ts';
import { placeOf } from './place-of.ts';

export type OwnedEntry = Exclude<TreeEntry, FileEntry | HardLinkEntry>;

/** A damaged image can complain about every inode. */
const MAX_FINDINGS = 1000;

/**
 * Gathers what a reader finds into a tree, counting all of it against the budget. Entries come in any order; a path
 * that comes twice is refused.
 */
export class TreeCollector {
  readonly budget: Budget;
  readonly #format: TreeFormat;
  readonly #entries = new Map<PathBytes, TreeEntry>();
  readonly #facts = new Map<PathBytes, EntryFacts>();
  readonly #contents = new Map<PathBytes, ReadPieces>();
  readonly #firstPaths = new Map<number, PathBytes>();
  readonly #findings: Finding[] = [];

  constructor(format: TreeFormat, budget: Budget) {
    this.#format = format;
    this.budget = budget;
  }

  add(path: PathBytes, entry: OwnedEntry, facts: EntryFacts): void {
    this.#admit(path, entry, facts);
  }

  /** Reads and hashes the content, which must be as long as it says. `known`: the digest of the same bytes, read before. */
  file(path: PathBytes, file: OwnedFile, facts: EntryFacts, read: ReadPieces, known?: Sha256): Sha256 {
    this.budget.file(() => placeOf(path), file.sizeBytes);
    const digest = known ?? hashPieces(read, file.sizeBytes, path);
    this.#file(path, { kind: 'file', ...file, sha256: digest }, facts, read);
    return digest;
  }

  /** As `file`, but what `make` makes, once the budget has room for it, is hashed later; nothing: at once. */
  fileLater(path: PathBytes, file: OwnedFile, facts: EntryFacts, read: ReadPieces, make: () => LaterFile | undefined): void {
    this.budget.file(() => placeOf(path), file.sizeBytes);
    const entry = make() ?? { kind: 'file', ...file, sha256: hashPieces(read, file.sizeBytes, path) };
    if (entry instanceof LaterFile) this.#admit(path, entry, facts);
    else this.#file(path, entry, facts, read);
  }

  #file(path: PathBytes, entry: FileEntry, facts: EntryFacts, read: ReadPieces): void {
    this.#admit(path, entry, facts);
    this.#contents.set(path, read);
  }

  /** A hard link by path, to what comes before or after it. */
  link(path: PathBytes, target: PathBytes, facts: EntryFacts): void {
    this.#admit(path, { kind: 'hard-link', target }, facts);
  }

  /** True where the inode was met before: the path is then a hard link to where. Else the inode belongs to this path from now on. */
  linked(path: PathBytes, inode: number): boolean {
    const first = this.#firstPaths.get(inode);
    if (first === undefined) {
      this.#firstPaths.set(inode, path);
      return false;
    }
    this.#admit(path, { kind: 'hard-link', target: first }, this.#facts.get(first) ?? {});
    return true;
  }

  /** What the tree has no word for. */
  skipSocket(path: PathBytes): void {
    this.finding('note', displayPath(path), 'socket-skipped', 'is a socket, which a tree cannot hold');
  }

  finding(severity: Finding['severity'], path: string, rule: string, message: string): void {
    if (this.#findings.length === MAX_FINDINGS) overLimit(path, `is finding ${MAX_FINDINGS + 1}: this image is damaged all over`, MAX_FINDINGS, MAX_FINDINGS + 1);
    this.#findings.push({ severity, path, line: 0, rule, message });
  }

  finish(layout: LayoutFacts): TreeContent {
    const tree = makeTree(this.#entries);
    const findings = sortFindings(this.#findings);
    const content = (path: PathBytes): Content | undefined => {
      const entry = tree.entries.get(path);
      const at = entry?.kind === 'hard-link' ? entry.target : path;
      // The smallest path of a group holds the file; the content was read under the first.
      const file = entry?.kind === 'hard-link' ? tree.entries.get(at) : entry;
      const read = file instanceof LaterFile ? file.read : this.#contents.get(at) ?? this.#contents.get(this.#firstOf(at));
      return read === undefined ? undefined : filled(read());
    };
    return { kind: 'tree', format: this.#format, tree, facts: this.#facts, layout, findings, content };
  }

  /** The tree is made, so no chain of links is a circle. */
  #firstOf(path: PathBytes): PathBytes {
    for (let at = path; ;) {
      const entry = this.#entries.get(at);
      if (entry?.kind !== 'hard-link') return at;
      at = entry.target;
    }
  }

  #admit(path: PathBytes, entry: TreeEntry, facts: EntryFacts): void {
    if (this.#entries.has(path)) damaged(placeOf(path), 'appears twice');
    this.budget.entry(() => placeOf(path), metadataBytes(path, entry));
    this.#entries.set(path, entry);
    this.#facts.set(path, facts);
  }
}

function metadataBytes(path: PathBytes, entry: TreeEntry): number {
  const target = entry.kind === 'symlink' || entry.kind === 'hard-link' ? entry.target.length : 0;
  if (entry.kind === 'hard-link' || entry.xattrs === undefined) return path.length + target;
  return Object.entries(entry.xattrs).reduce((sum, [name, value]) => sum + name.length + value.length, path.length + target);
}
