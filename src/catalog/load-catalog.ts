import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCodeOf, Failure } from '../foundation/failure.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { compareText } from '../foundation/order.ts';
import { catalogFromFolders, type CatalogReading } from './catalog-from-folders.ts';
import { FILE_MAX_BYTES, FOLDER_MAX_FILES, KIND_DIRECTORIES, type CatalogFolder, type FolderFile, type FolderKind } from './folder.ts';

/** Reads `recipes`, `templates`, `boards` and `architectures` below `root`. Throws CATALOG.NOT_FOUND where `root` has no `recipes`. */
export async function loadCatalog(root: string): Promise<CatalogReading> {
  const { folders, findings } = await loadFolders(root);
  const reading = catalogFromFolders(folders);
  if (findings.length === 0) return reading;
  return { findings: sortFindings([...findings, ...reading.findings]) };
}

export interface FoldersReading {
  folders: readonly CatalogFolder[];
  findings: readonly Finding[];
}

/** The folders of a catalog as they lie on disk, unparsed. */
export async function loadFolders(root: string): Promise<FoldersReading> {
  const folders: CatalogFolder[] = [];
  const findings: Finding[] = [];
  for (const kind of ['recipe', 'template', 'board', 'architecture'] as const) {
    const directory = KIND_DIRECTORIES[kind];
    for (const name of await namesIn(join(root, directory), kind === 'recipe')) {
      const folder = await loadFolder(root, kind, name, findings);
      if (folder !== undefined) folders.push(folder);
    }
  }
  return { folders, findings };
}

async function namesIn(directory: string, required: boolean): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted(compareText);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT' && errorCodeOf(error) !== 'ENOTDIR') throw error;
    if (!required) return [];
    throw new Failure('CATALOG.NOT_FOUND', 'no catalog is here: there is no directory `recipes`', { place: directory, cause: error });
  }
}

async function loadFolder(root: string, kind: FolderKind, entry: string, findings: Finding[]): Promise<CatalogFolder | undefined> {
  const path = `${KIND_DIRECTORIES[kind]}/${entry}`;
  const report = (at: string, rule: string, message: string): void => { findings.push({ severity: 'error', path: at, line: 0, rule, message }); };
  const status = await lstat(join(root, path));
  if (kind === 'architecture') {
    if (!status.isFile() || !entry.endsWith('.yaml')) {
      report(path, 'stray-file', 'only files called NAME.yaml stand here');
      return undefined;
    }
    const file = await loadFile(root, path, report);
    return file && { kind, name: entry.slice(0, -'.yaml'.length), files: new Map([[entry, file]]) };
  }
  if (!status.isDirectory()) {
    report(path, 'stray-file', 'only folders stand here');
    return undefined;
  }
  const files = new Map<string, FolderFile>();
  await loadBelow(root, path, '', files, report);
  return { kind, name: entry, files };
}

type Report = (at: string, rule: string, message: string) => void;

async function loadBelow(root: string, folder: string, below: string, files: Map<string, FolderFile>, report: Report): Promise<void> {
  for (const name of await namesIn(join(root, folder, below), true)) {
    const path = below === '' ? name : `${below}/${name}`;
    // One more than allowed is enough for the check to refuse the folder.
    if (files.size > FOLDER_MAX_FILES) return;
    const status = await lstat(join(root, folder, path));
    if (status.isDirectory()) await loadBelow(root, folder, path, files, report);
    else {
      const file = await loadFile(root, `${folder}/${path}`, report);
      if (file !== undefined) files.set(path, file);
    }
  }
}

async function loadFile(root: string, path: string, report: Report): Promise<FolderFile | undefined> {
  const status = await lstat(join(root, path));
  if (!status.isFile()) report(path, 'no-plain-file', `a ${status.isSymbolicLink() ? 'symbolic link' : 'special file'} is not allowed in a catalog`);
  else if (status.size > FILE_MAX_BYTES) report(path, 'file-too-large', `the file has ${status.size} bytes, allowed are ${FILE_MAX_BYTES}`);
  else return { bytes: await readFile(join(root, path)), executable: (status.mode & 0o111) !== 0 };
  return undefined;
}
