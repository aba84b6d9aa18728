import { Bug } from '../foundation/failure.ts';
import { sortedEntries } from '../foundation/order.ts';
import type { InputValue, ListItem, OptionValue, Stage, Template } from '../catalog/model.ts';
import { Interpolation } from './interpolate.ts';
import type { KernelOption, ResolvedPackage, Resolution } from './resolution.ts';

/** One stage of one recipe with every value filled in. */
export interface RenderedStage {
  /** In order; `text` is a whole shell script. */
  phases: readonly { name: string; text: string }[];
  /** Files below /src/step/with: name to content. */
  inputFiles: ReadonlyMap<string, string>;
  /** Exactly the options read. */
  options: Readonly<Record<string, OptionValue>>;
}

/** A shell variable as a phase sees it; `file` is the content that lies at `/src/step/with/NAME`. */
interface Variable {
  value: string;
  file?: { name: string; content: string };
}

/**
 * Values reach the shell as quoted assignments in front of a phase, never as text inside it, so no value can
 * become a command. A phase gets `with_NAME` and `opt_NAME` only where its text names them: what is not named
 * is not set, and `sh -u` refuses it; so the options in the result are all that the stage can depend on.
 */
export function renderStage(resolution: Resolution, chosen: ResolvedPackage, template: Template, stage: Stage): RenderedStage {
  const interpolation = new Interpolation(chosen, resolution.architecture.facts);
  const inputFiles = new Map<string, string>();
  const phases = stage.phases.map(({ name, run }) => {
    const body = chosen.recipe.phases[name] ?? run;
    const assignments = variablesNamed(body, { resolution, chosen, template, stage, interpolation }).map(([variable, { value, file }]) => {
      if (file !== undefined) inputFiles.set(file.name, file.content);
      return `${variable}=${shellQuoted(value)}\n`;
    });
    return { name, text: `${assignments.join('')}${body}${body.endsWith('\n') ? '' : '\n'}` };
  });
  return { phases, inputFiles, options: interpolation.optionsRead() };
}

interface Rendering {
  resolution: Resolution;
  chosen: ResolvedPackage;
  template: Template;
  stage: Stage;
  interpolation: Interpolation;
}

function variablesNamed(body: string, rendering: Rendering): [string, Variable][] {
  const { stage, interpolation, resolution } = rendering;
  const variables: [string, Variable][] = [];
  for (const name of stage.inputs) {
    if (namesVariable(body, `with_${name}`)) variables.push([`with_${name}`, inputVariable(name, rendering)]);
  }
  if (stage.collectsKernelOptions && namesVariable(body, 'with_required')) {
    variables.push(['with_required', fileVariable('required', requiredOptions(resolution.kernelOptions))]);
  }
  for (const name of interpolation.optionNames()) {
    if (namesVariable(body, `opt_${name}`)) variables.push([`opt_${name}`, optionVariable(name, interpolation.option(name))]);
  }
  return variables;
}

/** Whether a shell text names a variable: `$x`, `${x…` or the bare word. */
function namesVariable(body: string, variable: string): boolean {
  return new RegExp(`(?<![A-Za-z0-9_])${variable}(?![A-Za-z0-9_])`).test(body);
}

function inputVariable(name: string, { chosen, template, interpolation }: Rendering): Variable {
  const declared = template.inputs[name];
  if (declared === undefined) throw new Bug(`template ${template.name} has a stage with an undeclared input ${name}`);
  const given = chosen.recipe.with[name] ?? declared.default;
  if (given === undefined) throw new Bug(`recipe ${chosen.recipe.name} gives no ${name}, which template ${template.name} asks for`);
  const value: InputValue = interpolation.value(given);
  if (isList(value)) return { value: interpolation.list(value).map(shellQuoted).join(' ') };
  if (typeof value === 'object') return fileVariable(name, kconfigLines(value, (text) => kconfigText(text, interpolation)));
  return { value: String(value) };
}

function optionVariable(name: string, value: OptionValue): Variable {
  if (isList(value)) return { value: value.map(shellQuoted).join(' ') };
  if (typeof value === 'object') return fileVariable(`opt_${name}`, kconfigLines(value, (text) => text));
  return { value: String(value) };
}

function isList<T extends ListItem>(value: InputValue | OptionValue | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function fileVariable(name: string, content: string): Variable {
  return { value: `/src/step/with/${name}`, file: { name, content } };
}

function requiredOptions(options: readonly KernelOption[]): string {
  return options.map(({ symbol, value }) => `${symbol}=${value}\n`).join('');
}

/** `KEY=value` lines in order of key. */
function kconfigLines(values: Readonly<Record<string, string>>, fill: (text: string) => string): string {
  return sortedEntries(values).map(([symbol, value]) => `${symbol}=${fill(value)}\n`).join('');
}

/** Kconfig spells a boolean `y` or `n`. */
function kconfigText(text: string, interpolation: Interpolation): string {
  const value = interpolation.value(text);
  return typeof value === 'boolean' ? (value ? 'y' : 'n') : typeof value === 'string' ? value : interpolation.text(text);
}

/** One word for `sh`, whatever is in it. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
