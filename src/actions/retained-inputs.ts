import type { CatalogFolder } from '../catalog/folder.ts';
import type { ParsedStatement } from '../evidence/parse-statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import type { CatalogKind } from '../records/catalog-records.ts';
import type { CatalogPins } from './catalogs.ts';
import { pinsOfStatement } from './plan-of-statement.ts';
import type { Workshop } from './workshop.ts';

/** All that a rebuild of a statement takes beside the statement itself and the engine of its versions. */
export interface RetainedInputs {
  catalog: readonly CatalogFolder[];
  /** Archives, and the packages that the sandbox is assembled from; in the store. By name. */
  blobs: readonly RetainedBlob[];
}

export interface RetainedBlob { name: string; role: 'source' | 'sandbox-package'; sha256: Sha256; sizeBytes: number }

/** Gathers them. Throws EVIDENCE.INPUT_MISSING with every one that is no longer there: nothing incomplete is handed out. */
export async function retainedInputs(statement: ParsedStatement, workshop: Pick<Workshop, 'records' | 'store' | 'lock'>): Promise<RetainedInputs> {
  const catalog = await foldersOnRecord(pinsOfStatement(statement), workshop);
  const missing: string[] = [];
  const blobs: RetainedBlob[] = [];
  for (const { name, role, sha256 } of wanted(statement, workshop)) {
    const found = await workshop.store.statBlob(sha256);
    if (found === undefined) missing.push(`${role} ${name} (${sha256})`);
    else blobs.push({ name, role, sha256, sizeBytes: found.sizeBytes });
  }
  if (missing.length > 0) {
    throw new Failure('EVIDENCE.INPUT_MISSING', `${missing.length} inputs are not in the store: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ' …' : ''}`, { details: { missing } });
  }
  return { catalog, blobs: sortedBy(blobs, ({ role, name }) => `${role} ${name}`) };
}

function wanted({ definition }: ParsedStatement, { lock }: Pick<Workshop, 'lock'>): Omit<RetainedBlob, 'sizeBytes'>[] {
  if (definition.sandbox !== lock.rootTree) {
    throw new Failure('EVIDENCE.INPUT_MISSING', `the statement's sandbox ${definition.sandbox} is not the one of this version, ${lock.rootTree}`, { hint: 'Use the release of Provenroot that the statement names.' });
  }
  const sources = new Map(definition.inputs.filter(({ role }) => role === 'source').map(({ name, digest }) => [digest, { name, role: 'source' as const, sha256: digest }]));
  return [...sources.values(), ...lock.packages.map(({ name, version, sha256 }) => ({ name: `${name}_${version}`, role: 'sandbox-package' as const, sha256 }))];
}

/** Throws EVIDENCE.INPUT_MISSING for a version that is not on record. */
export async function foldersOnRecord(pins: CatalogPins, { records }: Pick<Workshop, 'records'>): Promise<CatalogFolder[]> {
  const folders: CatalogFolder[] = [];
  for (const [kind, versions] of Object.entries(pins) as [CatalogKind, Readonly<Record<string, Sha256>>][]) {
    for (const [name, digest] of Object.entries(versions)) {
      const files = await records.catalog.files(digest);
      if (files.length === 0) throw new Failure('EVIDENCE.INPUT_MISSING', `the ${kind} ${name} of version ${digest} is not on record`, { place: `${kind}:${name}` });
      folders.push({ kind, name, files: new Map(files.map(({ path, bytes, executable }) => [path, { bytes, executable }])) });
    }
  }
  return folders;
}
