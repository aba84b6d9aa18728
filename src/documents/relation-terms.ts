import type { CompletenessClaim, Inventory, Relation, RelationKind } from '../inventory/inventory.ts';

interface Term {
  /** SPDX 3.0.1; `reversed` where the format says it the other way round. */
  spdx3: { type: string; scope?: 'build' | 'runtime'; reversed?: true };
  spdx2: { type: string; reversed?: true };
  /** What CycloneDX counts as a dependency of something shipped; the others stand in properties. */
  atRun: boolean;
  /** Whose completeness is that of all relations of this kind. */
  claim: CompletenessClaim['subject'];
}

export const RELATION_TERMS: Readonly<Record<RelationKind, Term>> = {
  contains: { spdx3: { type: 'contains' }, spdx2: { type: 'CONTAINS' }, atRun: true, claim: 'files' },
  builtFrom: { spdx3: { type: 'generates', reversed: true }, spdx2: { type: 'GENERATED_FROM' }, atRun: false, claim: 'build-dependencies' },
  generatedBy: { spdx3: { type: 'generates', reversed: true }, spdx2: { type: 'GENERATES', reversed: true }, atRun: false, claim: 'ownership' },
  needsAtBuild: { spdx3: { type: 'dependsOn', scope: 'build' }, spdx2: { type: 'BUILD_DEPENDENCY_OF', reversed: true }, atRun: false, claim: 'build-dependencies' },
  needsAtHost: { spdx3: { type: 'usesTool', scope: 'build' }, spdx2: { type: 'BUILD_TOOL_OF', reversed: true }, atRun: false, claim: 'build-dependencies' },
  needsAtRun: { spdx3: { type: 'dependsOn', scope: 'runtime' }, spdx2: { type: 'RUNTIME_DEPENDENCY_OF', reversed: true }, atRun: true, claim: 'run-time-dependencies' },
  linksDynamically: { spdx3: { type: 'hasDynamicLink', scope: 'runtime' }, spdx2: { type: 'DYNAMIC_LINK' }, atRun: true, claim: 'run-time-dependencies' },
  linksStatically: { spdx3: { type: 'hasStaticLink', scope: 'build' }, spdx2: { type: 'STATIC_LINK' }, atRun: true, claim: 'static-links' },
  interpreter: { spdx3: { type: 'hasPrerequisite', scope: 'runtime' }, spdx2: { type: 'HAS_PREREQUISITE' }, atRun: true, claim: 'run-time-dependencies' },
  kernelModule: { spdx3: { type: 'dependsOn', scope: 'runtime' }, spdx2: { type: 'DEPENDS_ON' }, atRun: true, claim: 'run-time-dependencies' },
};

const NOTE = /^provenroot:(\w+) (declared|observed|inferred)$/;

/** Stands in the comment of a relation: our finer word for it, and how it is known. */
export function relationNote({ kind, basis }: Pick<Relation, 'kind' | 'basis'>): string {
  return `provenroot:${kind} ${basis}`;
}

export function kindOfNote(note: string): RelationKind | undefined {
  const kind = NOTE.exec(note)?.[1];
  return kind !== undefined && Object.hasOwn(RELATION_TERMS, kind) ? kind as RelationKind : undefined;
}

/** Relations of one from, kind and basis together, in the inventory's order. */
export function groupedRelations(relations: readonly Relation[]): Relation[][] {
  const groups = new Map<string, Relation[]>();
  for (const relation of relations) {
    const key = `${relation.from} ${relation.kind} ${relation.basis}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [relation]);
    else group.push(relation);
  }
  return [...groups.values()];
}

/** Without files, only what stands between components and packages of the sandbox is said. */
export function relationsAt(inventory: Inventory, detail: 'packages' | 'files'): readonly Relation[] {
  if (detail === 'files') return inventory.relations;
  const files = new Set(inventory.files.map(({ ref }) => ref));
  return inventory.relations.filter(({ from, to }) => !files.has(from) && !files.has(to));
}

/** Unknown where nothing is claimed. */
export function stateOf({ completeness }: Inventory, ...subjects: CompletenessClaim['subject'][]): CompletenessClaim['state'] {
  const states = subjects.map((subject) => completeness.find((claim) => claim.subject === subject)?.state ?? 'unknown');
  return states.includes('incomplete') ? 'incomplete' : states.includes('unknown') ? 'unknown' : 'complete';
}
