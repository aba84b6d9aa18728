import { sameValue, spelledCondition } from '../catalog/condition.ts';
import { allOptionValues } from '../catalog/effective.ts';
import type { OptionValue, Recipe } from '../catalog/model.ts';
import type { Report } from './resolve.ts';

/** Options that have a value here: those whose own condition holds. Setting another one is a finding. */
export function effectiveOptions(recipe: Recipe, chosen: Readonly<Record<string, OptionValue>>, report: Report): Record<string, OptionValue> {
  const values = allOptionValues(recipe, chosen);
  const active: Record<string, OptionValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (isActive(name, recipe, values)) active[name] = value;
    else if (Object.hasOwn(chosen, name)) {
      const needed = spelledCondition(recipe.options[name]!.when!);
      report('error', ['packages', recipe.name, 'options', name], 'option-condition', `the option ${name} of ${recipe.name} may be set only where ${needed}`, `set ${needed}, or leave ${name} out`);
    }
  }
  return active;
}

/** The catalog has refused conditions in a circle. */
function isActive(name: string, recipe: Recipe, values: Readonly<Record<string, OptionValue>>): boolean {
  const when = recipe.options[name]!.when;
  return when === undefined || (isActive(when.option, recipe, values) && sameValue(values[when.option]!, when.equals));
}
