import type { ParsedStatement } from '../evidence/parse-statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { CatalogPins } from './catalogs.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import { preparePinned } from './queued-build.ts';
import type { Workshop } from './workshop.ts';

/**
 * The plan that a statement describes, from the statement and the catalog versions that it names; those must be on
 * record. What else the catalog held then is left aside: it took no part. Whether the plan has the statement's
 * definition digest is for the caller to compare.
 */
export async function planOfStatement(statement: ParsedStatement, workshop: Workshop): Promise<PreparedPlan> {
  const { target, configuration } = statement.statement.predicate.buildDefinition.externalParameters;
  return preparePinned({ target, configuration: configuration.document, catalog: pinsOfStatement(statement) }, `the configuration of statement ${statement.payloadSha256}`, workshop);
}

/** Of the catalog that a statement names, what its definition uses. */
export function pinsOfStatement({ definition, statement }: ParsedStatement): CatalogPins {
  const { catalog } = statement.predicate.buildDefinition.externalParameters;
  const { board, architecture } = definition.target;
  return {
    recipe: definition.recipes, template: definition.templates,
    board: one(board, catalog.board), architecture: one(architecture, catalog.architecture),
  };
}

/** The parser of statements refuses one that names no version of its board or architecture. */
function one(name: string, versions: Readonly<Record<string, Sha256>>): Record<string, Sha256> {
  return { [name]: versions[name]! };
}
