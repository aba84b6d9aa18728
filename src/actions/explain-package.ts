import type { Recipe } from '../catalog/model.ts';
import type { Configuration } from '../catalog/configuration.ts';
import { didYouMeanText, quoted } from '../catalog/name.ts';
import { Failure } from '../foundation/failure.ts';
import { leavesWith, whatNeeds } from '../plan/explain.ts';
import type { Resolution } from '../plan/resolution.ts';
import type { PackageExplanation } from './actions.ts';
import type { PinnedCatalog } from './catalogs.ts';
import { pinnedRevision, resolved } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

export interface ReadRevision {
  /** Of its configuration. */
  name: string;
  configurationId: string;
  configuration: Configuration;
  pinned: PinnedCatalog;
  resolution: Resolution;
}

/** A revision as it resolves with what it pins. Throws RECORDS.UNKNOWN. */
export async function readRevision(revisionId: string, workshop: Workshop): Promise<ReadRevision> {
  const revision = await workshop.records.configurations.revisionById(revisionId);
  const [row] = revision === undefined ? [] : await workshop.reads.configurations.byId([revision.configurationId]);
  if (revision === undefined || row === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no revision ${revisionId}`, { place: revisionId });
  const { configuration, pinned } = await pinnedRevision(revision, workshop);
  return { name: row.name, configurationId: row.id, configuration, pinned, resolution: resolved(configuration, pinned, row.name) };
}

/** Why a package is in, or that it is not. A package that the catalog does not know is a Failure CATALOG.NOT_FOUND. */
export async function explainPackage(revisionId: string, name: string, workshop: Workshop): Promise<PackageExplanation> {
  const { resolution, pinned } = await readRevision(revisionId, workshop);
  return explanation(resolution, name, pinned.catalog.recipes);
}

function explanation(resolution: Resolution, name: string, recipes: ReadonlyMap<string, Recipe>): PackageExplanation {
  const found = resolution.packages.get(name);
  if (found === undefined) {
    if (!recipes.has(name)) {
      const hint = didYouMeanText(name, recipes.keys());
      throw new Failure('CATALOG.NOT_FOUND', `there is no recipe ${quoted(name)}`, { place: 'package', ...(hint === undefined ? {} : { hint }) });
    }
    return { package: name, included: false, shipped: false, reasons: [], needs: [], neededBy: [], leavesWithIt: [] };
  }
  const { build, host, run } = found.needs;
  return {
    package: name, included: true, shipped: found.shipped, reasons: found.reasons,
    needs: [...new Set([...build, ...host, ...run])].toSorted(),
    neededBy: [...new Set(whatNeeds(resolution, name).map((dependent) => dependent.package))],
    leavesWithIt: leavesWith(resolution, name),
  };
}
