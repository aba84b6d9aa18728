import type { Architecture, Board, Catalog, Recipe, Template } from './model.ts';
import type { PlacePath } from './yaml-document.ts';

/** `place` in the words of the YAML file: `['sources', 0, 'sha256']`. */
export type Report = (place: PlacePath, message: string, suggestion?: string) => void;

/** What a rule may look at beside its subject. Folders whose own file is broken are known by name only. */
export interface LintContext {
  catalog: Catalog;
  recipeNames: ReadonlySet<string>;
  templateNames: ReadonlySet<string>;
  architectureNames: ReadonlySet<string>;
}

interface Rule<Subject extends string, Value> {
  subject: Subject;
  /** Kebab-case, unique over all rules. */
  id: string;
  /** What is wrong where it reports, and what to do; documented. */
  explain: string;
  /** A recipe may opt out of warnings, by `deviations`. */
  severity: 'error' | 'warning';
  check(value: Value, report: Report, context: LintContext): void;
}

export type RecipeLint = Rule<'recipe', Recipe>;
export type TemplateLint = Rule<'template', Template>;
export type BoardLint = Rule<'board', Board>;
export type ArchitectureLint = Rule<'architecture', Architecture>;
export type Lint = RecipeLint | TemplateLint | BoardLint | ArchitectureLint;
