import { encodeOutline, OUTLINE_FORMAT, outlineOf } from '../compare/inventory-outline.ts';
import { cycloneDx } from '../documents/cyclone-dx.ts';
import type { BillOfMaterials, Detail, DocumentFormat } from '../documents/document.ts';
import { spdx2 } from '../documents/spdx2.ts';
import { spdx3 } from '../documents/spdx3.ts';
import { sha256, type BlobDigests, type Sha256 } from '../foundation/digest.ts';
import { inventoryText } from '../inventory/inventory-of.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { inventoryOfBuild } from './inventory-facts.ts';
import { inventoryRows } from './inventory-rows.ts';
import type { Workshop } from './workshop.ts';

export interface MadeInventory { digest: Sha256; inventory: Inventory }

/** The inventory of a build as of now, in the store and on record: a decision about licenses makes another of the same build. */
export async function recordInventory(buildId: string, workshop: Workshop): Promise<MadeInventory> {
  const { records: { contents, artifacts }, store } = workshop;
  const inventory = await inventoryOfBuild(buildId, workshop);
  const text = Buffer.from(inventoryText(inventory));
  const digest = sha256(text);
  await artifacts.recordBlobs([await store.putBlob(text)]);
  const { definitionDigest, rootTree } = inventory.build;
  await contents.recordInventory({ digest, definitionDigest, rootTree, components: inventoryRows(inventory) });
  const outline = await store.putBlob(encodeOutline(outlineOf(inventory)));
  await contents.keepOutlines([{ inventory: digest, format: OUTLINE_FORMAT, sha256: outline.sha256 }]);
  await contents.linkInventory(buildId, digest);
  return { digest, inventory };
}

export interface MadeDocument { id: string; format: DocumentFormat; detail: Detail; mediaType: string; lost: readonly string[]; digests: BlobDigests }

/** One document, in the store and on record, in no way published. The same inventory gives the same bytes. */
export async function makeDocument(
  buildId: string, { digest, inventory }: MadeInventory, format: DocumentFormat, detail: Detail, { records: { contents, artifacts }, store }: Pick<Workshop, 'records' | 'store'>,
): Promise<MadeDocument> {
  const bill = billOf(inventory, format, detail);
  const digests = await store.putBlob(chunksOf(bill));
  await artifacts.recordBlobs([digests]);
  const { id } = await contents.recordDocument({ buildId, inventoryDigest: digest, format, detail, sha256: digests.sha256, sizeBytes: digests.sizeBytes });
  return { id, format, detail, mediaType: bill.mediaType, lost: bill.lost, digests };
}

export function billOf(inventory: Inventory, format: DocumentFormat, detail: Detail): BillOfMaterials {
  switch (format) {
    case 'cyclonedx-1.7': return cycloneDx(inventory, { detail, version: '1.7' });
    case 'cyclonedx-1.6': return cycloneDx(inventory, { detail, version: '1.6' });
    case 'spdx-3.0.1': return spdx3(inventory, { detail });
    case 'spdx-2.3': return spdx2(inventory, { detail });
  }
}

async function* chunksOf({ chunks }: BillOfMaterials): AsyncIterable<Uint8Array> {
  for (const chunk of chunks()) yield Buffer.from(chunk);
}
