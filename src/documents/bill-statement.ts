import { canonicalJson } from '../foundation/canonical-json.ts';
import type { BlobDigests } from '../foundation/digest.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { BillOfMaterials, DocumentFormat } from './document.ts';
import { defined } from './facts.ts';

export interface StatedDocument {
  document: BillOfMaterials;
  /** Of its file. */
  name: string;
  digests: BlobDigests;
  /** The same document with its signature inside. */
  signed?: { name: string; digests: BlobDigests };
  /** TypeURI of who says so. */
  attesterId: string;
}

/** A larger document is named by digest: statements are at most 8 MiB, and every reader of one holds all of it. */
const MAX_EMBEDDED_BYTES = 6 * 1024 * 1024;
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const REFERENCE_TYPE = 'https://in-toto.io/attestation/reference/v0.1';
/** in-toto attestation framework, spec/predicates: cyclonedx.md, spdx3.md, spdx2.md. */
const PREDICATE_TYPES: Readonly<Record<DocumentFormat, string>> = {
  'cyclonedx-1.7': 'https://cyclonedx.org/bom', 'cyclonedx-1.6': 'https://cyclonedx.org/bom', 'spdx-3.0.1': 'https://spdx.dev/Document/v3', 'spdx-2.3': 'https://spdx.dev/Document/v2.3',
};

/**
 * What is signed beside a document (in-toto Statement v1): of the images and the document itself, with the document of
 * packages as predicate, the one of files by reference. The same inventory and digests give the same bytes.
 */
export function billStatement(inventory: Inventory, stated: StatedDocument): Buffer {
  const { document, digests } = stated;
  const embedded = document.detail === 'packages' && digests.sizeBytes <= MAX_EMBEDDED_BYTES;
  return Buffer.from(canonicalJson({
    _type: STATEMENT_TYPE, subject: [...imageSubjects(inventory), ...documentSubjects(stated)],
    ...(embedded ? { predicateType: PREDICATE_TYPES[document.format], predicate: JSON.parse([...document.chunks()].join('')) as unknown } : { predicateType: REFERENCE_TYPE, predicate: referenceTo(inventory, stated) }),
  }));
}

function imageSubjects({ components }: Inventory): object[] {
  return components.flatMap(({ kind, name, hashes, sizeBytes, image }) => kind !== 'image' || hashes === undefined ? [] : [{
    name, digest: { sha256: hashes.sha256, sha512: hashes.sha512 },
    annotations: defined({ format: image?.format, sizeBytes: sizeBytes === undefined ? undefined : String(sizeBytes) }),
  }]);
}

function documentSubjects({ document, name, digests, signed }: StatedDocument): object[] {
  return [
    { name, digest: { sha256: digests.sha256, sha512: digests.sha512 }, annotations: { mediaType: document.mediaType, sizeBytes: String(digests.sizeBytes), id: `urn:uuid:${document.uuid}` } },
    ...(signed === undefined ? [] : [{ name: signed.name, digest: { sha256: signed.digests.sha256, sha512: signed.digests.sha512 }, annotations: { mediaType: document.mediaType, sizeBytes: String(signed.digests.sizeBytes), signedFormOf: name } }]),
  ];
}

/** in-toto's "reference" (v0.1). A place is required: where nothing is published, the name by content (RFC 6920). */
function referenceTo({ organisation: { publishingUrl } }: Inventory, { document, name, digests, attesterId }: StatedDocument): object {
  const byContent = `ni:///sha-256;${Buffer.from(digests.sha256, 'hex').toString('base64url')}`;
  return {
    attester: { id: attesterId },
    references: [{
      name, uri: `urn:uuid:${document.uuid}`, mediaType: document.mediaType, digest: { sha256: digests.sha256, sha512: digests.sha512 },
      downloadLocation: publishingUrl === undefined ? byContent : `${publishingUrl}${encodeURIComponent(name)}`,
      annotations: { sizeBytes: String(digests.sizeBytes) },
    }],
  };
}
