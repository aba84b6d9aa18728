import { canonicalJson } from '../foundation/canonical-json.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import { sameValue } from './condition.ts';
import type { Configuration } from './configuration.ts';
import { optionValue, unitedValue } from './effective.ts';
import type { Board, Catalog, OptionValue, Recipe, SystemSettings } from './model.ts';
import { optionProblem } from './option-value.ts';
import { present } from './present.ts';

/**
 * The same meaning with nothing in it that the board or a recipe's defaults say anyway: what `config save` writes.
 * Names that the catalog does not know are left as they are, for resolution to refuse.
 */
export function withoutDefaults(configuration: Configuration, catalog: Catalog): Configuration {
  const board = catalog.boards.get(configuration.board);
  if (board === undefined) return configuration;
  const { toolchain, images, organization } = configuration;
  return {
    format: configuration.format, board: board.name,
    packages: packagesWithoutDefaults(configuration, board, catalog),
    remove: [...new Set(configuration.remove)].filter((name) => Object.hasOwn(board.packages, name) || !catalog.recipes.has(name)).toSorted(compareText),
    system: systemWithoutDefaults(configuration.system, board.system),
    ...present({
      toolchain: toolchain === board.toolchain ? undefined : toolchain,
      images: images === undefined || canonicalJson(images) === canonicalJson(board.images) ? undefined : images,
      organization,
    }),
  };
}

function packagesWithoutDefaults(configuration: Configuration, board: Board, catalog: Catalog): Configuration['packages'] {
  const fixed = [configuration.toolchain ?? board.toolchain, board.kernel, board.skeleton];
  return Object.fromEntries(sortedEntries(configuration.packages).flatMap(([name, choice]) => {
    const recipe = catalog.recipes.get(name);
    const inherited = Object.hasOwn(board.packages, name) && !configuration.remove.includes(name) ? board.packages[name]!.options : {};
    const options = recipe === undefined ? choice.options : optionsWithoutDefaults(recipe, choice.options, inherited);
    const isIn = (Object.hasOwn(board.packages, name) && !configuration.remove.includes(name)) || fixed.includes(name);
    return Object.keys(options).length === 0 && isIn ? [] : [[name, { options }]];
  }));
}

function optionsWithoutDefaults(recipe: Recipe, chosen: Readonly<Record<string, OptionValue>>, inherited: Readonly<Record<string, OptionValue>>): Record<string, OptionValue> {
  return Object.fromEntries(sortedEntries(chosen).flatMap(([name, value]) => {
    const declared = Object.hasOwn(recipe.options, name) ? recipe.options[name] : undefined;
    if (declared === undefined || optionProblem(declared, value) !== undefined) return [[name, value]];
    const base = optionValue(declared, Object.hasOwn(inherited, name) ? inherited[name] : undefined);
    if (declared.type === 'kconfig') return changedKeys(base, value, name);
    return sameValue(unitedValue(base, value), base) ? [] : [[name, value]];
  }));
}

function changedKeys(base: OptionValue, value: OptionValue, name: string): [string, OptionValue][] {
  const known = base as Readonly<Record<string, string>>;
  const changed = sortedEntries(value as Readonly<Record<string, string>>).filter(([key, text]) => !Object.hasOwn(known, key) || known[key] !== text);
  return changed.length === 0 ? [] : [[name, Object.fromEntries(changed)]];
}

function systemWithoutDefaults(system: Partial<SystemSettings>, inherited: SystemSettings): Partial<SystemSettings> {
  return Object.fromEntries(Object.entries(system).filter(([key, value]) => canonicalJson(value) !== canonicalJson(inherited[key as keyof SystemSettings])));
}
