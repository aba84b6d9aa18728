import {
  blobsFlagged, bootConfiguration, catalogByTree, configurationHashed, downloadsRecorded, parametersKnown, patchesAndTables, sandboxListed, toolchainNamed,
} from './completeness-inputs.ts';
import {
  billOfMaterials, builderNamed, environmentAllowed, fetchesLogged, filesListed, imagesListed, legalInformation, logsNamed, nothingMutable, secretsDeclared, unsignedForms,
} from './completeness-products.ts';
import type { PointResult, ScoredStatement } from './scored-statement.ts';

export interface CompletenessPoint extends PointResult {
  /** 1 to 20, as the study counts them (B.4). */
  id: number;
  rule: string;
  title: string;
}

export interface Completeness {
  points: readonly CompletenessPoint[];
  /** How many are met. */
  score: number;
  of: number;
}

interface Rule { rule: string; title: string; check: (scored: ScoredStatement) => PointResult }

const RULES: readonly Rule[] = [
  { rule: 'parameters-known', title: 'Every external parameter is known to the build type', check: parametersKnown },
  { rule: 'configuration-hashed', title: 'The configuration is hashed, as given and as resolved', check: configurationHashed },
  { rule: 'catalog-by-tree', title: 'Recipes, templates, board and architecture are named by their content', check: catalogByTree },
  { rule: 'downloads-recorded', title: 'Every download has a sha256 and the address really used', check: downloadsRecorded },
  { rule: 'patches-and-tables', title: 'Patches, files, tables and scripts are named', check: patchesAndTables },
  { rule: 'toolchain-named', title: 'The toolchain is named, with its sources', check: toolchainNamed },
  { rule: 'sandbox-listed', title: 'The sandbox is named by digest, with its packages', check: sandboxListed },
  { rule: 'boot-configuration', title: 'Kernel configuration, boot environment and device trees are named', check: bootConfiguration },
  { rule: 'blobs-flagged', title: 'Binaries without source say whether they may be passed on', check: blobsFlagged },
  { rule: 'environment-allowed', title: 'The environment is a list of what is allowed, not a dump', check: environmentAllowed },
  { rule: 'secrets-declared', title: 'Secrets are declared by name and never by value', check: secretsDeclared },
  { rule: 'nothing-mutable', title: 'Nothing is named by what could be another tomorrow', check: nothingMutable },
  { rule: 'images-listed', title: 'All images are subjects, compressed and not', check: imagesListed },
  { rule: 'unsigned-forms', title: 'Signed images stand beside their unsigned form', check: unsignedForms },
  { rule: 'sbom-matches', title: 'SBOM and dependencies stand for each other', check: billOfMaterials },
  { rule: 'legal-info', title: 'The license report is named by digest', check: legalInformation },
  { rule: 'files-listed', title: 'Every file of the image is listed, with all that its digest covers', check: filesListed },
  { rule: 'logs-named', title: 'The log of every step is named by digest', check: logsNamed },
  { rule: 'fetches-logged', title: 'The downloads are listed, and none is missing', check: fetchesLogged },
  { rule: 'builder-named', title: 'The builder is named, with its versions', check: builderNamed },
];

/** How much of what was used a statement says: study B.4, each point by what is in the statement and its byproducts, never assumed. */
export function checkCompleteness(scored: ScoredStatement): Completeness {
  const points = RULES.map(({ rule, title, check }, index) => ({ id: index + 1, rule, title, ...check(scored) }));
  return { points, score: points.filter(({ met }) => met).length, of: points.length };
}
