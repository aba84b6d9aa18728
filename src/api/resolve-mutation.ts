import { Failure } from '../foundation/failure.ts';
import type { Context } from './context.ts';
import { configurationContent, decodeUpload, policyOf, present, type ContentArgument } from './mutation-input.ts';
import { parseIdOf } from './node-ids.ts';
import { buildById } from './resolve-build.ts';
import { recipeVersionByDigest } from './resolve-catalog.ts';
import { configurationById, revisionById } from './resolve-configuration.ts';
import { targetOf } from './resolve-query.ts';
import { refusable } from './user-errors.ts';

export interface Input<T> { input: T }

interface CreateConfigurationArgument { name: string; board: string; content?: ContentArgument | null; message?: string | null }
interface SaveRevisionArgument { configuration: string; content?: ContentArgument | null; updatePins?: boolean | null; basedOn?: number | null; message?: string | null }
interface PublishArgument { name: string; files: { path: string; content: string; executable: boolean }[] }
interface StartBuildArgument { configuration?: string | null; revision?: number | null; board?: string | null; policy?: string | null }

async function createConfiguration({ input }: Input<CreateConfigurationArgument>, context: Context): Promise<object> {
  const { name, board, content, message } = input;
  const { configurationId } = await context.actions.createConfiguration({ name, board, content: configurationContent(content), message: message ?? '' });
  return { configuration: await configurationById(context, configurationId) };
}

async function saveRevision({ input }: Input<SaveRevisionArgument>, context: Context): Promise<object> {
  const { configuration, content, updatePins, basedOn, message } = input;
  const { revisionId, unchanged } = await context.actions.saveRevision({
    configuration, ...(content ? { content: configurationContent(content) } : {}), updatePins: updatePins ?? false, ...present({ basedOn }), message: message ?? '',
  });
  return { revision: await revisionById(context, revisionId), unchanged };
}

async function publishRecipeVersion({ input }: Input<PublishArgument>, context: Context): Promise<object> {
  const limit = context.limits.uploadFiles;
  if (input.files.length > limit) throw new Failure('API.BAD_UPLOAD', `${input.files.length} files; at most ${limit}`);
  const files = input.files.map(({ path, content, executable }) => ({ path, bytes: decodeUpload(path, content), executable }));
  const { folderDigest, unchanged } = await context.actions.publishRecipeVersion({ name: input.name, files });
  return { recipeVersion: await recipeVersionByDigest(context, folderDigest), unchanged };
}

async function startBuild({ input }: Input<StartBuildArgument>, context: Context): Promise<object> {
  const { buildId, reused } = await context.actions.startBuild({ ...targetOf(input), ...policyOf(input) });
  return { build: await buildById(context, buildId), reused };
}

async function cancelBuild({ input }: Input<{ id: string }>, context: Context): Promise<object> {
  const { id: buildId } = parseIdOf('Build', input.id);
  await context.actions.cancelBuild({ buildId });
  return { build: await buildById(context, buildId) };
}

type Mutation<Argument> = (argument: Argument, context: Context) => Promise<object>;

export const mutation = <Argument>(act: Mutation<Argument>, empty: object) =>
  (_: unknown, argument: Argument, context: Context): Promise<object> => refusable(() => act(argument, context), empty);

export const MUTATION_RESOLVERS = {
  Mutation: {
    createConfiguration: mutation(createConfiguration, { configuration: null }),
    saveRevision: mutation(saveRevision, { revision: null, unchanged: false }),
    publishRecipeVersion: mutation(publishRecipeVersion, { recipeVersion: null, unchanged: false }),
    startBuild: mutation(startBuild, { build: null, reused: false }),
    cancelBuild: mutation(cancelBuild, { build: null }),
  },
};
