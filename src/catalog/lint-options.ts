import { inputConditions } from './input-texts.ts';
import type { RecipeLint, Report } from './lint.ts';
import { clipped, didYouMeanText, quoted } from './name.ts';
import type { Condition, OptionDeclaration, Recipe } from './model.ts';
import { compiledPattern, optionProblem } from './option-value.ts';
import { optionUses } from './options-read.ts';
import type { PlacePath } from './yaml-document.ts';

export const declaredOption: RecipeLint = {
  subject: 'recipe', id: 'undeclared-option', severity: 'error',
  explain: 'A condition, a `{{option.NAME}}` or an `opt_NAME` names an option that the recipe does not declare.',
  check(recipe, report, { catalog }) {
    for (const { option, place } of optionUses(recipe, catalog.templates.get(recipe.uses))) {
      if (!Object.hasOwn(recipe.options, option)) report(place, `the option ${quoted(option)} is not declared`, didYouMeanText(option, Object.keys(recipe.options)));
    }
  },
};

export const unusedOption: RecipeLint = {
  subject: 'recipe', id: 'unused-option', severity: 'warning',
  explain: 'An option is declared that no condition, input or phase reads, so setting it changes nothing. Use it or remove it.',
  check(recipe, report, { catalog }) {
    const used = new Set(optionUses(recipe, catalog.templates.get(recipe.uses)).map(({ option }) => option));
    for (const name of Object.keys(recipe.options)) {
      if (!used.has(name)) report(['options', name], `nothing reads the option ${quoted(name)}`, 'remove it');
    }
  },
};

export const optionDefault: RecipeLint = {
  subject: 'recipe', id: 'option-default', severity: 'error',
  explain: 'The default of an option is no value of its own type, or outside its own bounds.',
  check(recipe, report) {
    for (const [name, declaration] of Object.entries(recipe.options)) {
      const problem = optionProblem(declaration, declaration.default);
      if (problem !== undefined) report(['options', name, 'default'], `the default ${problem.message}`, problem.suggestion);
    }
  },
};

const BOUNDS: Record<string, readonly OptionDeclaration['type'][]> = {
  values: ['enum'], minimum: ['integer'], maximum: ['integer'], pattern: ['string', 'list'],
};

export const optionBounds: RecipeLint = {
  subject: 'recipe', id: 'option-bounds', severity: 'error',
  explain: 'The bounds of an option do not go with its type (`values` with enum, `minimum` and `maximum` with integer, `pattern` with string and list), leave no value, or are no pattern of RE2 (which has no look-around and no back references).',
  check(recipe, report) {
    for (const [name, declaration] of Object.entries(recipe.options)) {
      const at = (field: string, message: string): void => report(['options', name, field], message);
      for (const [field, types] of Object.entries(BOUNDS)) {
        if (Object.hasOwn(declaration, field) && !types.includes(declaration.type)) at(field, `\`${field}\` does not go with the type ${declaration.type}`);
      }
      const { type, values, minimum, maximum, pattern } = declaration;
      if (type === 'enum' && values === undefined) report(['options', name], 'an enum lists its `values`');
      if (values !== undefined && new Set(values).size < values.length) at('values', 'a value stands there twice');
      if (minimum !== undefined && maximum !== undefined && minimum > maximum) at('minimum', `the minimum ${minimum} is above the maximum ${maximum}`);
      if (pattern !== undefined && compiledPattern(pattern) === undefined) at('pattern', `${clipped(pattern)} is no pattern of RE2`);
    }
  },
};

export const conditionValue: RecipeLint = {
  subject: 'recipe', id: 'condition-value', severity: 'error',
  explain: 'A condition compares an option with something that the option can never be, or an option\'s own condition leads back to the option.',
  check(recipe, report) {
    for (const [place, condition] of conditionsOf(recipe)) checkCondition(recipe, place, condition, report);
    for (const name of Object.keys(recipe.options)) {
      if (leadsBackTo(name, recipe)) report(['options', name, 'when'], `the condition of ${quoted(name)} leads back to itself`);
    }
  },
};

function checkCondition(recipe: Recipe, place: PlacePath, { option, equals }: Condition, report: Report): void {
  if (!Object.hasOwn(recipe.options, option)) return;
  const problem = optionProblem(recipe.options[option]!, equals);
  if (problem !== undefined) report(place, `compares ${quoted(option)} with a value that it cannot have: ${problem.message}`, problem.suggestion);
}

function conditionsOf(recipe: Recipe): [PlacePath, Condition][] {
  const found: [PlacePath, Condition | undefined][] = [
    ...(['build', 'host', 'run'] as const).flatMap((kind) => recipe.needs[kind].map(({ when }, index): [PlacePath, Condition | undefined] => [['needs', kind, index, 'when'], when])),
    ...Object.entries(recipe.options).map(([name, { when }]): [PlacePath, Condition | undefined] => [['options', name, 'when'], when]),
    ...Object.entries(recipe.with).flatMap(([name, value]) => inputConditions(value, ['with', name]).map(({ when, place }): [PlacePath, Condition] => [[...place, 'when'], when])),
  ];
  return found.filter((row): row is [PlacePath, Condition] => row[1] !== undefined);
}

function leadsBackTo(name: string, recipe: Recipe): boolean {
  const seen = new Set<string>();
  for (let next = recipe.options[name]?.when?.option; next !== undefined && !seen.has(next); next = recipe.options[next]?.when?.option) {
    if (next === name) return true;
    seen.add(next);
  }
  return false;
}
