import type { Inventory } from '../inventory/inventory.ts';
import { componentHashes } from './component-hash.ts';
import { identities, otherDetail, productOf, timestampOf, type BillOfMaterials, type Detail } from './document.ts';
import { defined } from './facts.ts';
import { jsonChunks, Members, Rows, type PlainFields } from './json-stream.ts';
import { orderedInventory } from './ordered-inventory.ts';
import { ownedFiles } from './owned-files.ts';
import { leftOutOfSpdx2, spdx2Component, spdx2File, spdx2SandboxPackage, spdx2Sources } from './spdx2-elements.ts';
import { spdx2Id } from './spdx2-id.ts';
import { spdx2Licenses } from './spdx2-licenses.ts';
import { spdx2Relations } from './spdx2-relations.ts';

/** SPDX 2.3 in JSON, for those who read nothing newer. BSI TR-03183-2 v2.1 does not take it. */
export function spdx2(inventory: Inventory, { detail }: { detail: Detail }): BillOfMaterials {
  const ordered = orderedInventory(inventory);
  const identify = identities(ordered, 'spdx-2.3');
  const product = productOf(ordered);
  const { supplier, contact } = ordered.organisation;
  return {
    format: 'spdx-2.3', detail, mediaType: 'application/spdx+json; version=2.3', uuid: identify(detail), lost: leftOutOfSpdx2(ordered, detail),
    chunks: () => jsonChunks(new Members({
      spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT', name: `${product.name} ${product.version}`,
      documentNamespace: `urn:uuid:${identify(detail)}`, comment: `The same with detail "${otherDetail(detail)}": urn:uuid:${identify(otherDetail(detail))}. ${claims(ordered)}`,
      creationInfo: { created: timestampOf(ordered), creators: ['Tool: Provenroot', `Organization: ${supplier ?? 'unknown'}${contact !== undefined && contact.includes('@') ? ` (${contact})` : ''}`] },
      hasExtractedLicensingInfos: new Rows(spdx2Licenses(ordered)),
      packages: new Rows(packageRows(ordered)),
      files: detail === 'packages' ? undefined : new Rows(fileRows(ordered)),
      relationships: new Rows(spdx2Relations(ordered, detail)),
    })),
  };
}

function* packageRows(inventory: Inventory): Generator<PlainFields> {
  const owned = ownedFiles(inventory);
  const hashes = componentHashes(inventory);
  yield productPackage(inventory);
  for (const component of inventory.components) yield spdx2Component(component, inventory, owned, hashes.get(component.ref));
  for (const one of inventory.sandbox.packages) yield spdx2SandboxPackage(one);
  yield* spdx2Sources(inventory);
}

function* fileRows({ files }: Inventory): Generator<PlainFields> {
  for (const file of files) yield* spdx2File(file);
}

function claims({ completeness }: Inventory): string {
  return completeness.map(({ subject, state, reason }) => `${subject}: ${state} (${reason})`).join('; ');
}

function productPackage(inventory: Inventory): PlainFields {
  const { ref, name, version } = productOf(inventory);
  const { supplier, supportUntil } = inventory.organisation;
  return defined({
    SPDXID: spdx2Id(ref), name, versionInfo: version, downloadLocation: inventory.organisation.publishingUrl ?? 'NOASSERTION', filesAnalyzed: false, primaryPackagePurpose: 'FIRMWARE',
    supplier: supplier === undefined ? 'NOASSERTION' : `Organization: ${supplier}`, comment: 'provenroot:exception: what the document is about', validUntilDate: supportUntil === undefined ? undefined : `${supportUntil}T23:59:59Z`,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}` }],
  });
}
