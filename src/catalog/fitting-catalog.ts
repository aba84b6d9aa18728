import { catalogFromFolders, catalogOnRecord, type CatalogReading } from './catalog-from-folders.ts';
import { folderPathOf, yamlPathOf, type CatalogFolder } from './folder.ts';

export interface FittingCatalog extends CatalogReading {
  /** What it was read from. */
  folders: readonly CatalogFolder[];
}

/**
 * Folders of the past beside newer ones: whatever of the newer breaks a rule in this company is left out, so that a
 * template which moved on spoils no old configuration. The old ones stay, come what may: they were checked when they
 * were new.
 */
export function fittingCatalog(own: readonly CatalogFolder[], newer: readonly CatalogFolder[]): FittingCatalog {
  for (let fitting = [...newer]; ;) {
    const folders = [...own, ...fitting];
    const { catalog, findings } = catalogFromFolders(folders);
    if (catalog !== undefined) return { catalog, findings, folders };
    const places = findings.filter(({ severity }) => severity === 'error').map(({ path }) => path);
    const sound = fitting.filter((folder) => !places.some((place) => place === yamlPathOf(folder) || (folder.kind !== 'architecture' && place.startsWith(`${folderPathOf(folder)}/`))));
    if (sound.length === fitting.length) return { ...catalogOnRecord(folders), folders };
    fitting = sound;
  }
}
