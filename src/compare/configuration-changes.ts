import { canonicalJson } from '../foundation/canonical-json.ts';
import { compareText, sortedBy } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { neededBy } from '../inventory/reasons.ts';
import { mostLines } from './most-lines.ts';

/** As a configuration is put on record: the fields of its file. */
export type ConfigurationForm = Readonly<Record<string, unknown>>;

export type ConfigurationSection = 'board' | 'toolchain' | 'package' | 'remove' | 'option' | 'image' | 'system' | 'organization' | 'format';

/** One setting; plain JSON. */
export interface ConfigurationChange {
  section: ConfigurationSection;
  /** `PACKAGE`, `PACKAGE.OPTION`, `PACKAGE.OPTION.CONFIG_NAME`, the format of an image, a field. */
  key: string;
  /** JSON values; absent where that side does not say it, and of what is secret. */
  before?: unknown;
  after?: unknown;
  secret?: true;
  /** Packages that are in the right build alone, because of it; by name. */
  pulledIn: readonly string[];
  /** Packages that were in the left build alone, because of what it was. */
  dropped: readonly string[];
}

export interface BuiltFrom { form: ConfigurationForm; inventory?: Inventory }

/**
 * What two recorded configurations say otherwise, by section and key, and which packages came and went with each: an asked-for
 * package with what it needs, an option with what its package needs now, a board with all that has no nearer cause. Where
 * several settings brought a package, each of them names it.
 */
export function configurationChanges(left: BuiltFrom, right: BuiltFrom): ConfigurationChange[] {
  const [before, after] = [settingsOf(left.form), settingsOf(right.form)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((key) => textOf(before.get(key)) !== textOf(after.get(key)));
  const settings = sortedBy(changed, (key) => key).map((key) => JSON.parse(key) as Setting);
  const [came, went] = [broughtBy(settings, packagesOnlyIn(right, left)), broughtBy(settings, packagesOnlyIn(left, right))];
  return settings.map(([section, key]) => {
    const id = JSON.stringify([section, key]);
    const brought = { pulledIn: came.get(id) ?? [], dropped: went.get(id) ?? [] };
    if (SECRETS.has(key) && section === 'system') return { section, key, secret: true, ...brought };
    return { section, key, ...(before.has(id) ? { before: before.get(id) } : {}), ...(after.has(id) ? { after: after.get(id) } : {}), ...brought };
  });
}

type Setting = [ConfigurationSection, string];

/** A hash of a password is as good as one to whoever has time. */
const SECRETS: ReadonlySet<string> = new Set(['root_password']);

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}

/** By JSON of section and key. */
function settingsOf(form: ConfigurationForm): Map<string, unknown> {
  const settings: [Setting, unknown][] = [];
  for (const [name, choice] of fieldsIn(form['packages'])) {
    settings.push([['package', name], true]);
    for (const [option, value] of fieldsIn(fieldOf(choice, 'options'))) settings.push(...optionSettings(`${name}.${option}`, value));
  }
  for (const name of listIn(form['remove'])) settings.push([['remove', String(name)], true]);
  for (const image of listIn(form['images'])) settings.push([['image', String(fieldOf(image, 'format'))], fieldOf(image, 'size_bytes') ?? null]);
  for (const section of ['system', 'organization'] as const) for (const [key, value] of fieldsIn(form[section])) settings.push([[section, key], value]);
  for (const section of ['board', 'toolchain', 'format'] as const) if (form[section] !== undefined) settings.push([[section, section], form[section]]);
  return new Map(settings.map(([setting, value]) => [JSON.stringify(setting), value]));
}

/** Each symbol of a kernel's or shell's configuration for itself. */
function optionSettings(key: string, value: unknown): [Setting, unknown][] {
  const symbols = fieldsIn(value);
  return symbols.length === 0 ? [[['option', key], value]] : symbols.map(([symbol, one]) => [['option', `${key}.${symbol}`], one]);
}

function fieldsIn(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function fieldOf(value: unknown, key: string): unknown {
  return new Map(fieldsIn(value)).get(key);
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

interface Reasoned { name: string; reasons: readonly string[] }

function packagesOnlyIn({ inventory }: BuiltFrom, other: BuiltFrom): { only: readonly Reasoned[]; all: ReadonlyMap<string, Reasoned> } {
  if (inventory === undefined || other.inventory === undefined) return { only: [], all: new Map() };
  const [mine, theirs] = [reasonedIn(inventory), reasonedIn(other.inventory)];
  return { only: [...mine.values()].filter(({ name }) => !theirs.has(name)), all: mine };
}

function reasonedIn({ components }: Inventory): Map<string, Reasoned> {
  return new Map(components.flatMap(({ name, recipe }) => (recipe === undefined ? [] : [[name, { name, reasons: recipe.reasons }]])));
}

/** Names by JSON of section and key, sorted. */
function broughtBy(settings: readonly Setting[], { only, all }: ReturnType<typeof packagesOnlyIn>): Map<string, string[]> {
  const found = only.flatMap(({ name }) => bringersOf(name, settings, all).map((setting) => ({ name, id: JSON.stringify(setting) })));
  return new Map([...Map.groupBy(found, ({ id }) => id)].map(([id, rows]) => [id, rows.map(({ name }) => name).toSorted(compareText)]));
}

/** Up the reasons, from each package to those that needed it, as far as to one that a setting is about; else the board. */
function bringersOf(name: string, settings: readonly Setting[], all: ReadonlyMap<string, Reasoned>): Setting[] {
  const seen = new Set([name]);
  const found = new Set<Setting>();
  const queue = [name];
  for (const at of queue) {
    const reasons = all.get(at)?.reasons ?? [];
    const about = settings.filter((setting) => isAbout(setting, at, reasons));
    for (const setting of about) found.add(setting);
    if (about.length > 0) continue;
    for (const user of reasons.map(neededBy)) {
      if (user === undefined || seen.has(user)) continue;
      seen.add(user);
      queue.push(user);
    }
  }
  const board = settings.filter(([section]) => section === 'board');
  return found.size > 0 ? [...found] : board;
}

function isAbout([section, key]: Setting, name: string, reasons: readonly string[]): boolean {
  switch (section) {
    case 'package': case 'remove': return key === name;
    case 'option': return key.startsWith(`${name}.`);
    case 'toolchain': return reasons.includes('the toolchain of the board');
    case 'board': case 'image': case 'system': case 'organization': case 'format': return false;
  }
}

/** One line a setting, for people. */
export function configurationLines(changes: readonly ConfigurationChange[], most: number): string[] {
  const optioned = new Set(changes.flatMap(({ section, key }) => (section === 'option' ? [key.split('.')[0]] : [])));
  // Options stand below the name of their package: that the name came or went with them alone says nothing.
  const telling = changes.filter(({ section, key, pulledIn, dropped }) => section !== 'package' || !optioned.has(key) || pulledIn.length + dropped.length > 0);
  return mostLines(telling.map((change) => `${said(change)}${list('brings', change.pulledIn)}${list('takes away', change.dropped)}`), most, 'settings');
}

function said({ section, key, before, after, secret }: ConfigurationChange): string {
  const name = section === key ? section : `${section} ${key}`;
  if (secret === true) return `~ ${name}: another (not shown)`;
  if (section === 'remove') return before === undefined ? `- ${key} is left out` : `+ ${key} is no longer left out`;
  if (section === 'package' || (section === 'image' && (before === undefined || after === undefined))) return `${before === undefined ? '+' : '-'} ${name}`;
  return `~ ${name}: ${shown(before)} → ${shown(after)}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'as the board has it';
  return typeof value === 'string' ? value : canonicalJson(value);
}

function list(verb: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `; ${verb} ${names.join(', ')}`;
}
