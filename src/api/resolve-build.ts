import type { BuildRow, EventRow, ImageRow, InputRow, PackageRow } from '../records/reads/build-reads.ts';
import type { FileRow } from '../records/reads/file-reads.ts';
import { Failure } from '../foundation/failure.ts';
import { byKey } from './batches.ts';
import { childConnection } from './child-list.ts';
import type { Context } from './context.ts';
import { FILE_LIST, INPUT_LIST, PACKAGE_LIST, STEP_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { nodeId } from './node-ids.ts';
import { connectionOf, pageOf, type PageArguments } from './page.ts';
import { catalogItemByName, recipeVersionByDigest } from './resolve-catalog.ts';
import { presentReasons, revisionById } from './resolve-configuration.ts';
import { safeName, safeValue } from './safe-text.ts';
import type { StepStateName } from '../records/reads/step-reads.ts';

export function buildById(context: Context, id: string): Promise<BuildRow | undefined> {
  return context.batches.one('build', id, async (ids) => byKey(await context.reads.builds.byId(ids), (row) => row.id));
}

export function imageById(context: Context, id: string): Promise<ImageRow | undefined> {
  return context.batches.one('image', id, async (ids) => byKey(await context.reads.builds.imagesById(ids), (row) => row.id));
}

async function imagesOf(row: BuildRow, context: Context): Promise<ImageRow[]> {
  return (await context.batches.one('images', row.id, (ids) => context.reads.builds.imagesOf(ids))) ?? [];
}

async function eventsOf(row: BuildRow, given: { first: number; afterSequence: number }, context: Context): Promise<EventRow[]> {
  const page = { ...pageOf({ name: 'events', keyOf: () => [] }, { first: given.first }, context.cursors, context.limits.pageSize), after: [given.afterSequence] };
  const rows = await context.batches.one(JSON.stringify(['events', page]), row.id, (ids) => context.reads.builds.eventsOf(ids, page));
  return rows?.slice(0, page.first) ?? [];
}

/** Of which build: several may have the same root. */
export type OwnedFile = FileRow & { buildId: string };

type FileArguments = PageArguments & { pathPrefix?: string | null; owner?: string | null; sha256?: string | null };

async function filesOf(row: BuildRow, given: FileArguments, context: Context): Promise<unknown> {
  if (row.fileSetId === null) return connectionOf(FILE_LIST, [], pageOf(FILE_LIST, given, context.cursors, context.limits.pageSize), context.cursors);
  const { pathPrefix, owner, sha256 } = given;
  const filter = present({ owner, sha256, pathPrefix: pathPrefix ? Buffer.from(pathPrefix, 'utf8') : undefined });
  const page = pageOf(FILE_LIST, given, context.cursors, context.limits.pageSize);
  const batch = JSON.stringify(['files', pathPrefix, owner, sha256, page.first, given.after]);
  const rows = await context.batches.one(batch, row.fileSetId, (ids) => context.reads.files.ofSets(ids, filter, page));
  return connectionOf(FILE_LIST, (rows ?? []).map((file): OwnedFile => ({ ...file, buildId: row.id })), page, context.cursors);
}

/** Why a build or a step failed; null unless it did. */
export function failureOf(row: { failureKind: string | null; failureCode: string | null; failureMessage: string | null }, step: string | null, phase: string | null): unknown {
  const { failureKind: kind, failureCode: code, failureMessage: message } = row;
  return kind === null && code === null && message === null ? null : { kind, code, message: safeValue(message), step, phase };
}

export const BUILD_RESOLVERS = {
  Build: {
    id: (row: BuildRow) => nodeId('Build', row.id),
    board: (row: BuildRow, _: unknown, context: Context) => catalogItemByName(context, 'board', row.boardName),
    revision: (row: BuildRow, _: unknown, context: Context) => row.revisionId === null ? null : revisionById(context, row.revisionId),
    failure: (row: BuildRow) => failureOf(row, row.failureStep, null),
    steps: (row: BuildRow, given: PageArguments & { state?: StepStateName | null }, context: Context) => {
      const filter = given.state ? { state: given.state } : {};
      return childConnection(context, STEP_LIST, row.id, given, given.state ?? '', (ids, page) => context.reads.steps.ofBuilds(ids, filter, page));
    },
    inputs: (row: BuildRow, given: PageArguments & { role?: string | null }, context: Context) => {
      const filter = present({ role: given.role });
      return childConnection(context, INPUT_LIST, row.id, given, given.role ?? '', (ids, page) => context.reads.builds.inputsOf(ids, filter, page));
    },
    packages: (row: BuildRow, given: PageArguments & { role?: string | null }, context: Context) => {
      const filter = given.role ? { role: given.role.toLowerCase() } : {};
      return childConnection(context, PACKAGE_LIST, row.id, given, given.role ?? '', (ids, page) => context.reads.builds.packagesOf(ids, filter, page));
    },
    files: (row: BuildRow, given: FileArguments, context: Context) => filesOf(row, given, context),
    images: (row: BuildRow, _: unknown, context: Context) => imagesOf(row, context),
    events: (row: BuildRow, given: { first: number; afterSequence: number }, context: Context) => {
      if (given.afterSequence < 0) throw new Failure('API.BAD_PAGE', 'afterSequence counts from 0');
      return eventsOf(row, given, context);
    },
  },
  Package: {
    id: (row: PackageRow) => nodeId('Package', row.buildId, row.name),
    license: (row: PackageRow) => ({ expression: row.license }),
    role: (row: PackageRow) => row.role.toUpperCase(),
    why: (row: PackageRow) => presentReasons(row.reasons),
    recipeVersion: (row: PackageRow, _: unknown, context: Context) => recipeVersionByDigest(context, row.recipeDigest),
  },
  BuildInput: {
    sha256: (row: InputRow) => row.digest,
    fetchedFrom: (row: InputRow) => row.url,
  },
  File: {
    path: (row: FileRow) => safeName(row.path),
    kind: (row: FileRow) => row.kind.toUpperCase().replace('-', '_'),
    mode: (row: FileRow) => row.mode.toString(8).padStart(4, '0'),
    target: (row: FileRow) => row.target === null ? null : safeName(row.target),
  },
  Image: {
    id: (row: ImageRow) => nodeId('Image', row.id),
    url: (row: ImageRow, _: unknown, context: Context) =>
      `${context.address}/builds/${nodeId('Build', row.buildId)}/images/${encodeURIComponent(row.name)}`,
  },
  BuildEvent: {
    time: (row: EventRow) => row.at,
    kind: (row: EventRow) => row.type,
    step: (row: EventRow) => row.stepName,
    detail: (row: EventRow) => safeValue(row.data),
  },
};
