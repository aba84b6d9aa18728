import type { Inventory } from '../inventory/inventory.ts';
import type { ComponentHash } from './component-hash.ts';
import type { PlainFields } from './json-stream.ts';
import type { OwnedFiles } from './owned-files.ts';

export interface Spdx3Context {
  inventory: Inventory;
  /** Ends in `#`; every element's id begins with it. */
  namespace: string;
  owned: OwnedFiles;
  hashes: ReadonlyMap<string, ComponentHash>;
}

/** The one CreationInfo of a document. */
export const CREATION = '_:creation';

export function namespaceOf(uuid: string): string {
  return `urn:uuid:${uuid}#`;
}

/** The colon of a ref becomes a dash: `package:12ab…` is `…#package-12ab…`. */
export function iri(namespace: string, ref: string): string {
  return `${namespace}${ref.replace(':', '-')}`;
}

/** Back to the ref: the last dash before 64 hexadecimal digits was a colon. */
export function refOfId(id: string): string {
  return id.replace(/^.*#/, '').replace(/^SPDXRef-/, '').replace(/-([0-9a-f]{64})$/, ':$1');
}

export function element({ namespace }: Pick<Spdx3Context, 'namespace'>, ref: string, type: string, fields: PlainFields): PlainFields {
  return { spdxId: iri(namespace, ref), type, creationInfo: CREATION, ...fields };
}

export function spdx3Hashes(digests: { sha256: string; sha512?: string } | undefined): PlainFields[] | undefined {
  if (digests === undefined) return undefined;
  const sha256 = { type: 'Hash', algorithm: 'sha256', hashValue: digests.sha256 };
  return digests.sha512 === undefined ? [sha256] : [sha256, { type: 'Hash', algorithm: 'sha512', hashValue: digests.sha512 }];
}
