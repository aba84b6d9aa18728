import { configurationForm, parseConfiguration, plainConfiguration, type Configuration } from '../catalog/configuration.ts';
import { Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { planBuild, type Plan } from '../plan/plan.ts';
import { resolveConfiguration } from '../plan/resolve.ts';
import type { Resolution } from '../plan/resolution.ts';
import type { CatalogKind } from '../records/catalog-records.ts';
import type { FoundRevision } from '../records/configuration-records.ts';
import type { CatalogPins, PinnedCatalog } from './catalogs.ts';
import type { Workshop } from './workshop.ts';

/** What is to be built: a board as it is, a configuration's revision, or a configuration given as a file. */
export type Target =
  | { kind: 'board'; name: string }
  | { kind: 'configuration'; name: string; revision?: number }
  | { kind: 'file'; path: string; bytes: Uint8Array };

export interface PreparedPlan {
  plan: Plan;
  configuration: Configuration;
  /** The same in canonical form, a JSON value. */
  configurationForm: unknown;
  pinned: PinnedCatalog;
  /** The configuration's name, else the board's. */
  targetName: string;
  configurationId?: string;
  revisionId?: string;
}

/** Target to plan, through the catalog versions it stands on. Throws with all findings where it does not resolve. */
export async function preparePlan(target: Target, workshop: Workshop): Promise<PreparedPlan> {
  const chosen = await chosenConfiguration(target, workshop);
  const resolution = resolved(chosen.configuration, chosen.pinned, chosen.targetName);
  return { ...chosen, configurationForm: configurationForm(chosen.configuration), plan: planBuild(resolution, chosen.pinned.catalog, workshop.engine) };
}

type Chosen = Omit<PreparedPlan, 'plan' | 'configurationForm'>;

async function chosenConfiguration(target: Target, workshop: Workshop): Promise<Chosen> {
  const current = await workshop.catalogs.current();
  switch (target.kind) {
    case 'board': return { configuration: plainConfiguration(target.name), pinned: current, targetName: target.name };
    case 'file': {
      const { value, findings } = parseConfiguration(target.bytes, target.path);
      if (value === undefined) throw new Failure('PLAN.UNRESOLVED', `${target.path} is not a configuration`, { place: target.path, details: { findings } });
      return { configuration: value, pinned: current, targetName: fileStem(target.path) };
    }
    case 'configuration': return storedConfiguration(target, current, workshop);
  }
}

function fileStem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
}

async function storedConfiguration(target: { name: string; revision?: number }, current: PinnedCatalog, workshop: Workshop): Promise<Chosen> {
  const found = await workshop.records.configurations.find(target.name);
  const revision = found === undefined ? undefined : await workshop.records.configurations.revision(found.id, target.revision);
  if (found === undefined || revision === undefined) throw await unknownTarget(target.name, current, workshop);
  return { ...await pinnedRevision(revision, workshop), targetName: target.name, configurationId: found.id, revisionId: revision.id };
}

/** What a revision says, with the catalog versions that it holds on to; what it does not name stands for what it stands for now, if it fits. */
export async function pinnedRevision(revision: FoundRevision, { catalogs }: Workshop): Promise<{ configuration: Configuration; pinned: PinnedCatalog }> {
  return { configuration: revisionConfiguration(revision), pinned: await catalogs.pinnedOver(pinsOf(revision)) };
}

/** A revision's content is the canonical form of what was saved. */
export function revisionConfiguration({ content, digest }: Pick<FoundRevision, 'content' | 'digest'>): Configuration {
  return recordedConfiguration(content, `revision ${digest}`);
}

/** What was put on record as a JSON value, through the same checks again. `name` is for messages. */
export function recordedConfiguration(form: unknown, name: string): Configuration {
  // The canonical form sorts keys; a file says its format first.
  const { format, ...rest } = form as Record<string, unknown>;
  const { value, findings } = parseConfiguration(Buffer.from(JSON.stringify({ format, ...rest })), name);
  if (value === undefined) throw new Failure('PLAN.UNRESOLVED', `${name} cannot be read by this version`, { place: name, details: { findings } });
  return value;
}

function pinsOf({ pins }: FoundRevision): CatalogPins {
  const of = (kind: CatalogKind): Record<string, Sha256> => Object.fromEntries(pins.filter((pin) => pin.kind === kind).map(({ name, digest }) => [name, digest]));
  return { recipe: of('recipe'), template: of('template'), board: of('board'), architecture: of('architecture') };
}

async function unknownTarget(name: string, current: PinnedCatalog, workshop: Workshop): Promise<Failure> {
  const boards = [...current.catalog.boards.keys()];
  const configurations = (await workshop.records.configurations.list()).map((one) => one.name);
  return new Failure('PLAN.UNKNOWN_TARGET', `there is no board, configuration or configuration file "${name}"`, {
    place: name, hint: `Boards: ${boards.join(', ') || 'none'}. Configurations: ${configurations.join(', ') || 'none'}.`, details: { candidates: [...boards, ...configurations] },
  });
}

export function resolved(configuration: Configuration, { catalog }: PinnedCatalog, name: string): Resolution {
  const { resolution, findings } = resolveConfiguration(configuration, catalog, { name });
  if (resolution === undefined) throw unresolved(name, findings);
  return resolution;
}

export function unresolved(name: string, findings: readonly Finding[]): Failure {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return new Failure('PLAN.UNRESOLVED', `${name} cannot be built as it is: ${errors} error${errors === 1 ? '' : 's'}`, { place: name, details: { findings: sortFindings(findings) } });
}

/** A name on the command line or in a request: a board, else a configuration. */
export async function namedTarget(name: string, workshop: Workshop): Promise<Target> {
  const { catalog } = await workshop.catalogs.current();
  // Not through Prisma: loading it costs 0.6 s, which a build of a board need not pay.
  if ((await workshop.reads.configurations.byName([name])).length > 0) return { kind: 'configuration', name };
  return catalog.boards.has(name) ? { kind: 'board', name } : { kind: 'configuration', name };
}
