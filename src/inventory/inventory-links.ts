import type { PathBytes } from '../tree/entry.ts';
import type { Components } from './inventory-components.ts';
import type { ListedFile } from './inventory-files.ts';
import { ownerOf, relations } from './inventory-relations.ts';
import type { Component, Ref, Relation, RelationKind } from './inventory.ts';
import type { Loading } from './loadings.ts';

const KIND_OF_LOADING: Readonly<Record<Loading['kind'], RelationKind>> = { library: 'linksDynamically', interpreter: 'interpreter', 'kernel-module': 'kernelModule' };

/** Between files, and between their owners. */
export function linksOf(loadings: readonly Loading[], refs: ReadonlyMap<PathBytes, Ref>, owners: ReadonlyMap<PathBytes, Component>): Relation[] {
  return loadings.flatMap(({ from, to, kind }) => {
    if (to === undefined) return [];
    const link: Relation = { from: refs.get(from)!, to: refs.get(to)!, kind: KIND_OF_LOADING[kind], basis: 'observed' };
    return [link, ...relations(owners.get(from), link.kind, [owners.get(to)], 'observed')];
  });
}

/** Of a path that stands more than once the first one's. */
export function ownersByPath(files: readonly ListedFile[], components: Components): Map<PathBytes, Component> {
  return new Map(files.toReversed().flatMap(({ source }) => {
    const owner = ownerOf(source, components);
    return owner === undefined ? [] : [[source.path, owner] as const];
  }));
}
