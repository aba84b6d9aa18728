import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import { displayPath, parentOf, pathBytes, ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { DEFAULT_DIRECTORY } from '../tree/tree.ts';

/** Who answers for a path of the final root. */
export interface Owner {
  kind: 'package' | 'table' | 'generator';
  /** The package's name (for a table: the package that declares the row), or the generator's. */
  name: string;
  /** For people: why the path is there, or is as it is. */
  reason: string;
}

/** A row of a table, or a script, and the package that declares it. */
export interface Declared<T> { owner: string; row: T }

type Owned = { mode: number; uid: number; gid: number };

/** The root while it is being made: every rule adds to it or finds something wrong with what it was given. */
export class RootDraft {
  readonly entries: Map<PathBytes, TreeEntry>;
  readonly owners: Map<PathBytes, Owner>;
  /** Content that the rules made; the caller puts it into the store. */
  readonly files = new Map<Sha256, Uint8Array>();
  readonly findings: Finding[] = [];

  constructor(entries: Iterable<readonly [PathBytes, TreeEntry]>, owners: Iterable<readonly [PathBytes, Owner]>) {
    this.entries = new Map(entries);
    this.owners = new Map(owners);
  }

  /** `where`: a recipe's name, or `system.FIELD` of the configuration. */
  find(where: string, rule: string, message: string, suggestion: string, severity: Finding['severity'] = 'error'): void {
    const path = where.startsWith('system.') ? where : `recipes/${where}/recipe.yaml`;
    this.findings.push({ severity, path, line: 0, rule, message, suggestion });
  }

  /** A path of the root from a row (absolute, hostile); undefined, with a finding, where it is none or leads through a link. */
  pathOf(row: string, where: string): PathBytes | undefined {
    const path = pathBytes(row.slice(1));
    if (!row.startsWith('/') || (row !== '/' && row.slice(1).split('/').some((name) => name === '' || name === '.' || name === '..')) || row.includes('\0')) {
      this.find(where, 'bad-path', `"${displayPath(pathBytes(row))}" is no absolute path of the root`, 'Write it from / on, without `.`, `..` and double or trailing slashes.');
      return undefined;
    }
    if (this.#leadsThroughLink(path, where)) return undefined;
    return path;
  }

  /** False, with a finding, where something else stands there. */
  add(path: PathBytes, entry: TreeEntry, owner: Owner, where: string): boolean {
    const standing = this.owners.get(path);
    if (standing !== undefined) {
      const what = standing.kind === 'generator' ? `made by ${standing.name}` : `from ${standing.name}`;
      this.find(where, 'path-conflict', `/${displayPath(path)} (${owner.reason}) stands there already, ${what}`, 'Drop one of the two.');
      return false;
    }
    if (this.#leadsThroughLink(path, where)) return false;
    this.#addParents(path, owner);
    this.entries.set(path, entry);
    this.owners.set(path, owner);
    return true;
  }

  addFile(path: PathBytes, content: string | Uint8Array, owned: Owned, owner: Owner, where: string): void {
    const bytes = Buffer.from(content as string);
    const digest = sha256(bytes);
    if (this.add(path, { kind: 'file', ...owned, sha256: digest, sizeBytes: bytes.byteLength }, owner, where)) this.files.set(digest, bytes);
  }

  #leadsThroughLink(path: PathBytes, where: string): boolean {
    for (let parent = path; parent !== ROOT_PATH;) {
      parent = parentOf(parent);
      const entry = this.entries.get(parent);
      if (entry === undefined || entry.kind === 'directory') continue;
      const real = entry.kind === 'symlink' ? `, to ${displayPath(entry.target)}` : '';
      this.find(where, 'path-through-link', `/${displayPath(path)} leads through /${displayPath(parent)}, which is a ${entry.kind}${real}`, 'Name the path by its real directories.');
      return true;
    }
    return false;
  }

  #addParents(path: PathBytes, owner: Owner): void {
    for (let parent = path; parent !== ROOT_PATH;) {
      parent = parentOf(parent);
      if (this.entries.has(parent)) return;
      this.entries.set(parent, DEFAULT_DIRECTORY);
      this.owners.set(parent, { ...owner, reason: `directory of /${displayPath(path)}` });
    }
  }
}
