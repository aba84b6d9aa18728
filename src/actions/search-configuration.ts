import { searchPackages } from '../catalog/edit-configuration.ts';
import type { Recipe } from '../catalog/model.ts';
import { resolved } from './prepare-plan.ts';
import { describedOptions, type DescribedOption } from './describe-catalog.ts';
import { newestRevision } from './describe-configuration.ts';
import type { Workshop } from './workshop.ts';

export interface FoundPackage {
  name: string;
  version: string;
  license: string;
  summary: string;
  /** It takes part in a build of the configuration. */
  included: boolean;
  /** Those that have a word of the text; all where the package itself matches. */
  options: readonly DescribedOption[];
}

/** Packages that have every word of the text in name, summary or options; best first. */
export async function searchConfiguration(name: string, text: string, workshop: Workshop): Promise<FoundPackage[]> {
  const { configuration, pinned } = await newestRevision(name, workshop);
  const { packages } = resolved(configuration, pinned, name);
  const words = text.split(/\s+/).filter((word) => word !== '');
  return searchPackages(pinned.catalog, words).map(({ recipe, matches }) => ({
    name: recipe.name, version: recipe.version, license: recipe.license, summary: recipe.summary, included: packages.has(recipe.name),
    options: matches === 'name' ? describedOptions(recipe) : matchingOptions(recipe, words),
  }));
}

function matchingOptions(recipe: Recipe, words: readonly string[]): DescribedOption[] {
  const wanted = words.map((word) => word.toLowerCase());
  return describedOptions(recipe).filter(({ name, description }) => wanted.some((word) => `${name} ${description}`.toLowerCase().includes(word)));
}
