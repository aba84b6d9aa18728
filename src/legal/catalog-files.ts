import { KIND_DIRECTORIES, folderPathOf, type CatalogFolder, type FolderFile, type FolderKind } from '../catalog/folder.ts';
import { badArchive } from './legal-index.ts';

export interface CatalogPlace extends FolderFile {
  path: string;
  /** Relative to the folder. */
  name: string;
  folder: Pick<CatalogFolder, 'kind' | 'name'>;
}

/** Files of catalog folders where a checkout has them: `recipes/NAME/FILE`, `architectures/NAME.yaml`. */
export function catalogPlaces(folders: readonly CatalogFolder[]): CatalogPlace[] {
  return folders.flatMap((folder) => [...folder.files].map(([name, file]): CatalogPlace => ({ path: `${folderPathOf(folder)}/${name}`, name, folder, ...file })));
}

/** And back. Only paths that the index calls catalog come here. Throws LEGAL.BAD_ARCHIVE. */
export function catalogFolders(files: ReadonlyMap<string, FolderFile>): CatalogFolder[] {
  const kinds = new Map(Object.entries(KIND_DIRECTORIES).map(([kind, directory]) => [directory as string, kind as FolderKind]));
  const folders = new Map<string, { kind: FolderKind; name: string; files: Map<string, FolderFile> }>();
  for (const [path, file] of files) {
    const [directory = '', first = '', ...rest] = path.split('/');
    const kind = kinds.get(directory);
    const alone = kind === 'architecture';
    if (kind === undefined || first === '' || (alone ? rest.length > 0 : rest.length === 0)) badArchive(`"${path}" lies in no folder of a catalog`, path);
    const name = alone ? first.replace(/\.yaml$/, '') : first;
    const folder = folders.get(`${kind} ${name}`) ?? { kind, name, files: new Map<string, FolderFile>() };
    folder.files.set(alone ? first : rest.join('/'), file);
    folders.set(`${kind} ${name}`, folder);
  }
  return [...folders.values()];
}
