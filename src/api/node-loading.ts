import { byKey } from './batches.ts';
import type { Context } from './context.ts';
import { parseNodeId, type NodeKey, type NodeType } from './node-ids.ts';
import { buildById, imageById } from './resolve-build.ts';
import { catalogItemById, recipeVersionByDigest } from './resolve-catalog.ts';
import { configurationById, revisionById } from './resolve-configuration.ts';
import { statementByDigest } from './resolve-evidence.ts';
import { licenseDecisionById, policyReportById } from './resolve-licenses.ts';
import { jobById, quarantineById, releaseById } from './resolve-release.ts';
import { stepByKey } from './resolve-step.ts';
import { variationById, verificationById } from './resolve-verification.ts';
import { comparisonById, uploadById } from './uploads-by-id.ts';

type Row = object | undefined;

const LOADERS: Record<NodeType, (context: Context, key: NodeKey) => Promise<Row>> = {
  Board: async (context, { id }) => ofKind(await catalogItemById(context, id), 'board'),
  Recipe: async (context, { id }) => ofKind(await catalogItemById(context, id), 'recipe'),
  RecipeVersion: async (context, { id }) => ofKind(await recipeVersionByDigest(context, id), 'recipe'),
  Configuration: (context, { id }) => configurationById(context, id),
  ConfigurationRevision: (context, { id }) => revisionById(context, id),
  Build: (context, { id }) => buildById(context, id),
  Step: (context, { id, name }) => stepByKey(context, id, name!),
  Package: (context, { id, name }) => packageByKey(context, id, name!),
  Image: (context, { id }) => imageById(context, id),
  Statement: (context, { id }) => statementByDigest(context, id),
  Verification: (context, { id }) => verificationById(context, id),
  VariationRun: (context, { id }) => variationById(context, id),
  Release: (context, { id }) => releaseById(context, id),
  Quarantine: (context, { id }) => quarantineById(context, id),
  Job: (context, { id }) => jobById(context, id),
  PolicyReport: (context, { id }) => policyReportById(context, id),
  LicenseDecision: (context, { id }) => licenseDecisionById(context, id),
  Upload: (context, { id }) => uploadById(context, id),
  Comparison: (context, { id }) => comparisonById(context, id),
};

/** The object of an id, marked with its type; null where there is none. */
export async function nodeById(context: Context, id: string): Promise<object | null> {
  const key = parseNodeId(id);
  const row = await LOADERS[key.type](context, key);
  return row === undefined ? null : { ...row, __typename: key.type };
}

function ofKind<T extends { kind: string }>(row: T | undefined, kind: string): T | undefined {
  return row?.kind === kind ? row : undefined;
}

/** By the name of its recipe. */
export function packageByKey(context: Context, buildId: string, name: string): Promise<Row> {
  const key = `${buildId} ${name}`;
  return context.batches.one<object>('package', key, async (keys) => {
    const pairs = keys.map((each) => [each.slice(0, each.indexOf(' ')), each.slice(each.indexOf(' ') + 1)] as const);
    return byKey(await context.reads.builds.packagesByKey(pairs), (row) => `${row.buildId} ${row.name}`);
  });
}
