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

/** Everything but the root itself; what stands twice stands twice here too. */
export function listedFiles(ordered: readonly OwnedEntry[], contents: InventoryFacts['contents']): ListedFile[] {
  const byPath = new Map(ordered.map((one) => [one.path, one.entry]));
  return ordered.filter(({ path }) => path !== ROOT_PATH).map((source) => ({ source, file: listed(source, byPath, contents) }));
}

/** By path; where one stands twice, by what is said of it, so that the order of facts never counts. */
export function orderedEntries(files: readonly OwnedEntry[]): OwnedEntry[] {
  return files.toSorted((a, b) => comparePaths(a.path, b.path) || compareText(canonicalJson(a), canonicalJson(b)));
}

function listed({ path, entry, owner }: OwnedEntry, byPath: ReadonlyMap<PathBytes, TreeEntry>, contents: InventoryFacts['contents']): ListedFile['file'] {
  const fact = { ...pathFields('path', path, '/'), ...entryFields(entry, byPath, contents) } as Omit<InventoryFile, 'owner' | 'ref' | 'ownership'>;
  return { ref: fileRef(fact), ...fact, ...(owner === undefined ? {} : { ownership: { kind: owner.kind, reason: owner.reason } }) };
}

/** Of all that a tree's digest covers; what the bytes were found to be follows from these. */
function fileRef(file: Omit<InventoryFile, 'owner' | 'ref' | 'ownership'>): string {
  const { path, pathHex, kind, mode, uid, gid, sizeBytes, hashes, target, targetHex, device, xattrs } = file;
  const identity = [pathHex ?? path, kind, mode, uid, gid, sizeBytes, hashes?.sha256, targetHex ?? target, device?.major, device?.minor, xattrs];
  return `file:${jsonDigest(identity.map((field) => field ?? null))}`;
}

function entryFields(entry: TreeEntry, byPath: ReadonlyMap<PathBytes, TreeEntry>, contents: InventoryFacts['contents']): Record<string, unknown> {
  if (entry.kind === 'hard-link') {
    const file = byPath.get(entry.target);
    const behind = file?.kind === 'file' ? fileFields(file, contents) : { mode: 0, uid: 0, gid: 0 };
    return { ...behind, kind: entry.kind, ...pathFields('target', entry.target, '/') };
  }
  if (entry.kind === 'file') return fileFields(entry, contents);
  const owned = ownedFields(entry);
  switch (entry.kind) {
    case 'symlink': return { ...owned, ...pathFields('target', entry.target, '') };
    case 'character-device': case 'block-device': return { ...owned, device: { major: entry.major, minor: entry.minor } };
    case 'directory': case 'fifo': return owned;
  }
}

function fileFields(entry: FileEntry, contents: InventoryFacts['contents']): Record<string, unknown> {
  const facts = contents[entry.sha256];
  const base = { ...ownedFields(entry), sizeBytes: entry.sizeBytes };
  if (facts === undefined) return base;
  const hashes = { sha256: entry.sha256, sha512: facts.sha512 };
  return { ...base, hashes, content: contentOf(facts.content), properties: propertiesOf(facts.content, entry.mode) };
}

function ownedFields({ kind, mode, uid, gid, xattrs }: Exclude<TreeEntry, { kind: 'hard-link' }>): Record<string, unknown> {
  const hex = xattrs === undefined ? undefined : Object.fromEntries(sortedEntries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('hex')]));
  return { kind, mode, uid, gid, ...(hex === undefined ? {} : { xattrs: hex }) };
}

/** TR-03183-2, 5.2.2: a file that may be run, or that a loader runs, is executable. */
function propertiesOf(content: ExaminedContent, mode: number): FileProperties {
  const executable = (mode & 0o111) !== 0 || content.kind === 'elf' || content.kind === 'kernel-module';
  return { executable, archive: content.kind === 'archive', structured: content.kind === 'archive' && content.structured };
}

function contentOf(content: ExaminedContent): FileContent {
  switch (content.kind) {
    case 'elf': {
      const { kind, type, machine, bits, dynamic, soname, opensLibraries } = content;
      return { kind, type, machine, bits, linkage: dynamic ? 'dynamic' : 'static', opensLibraries, ...(soname === undefined ? {} : { soname: displayPath(soname as PathBytes) }) };
    }
    case 'kernel-module': return { kind: content.kind, name: content.name };
    case 'script': return { kind: content.kind, interpreter: displayPath(content.interpreter as PathBytes) };
    case 'archive': return { kind: content.kind, format: content.format };
    case 'data': case 'unread': return content;
  }
}

function pathFields(field: 'path' | 'target', path: PathBytes, before: string): Record<string, string> {
  const bytes = pathToBuffer(path);
  const text = bytes.toString('utf8');
  const faithful = Buffer.from(text, 'utf8').equals(bytes);
  return faithful ? { [field]: `${before}${text}` } : { [field]: `${before}${displayPath(path)}`, [`${field}Hex`]: bytes.toString('hex') };
}
