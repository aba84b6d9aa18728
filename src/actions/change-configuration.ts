import { configurationForm, type Configuration } from '../catalog/configuration.ts';
import type { Edited } from '../catalog/edit-configuration.ts';
import type { Catalog } from '../catalog/model.ts';
import { Failure } from '../foundation/failure.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { compareText } from '../foundation/order.ts';
import { differenceOf, type ResolutionDifference } from '../plan/explain.ts';
import { resolveConfiguration } from '../plan/resolve.ts';
import type { Resolution } from '../plan/resolution.ts';
import type { CatalogKind } from '../records/catalog-records.ts';
import type { FoundRevision } from '../records/configuration-records.ts';
import type { PinnedCatalog } from './catalogs.ts';
import { newestRevision, type NewestRevision } from './describe-configuration.ts';
import { pinsOf } from './save-revision.ts';
import type { Workshop } from './workshop.ts';

export interface ConfigurationChanged extends ResolutionDifference {
  configuration: string;
  board: string;
  revision: number;
  digest: string;
  /** The newest revision said the same already; none was added. */
  unchanged: boolean;
  /** Catalog versions that the new revision pins in place of others; null where there was or is none. */
  pins: readonly { kind: CatalogKind; name: string; from: string | null; to: string | null }[];
  /** Warnings and notes. */
  findings: readonly Finding[];
}

/** One edit; an edit that is refused leaves the configuration as it was for the next. */
export type Edit = (configuration: Configuration, catalog: Catalog) => Edited;

/**
 * Edits the newest revision and saves another, with the catalog versions that the old one pins; what it did not have
 * gets the current ones. Nothing is saved that does not resolve: PLAN.UNRESOLVED with all findings.
 */
export async function changeConfiguration(name: string, edits: readonly Edit[], message: string, workshop: Workshop): Promise<ConfigurationChanged> {
  const newest = await newestRevision(name, workshop);
  const changed = edited(name, newest, edits, (await workshop.catalogs.current()).catalog);
  return save(name, newest, changed, newest.pinned, message, workshop);
}

/** The same configuration with what the catalog has now. */
export async function updateConfiguration(name: string, workshop: Workshop): Promise<ConfigurationChanged> {
  const newest = await newestRevision(name, workshop);
  return save(name, newest, newest.configuration, await workshop.catalogs.current(), 'pins the current catalog', workshop);
}

const UPDATE_FIRST = 'the catalog of now would take it, the pinned versions do not: update the configuration first (`config update`)';

function edited(name: string, { configuration, pinned }: NewestRevision, edits: readonly Edit[], current: Catalog): Configuration {
  let value = configuration;
  const findings: Finding[] = [];
  for (const edit of edits) {
    const next = edit(value, pinned.catalog);
    const hint = next.value === undefined && edit(value, current).value !== undefined ? { suggestion: UPDATE_FIRST } : {};
    value = next.value ?? value;
    // Lines of a text that nobody wrote say nothing.
    findings.push(...next.findings.map((finding) => ({ ...finding, ...hint, path: name, line: 0 })));
  }
  if (findings.some(({ severity }) => severity === 'error')) throw unresolved(name, findings);
  return value;
}

async function save(name: string, newest: NewestRevision, configuration: Configuration, pinned: PinnedCatalog, message: string, { records }: Workshop): Promise<ConfigurationChanged> {
  const { resolution, findings } = resolveConfiguration(configuration, pinned.catalog, { name });
  if (resolution === undefined) throw unresolved(name, findings);
  const pins = pinsOf(resolution, pinned);
  const { number, digest, unchanged } = await records.configurations.saveRevision(newest.id, {
    content: configurationForm(configuration), message, pins, basedOn: newest.revision.number,
  });
  return {
    configuration: name, board: configuration.board, revision: number, digest, unchanged, findings,
    pins: changedPins(newest.revision.pins, pins), ...difference(newest, resolution, name),
  };
}

type Pins = FoundRevision['pins'];

function changedPins(before: Readonly<Pins>, after: Readonly<Pins>): ConfigurationChanged['pins'] {
  const byName = (pins: Readonly<Pins>): Map<string, Pins[number]> => new Map(pins.map((pin) => [`${pin.kind} ${pin.name}`, pin]));
  const [old, now] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].toSorted(compareText).flatMap((key) => {
    const [from, to] = [old.get(key), now.get(key)];
    const { kind, name } = (to ?? from)!;
    return from?.digest === to?.digest ? [] : [{ kind, name, from: from?.digest ?? null, to: to?.digest ?? null }];
  });
}

/** A revision that its own pins no longer resolve cannot be compared; then all that is in counts as added. */
function difference({ configuration, pinned }: NewestRevision, after: Resolution, name: string): ResolutionDifference {
  const { resolution: before } = resolveConfiguration(configuration, pinned.catalog, { name });
  return before === undefined ? { added: [...after.packages.keys()], removed: [], changed: [], kernelOptions: [] } : differenceOf(before, after);
}

function unresolved(name: string, findings: readonly Finding[]): Failure {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return new Failure('PLAN.UNRESOLVED', `${name} is left as it was: ${errors} error${errors === 1 ? '' : 's'}`, { place: name, details: { findings: sortFindings(findings) } });
}
