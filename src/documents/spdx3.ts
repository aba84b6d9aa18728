import type { Inventory } from '../inventory/inventory.ts';
import { identities, otherDetail, productOf, timestampOf, type BillOfMaterials, type Detail } from './document.ts';
import { componentHashes } from './component-hash.ts';
import { defined } from './facts.ts';
import { jsonChunks, Members, Rows, type JsonPart, type PlainFields } from './json-stream.ts';
import { orderedInventory } from './ordered-inventory.ts';
import { ownedFiles } from './owned-files.ts';
import { relationsAt } from './relation-terms.ts';
import { spdx3Build, spdx3Sources } from './spdx3-build.ts';
import { spdx3Component, spdx3File, spdx3SandboxPackage } from './spdx3-elements.ts';
import { CREATION, iri, element, namespaceOf, type Spdx3Context } from './spdx3-element.ts';
import { spdx3LicenseElements, spdx3LicenseRelations } from './spdx3-licenses.ts';
import { spdx3Relations } from './spdx3-relations.ts';

const PROFILES = ['core', 'software', 'simpleLicensing', 'build'];

/** SPDX 3.0.1 in JSON-LD. What ships is the Sbom; what it was built with is in a bundle of its own. */
export function spdx3(inventory: Inventory, { detail }: { detail: Detail }): BillOfMaterials {
  const ordered = orderedInventory(inventory);
  const identify = identities(ordered, 'spdx-3.0.1');
  const namespace = namespaceOf(identify(detail));
  const context: Spdx3Context = { inventory: ordered, namespace, owned: ownedFiles(ordered), hashes: componentHashes(ordered) };
  return {
    format: 'spdx-3.0.1', detail, mediaType: 'application/spdx+json; version=3.0.1', uuid: identify(detail), lost: [],
    chunks: () => jsonChunks(new Members({ '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': new Rows(graph(context, detail, namespaceOf(identify(otherDetail(detail))))) })),
  };
}

function* graph(context: Spdx3Context, detail: Detail, other: string): Generator<JsonPart> {
  const { inventory } = context;
  yield* documentElements(context, detail, other);
  for (const component of inventory.components) yield spdx3Component(component, context);
  for (const one of inventory.sandbox.packages) yield spdx3SandboxPackage(one, context);
  if (detail === 'files') for (const file of inventory.files) yield spdx3File(file, context);
  yield* spdx3LicenseElements(context);
  yield* spdx3LicenseRelations(context);
  yield* spdx3Sources(context);
  yield* spdx3Build(context);
  yield* spdx3Relations(context, relationsAt(inventory, detail), detail);
}

function* documentElements(context: Spdx3Context, detail: Detail, other: string): Generator<JsonPart> {
  const { inventory, namespace } = context;
  const product = productOf(inventory);
  yield { 'type': 'CreationInfo', '@id': CREATION, 'specVersion': '3.0.1', 'created': timestampOf(inventory), 'createdBy': [iri(namespace, 'author')], 'createdUsing': [iri(namespace, 'tool')] };
  yield authorElement(context);
  yield element(context, 'tool', 'Tool', { name: 'Provenroot' });
  yield element(context, 'cc0', 'simplelicensing_LicenseExpression', { simplelicensing_licenseExpression: 'CC0-1.0' });
  yield element(context, 'document', 'SpdxDocument', {
    name: `${product.name} ${product.version}`, dataLicense: iri(namespace, 'cc0'), profileConformance: PROFILES, rootElement: [iri(namespace, 'sbom')],
    import: [{ type: 'ExternalMap', externalSpdxId: `${other}document` }],
    comment: inventory.completeness.map(({ subject, state, reason }) => `${subject}: ${state} (${reason})`).join('\n') || undefined,
  });
  yield new Members({
    ...element(context, 'sbom', 'software_Sbom', { name: product.name, software_sbomType: ['build'], profileConformance: PROFILES, rootElement: [iri(namespace, product.ref)] }),
    element: new Rows(shippedIds(context, detail)),
  });
  yield new Members({
    ...element(context, 'built-with', 'Bundle', { name: 'What it was built with', context: 'build environment', profileConformance: PROFILES, rootElement: [iri(namespace, 'build')] }),
    element: new Rows(buildingIds(context)),
  });
  const { supportUntil } = inventory.organisation;
  yield element(context, product.ref, 'software_Package', {
    ...(supportUntil === undefined ? {} : { validUntilTime: `${supportUntil}T23:59:59Z` }),
    name: product.name, software_packageVersion: product.version, software_primaryPurpose: 'firmware', suppliedBy: iri(namespace, 'author'),
    software_packageUrl: `pkg:generic/${encodeURIComponent(product.name)}@${encodeURIComponent(product.version)}`,
  });
}

function authorElement(context: Spdx3Context): PlainFields {
  const { supplier, contact, url } = context.inventory.organisation;
  const mail = contact !== undefined && contact.includes('@') ? [{ type: 'ExternalIdentifier', externalIdentifierType: 'email', identifier: contact }] : [];
  const site = url === undefined ? [] : [{ type: 'ExternalIdentifier', externalIdentifierType: 'urlScheme', identifier: url }];
  const known = [...mail, ...site];
  return element(context, 'author', 'Organization', defined({ name: supplier ?? 'unknown', externalIdentifier: known.length === 0 ? undefined : known }));
}

function* shippedIds({ inventory, namespace }: Spdx3Context, detail: Detail): Generator<string> {
  yield iri(namespace, productOf(inventory).ref);
  for (const { scope, ref } of inventory.components) if (scope === 'ships') yield iri(namespace, ref);
  if (detail === 'files') for (const { ref } of inventory.files) yield iri(namespace, ref);
}

function* buildingIds({ inventory, namespace }: Spdx3Context): Generator<string> {
  yield iri(namespace, 'build');
  for (const { scope, ref } of inventory.components) if (scope !== 'ships') yield iri(namespace, ref);
  for (const { ref } of inventory.sandbox.packages) yield iri(namespace, ref);
}
