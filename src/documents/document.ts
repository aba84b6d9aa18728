import { uuidV5 } from '../foundation/ids.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { digestOf } from './ordered-inventory.ts';

export type Detail = 'packages' | 'files';
export type DocumentFormat = 'cyclonedx-1.7' | 'cyclonedx-1.6' | 'spdx-3.0.1' | 'spdx-2.3';

/** Raise it when the same inventory gives other bytes. */
export const DOCUMENTS_VERSION = 2;

/** One document, not yet written: its chunks may be asked for more than once and are the same each time. */
export interface BillOfMaterials {
  format: DocumentFormat;
  detail: Detail;
  mediaType: string;
  /** A UUID (version 5) of the inventory's digest, the format and the detail. */
  uuid: string;
  /** UTF-8 text; concatenated they are the document. */
  chunks: () => Iterable<string>;
  /** What of the inventory the format cannot say, in words. */
  lost: readonly string[];
}

export type Identify = (detail: Detail) => string;

/** Ids of the documents of one inventory: each can name the other, since neither is made of the other's bytes. */
export function identities(inventory: Inventory, format: DocumentFormat): Identify {
  const digest = digestOf(inventory);
  return (detail) => uuidV5(`bill-of-materials ${DOCUMENTS_VERSION} ${format} ${detail} ${digest}`);
}

export function otherDetail(detail: Detail): Detail {
  return detail === 'packages' ? 'files' : 'packages';
}

/** Without fractions of a second, as SPDX asks. */
export function timestampOf({ build: { epochSeconds } }: Inventory): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export interface Product { ref: string; name: string; version: string }

/** What the documents are about. Its version is the organisation's, or what was built in full. */
export function productOf({ organisation, build }: Inventory): Product {
  return { ref: `product:${build.definitionDigest}`, name: organisation.product ?? build.board, version: organisation.productVersion ?? build.definitionDigest };
}

/** Why a component stands for no dependency of the provenance (`sbom-bijection` of the room `evidence` reads it). */
export function exceptionOf(kind: string, ships: boolean): string | undefined {
  if (!ships) return 'only builds, is not shipped';
  return ['image', 'root-file-system', 'generator'].includes(kind) ? 'made by this build' : undefined;
}
