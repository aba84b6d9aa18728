import { catalogOnRecord } from '../catalog/catalog-from-folders.ts';
import { checkFolder, folderDigest, type CatalogFolder } from '../catalog/folder.ts';
import { Failure } from '../foundation/failure.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { catalogEntry, type CatalogPins } from './catalogs.ts';
import type { Workshop } from './workshop.ts';

/**
 * Catalog folders that came from elsewhere, on record as versions; what names stand for here stays. Every folder must
 * have the digest that `pins` names for it: bytes are trusted by digest only. Throws CATALOG.INVALID with all findings.
 */
export async function adoptCatalog(folders: readonly CatalogFolder[], pins: CatalogPins, { records }: Pick<Workshop, 'records'>): Promise<void> {
  const findings = folders.flatMap((folder) => checkFolder(folder));
  if (findings.length > 0) throw refused(findings);
  const strangers = folders.filter((folder) => pins[folder.kind][folder.name] !== folderDigest(folder));
  if (strangers.length > 0) {
    throw refused(strangers.map((folder): Finding => ({
      severity: 'error', path: `${folder.kind}:${folder.name}`, line: 0, rule: 'folder-digest', message: `the folder has the digest ${folderDigest(folder)}, which is not the one named for it`,
    })));
  }
  const { catalog, findings: parsed } = catalogOnRecord(folders);
  if (catalog === undefined) throw refused(parsed);
  await records.catalog.keep(folders.map((folder) => catalogEntry(folder, catalog)));
}

function refused(findings: readonly Finding[]): Failure {
  return new Failure('CATALOG.INVALID', 'catalog folders that came with evidence cannot be taken', { details: { findings: sortFindings(findings) } });
}
