import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import { sortedBy } from '../foundation/order.ts';
import { pathBytes } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { relativePath } from './field-schemas.ts';
import { clipped, NAME, quoted } from './name.ts';
import type { CatalogFile } from './model.ts';

export type FolderKind = 'recipe' | 'template' | 'board' | 'architecture';

export interface FolderFile { bytes: Uint8Array; executable: boolean }

/**
 * One recipe, template, board or architecture in memory: from disk, from an upload, from history. Paths are relative
 * to the folder. An architecture is a single file and is held as the folder of that file.
 */
export interface CatalogFolder {
  kind: FolderKind;
  name: string;
  files: ReadonlyMap<string, FolderFile>;
}

export const FILE_MAX_BYTES = 1024 * 1024;
export const FOLDER_MAX_BYTES = 8 * 1024 * 1024;
export const FOLDER_MAX_FILES = 512;

/** Where a kind of folder stands below the catalog's root. */
export const KIND_DIRECTORIES = { recipe: 'recipes', template: 'templates', board: 'boards', architecture: 'architectures' } as const;

/** The name of the YAML file within its folder. */
export function yamlFileOf(folder: Pick<CatalogFolder, 'kind' | 'name'>): string {
  return folder.kind === 'architecture' ? `${folder.name}.yaml` : `${folder.kind}.yaml`;
}

/** Where findings about the folder's YAML file stand: `recipes/NAME/recipe.yaml`, `architectures/NAME.yaml`. */
export function yamlPathOf(folder: Pick<CatalogFolder, 'kind' | 'name'>): string {
  return `${folderPathOf(folder)}/${yamlFileOf(folder)}`;
}

export function folderPathOf(folder: Pick<CatalogFolder, 'kind' | 'name'>): string {
  const directory = KIND_DIRECTORIES[folder.kind];
  return folder.kind === 'architecture' ? directory : `${directory}/${clipped(folder.name, 64)}`;
}

export function folderTree(folder: CatalogFolder): Tree {
  return makeTree([...folder.files].map(([path, { bytes, executable }]) => [
    pathBytes(path),
    { kind: 'file', mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, sha256: sha256(bytes), sizeBytes: bytes.byteLength },
  ]));
}

/** Only for folders that `checkFolder` found nothing in. */
export function folderDigest(folder: CatalogFolder): Sha256 {
  return treeDigest(folderTree(folder));
}

/** All files but the YAML file, in byte order of path. */
export function filesBeside(folder: CatalogFolder): CatalogFile[] {
  const yaml = yamlFileOf(folder);
  return sortedBy(folder.files, ([path]) => path).filter(([path]) => path !== yaml).map(([path, { bytes, executable }]) => ({
    path, sha256: sha256(bytes), sizeBytes: bytes.byteLength, executable, bytes,
  }));
}

/** Names, counts and sizes; nothing of the content is read before this is clean. */
export function checkFolder(folder: CatalogFolder): Finding[] {
  const findings: Finding[] = [];
  const report = (path: string, rule: string, message: string): void => {
    findings.push({ severity: 'error', path, line: 0, rule, message });
  };
  const at = folderPathOf(folder);
  if (!NAME.test(folder.name)) report(at, 'bad-name', `the name ${quoted(folder.name)} must be lower-case letters, digits, \`+\`, \`.\`, \`_\` and \`-\`, at most 64, a letter or digit first`);
  if (folder.files.size > FOLDER_MAX_FILES) report(at, 'folder-too-large', `the folder has ${folder.files.size} files, allowed are ${FOLDER_MAX_FILES}`);
  const sizeBytes = [...folder.files.values()].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  if (sizeBytes > FOLDER_MAX_BYTES) report(at, 'folder-too-large', `the folder has ${sizeBytes} bytes, allowed are ${FOLDER_MAX_BYTES}`);
  if (findings.length > 0) return findings;
  for (const [path, file] of folder.files) checkFile(`${at}/${clipped(path, 200)}`, path, file, report);
  for (const path of folder.files.keys()) {
    const above = directoriesAbove(path).find((directory) => folder.files.has(directory));
    if (above !== undefined) report(`${at}/${clipped(path, 200)}`, 'bad-path', `lies below ${quoted(above)}, which is a file`);
  }
  if (!folder.files.has(yamlFileOf(folder))) report(at, 'missing-file', `${yamlFileOf(folder)} is missing`);
  return findings;
}

function checkFile(at: string, path: string, file: FolderFile, report: (path: string, rule: string, message: string) => void): void {
  if (!relativePath.safeParse(path).success) report(at.replace(/[^ -~]/g, '?'), 'bad-path', `the path ${quoted(path)} must be relative, without \`.\` or \`..\` and without blanks`);
  if (file.bytes.byteLength > FILE_MAX_BYTES) report(at, 'file-too-large', `the file has ${file.bytes.byteLength} bytes, allowed are ${FILE_MAX_BYTES}`);
}

function directoriesAbove(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'));
}
