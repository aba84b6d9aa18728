import { canonicalJson } from '../foundation/canonical-json.ts';
import { inputTexts } from './input-texts.ts';
import type { RecipeLint } from './lint.ts';
import { quoted } from './name.ts';
import { spelledCondition } from './condition.ts';
import type { Condition, Recipe } from './model.ts';
import { placeholdersIn } from './placeholder.ts';
import type { PlacePath } from './yaml-document.ts';

export const unguardedOption: RecipeLint = {
  subject: 'recipe', id: 'unguarded-option', severity: 'error',
  explain: 'An option with a condition of its own has no value where that does not hold. Read it only in the `then` of a list item with the same condition (or one on the option itself), and in a phase as `${opt_NAME:-…}`.',
  check(recipe, report) {
    for (const [option, { when }] of Object.entries(recipe.options)) {
      if (when === undefined) continue;
      for (const place of unguardedPlaces(recipe, option, when)) report(place, `${quoted(option)} has no value here unless ${spelledCondition(when)}`);
    }
  },
};

function unguardedPlaces(recipe: Recipe, option: string, when: Condition): PlacePath[] {
  const unguarded = new RegExp(`(?<![A-Za-z0-9_])opt_${option}(?![A-Za-z0-9_]|:?[-+])`);
  return [
    ...Object.entries(recipe.phases).filter(([, text]) => unguarded.test(text)).map(([phase]) => ['phases', phase]),
    ...Object.entries(recipe.with).flatMap(([input, value]) => inputTexts(value, ['with', input])).filter(({ text, guard }) => (
      placeholdersIn(text).some(({ namespace, name }) => namespace === 'option' && name === option) && !guards(guard, option, when)
    )).map(({ place }) => place),
  ];
}

function guards(guard: Condition | undefined, option: string, when: Condition): boolean {
  return guard !== undefined && (guard.option === option || canonicalJson(guard) === canonicalJson(when));
}
