import { isSha256, sha256, type Sha256 } from '../foundation/digest.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { schemeOf, versionOrder } from './version-order.ts';

/** What two bills of materials, or two inventories, are compared by; of a stranger's document what it says of it. */
export interface ComparedComponent {
  /** In whose name it is: `vendor/name` where the document has a group. */
  name: string;
  version: string;
  /** Of an inventory its own word; of a document `ships` or `build`. */
  scope: string;
  purl?: string;
  /** sha256 of what it is delivered as, or of all that it owns, a kernel beside the root too; not of images and roots, which every change changes. */
  digest?: string;
  /** sha256 of what it was made from; sorted. */
  sources: readonly string[];
  patches: readonly ComparedPatch[];
  /** As declared: an SPDX expression, or what stood in its place. */
  license?: string;
  /** Why it is there, in words. */
  reasons: readonly string[];
}

export interface ComparedPatch {
  /** sha256, else whatever tells it from others. */
  id: string;
  /** File or address. */
  name: string;
  cves: readonly string[];
}

export function componentsOf({ components, relations }: Inventory): ComparedComponent[] {
  const kernels = new Map(components.flatMap(({ ref, image, hashes }) => (image?.format === 'kernel' && hashes !== undefined ? [[ref, hashes.sha256]] : [])));
  const made = Map.groupBy(relations.filter(({ from, kind }) => kind === 'contains' && kernels.has(from)), ({ to }) => to);
  return components.map((one) => comparedComponent(one, (made.get(one.ref) ?? []).map(({ from }) => kernels.get(from)!)));
}

/** What a package owns lies in the root, and beside it where it is a kernel. */
function comparedComponent(component: Component, kernels: readonly Sha256[]): ComparedComponent {
  const one = componentAlone(component);
  const digests = [...(one.digest === undefined ? [] : [one.digest]), ...kernels.toSorted()];
  return digests.length === 0 ? one : { ...one, digest: digests.length === 1 ? digests[0]! : sha256(digests.join('\n')) };
}

function componentAlone({ kind, name, version, scope, purls: [purl], contentDigest, sources, patches, licenses, recipe }: Component): ComparedComponent {
  const digest = kind === 'package' ? contentDigest : undefined;
  const license = licenses.declared ?? licenses.unreadable;
  // Without a version of the product, images and roots have the digest of their definition in its place.
  const told = kind !== 'package' && isSha256(version) ? '' : version;
  return {
    name, version: told, scope, sources: sources.map(({ sha256 }) => sha256).toSorted(), reasons: recipe?.reasons ?? [],
    patches: patches.map(({ file, sha256, cves }) => ({ id: sha256, name: file, cves })),
    ...(purl === undefined ? {} : { purl }), ...(digest === undefined ? {} : { digest }), ...(license === undefined ? {} : { license }),
  };
}

/** Type, namespace, name and architecture of a package URL: what stays the same through versions. */
export function purlIdentity(purl: string | undefined): string | undefined {
  const found = /^(pkg:[^?#]+?)(?:@[^?#/]*)?(?:\?([^#]*))?(?:#.*)?$/.exec(purl ?? '');
  if (found === null) return undefined;
  const arch = found[2]?.split('&').find((pair) => pair.startsWith('arch='));
  return arch === undefined ? found[1] : `${found[1]}?${arch}`;
}

/** By the scheme that both package URLs name, else by none in particular. */
export function componentOrder(before: ComparedComponent, after: ComparedComponent): ReturnType<typeof versionOrder> {
  const [one, other] = [schemeOf(before.purl), schemeOf(after.purl)];
  return versionOrder(before.version, after.version, one === other ? one : 'generic');
}
