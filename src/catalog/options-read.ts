import { textsOf } from './lint-files.ts';
import type { InputValue, ListItem, Recipe, Template } from './model.ts';
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
  const conditions = Array.isArray(value) ? (value as readonly ListItem[]).filter((item) => typeof item !== 'string').map((item): OptionUse => ({ option: item.when.option, place, how: 'condition' })) : [];
  const placed = textsOf(value).flatMap(placeholdersIn).filter(({ namespace }) => namespace === 'option');
  return [...conditions, ...placed.map(({ name }): OptionUse => ({ option: name, place, how: 'placeholder' }))];
}

function phaseUses(text: string, place: PlacePath): OptionUse[] {
  return optionsNamedIn(text).map((option) => ({ option, place, how: 'phase' }));
}

function templateUses(recipe: Recipe, template: Template | undefined): OptionUse[] {
  const phases = template?.stages.flatMap(({ phases: all }) => all).filter(({ name }) => !Object.hasOwn(recipe.phases, name)) ?? [];
  return phases.flatMap(({ run }) => phaseUses(run, ['uses'])).filter(({ option }) => Object.hasOwn(recipe.options, option));
}
