import type { Finding } from '../foundation/finding.ts';
import { compareText, sortedBy, sortedEntries } from '../foundation/order.ts';
import { configurationForm, parseConfiguration, plainConfiguration, type Configuration } from './configuration.ts';
import { unitedOptions } from './effective.ts';
import { replacementOf } from './lint-needs.ts';
import type { Catalog, OptionDeclaration, OptionValue, Recipe } from './model.ts';
import { didYouMeanText, quoted } from './name.ts';
import { optionProblem } from './option-value.ts';
import type { Parsed } from './parse-folder.ts';
import { present } from './present.ts';

/** An edit gives the new configuration, or says why not; the given one is never changed. */
export type Edited = Parsed<Configuration>;

/** `config new` */
export function newConfiguration(board: string, catalog: Catalog): Edited {
  if (catalog.boards.has(board)) return { value: plainConfiguration(board), findings: [] };
  return refused('unknown-board', `there is no board ${quoted(board)}`, didYouMeanText(board, catalog.boards.keys()));
}

/** `config add`: asks for a package; one that was removed comes back. */
export function addPackage(configuration: Configuration, name: string, catalog: Catalog): Edited {
  const recipe = catalog.recipes.get(name);
  if (recipe === undefined) return unknownPackage(name, catalog);
  const board = catalog.boards.get(configuration.board);
  if (recipe.role === 'toolchain') return { value: { ...configuration, toolchain: name }, findings: [] };
  if (recipe.role !== 'package') return refused('package-choice', `${quoted(name)} is a ${recipe.role}, which the board chooses`);
  const remove = configuration.remove.filter((other) => other !== name);
  const inherited = board !== undefined && Object.hasOwn(board.packages, name);
  if (inherited || Object.hasOwn(configuration.packages, name)) return { value: { ...configuration, remove }, findings: [] };
  return { value: { ...configuration, remove, packages: sortedRecord({ ...configuration.packages, [name]: { options: {} } }) }, findings: [] };
}

/** `config remove`: takes back what the configuration asked for, and leaves out what the board has. */
export function removePackage(configuration: Configuration, name: string, catalog: Catalog): Edited {
  const board = catalog.boards.get(configuration.board);
  const inherited = board !== undefined && Object.hasOwn(board.packages, name);
  const chosen = Object.hasOwn(configuration.packages, name);
  if (board !== undefined && [configuration.toolchain ?? board.toolchain, board.kernel, board.skeleton].includes(name)) {
    return refused('remove', `${quoted(name)} is the toolchain, kernel or skeleton and cannot be left out`);
  }
  if (!inherited && !chosen) {
    const known = [...Object.keys(configuration.packages), ...Object.keys(board?.packages ?? {})];
    return refused('remove', `neither configuration nor board asks for ${quoted(name)}`, didYouMeanText(name, known) ?? '`config show` says why a package is in');
  }
  const remove = inherited ? [...new Set([...configuration.remove, name])].toSorted(compareText) : configuration.remove;
  return { value: { ...configuration, remove, packages: Object.fromEntries(Object.entries(configuration.packages).filter(([other]) => other !== name)) }, findings: [] };
}

/**
 * `config set KEY=TEXT`: `PACKAGE.OPTION`, `PACKAGE.OPTION.CONFIG_NAME` (of a kconfig option), `toolchain`, `images`
 * (formats by comma), `system.FIELD`, `organization.FIELD`. A list is given by comma.
 */
export function setValue(configuration: Configuration, key: string, text: string, catalog: Catalog): Edited {
  if (key === 'board') return refused('set', 'the board of a configuration cannot change', 'make another with `config new`');
  if (key === 'toolchain') return addToolchain(configuration, text, catalog);
  if (key === 'images') return reparsed({ ...configurationForm(configuration), images: textList(text).map((format) => ({ format })) });
  const [section, field = ''] = key.split(/\.(.*)/s);
  if (section === 'system' || section === 'organization') return setField(configuration, section, field, text);
  return setOption(configuration, key, text, catalog);
}

function addToolchain(configuration: Configuration, name: string, catalog: Catalog): Edited {
  const toolchains = [...catalog.recipes.values()].filter(({ role }) => role === 'toolchain').map((recipe) => recipe.name);
  if (toolchains.includes(name)) return { value: { ...configuration, toolchain: name }, findings: [] };
  return refused('toolchain', `there is no toolchain ${quoted(name)}`, didYouMeanText(name, toolchains) ?? `there are ${toolchains.join(', ')}`);
}

function setField(configuration: Configuration, section: 'system' | 'organization', field: string, text: string): Edited {
  const form = configurationForm(configuration);
  const value = field === 'authorized_keys' ? text.split('\n').filter((line) => line !== '') : field === 'epoch_seconds' && /^[0-9]{1,12}$/.test(text) ? Number(text) : text;
  return reparsed({ ...form, [section]: { ...form[section] as object, [field]: value } });
}

/** Through the schema, so that an edit can make nothing that a file could not say. */
function reparsed(form: Record<string, unknown>): Edited {
  return parseConfiguration(Buffer.from(JSON.stringify(form)), 'configuration');
}

function setOption(configuration: Configuration, key: string, text: string, catalog: Catalog): Edited {
  const target = optionTarget(key, catalog);
  if (target === undefined) {
    const name = key.includes('.') ? key.slice(0, key.indexOf('.')) : key;
    return catalog.recipes.has(name) ? refused('set', `${quoted(key)} names no option`, `write ${name}.OPTION=VALUE; options are ${optionNames(catalog.recipes.get(name)!)}`) : unknownPackage(name, catalog);
  }
  const { recipe, option, symbol } = target;
  const declared = Object.hasOwn(recipe.options, option) ? recipe.options[option] : undefined;
  if (declared === undefined) {
    const renamed = Object.hasOwn(recipe.renamedOptions, option) ? `it is now called \`${recipe.renamedOptions[option]!}\`` : didYouMeanText(option, Object.keys(recipe.options));
    return refused('set', `${recipe.name} has no option ${quoted(option)}`, renamed ?? `options are ${optionNames(recipe)}`);
  }
  const value = symbol === undefined ? parsedOption(declared, text) : { [symbol]: text };
  const problem = optionProblem(declared, value);
  if (problem !== undefined) return refused('set', `the option ${option} of ${recipe.name} ${problem.message}`, problem.suggestion);
  const options = unitedOptions(configuration.packages[recipe.name]?.options ?? {}, { [option]: value });
  const packages = sortedRecord({ ...configuration.packages, [recipe.name]: { options: sortedRecord(options) } });
  return reparsed(configurationForm({ ...configuration, packages, remove: configuration.remove.filter((name) => name !== recipe.name) }));
}

interface OptionTarget { recipe: Recipe; option: string; symbol?: string }

/** Names of recipes may have dots in them, those of options not. */
function optionTarget(key: string, { recipes }: Catalog): OptionTarget | undefined {
  const parts = key.split('.');
  const symbol = parts.at(-1)!.startsWith('CONFIG_') ? parts.pop() : undefined;
  const option = parts.pop();
  const recipe = recipes.get(parts.join('.'));
  return recipe === undefined || option === undefined ? undefined : { recipe, option, ...present({ symbol }) };
}

/** What the text means for an option of that type; text that means nothing stays text, for the check to refuse. */
export function parsedOption({ type }: OptionDeclaration, text: string): OptionValue {
  switch (type) {
    case 'boolean': return text === 'true' || text === 'false' ? text === 'true' : text;
    case 'integer': return /^-?[0-9]{1,16}$/.test(text) ? Number(text) : text;
    case 'list': return textList(text);
    case 'kconfig': return Object.fromEntries(textList(text).map((item): [string, string] => {
      const at = item.indexOf('=');
      return at < 0 ? [item, 'y'] : [item.slice(0, at), item.slice(at + 1)];
    }));
    default: return text;
  }
}

function textList(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

export interface PackageMatch { recipe: Recipe; matches: 'name' | 'summary' | 'option' }

/** `config search`: recipes of role package that have every word in name, summary or an option; best first. */
export function searchPackages(catalog: Catalog, words: readonly string[]): PackageMatch[] {
  const wanted = words.map((word) => word.toLowerCase()).filter((word) => word !== '');
  const rank = { name: '0', summary: '1', option: '2' };
  const found = [...catalog.recipes.values()].filter(({ role }) => role === 'package').flatMap((recipe): PackageMatch[] => {
    const options = Object.entries(recipe.options).map(([name, { description }]) => `${name} ${description}`).join(' ').toLowerCase();
    const summary = recipe.summary.toLowerCase();
    if (!wanted.every((word) => recipe.name.includes(word) || summary.includes(word) || options.includes(word))) return [];
    const matches = wanted.some((word) => recipe.name.includes(word)) ? 'name' : wanted.some((word) => summary.includes(word)) ? 'summary' : 'option';
    return [{ recipe, matches }];
  });
  return sortedBy(found, ({ recipe, matches }) => `${rank[matches]} ${recipe.name}`);
}

function unknownPackage(name: string, catalog: Catalog): Edited {
  return refused('unknown-package', `there is no package ${quoted(name)}`, replacementOf(name, { catalog, recipeNames: new Set(catalog.recipes.keys()) }));
}

function optionNames(recipe: Recipe): string {
  return Object.keys(recipe.options).toSorted(compareText).join(', ') || 'none';
}

function refused(rule: string, message: string, suggestion?: string): Edited {
  const finding: Finding = { severity: 'error', path: 'configuration', line: 0, rule, message, ...present({ suggestion }) };
  return { findings: [finding] };
}

function sortedRecord<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(sortedEntries(record));
}
