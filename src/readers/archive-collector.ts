import type { Budget } from '../bytes/caps.ts';
import { damaged, overLimit } from '../bytes/read-failure.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import { displayPath, isPlainPath, parentOf, ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import { entryPath } from './entry-name.ts';
import type { ReadPieces } from './hash-pieces.ts';
import type { EntryFacts, LayoutFacts, TreeContent, TreeFormat } from './image-content.ts';
import { LaterFile, type OwnedFile } from './later-file.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector, type OwnedEntry } from './tree-collector.ts';

export type MemberEntry = OwnedEntry | { kind: 'hard-link'; target: PathBytes } | ({ kind: 'file'; read: ReadPieces } & OwnedFile);
export interface Member { entry: MemberEntry; facts: EntryFacts }

/** Where a reader puts what it finds, in the archive's order. */
export interface MemberSink {
  put(path: PathBytes, entry: MemberEntry, facts: EntryFacts): void;
  finding(severity: Finding['severity'], path: string, rule: string, message: string): void;
}

/**
 * The members of an archive in its order: what comes later stands for what came before on the same path, as when it is
 * unpacked. Contents are read once it is known which of them count.
 */
export class ArchiveCollector implements MemberSink {
  readonly #collector: TreeCollector;
  readonly #budget: Budget;
  readonly #members = new Map<PathBytes, Member>();
  readonly #parents = new Set<PathBytes>([ROOT_PATH]);
  #metadataBytes = 0;

  constructor(format: TreeFormat, budget: Budget) {
    this.#collector = new TreeCollector(format, budget);
    this.#budget = budget;
  }

  put(path: PathBytes, entry: MemberEntry, facts: EntryFacts): void {
    if (path === ROOT_PATH && entry.kind !== 'directory') damaged('the root', `is a ${entry.kind}`);
    this.#checkParents(path);
    if (this.#parents.has(path) && entry.kind !== 'directory') damaged(placeOf(path), `is a ${entry.kind}, and other entries lie below it`);
    const standing = this.#members.get(path);
    if (standing !== undefined && !(standing.entry.kind === 'directory' && entry.kind === 'directory')) this.finding('note', placeOf(path), 'replaced', `a ${standing.entry.kind} of the same path came before it`);
    this.#members.set(path, { entry, facts });
    this.#count(path);
  }

  get(path: PathBytes): MemberEntry | undefined {
    return this.#members.get(path)?.entry;
  }

  /** Takes an entry back, with all that lies below it; what is not there stays so. */
  remove(path: PathBytes): void {
    const standing = this.#members.get(path);
    this.#members.delete(path);
    if (standing === undefined ? this.#parents.has(path) : standing.entry.kind === 'directory') this.removeBelow(path);
    this.#parents.delete(path);
  }

  removeBelow(path: PathBytes): void {
    // A search through all there is: whoever asks for many pays for them.
    this.#budget.content(placeOf(path), 64 * this.#members.size);
    const below = `${path}/`;
    for (const other of this.#members.keys()) if (path === ROOT_PATH ? other !== ROOT_PATH : other.startsWith(below)) this.#members.delete(other);
    for (const other of this.#parents) if (path === ROOT_PATH ? other !== ROOT_PATH : other.startsWith(below)) this.#parents.delete(other);
  }

  skipSocket(path: PathBytes): void {
    this.#collector.skipSocket(path);
  }

  finding(severity: Finding['severity'], path: string, rule: string, message: string): void {
    this.#collector.finding(severity, path, rule, message);
  }

  finish(layout: LayoutFacts): TreeContent {
    for (const [path, { entry, facts }] of this.#members) {
      if (entry.kind === 'hard-link') this.#collector.link(path, entry.target, facts);
      else if (entry instanceof LaterFile) this.#collector.fileLater(path, entry, facts, entry.read, () => entry);
      else if (entry.kind !== 'file') this.#collector.add(path, entry, facts);
      else {
        const { kind: _kind, read, ...file } = entry;
        this.#collector.file(path, file, facts, read, file.sizeBytes === 0 ? EMPTY : undefined);
      }
    }
    return this.#collector.finish(layout);
  }

  #checkParents(path: PathBytes): void {
    for (let parent = path; parent !== ROOT_PATH;) {
      parent = parentOf(parent);
      const kind = this.#members.get(parent)?.entry.kind;
      if (kind !== undefined && kind !== 'directory') damaged(placeOf(path), `lies below "${displayPath(parent)}", which is a ${kind}`);
      if (this.#parents.has(parent)) return;
      this.#parents.add(parent);
      this.#count(parent);
    }
  }

  /** Before the tree is made: what waits here is bounded, too. */
  #count(path: PathBytes): void {
    const { entries, metadataBytes } = this.#budget.caps;
    this.#metadataBytes += path.length;
    if (this.#members.size + this.#parents.size > 2 * entries) overLimit(placeOf(path), `is one of more than ${entries} entries`, entries, this.#members.size);
    if (this.#metadataBytes > 2 * metadataBytes) overLimit(placeOf(path), 'brings names over the limit', metadataBytes, this.#metadataBytes);
  }
}

const EMPTY: Sha256 = sha256('');
/** No name in a path that is no longer than one is too long. */
const NAME_MAX = 255;

/** `./a/`, `/a` and `a` are one path; everything else that no kernel takes as one is refused. */
export function memberPath(name: string): { path: PathBytes; wasAbsolute: boolean } {
  const plain = name.startsWith('./') ? name.slice(2) : name;
  if (plain !== '' && isPlainPath(plain)) return { path: plain as PathBytes, wasAbsolute: false };
  const wasAbsolute = name.startsWith('/');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const whole = parts.join('/');
  // What is put together name by name is put together again each time it is looked up.
  if (whole.length <= NAME_MAX && parts.every((part) => part !== '..') && !whole.includes('\0')) return { path: whole as PathBytes, wasAbsolute };
  let path = ROOT_PATH;
  for (const part of parts) path = entryPath(path, part);
  return { path, wasAbsolute };
}
