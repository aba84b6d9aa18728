import { sameValue } from '../catalog/condition.ts';
import type { ImageChoice, OptionValue, SystemSettings } from '../catalog/model.ts';
import { Failure } from '../foundation/failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { compareText } from '../foundation/order.ts';
import type { Configuration } from '../catalog/configuration.ts';
import { didYouMeanText } from '../catalog/name.ts';
import { spelledReason } from '../plan/explain.ts';
import { resolveConfiguration } from '../plan/resolve.ts';
import type { KernelOption, ResolvedPackage } from '../plan/resolution.ts';
import type { FoundRevision } from '../records/configuration-records.ts';
import type { CatalogPins, PinnedCatalog } from './catalogs.ts';
import { pinnedRevision, resolved } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

/** A configuration's newest revision, resolved with the catalog versions that it pins. */
export interface ConfigurationDescription {
  configuration: string;
  board: string;
  revision: number;
  digest: string;
  packages: readonly { name: string; version: string; license: string; shipped: boolean; options: Readonly<Record<string, OptionValue>>; reasons: readonly string[] }[];
  kernelOptions: readonly KernelOption[];
  system: SystemSettings;
  images: readonly ImageChoice[];
  findings: readonly Finding[];
  /** Pins that are not what the catalog has now; null where it has none of the name any more. */
  outdated: readonly { kind: string; name: string; pinned: string; current: string | null }[];
}

export async function describeConfiguration(name: string, workshop: Workshop): Promise<ConfigurationDescription> {
  const { revision, configuration, pinned } = await newestRevision(name, workshop);
  const resolution = resolved(configuration, pinned, name);
  const { pins } = await workshop.catalogs.current();
  return {
    configuration: name, board: configuration.board, revision: revision.number, digest: revision.digest,
    packages: [...resolution.packages.values()].map(describedPackage),
    kernelOptions: resolution.kernelOptions, system: resolution.system, images: resolution.images,
    findings: resolveConfiguration(configuration, pinned.catalog, { name }).findings,
    outdated: outdatedPins(revision, pins),
  };
}

function describedPackage({ recipe, options, shipped, reasons }: ResolvedPackage): ConfigurationDescription['packages'][number] {
  return {
    name: recipe.name, version: recipe.version, license: recipe.license, shipped,
    options: Object.fromEntries(Object.entries(options).filter(([name, value]) => !sameValue(value, recipe.options[name]!.default))),
    reasons: reasons.map((reason) => spelledReason(recipe.name, reason)),
  };
}

function outdatedPins({ pins }: FoundRevision, current: CatalogPins): ConfigurationDescription['outdated'] {
  return pins.flatMap(({ kind, name, digest }) => current[kind][name] === digest ? [] : [{ kind, name, pinned: digest, current: current[kind][name] ?? null }])
    .toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
}

export interface NewestRevision {
  id: string;
  revision: FoundRevision;
  configuration: Configuration;
  /** The versions that it pins; what it does not name stands for what it stands for now. */
  pinned: PinnedCatalog;
}

/** Throws RECORDS.UNKNOWN with what there is. */
export async function newestRevision(name: string, workshop: Workshop): Promise<NewestRevision> {
  const { configurations } = workshop.records;
  const found = await configurations.find(name);
  const revision = found === undefined ? undefined : await configurations.revision(found.id);
  if (found === undefined || revision === undefined) {
    const names = (await configurations.list()).filter(({ headNumber }) => headNumber > 0).map((one) => one.name);
    throw new Failure('RECORDS.UNKNOWN', `there is no configuration "${name}"`, {
      place: name, hint: didYouMeanText(name, names) ?? (names.length === 0 ? 'There is none yet: ./provenroot config new NAME --board BOARD' : `There are: ${names.join(', ')}.`), details: { candidates: names },
    });
  }
  return { id: found.id, revision, ...await pinnedRevision(revision, workshop) };
}
