import type { Component, Hashes, Inventory, Ref } from '../inventory/inventory.ts';

/** A digest of a component, and of what of it: only an image is one file. */
export interface ComponentHash {
  hashes: Pick<Hashes, 'sha256'> & Partial<Hashes>;
  of: string;
}

/** The nearest to what is delivered that has one: the file itself, its contents, the image that holds it, the archive it came from. */
export function componentHashes({ components, relations, sandbox }: Inventory): ReadonlyMap<Ref, ComponentHash> {
  const byRef = new Map(components.map((one) => [one.ref, one]));
  const archives = new Map(sandbox.packages.map(({ ref, sha256 }) => [ref, sha256]));
  const images = new Map<Ref, Component>();
  const origins = new Map<Ref, ComponentHash>();
  for (const { from, to, kind } of relations) {
    const holder = byRef.get(from);
    if (kind === 'contains' && holder?.kind === 'image') images.set(to, holder);
    const sha256 = archives.get(to);
    if (kind === 'builtFrom' && sha256 !== undefined) origins.set(from, { hashes: { sha256 }, of: 'the package of the build environment that it comes from' });
  }
  return new Map(components.flatMap((one) => {
    const hash = hashOf(one, images.get(one.ref)) ?? origins.get(one.ref) ?? archiveHash(one);
    return hash === undefined ? [] : [[one.ref, hash] as const];
  }));
}

function hashOf({ hashes, contentDigest, kind }: Component, image: Component | undefined): ComponentHash | undefined {
  if (hashes !== undefined) return { hashes, of: 'the file' };
  if (contentDigest !== undefined) return { hashes: { sha256: contentDigest }, of: kind === 'root-file-system' ? 'its tree' : 'its files, as the inventory lists them' };
  return image?.hashes === undefined ? undefined : { hashes: image.hashes, of: `the image ${image.name}` };
}

function archiveHash({ kind, sources: [source] }: Component): ComponentHash | undefined {
  return kind !== 'package' || source === undefined ? undefined : { hashes: { sha256: source.sha256 }, of: `its source archive ${source.file}` };
}
