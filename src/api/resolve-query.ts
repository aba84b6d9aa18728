import { Failure } from '../foundation/failure.ts';
import type { ArtifactUseRow, BlobRow } from '../records/reads/artifact-reads.ts';
import type { BuildFilter, BuildStateName } from '../records/reads/build-reads.ts';
import { byKey } from './batches.ts';
import type { Context } from './context.ts';
import { checkHealth } from './health.ts';
import { BUILD_LIST, CONFIGURATION_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { parseIdOf } from './node-ids.ts';
import { nodeById } from './node-loading.ts';
import { connectionOf, pageOf, type PageArguments } from './page.ts';
import { buildById } from './resolve-build.ts';
import { catalogItemByName, catalogItems } from './resolve-catalog.ts';
import { configurationByName } from './resolve-configuration.ts';
import { safeName } from './safe-text.ts';

type BuildArguments = PageArguments & {
  board?: string | null; configuration?: string | null; state?: BuildStateName | null; createdFrom?: Date | null; createdBefore?: Date | null;
};

async function builds(given: BuildArguments, context: Context): Promise<unknown> {
  const { board, configuration, state, createdFrom, createdBefore } = given;
  const page = pageOf(BUILD_LIST, given, context.cursors, context.limits.pageSize);
  const filter: BuildFilter = present({ board, configuration, state, createdFrom, createdBefore });
  return connectionOf(BUILD_LIST, await context.reads.builds.list(filter, page), page, context.cursors);
}

async function oneBuild(given: { id?: string | null; reference?: string | null }, context: Context): Promise<unknown> {
  const { id, reference } = present(given);
  if ((id === undefined) === (reference === undefined)) throw new Failure('API.BAD_REQUEST', 'give either an id or a reference');
  return buildById(context, id === undefined ? (await context.reads.resolveBuild(reference!)).id : parseIdOf('Build', id).id);
}

async function configurations(given: PageArguments & { board?: string | null }, context: Context): Promise<unknown> {
  const page = pageOf(CONFIGURATION_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(CONFIGURATION_LIST, await context.reads.configurations.list(present({ board: given.board }), page), page, context.cursors);
}

/** Exactly one of the two names; what a plan or a build is of. */
export function targetOf(given: { configuration?: string | null; revision?: number | null; board?: string | null }): { configuration?: string; revision?: number; board?: string } {
  const { configuration, revision, board } = given;
  if ((configuration ?? null) === null === ((board ?? null) === null)) throw new Failure('API.BAD_REQUEST', 'name either a configuration or a board');
  if ((revision ?? null) !== null && (configuration ?? null) === null) throw new Failure('API.BAD_REQUEST', 'only a configuration has revisions');
  return present({ configuration, revision, board });
}

const USES_SHOWN = 100;

export interface ArtifactValue { sha256: string; blob: BlobRow | undefined; uses: ArtifactUseRow[] }

async function artifact(sha256: string, context: Context): Promise<ArtifactValue | null> {
  const blob = context.batches.one('blob', sha256, async (keys) => byKey(await context.reads.artifacts.blobs(keys), (row) => row.sha256));
  const uses = context.batches.one('uses', sha256, (keys) => context.reads.artifacts.usesOf(keys, USES_SHOWN));
  const value = { sha256, blob: await blob, uses: (await uses) ?? [] };
  return value.blob === undefined && value.uses.length === 0 ? null : value;
}

export const QUERY_RESOLVERS = {
  Node: { __resolveType: (value: { __typename: string }) => value.__typename },
  Query: {
    node: (_: unknown, { id }: { id: string }, context: Context) => nodeById(context, id),
    nodes: (_: unknown, { ids }: { ids: string[] }, context: Context) => {
      if (ids.length > 100) throw new Failure('API.BAD_PAGE', 'at most 100 ids at once');
      return ids.map((id) => nodeById(context, id));
    },
    boards: (_: unknown, given: PageArguments, context: Context) => catalogItems(context, 'board', given),
    board: (_: unknown, { name }: { name: string }, context: Context) => catalogItemByName(context, 'board', name),
    recipes: (_: unknown, given: PageArguments, context: Context) => catalogItems(context, 'recipe', given),
    recipe: (_: unknown, { name }: { name: string }, context: Context) => catalogItemByName(context, 'recipe', name),
    configurations: (_: unknown, given: PageArguments & { board?: string | null }, context: Context) => configurations(given, context),
    configuration: (_: unknown, { name }: { name: string }, context: Context) => configurationByName(context, name),
    builds: (_: unknown, given: BuildArguments, context: Context) => builds(given, context),
    build: (_: unknown, given: { id?: string | null; reference?: string | null }, context: Context) => oneBuild(given, context),
    artifact: (_: unknown, { sha256 }: { sha256: string }, context: Context) => artifact(sha256, context),
    artifacts: (_: unknown, { sha256 }: { sha256: string[] }, context: Context) => {
      const limit = context.limits.bulkLookups;
      if (sha256.length > limit) throw new Failure('API.BAD_PAGE', `at most ${limit} digests at once`);
      return sha256.map((each) => artifact(each, context));
    },
    planPreview: (_: unknown, given: { configuration?: string | null; board?: string | null }, context: Context) =>
      context.actions.planPreview(targetOf(given)),
    health: (_: unknown, __: unknown, context: Context) => checkHealth(context),
  },
  Artifact: {
    sha512: ({ blob }: ArtifactValue) => blob?.sha512 ?? null,
    sizeBytes: ({ blob }: ArtifactValue) => blob?.sizeBytes ?? null,
    url: ({ blob }: ArtifactValue, _: unknown, context: Context) => blob === undefined ? null : `${context.address}/blobs/sha256/${blob.sha256}`,
    uses: ({ uses }: ArtifactValue) => uses.slice(0, USES_SHOWN),
  },
  ArtifactUse: {
    build: (use: ArtifactUseRow, _: unknown, context: Context) => buildById(context, use.buildId),
    name: (use: ArtifactUseRow) => safeName(use.name),
  },
};
