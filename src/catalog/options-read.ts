import { inputConditions, inputTexts } from './input-texts.ts';
import type { InputValue, Recipe, Template } from './model.ts';
import { optionsNamedIn, placeholdersIn } from './placeholder.ts';
import type { PlacePath } from './yaml-document.ts';

/** Where a recipe reads one of its options. */
export interface OptionUse {
  option: string;
  place: PlacePath;
  how: 'condition' | 'placeholder' | 'phase';
}

/** Every use of an option that the recipe or its template makes; an undeclared `opt_x` of a template counts for who declares it. */
export function optionUses(recipe: Recipe, template: Template | undefined): OptionUse[] {
  return [
    ...(['build', 'host', 'run'] as const).flatMap((kind) => recipe.needs[kind].flatMap(({ when }, index): OptionUse[] => (
      when === undefined ? [] : [{ option: when.option, place: ['needs', kind, index], how: 'condition' }]))),
    ...Object.entries(recipe.options).flatMap(([name, { when }]): OptionUse[] => (
      when === undefined ? [] : [{ option: when.option, place: ['options', name, 'when'], how: 'condition' }])),
    ...Object.entries(recipe.with).flatMap(([name, value]) => inputUses(value, ['with', name])),
    ...Object.entries(recipe.phases).flatMap(([name, text]) => phaseUses(text, ['phases', name])),
    ...templateUses(recipe, template),
  ];
}

function inputUses(value: InputValue, place: PlacePath): OptionUse[] {
  const conditions = inputConditions(value, place).map(({ when, place: at }): OptionUse => ({ option: when.option, place: at, how: 'condition' }));
  const placed = inputTexts(value, place).flatMap(({ text, place: at }) => placeholdersIn(text)
    .filter(({ namespace }) => namespace === 'option').map(({ name }): OptionUse => ({ option: name, place: at, how: 'placeholder' })));
  return [...conditions, ...placed];
}

function phaseUses(text: string, place: PlacePath): OptionUse[] {
  return optionsNamedIn(text).map((option) => ({ option, place, how: 'phase' }));
}

function templateUses(recipe: Recipe, template: Template | undefined): OptionUse[] {
  const phases = template?.stages.flatMap(({ phases: all }) => all).filter(({ name }) => !Object.hasOwn(recipe.phases, name)) ?? [];
  return phases.flatMap(({ run }) => phaseUses(run, ['uses'])).filter(({ option }) => Object.hasOwn(recipe.options, option));
}
