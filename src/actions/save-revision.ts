import { configurationForm, type Configuration } from '../catalog/configuration.ts';
import { Failure } from '../foundation/failure.ts';
import type { Resolution } from '../plan/resolution.ts';
import type { FoundConfiguration, RevisionInput, SavedRevision } from '../records/configuration-records.ts';
import type { CreateConfiguration, SaveRevision } from './actions.ts';
import type { PinnedCatalog } from './catalogs.ts';
import { checkConfigurationName, contentConfiguration } from './configuration-content.ts';
import { resolved } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

/** A configuration with its first revision; nothing is made of content that does not resolve. */
export async function createConfiguration(input: CreateConfiguration, workshop: Workshop): Promise<{ configurationId: string; revisionId: string }> {
  const { name, board, content, message } = input;
  const { catalog } = await workshop.catalogs.current();
  checkConfigurationName(name, catalog.boards);
  const configuration = contentConfiguration(board, content);
  await resolvedRevision(name, configuration, workshop);
  const { id } = await newOrEmpty(name, board, workshop);
  const { revisionId } = await keepRevision({ id, name }, configuration, { message }, workshop);
  return { configurationId: id, revisionId };
}

export async function saveRevision(input: SaveRevision, workshop: Workshop): Promise<{ revisionId: string; unchanged: boolean }> {
  const { configuration: name, content, basedOn, message } = input;
  const found = await workshop.records.configurations.find(name);
  if (found === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no configuration ${JSON.stringify(name)}`, { place: 'configuration' });
  const configuration = contentConfiguration(found.boardName, content);
  const { revisionId, unchanged } = await keepRevision(found, configuration, { message, ...(basedOn === undefined ? {} : { basedOn }) }, workshop);
  return { revisionId, unchanged };
}

/** Puts a configuration that resolves on record, with the catalog versions that it means now. Throws PLAN.UNRESOLVED, RECORDS.STALE. */
export async function keepRevision(
  of: Pick<FoundConfiguration, 'id' | 'name'>, configuration: Configuration, said: Pick<RevisionInput, 'message' | 'basedOn'>, workshop: Workshop,
): Promise<SavedRevision> {
  const { resolution, pinned } = await resolvedRevision(of.name, configuration, workshop);
  return workshop.records.configurations.saveRevision(of.id, { ...said, content: configurationForm(configuration), pins: pinsOf(resolution, pinned) });
}

async function resolvedRevision(name: string, configuration: Configuration, { catalogs }: Workshop): Promise<{ resolution: Resolution; pinned: PinnedCatalog }> {
  const pinned = await catalogs.current();
  return { resolution: resolved(configuration, pinned, name), pinned };
}

export function pinsOf({ board, architecture, packages }: Resolution, { pins }: PinnedCatalog): RevisionInput['pins'] {
  const recipes = [...packages.values()].map(({ recipe }) => recipe);
  const templates = [...new Set(recipes.map(({ uses }) => uses))].toSorted();
  return [
    { kind: 'board', name: board.name, digest: pins.board[board.name]! },
    { kind: 'architecture', name: architecture.name, digest: pins.architecture[architecture.name]! },
    ...recipes.map(({ name }) => ({ kind: 'recipe' as const, name, digest: pins.recipe[name]! })),
    ...templates.map((name) => ({ kind: 'template' as const, name, digest: pins.template[name]! })),
  ];
}

/** One that a kill left without a revision is taken up again. */
async function newOrEmpty(name: string, board: string, { records }: Workshop): Promise<FoundConfiguration> {
  const found = await records.configurations.find(name);
  return found?.headNumber === 0 && found.boardName === board ? found : records.configurations.create(name, board);
}
