import type { EffectiveConfiguration } from '../catalog/effective.ts';
import { replacementOf } from '../catalog/lint-needs.ts';
import { didYouMeanText, quoted } from '../catalog/name.ts';
import { choiceProblems } from '../catalog/package-choice.ts';
import type { Resolving } from './resolve.ts';

/** Everything that the configuration names exists and may be chosen. False where packages cannot be resolved at all. */
export function checkChoices(resolving: Resolving, effective: EffectiveConfiguration): boolean {
  const packagesKnown = checkPackages(resolving, effective);
  const toolchainKnown = checkToolchain(resolving);
  checkRemovals(resolving, effective);
  checkImages(resolving);
  return packagesKnown && toolchainKnown;
}

function checkPackages({ configuration, catalog, report }: Resolving, effective: EffectiveConfiguration): boolean {
  const context = { catalog, recipeNames: new Set(catalog.recipes.keys()) };
  const problems = choiceProblems(configuration.packages, context, [effective.toolchain, effective.kernel, effective.skeleton]);
  for (const { place, message, suggestion } of problems) report('error', ['packages', ...place], 'package-choice', message, suggestion);
  return problems.length === 0;
}

function checkToolchain({ configuration: { toolchain }, catalog, report }: Resolving): boolean {
  if (toolchain === undefined) return true;
  const recipe = catalog.recipes.get(toolchain);
  if (recipe?.role === 'toolchain') return true;
  const toolchains = [...catalog.recipes.values()].filter(({ role }) => role === 'toolchain').map(({ name }) => name);
  if (recipe === undefined) {
    report('error', ['toolchain'], 'toolchain', `there is no toolchain ${quoted(toolchain)}`, replacementOf(toolchain, { catalog, recipeNames: new Set(toolchains) }));
  } else report('error', ['toolchain'], 'toolchain', `${quoted(toolchain)} is a ${recipe.role}, not a toolchain`, `there are ${toolchains.join(', ')}`);
  return false;
}

function checkRemovals({ configuration, board, report }: Resolving, effective: EffectiveConfiguration): void {
  for (const [index, name] of configuration.remove.entries()) {
    const place = ['remove', index];
    if (Object.hasOwn(configuration.packages, name)) report('error', place, 'remove', `${quoted(name)} is both chosen and removed`, 'keep one of the two');
    else if ([effective.toolchain, effective.kernel, effective.skeleton].includes(name)) report('error', place, 'remove', `${quoted(name)} is the board's toolchain, kernel or skeleton and cannot be left out`);
    else if (!Object.hasOwn(board.packages, name)) {
      report('error', place, 'remove', `the board ${board.name} has no package ${quoted(name)} to leave out`, didYouMeanText(name, Object.keys(board.packages)) ?? 'remove the line; what nothing asks for is not in');
    }
  }
}

function checkImages({ configuration, report }: Resolving): void {
  const seen = new Set<string>();
  for (const [index, { format, sizeBytes }] of (configuration.images ?? []).entries()) {
    if (seen.has(format)) report('error', ['images', index], 'images', `${format} is listed already`, 'keep one');
    if (sizeBytes !== undefined && format !== 'ext4') report('error', ['images', index], 'images', `a ${format} image is as large as its content`, 'remove the size');
    seen.add(format);
  }
}
