import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import { displayPath, pathToBuffer, ROOT_PATH, type FileEntry, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { comparePaths } from '../tree/tree.ts';
import type { FileContent, FileProperties, InventoryFile } from './inventory.ts';
import type { ExaminedContent, InventoryFacts, OwnedEntry } from './inventory-facts.ts';

/** A file of the inventory but for its owner's ref, which is made of the refs of what it owns. */
export interface ListedFile {
  source: OwnedEntry;
  file: Omit<InventoryFile, 'owner'>;
}

type Draft = Omit<InventoryFile, 'owner' | 'ref'>;
type Contents = InventoryFacts['contents'];

/** Everything but the root itself; what stands twice stands twice here too. Equal parts of files are one object each: a third less memory. */
export function listedFiles(ordered: readonly OwnedEntry[], contents: Contents): ListedFile[] {
  const byPath = new Map(ordered.map((one) => [one.path, one.entry]));
  const ownerships = new Ownerships();
  return ordered.filter(({ path }) => path !== ROOT_PATH).map((source) => {
    const file = { ref: '', ...pathFields('path', source.path, '/'), ...entryFields(source.entry, byPath, contents), ...ownerships.of(source.owner) } as Draft & { ref: string };
    file.ref = fileRef(file);
    return { source, file };
  });
}

/** By path; where one stands twice, by what is said of it, so that the order of facts never counts. */
export function orderedEntries(files: readonly OwnedEntry[]): OwnedEntry[] {
  return files.toSorted((a, b) => comparePaths(a.path, b.path) || compareText(canonicalJson(a), canonicalJson(b)));
}

class Ownerships {
  readonly #known = new Map<string, Map<string, { ownership: NonNullable<InventoryFile['ownership']> }>>();

  of(owner: OwnedEntry['owner']): { ownership?: InventoryFile['ownership'] } {
    if (owner === undefined) return NOTHING;
    const { kind, reason } = owner;
    let ofKind = this.#known.get(kind);
    if (ofKind === undefined) this.#known.set(kind, ofKind = new Map());
    let known = ofKind.get(reason);
    if (known === undefined) ofKind.set(reason, known = { ownership: { kind, reason } });
    return known;
  }
}
const NOTHING = {};

/** Of all that a tree's digest covers; what the bytes were found to be follows from these. */
function fileRef({ path, pathHex, kind, mode, uid, gid, sizeBytes, hashes, target, targetHex, device, xattrs }: Draft): string {
  const identity = [pathHex ?? path, kind, mode, uid, gid, sizeBytes, hashes?.sha256, targetHex ?? target, device?.major, device?.minor, xattrs];
  return `file:${jsonDigest(identity.map((field) => field ?? null))}`;
}

function entryFields(entry: TreeEntry, byPath: ReadonlyMap<PathBytes, TreeEntry>, contents: Contents): Partial<Draft> {
  switch (entry.kind) {
    case 'hard-link': {
      const file = byPath.get(entry.target);
      const behind = file?.kind === 'file' ? fileFields(file, contents) : { mode: 0, uid: 0, gid: 0 };
      return { ...behind, kind: entry.kind, ...pathFields('target', entry.target, '/') };
    }
    case 'file': return fileFields(entry, contents);
    case 'symlink': return { ...ownedFields(entry), ...pathFields('target', entry.target, '') };
    case 'character-device': case 'block-device': return { ...ownedFields(entry), device: { major: entry.major, minor: entry.minor } };
    case 'directory': case 'fifo': return ownedFields(entry);
  }
}

function fileFields(entry: FileEntry, contents: Contents): Partial<Draft> {
  const facts = contents[entry.sha256];
  const { kind, mode, uid, gid, sizeBytes, sha256, xattrs } = entry;
  if (facts === undefined || xattrs !== undefined) return { ...ownedFields(entry), sizeBytes, ...(facts === undefined ? {} : bytesFields(entry, facts)) };
  const { hashes, content, properties } = bytesFields({ sha256, mode }, facts);
  return { kind, mode, uid, gid, sizeBytes, hashes, content, properties };
}

function bytesFields({ sha256, mode }: Pick<FileEntry, 'sha256' | 'mode'>, { sha512, content }: Contents[string & keyof Contents]): Required<Pick<Draft, 'hashes' | 'content' | 'properties'>> {
  return { hashes: { sha256, sha512 }, content: contentOf(content), properties: propertiesOf(content, mode) };
}

function ownedFields({ kind, mode, uid, gid, xattrs }: Exclude<TreeEntry, { kind: 'hard-link' }>): Partial<Draft> {
  if (xattrs === undefined) return { kind, mode, uid, gid };
  return { kind, mode, uid, gid, xattrs: Object.fromEntries(sortedEntries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('hex')])) };
}

const PROPERTIES: readonly FileProperties[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({ executable: (bits & 1) !== 0, archive: (bits & 2) !== 0, structured: (bits & 4) !== 0 }));

/** TR-03183-2, 5.2.2: a file that may be run, or that a loader runs, is executable. */
function propertiesOf(content: ExaminedContent, mode: number): FileProperties {
  const executable = (mode & 0o111) !== 0 || content.kind === 'elf' || content.kind === 'kernel-module';
  const archive = content.kind === 'archive';
  return PROPERTIES[(executable ? 1 : 0) | (archive ? 2 : 0) | (archive && content.structured ? 4 : 0)]!;
}

const DATA: FileContent = { kind: 'data' };

function contentOf(content: ExaminedContent): FileContent {
  switch (content.kind) {
    case 'elf': {
      const { kind, type, machine, bits, dynamic, soname, opensLibraries } = content;
      return { kind, type, machine, bits, linkage: dynamic ? 'dynamic' : 'static', opensLibraries, ...(soname === undefined ? {} : { soname: displayPath(soname as PathBytes) }) };
    }
    case 'kernel-module': return { kind: content.kind, name: content.name };
    case 'script': return { kind: content.kind, interpreter: displayPath(content.interpreter as PathBytes) };
    case 'archive': return { kind: content.kind, format: content.format };
    case 'data': return DATA;
    case 'unread': return content;
  }
}

// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

function pathFields(field: 'path' | 'target', path: PathBytes, before: string): Record<string, string> {
  if (ASCII.test(path)) return { [field]: `${before}${path}` };
  const bytes = pathToBuffer(path);
  const text = bytes.toString('utf8');
  const faithful = Buffer.from(text, 'utf8').equals(bytes);
  return faithful ? { [field]: `${before}${text}` } : { [field]: `${before}${displayPath(path)}`, [`${field}Hex`]: bytes.toString('hex') };
}
