import type { PathBytes } from '../tree/entry.ts';
import type { Components } from './inventory-components.ts';
import type { ListedFile } from './inventory-files.ts';
import { ownerOf, relations } from './inventory-relations.ts';
import type { Relation, RelationKind } from './inventory.ts';
import type { Loading } from './loadings.ts';

const KIND_OF_LOADING: Readonly<Record<Loading['kind'], RelationKind>> = { 'library': 'linksDynamically', 'interpreter': 'interpreter', 'kernel-module': 'kernelModule' };

/** Between files, and between their owners. */
export function linksOf(loadings: readonly Loading[], byPath: ReadonlyMap<PathBytes, ListedFile>, components: Components): Relation[] {
  return loadings.flatMap(({ from, to, kind }) => {
    if (to === undefined) return [];
    const [loader, loaded] = [byPath.get(from)!, byPath.get(to)!];
    const link: Relation = { from: loader.file.ref, to: loaded.file.ref, kind: KIND_OF_LOADING[kind], basis: 'observed' };
    return [link, ...relations(ownerOf(loader.source, components), link.kind, [ownerOf(loaded.source, components)], 'observed')];
  });
}

/** Of a path that stands more than once the first one. */
export function filesByPath(files: readonly ListedFile[]): Map<PathBytes, ListedFile> {
  const byPath = new Map<PathBytes, ListedFile>();
  for (const one of files) if (!byPath.has(one.source.path)) byPath.set(one.source.path, one);
  return byPath;
}
