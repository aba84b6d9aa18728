import { sortFindings, type Finding } from '../foundation/finding.ts';
import { compareText, sortedBy } from '../foundation/order.ts';
import { didYouMeanText, quoted } from './name.ts';
import { yamlPathOf, type CatalogFolder, type FolderKind } from './folder.ts';
import type { Lint, LintContext, Report } from './lint.ts';
import { LINTS } from './lints.ts';
import type { Architecture, Board, Catalog, Recipe, Template } from './model.ts';
import { parseArchitecture, parseBoard } from './parse-board.ts';
import type { ParsedFolder } from './parse-folder.ts';
import { parseRecipe } from './parse-recipe.ts';
import { parseTemplate } from './parse-template.ts';
import { present } from './present.ts';
import { findingAt } from './schema-findings.ts';
import { VARIATION_NAMES, variationRule } from './variation-name.ts';

export interface CatalogReading {
  /** Absent where any finding is an error. */
  catalog?: Catalog;
  findings: readonly Finding[];
}

interface ParsedKinds {
  recipe: Map<string, ParsedFolder<Recipe>>;
  template: Map<string, ParsedFolder<Template>>;
  board: Map<string, ParsedFolder<Board>>;
  architecture: Map<string, ParsedFolder<Architecture>>;
}

/** Parses every folder, then checks them against each other. The order of the folders does not matter. */
export function catalogFromFolders(folders: Iterable<CatalogFolder>): CatalogReading {
  const { parsed, catalog, findings } = parseFolders(folders);
  return reading(catalog, [...findings, ...lintFindings(parsed, {
    catalog, recipeNames: new Set(parsed.recipe.keys()), templateNames: new Set(parsed.template.keys()), architectureNames: new Set(parsed.architecture.keys()),
  })]);
}

/** Folders that were checked with others when they were new: only parsed, whatever rules there are by now. */
export function catalogOnRecord(folders: Iterable<CatalogFolder>): CatalogReading {
  const { catalog, findings } = parseFolders(folders);
  return reading(catalog, findings);
}

function parseFolders(folders: Iterable<CatalogFolder>): { parsed: ParsedKinds; catalog: Catalog; findings: Finding[] } {
  const parsed: ParsedKinds = { recipe: new Map(), template: new Map(), board: new Map(), architecture: new Map() };
  const findings: Finding[] = [];
  const sorted = [...folders].toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
  for (const folder of sorted) {
    if (parsed[folder.kind].has(folder.name)) findings.push(folderTwice(folder));
    else parseInto(parsed, folder);
  }
  for (const kind of Object.values(parsed)) for (const each of kind.values()) findings.push(...each.findings);
  const catalog: Catalog = { recipes: valuesOf(parsed.recipe), templates: valuesOf(parsed.template), boards: valuesOf(parsed.board), architectures: valuesOf(parsed.architecture) };
  return { parsed, catalog, findings };
}

function reading(catalog: Catalog, findings: readonly Finding[]): CatalogReading {
  const ordered = sortFindings(findings);
  return ordered.some(({ severity }) => severity === 'error') ? { findings: ordered } : { catalog: Object.freeze(catalog), findings: ordered };
}

function parseInto(parsed: ParsedKinds, folder: CatalogFolder): void {
  const parsers: Record<FolderKind, () => void> = {
    recipe: () => parsed.recipe.set(folder.name, parseRecipe(folder)),
    template: () => parsed.template.set(folder.name, parseTemplate(folder)),
    board: () => parsed.board.set(folder.name, parseBoard(folder)),
    architecture: () => parsed.architecture.set(folder.name, parseArchitecture(folder)),
  };
  parsers[folder.kind]();
}

function folderTwice(folder: CatalogFolder): Finding {
  return { severity: 'error', path: yamlPathOf(folder), line: 0, rule: 'folder-twice', message: `the ${folder.kind} ${quoted(folder.name)} is given twice` };
}

function valuesOf<T>(parsed: ReadonlyMap<string, ParsedFolder<T>>): Map<string, T> {
  return new Map(sortedBy(parsed, ([name]) => name).flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value] as const])));
}

function lintFindings(parsed: ParsedKinds, context: LintContext): Finding[] {
  const recipes = [...parsed.recipe.values()].flatMap((one) => {
    const found = lintOne(one, LINTS.filter((lint) => lint.subject === 'recipe'), context);
    return one.value === undefined ? found : afterDeviations(one, one.value, found);
  });
  const others = (['template', 'board', 'architecture'] as const).flatMap((kind) => (
    [...parsed[kind].values()].flatMap((one) => lintOne(one, LINTS.filter((lint) => lint.subject === kind), context))));
  return [...recipes, ...others];
}

type Subject = Recipe | Template | Board | Architecture;

/** `lints` are those for the kind of `value`. */
function lintOne({ value, document }: ParsedFolder<Recipe> | ParsedFolder<Template> | ParsedFolder<Board> | ParsedFolder<Architecture>, lints: readonly Lint[], context: LintContext): Finding[] {
  if (value === undefined || document === undefined) return [];
  return lints.flatMap((lint) => {
    const found: Finding[] = [];
    const check = lint.check as (value: Subject, report: Report, context: LintContext) => void;
    check(value, (place, message, suggestion) => found.push(findingAt(document, { place, rule: lint.id, message, ...present({ suggestion }) }, lint.severity)), context);
    return found;
  });
}

/** Takes away the warnings that the recipe deviates from with a reason; a deviation that is wrong or idle is a finding itself. */
function afterDeviations({ document }: ParsedFolder<Recipe>, { deviations }: Recipe, found: readonly Finding[]): Finding[] {
  const variations = new Set(VARIATION_NAMES.map(variationRule));
  const allowed = new Set([...LINTS.filter((lint) => lint.subject === 'recipe' && lint.severity === 'warning').map(({ id }) => id), ...variations]);
  const rules = new Set(deviations.map(({ rule }) => rule));
  const own = deviations.flatMap(({ rule }, index): Finding[] => {
    const place = ['deviations', index, 'rule'];
    if (!allowed.has(rule)) return [findingAt(document!, { place, rule: 'deviation', message: `no recipe may deviate from ${quoted(rule)}`, ...present({ suggestion: didYouMeanText(rule, allowed) }) })];
    // Whether it breaks one of those is only known by running it.
    if (variations.has(rule) || found.some((finding) => finding.rule === rule)) return [];
    return [findingAt(document!, { place, rule: 'deviation', message: `the recipe does not break ${quoted(rule)}`, suggestion: 'remove it' }, 'warning')];
  });
  return [...found.filter(({ rule, severity }) => severity === 'error' || !rules.has(rule)), ...own];
}
