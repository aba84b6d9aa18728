import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import { cycloneDx } from '../../src/documents/cyclone-dx.ts';
import type { BillOfMaterials, Detail, DocumentFormat } from '../../src/documents/document.ts';
import { spdx2 } from '../../src/documents/spdx2.ts';
import { spdx3 } from '../../src/documents/spdx3.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { writeCpio } from '../../src/image/write-cpio.ts';
import { writeExt4 } from '../../src/image/write-ext4.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import type { Hashes, Inventory } from '../../src/inventory/inventory.ts';
import type { ContentFacts, InventoryFacts } from '../../src/inventory/inventory-facts.ts';
import { inventoryOf } from '../../src/inventory/inventory-of.ts';
import { ROOT_PATH } from '../../src/tree/entry.ts';
import { treeDigest } from '../../src/tree/node.ts';
import { tinyInventoryFacts } from './inventory-facts.ts';
import { bytesOf, type SampleTree } from './sample-trees.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };
export const KERNEL = Buffer.from('not really a kernel');

/** Writers by the name of the image that they make; the same bytes each time. */
export const IMAGE_WRITERS: Readonly<Record<string, (sample: SampleTree) => Promise<Buffer>>> = {
  'rootfs.tar': ({ tree, blobs }) => bytesOf(writeTar(tree, blobs, EPOCH)),
  'rootfs.cpio.gz': async ({ tree, blobs }) => gzipSync(await bytesOf(writeCpio(tree, blobs, EPOCH))),
  'rootfs.ext4': ({ tree, blobs }) => bytesOf(writeExt4(tree, blobs, EPOCH)),
};

export interface ShippedBuild { inventory: Inventory; images: ReadonlyMap<string, Buffer> }

/** A build of the tiny catalog, made up but for its root and its images, which are really there. */
export async function shippedBuild(sample: SampleTree, writers: typeof IMAGE_WRITERS = IMAGE_WRITERS): Promise<ShippedBuild> {
  const facts = await tinyInventoryFacts();
  const images = new Map<string, Buffer>();
  for (const [name, write] of Object.entries(writers)) images.set(name, await write(sample));
  const rows = [...images].map(([name, bytes]) => imageFacts(name, bytes));
  const kernel = facts.images.find(({ format }) => format === 'kernel')!;
  images.set(kernel.name, KERNEL);
  const owner = { kind: 'package', name: 'tiny-skeleton', reason: 'installed' } as const;
  const contents: Record<string, ContentFacts> = {};
  for (const [digest, bytes] of sample.blobs.blobs) contents[digest] = { sha512: hashesOf(bytes).sha512, content: { kind: 'data' } };
  const files = [...sample.tree.entries].map(([path, entry]) => ({ path, entry, ...(path === ROOT_PATH ? {} : { owner }) }));
  const inventory = inventoryOf({ ...facts, rootTree: treeDigest(sample.tree), files, contents, images: [...rows, { ...kernel, hashes: hashesOf(KERNEL), sizeBytes: KERNEL.byteLength }] });
  return { inventory, images };
}

function imageFacts(name: string, bytes: Buffer): InventoryFacts['images'][number] {
  const inner = name.endsWith('.gz') ? gunzipSync(bytes) : undefined;
  return {
    name, format: name.replace('rootfs.', ''), writerVersion: '1', hashes: hashesOf(bytes), sizeBytes: bytes.byteLength,
    ...(inner === undefined ? {} : { uncompressed: { name: name.replace(/\.gz$/, ''), ...hashesOf(inner), sizeBytes: inner.byteLength } }),
  };
}

function hashesOf(bytes: Buffer): Hashes {
  return { sha256: sha256(bytes), sha512: createHash('sha512').update(bytes).digest('hex') };
}

export const DOCUMENT_WRITERS: Readonly<Record<DocumentFormat, (inventory: Inventory, detail: Detail) => BillOfMaterials>> = {
  'cyclonedx-1.7': (inventory, detail) => cycloneDx(inventory, { detail, version: '1.7' }),
  'cyclonedx-1.6': (inventory, detail) => cycloneDx(inventory, { detail, version: '1.6' }),
  'spdx-3.0.1': (inventory, detail) => spdx3(inventory, { detail }),
  'spdx-2.3': (inventory, detail) => spdx2(inventory, { detail }),
};

export function documentText(inventory: Inventory, format: DocumentFormat, detail: Detail = 'files'): string {
  return [...DOCUMENT_WRITERS[format](inventory, detail).chunks()].join('');
}
