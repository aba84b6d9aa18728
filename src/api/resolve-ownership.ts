import type { ExplainedOwner, Neighbour, OwnerExplanation } from '../compliance/explain-owner.ts';
import type { BuildRow } from '../records/reads/build-reads.ts';
import type { Context } from './context.ts';
import { enumName } from './report-list.ts';
import { safeValue } from './safe-text.ts';

/** Paths and names are other people's. */
async function ownerOf({ id }: BuildRow, path: string, { actions, turns }: Context): Promise<OwnerExplanation> {
  return safeValue(await turns.take(() => actions.explainOwner({ buildId: id, path }))) as OwnerExplanation;
}

export const OWNERSHIP_RESOLVERS = {
  Build: {
    owner: (row: BuildRow, { path }: { path: string }, context: Context) => ownerOf(row, path, context),
  },
  FileOwnership: {
    path: ({ file }: OwnerExplanation) => file.path,
    kind: ({ file }: OwnerExplanation) => enumName(file.kind),
    mode: ({ file }: OwnerExplanation) => file.mode.toString(8).padStart(4, '0'),
    uid: ({ file }: OwnerExplanation) => file.uid,
    gid: ({ file }: OwnerExplanation) => file.gid,
    sizeBytes: ({ file }: OwnerExplanation) => file.sizeBytes ?? null,
    sha256: ({ file }: OwnerExplanation) => file.hashes?.sha256 ?? null,
    target: ({ file }: OwnerExplanation) => file.target ?? null,
    content: ({ file }: OwnerExplanation) => file.content?.kind ?? null,
  },
  OwningComponent: {
    originator: ({ originator }: ExplainedOwner) => originator?.name ?? null,
    ownerKind: ({ ownership }: ExplainedOwner) => ownership.kind,
    reason: ({ ownership }: ExplainedOwner) => ownership.reason,
    declared: ({ licenses }: ExplainedOwner) => licenses.declared ?? null,
    concluded: ({ licenses }: ExplainedOwner) => licenses.concluded ?? null,
    effective: ({ licenses }: ExplainedOwner) => licenses.effective ?? null,
    cpe: ({ cpe }: ExplainedOwner) => cpe?.value ?? null,
    why: ({ why }: ExplainedOwner) => why.reasons,
    dependencyPath: ({ why }: ExplainedOwner) => why.path,
  },
  OwningStep: {
    recipeDigest: ({ recipe }: NonNullable<ExplainedOwner['step']>) => recipe,
  },
  NeighbouringFile: {
    relation: ({ kind }: Neighbour) => kind,
  },
  NeighbouringPackage: {
    relation: ({ kind }: ExplainedOwner['needs'][number]) => kind,
  },
};
