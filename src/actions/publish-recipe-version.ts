import { checkFolder, folderDigest, type CatalogFolder } from '../catalog/folder.ts';
import { quoted } from '../catalog/name.ts';
import { Failure } from '../foundation/failure.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import type { PublishRecipeVersion } from './actions.ts';
import { catalogEntry } from './catalogs.ts';
import type { Workshop } from './workshop.ts';

/** Two that fit the catalog each need not fit it together: one after the other. */
const PUBLISHING = sha256('provenroot publishes into the catalog');

/** Checks an uploaded folder as part of the whole catalog, which it must leave without errors, then puts it on record. */
export async function publishRecipeVersion(input: PublishRecipeVersion, workshop: Workshop): Promise<{ folderDigest: Sha256; unchanged: boolean }> {
  const folder = uploadedFolder(input);
  return workshop.records.locks.exclusively(PUBLISHING, async () => {
    const { catalog, findings } = await workshop.catalogs.withFolder(folder);
    if (catalog === undefined) throw refused(input.name, findings);
    const { unchanged } = await workshop.records.catalog.publish(catalogEntry(folder, catalog));
    return { folderDigest: folderDigest(folder), unchanged };
  });
}

function uploadedFolder({ name, files }: PublishRecipeVersion): CatalogFolder {
  const folder: CatalogFolder = { kind: 'recipe', name, files: new Map(files.map(({ path, bytes, executable }) => [path, { bytes, executable }])) };
  const findings = [...checkFolder(folder), ...twiceGiven(files.map(({ path }) => path))];
  if (findings.length > 0) throw refused(name, findings);
  return folder;
}

function twiceGiven(paths: readonly string[]): Finding[] {
  return [...new Set(paths.filter((path, i) => paths.indexOf(path) !== i))]
    .map((path) => ({ severity: 'error', path: 'files', line: 0, rule: 'file-twice', message: `the file ${quoted(path)} is given twice` }));
}

function refused(name: string, findings: readonly Finding[]): Failure {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return new Failure('CATALOG.INVALID', `the recipe ${quoted(name)} cannot be published: ${errors} error${errors === 1 ? '' : 's'}`, { details: { findings: sortFindings(findings) } });
}
