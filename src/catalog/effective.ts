import type { Configuration } from './configuration.ts';
import type { Board, ImageChoice, OptionDeclaration, OptionValue, PackageChoice, Recipe, SystemSettings } from './model.ts';
import { sortedEntries } from '../foundation/order.ts';

/** A configuration laid over its board. */
export interface EffectiveConfiguration {
  toolchain: string;
  kernel: string;
  skeleton: string;
  /** Sorted by name; options of board and configuration together, unchecked. */
  packages: Readonly<Record<string, EffectiveChoice>>;
  system: SystemSettings;
  images: readonly ImageChoice[];
}

export interface EffectiveChoice {
  options: Readonly<Record<string, OptionValue>>;
  by: 'board' | 'configuration';
}

export function effectiveConfiguration(configuration: Configuration, board: Board): EffectiveConfiguration {
  const removed = new Set(configuration.remove);
  const packages: Record<string, EffectiveChoice> = {};
  for (const [name, { options }] of sortedEntries(board.packages)) {
    if (!removed.has(name)) packages[name] = { options, by: 'board' };
  }
  for (const [name, { options }] of sortedEntries(configuration.packages)) {
    const inherited = packages[name];
    packages[name] = { options: unitedOptions(inherited?.options ?? {}, options), by: inherited?.by ?? 'configuration' };
  }
  return {
    toolchain: configuration.toolchain ?? board.toolchain, kernel: board.kernel, skeleton: board.skeleton,
    packages: Object.fromEntries(sortedEntries(packages)),
    system: { ...board.system, ...configuration.system },
    images: configuration.images ?? board.images,
  };
}

/** Maps (kconfig) unite key by key, anything else is replaced. */
export function unitedOptions(lower: PackageChoice['options'], upper: PackageChoice['options']): Record<string, OptionValue> {
  const united: Record<string, OptionValue> = { ...lower };
  for (const [name, value] of Object.entries(upper)) united[name] = Object.hasOwn(united, name) ? unitedValue(united[name]!, value) : value;
  return united;
}

export function unitedValue(lower: OptionValue, upper: OptionValue): OptionValue {
  return isMap(lower) && isMap(upper) ? { ...lower, ...upper } : upper;
}

function isMap(value: OptionValue): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && !Array.isArray(value);
}

/** A declared option's value where board and configuration say `chosen`. */
export function optionValue(declaration: OptionDeclaration, chosen: OptionValue | undefined): OptionValue {
  return chosen === undefined ? declaration.default : unitedValue(declaration.default, chosen);
}

/** Values of all declared options, whether their own condition holds or not. */
export function allOptionValues(recipe: Recipe, chosen: Readonly<Record<string, OptionValue>>): Record<string, OptionValue> {
  return Object.fromEntries(sortedEntries(recipe.options).map(([name, declaration]) => [name, optionValue(declaration, Object.hasOwn(chosen, name) ? chosen[name] : undefined)]));
}
