import type { LintContext } from './lint.ts';
import { replacementOf } from './lint-needs.ts';
import { didYouMeanText, quoted } from './name.ts';
import type { OptionValue, PackageChoice, Recipe } from './model.ts';
import { optionProblem } from './option-value.ts';
import { present } from './present.ts';
import type { PlacePath } from './yaml-document.ts';

export interface ChoiceProblem {
  /** Below `packages`. */
  place: PlacePath;
  message: string;
  suggestion?: string;
}

/** What is wrong with packages and options as chosen by a board or a configuration; `fixed` are its toolchain, kernel and skeleton. */
export function choiceProblems(
  packages: Readonly<Record<string, PackageChoice>>, context: Pick<LintContext, 'catalog' | 'recipeNames'>, fixed: readonly string[],
): ChoiceProblem[] {
  return Object.entries(packages).flatMap(([name, { options }]) => {
    const recipe = context.catalog.recipes.get(name);
    if (!context.recipeNames.has(name)) return [{ place: [name], message: `there is no package ${quoted(name)}`, ...present({ suggestion: replacementOf(name, context) }) }];
    if (recipe === undefined) return [];
    const role = recipe.role !== 'package' && !fixed.includes(name)
      ? [{ place: [name], message: `${quoted(name)} is a ${recipe.role}, and another one is chosen`, suggestion: `name it as \`${recipe.role}\`` }]
      : [];
    return [...role, ...Object.entries(options).flatMap(([option, value]) => optionProblems(recipe, option, value))];
  });
}

function optionProblems(recipe: Recipe, option: string, value: OptionValue): ChoiceProblem[] {
  const place = [recipe.name, 'options', option];
  if (!Object.hasOwn(recipe.options, option)) {
    const suggestion = Object.hasOwn(recipe.renamedOptions, option) ? `it is now called \`${recipe.renamedOptions[option]!}\`` : didYouMeanText(option, Object.keys(recipe.options));
    return [{ place, message: `${recipe.name} has no option ${quoted(option)}`, ...present({ suggestion }) }];
  }
  const problem = optionProblem(recipe.options[option]!, value);
  return problem === undefined ? [] : [{ place, message: `the option ${option} of ${recipe.name} ${problem.message}`, ...present({ suggestion: problem.suggestion }) }];
}
