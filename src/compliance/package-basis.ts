import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { InventoryFacts, PackageFacts } from '../inventory/inventory-facts.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { licenseTextDigestOf, type LicenseTexts } from './license-texts.ts';

/** What a decision about a package's license was based on. */
export interface PackageBasis {
  name: string;
  /** As its recipe writes it, or in canonical form. */
  declared: string;
  /** Over its sources and patches; without any of them over its recipe, and of what the sandbox has over that. */
  sourceDigest: Sha256;
  licenseTextDigest: Sha256 | undefined;
}

/** Packages and what the compiler leaves behind: all that has a license. */
export function isLicensed({ kind }: Component): boolean {
  return kind === 'package' || kind === 'runtime-component';
}

/** By ref, of everything that has a license. */
export function basesOf({ components, relations, sandbox }: Inventory, texts: LicenseTexts): Map<string, PackageBasis> {
  const locked = new Map(sandbox.packages.map(({ ref, sha256 }) => [ref, sha256]));
  const fromSandbox = Map.groupBy(relations.filter(({ kind, to }) => kind === 'builtFrom' && locked.has(to)), ({ from }) => from);
  return new Map(components.filter(isLicensed).map(({ ref, name, licenses, sources, patches, recipe }) => [ref, {
    name, declared: licenses.declared ?? licenses.unreadable ?? '',
    sourceDigest: sources.length === 0 && recipe === undefined ? sandboxDigest((fromSandbox.get(ref) ?? []).map(({ to }) => locked.get(to)!)) : sourceDigest(sources, patches, recipe?.folderDigest),
    licenseTextDigest: licenseTextDigestOf(licenses.files, texts.get(name)),
  }]));
}

/** The same before there is an inventory. */
export function basesOfFacts({ packages, sandbox }: Pick<InventoryFacts, 'sandbox'> & { packages: readonly Pick<PackageFacts, 'name' | 'license' | 'licenseFiles' | 'sources' | 'patches' | 'folderDigest' | 'runtimeComponents'>[] }, texts: LicenseTexts): PackageBasis[] {
  return packages.flatMap(({ name, license, licenseFiles, sources, patches, folderDigest, runtimeComponents }) => [
    { name, declared: license, sourceDigest: sourceDigest(sources, patches, folderDigest), licenseTextDigest: licenseTextDigestOf(licenseFiles, texts.get(name)) },
    ...runtimeComponents.map((one): PackageBasis => ({
      name: one.name, declared: one.license, licenseTextDigest: licenseTextDigestOf([], texts.get(one.name)),
      sourceDigest: sandboxDigest(sandbox.packages.filter((each) => each.name === one.sandboxPackage).map(({ sha256 }) => sha256)),
    })),
  ]);
}

type Digested = readonly { sha256: Sha256 }[];

function sourceDigest(sources: Digested, patches: Digested, recipe: Sha256 | undefined): Sha256 {
  if (sources.length === 0 && patches.length === 0 && recipe !== undefined) return recipe;
  return jsonDigest({ sources: sources.map(({ sha256 }) => sha256), patches: patches.map(({ sha256 }) => sha256) });
}

function sandboxDigest(packages: readonly Sha256[]): Sha256 {
  return jsonDigest({ sandbox: packages.toSorted(compareText) });
}
