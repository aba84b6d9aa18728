import type { LintContext, RecipeLint, Report } from './lint.ts';
import { inputTexts } from './input-texts.ts';
import { didYouMeanText, quoted } from './name.ts';
import type { Catalog, InputDeclaration, InputValue, Recipe, Stage } from './model.ts';
import { factsNamedIn, inputsNamedIn, splitText, wholePlaceholder, type Placeholder } from './placeholder.ts';
import type { PlacePath } from './yaml-document.ts';

export const knownTemplate: RecipeLint = {
  subject: 'recipe', id: 'unknown-template', severity: 'error',
  explain: '`uses` names a step template that is not in the catalog.',
  check(recipe, report, { templateNames }) {
    if (!templateNames.has(recipe.uses)) report(['uses'], `there is no template ${quoted(recipe.uses)}`, didYouMeanText(recipe.uses, templateNames));
  },
};

export const templateInputs: RecipeLint = {
  subject: 'recipe', id: 'template-inputs', severity: 'error',
  explain: '`with` gives an input that the template does not have, lacks one that has no default, or gives one of another type.',
  check(recipe, report, { catalog }) {
    const template = catalog.templates.get(recipe.uses);
    if (template === undefined) return;
    for (const [name, value] of Object.entries(recipe.with)) {
      const declared = Object.hasOwn(template.inputs, name) ? template.inputs[name] : undefined;
      if (declared === undefined) {
        report(['with', name], `the template ${template.name} has no input ${quoted(name)}`, didYouMeanText(name, Object.keys(template.inputs)));
        continue;
      }
      const problem = inputProblem(declared.type, value, recipe);
      if (problem !== undefined) report(['with', name], `the input ${quoted(name)} ${problem}`);
    }
    for (const [name, declared] of Object.entries(template.inputs)) {
      if (declared.default === undefined && !Object.hasOwn(recipe.with, name)) report(['with'], `the template ${template.name} needs the input ${quoted(name)}: ${declared.description}`);
    }
  },
};

const WANTED: Record<InputDeclaration['type'], string> = {
  boolean: 'true or false', integer: 'a whole number', string: 'text', list: 'a list', kconfig: 'a map of CONFIG_NAME to value',
};

/** Why `value` cannot be given to an input of that type. A whole `{{option.NAME}}` counts as the option's type. */
export function inputProblem(type: InputDeclaration['type'], value: InputValue, recipe?: Recipe): string | undefined {
  const given = typeOf(value, recipe);
  if (given === undefined || given === type || (type === 'string' && given !== 'kconfig' && typeof value === 'string')) return undefined;
  return `must be ${WANTED[type]}, it is ${WANTED[given]}`;
}

/** Undefined where it names an option that is not declared: another rule says so. */
function typeOf(value: InputValue, recipe: Recipe | undefined): InputDeclaration['type'] | undefined {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return 'integer';
  if (typeof value !== 'string') return Array.isArray(value) ? 'list' : 'kconfig';
  const whole = wholePlaceholder(value);
  if (whole?.namespace !== 'option' || recipe === undefined) return 'string';
  const declared = Object.hasOwn(recipe.options, whole.name) ? recipe.options[whole.name] : undefined;
  return declared?.type === 'enum' ? 'string' : declared?.type;
}

export const knownPhase: RecipeLint = {
  subject: 'recipe', id: 'unknown-phase', severity: 'error',
  explain: '`phases` replaces a phase that no stage of the template has, so it would never run.',
  check(recipe, report, { catalog }) {
    const template = catalog.templates.get(recipe.uses);
    if (template === undefined) return;
    const known = template.stages.flatMap(({ phases }) => phases.map(({ name }) => name));
    for (const name of Object.keys(recipe.phases)) {
      if (!known.includes(name)) report(['phases', name], `the template ${template.name} has no phase ${quoted(name)}, it has ${known.join(', ')}`, didYouMeanText(name, known));
    }
  },
};

export const phaseText: RecipeLint = {
  subject: 'recipe', id: 'phase-text', severity: 'error',
  explain: 'A phase holds a placeholder, or reads an input that its stage does not list or a fact that no architecture has. Phases are not interpolated (values would become commands): read `$opt_NAME`, `$with_NAME`, `$arch_NAME`.',
  check(recipe, report, { catalog }) {
    const stages = catalog.templates.get(recipe.uses)?.stages ?? [];
    for (const [name, text] of Object.entries(recipe.phases)) {
      const stage = stages.find(({ phases }) => phases.some((phase) => phase.name === name));
      checkPhaseText(text, ['phases', name], stage, catalog, report);
    }
  },
};

/** Placeholders in shell text, `$with_NAME` of inputs that the stage does not get, and `$arch_NAME` of facts that nothing has. */
export function checkPhaseText(text: string, place: PlacePath, stage: Stage | undefined, catalog: Catalog, report: Report): void {
  const found = /\{\{ *(option|arch|recipe|tuning|with)\.[^{}]*\}\}/.exec(text);
  if (found !== null) report(place, `${quoted(found[0])} is not replaced in a phase`, 'read $opt_NAME, $with_NAME or $arch_NAME');
  for (const name of factsNamedIn(text)) {
    const lacking = lackingFact(name, catalog);
    if (lacking !== undefined) report(place, lacking);
  }
  if (stage === undefined) return;
  for (const name of inputsNamedIn(text)) {
    const known = stage.inputs.includes(name) || (name === 'required' && stage.collectsKernelOptions);
    if (!known) report(place, `the phase reads $with_${name}, which its stage does not list in \`inputs\``, didYouMeanText(name, stage.inputs));
  }
}

export const placeholders: RecipeLint = {
  subject: 'recipe', id: 'placeholder', severity: 'error',
  explain: 'A value of `with` holds a placeholder that stands for nothing. There are `{{option.NAME}}`, `{{arch.NAME}}` (a fact that every architecture has), `{{recipe.name}}` and `{{recipe.version}}`.',
  check(recipe, report, context) {
    for (const [name, value] of Object.entries(recipe.with)) {
      for (const { text, place } of inputTexts(value, ['with', name])) checkText(text, place, recipe, context, report);
    }
  },
};

function checkText(text: string, place: PlacePath, recipe: Recipe, context: LintContext, report: Report): void {
  const { parts, malformed } = splitText(text);
  for (const part of malformed) report(place, `${quoted(part)} is no placeholder`, 'write {{option.NAME}}, {{arch.NAME}}, {{recipe.name}} or {{recipe.version}}');
  for (const part of parts) {
    if (typeof part === 'string') continue;
    const problem = placeholderProblem(part, text, recipe, context);
    if (problem !== undefined) report(place, problem);
  }
}

function placeholderProblem({ namespace, name }: Placeholder, text: string, recipe: Recipe, { catalog }: LintContext): string | undefined {
  switch (namespace) {
    case 'option':
      return recipe.options[name]?.type === 'kconfig' && wholePlaceholder(text) === undefined ? `the option ${quoted(name)} is a map and cannot stand inside text` : undefined;
    case 'recipe':
      return name === 'name' || name === 'version' ? undefined : `{{recipe.${name}}} stands for nothing`;
    case 'arch':
      return lackingFact(name, catalog);
    default:
      return `{{${namespace}.${name}}} stands for nothing`;
  }
}

function lackingFact(name: string, { architectures }: Catalog): string | undefined {
  const lacking = [...architectures.values()].find(({ facts }) => !Object.hasOwn(facts, name));
  return lacking === undefined ? undefined : `the architecture ${lacking.name} has no fact ${quoted(name)}`;
}
