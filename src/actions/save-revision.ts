import { configurationForm, type Configuration } from '../catalog/configuration.ts';
import { present } from '../catalog/present.ts';
import { resolveConfiguration } from '../plan/resolve.ts';
import type { Resolution } from '../plan/resolution.ts';
import type { FoundConfiguration, RevisionInput, SavedRevision } from '../records/configuration-records.ts';
import type { CreateConfiguration, SaveRevision } from './actions.ts';
import type { PinnedCatalog } from './catalogs.ts';
import { checkConfigurationName, contentConfiguration } from './configuration-content.ts';
import { newestRevision } from './describe-configuration.ts';
import { resolved, unresolved } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

/** A configuration with its first revision, which pins the catalog of now; nothing is made of content that does not resolve. */
export async function createConfiguration(input: CreateConfiguration, workshop: Workshop): Promise<{ configurationId: string; revisionId: string }> {
  const { name, board, content, message } = input;
  const pinned = await workshop.catalogs.current();
  checkConfigurationName(name, pinned.catalog.boards);
  const configuration = contentConfiguration(board, content);
  const resolution = resolved(configuration, pinned, name);
  const { id } = await newOrEmpty(name, board, workshop);
  const { revisionId } = await keepRevision(id, configuration, { resolution, pinned }, { message }, workshop);
  return { configurationId: id, revisionId };
}

/** Keeps the catalog versions that the newest revision pins, as every other edit does, unless it is asked to move to those of now. */
export async function saveRevision(input: SaveRevision, workshop: Workshop): Promise<{ revisionId: string; unchanged: boolean }> {
  const { configuration: name, content, basedOn, updatePins, message } = input;
  const newest = await newestRevision(name, workshop);
  const configuration = content === undefined ? newest.configuration : contentConfiguration(newest.configuration.board, content);
  const pinned = updatePins ? await workshop.catalogs.current() : newest.pinned;
  const resolution = resolvedOrUpdate(name, configuration, pinned, await workshop.catalogs.current());
  const { revisionId, unchanged } = await keepRevision(newest.id, configuration, { resolution, pinned }, { message, ...present({ basedOn }) }, workshop);
  return { revisionId, unchanged };
}

const UPDATE_PINS = 'the catalog of now would take it, the versions that the newest revision pins do not: save it with updatePins';

/** Throws PLAN.UNRESOLVED; where the catalog of now would do, it says so. */
function resolvedOrUpdate(name: string, configuration: Configuration, pinned: PinnedCatalog, current: PinnedCatalog): Resolution {
  const { resolution, findings } = resolveConfiguration(configuration, pinned.catalog, { name });
  if (resolution !== undefined) return resolution;
  const hint = resolveConfiguration(configuration, current.catalog, { name }).resolution === undefined ? {} : { suggestion: UPDATE_PINS };
  throw unresolved(name, findings.map((finding) => ({ ...finding, ...hint })));
}

interface Resolved { resolution: Resolution; pinned: PinnedCatalog }

function keepRevision(
  configurationId: string, configuration: Configuration, { resolution, pinned }: Resolved, said: Pick<RevisionInput, 'message' | 'basedOn'>, { records }: Workshop,
): Promise<SavedRevision> {
  return records.configurations.saveRevision(configurationId, { ...said, content: configurationForm(configuration), pins: pinsOf(resolution, pinned) });
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
