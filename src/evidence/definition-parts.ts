import type { Sha256 } from '../foundation/digest.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import { INPUT_ROLES } from './dependency-roles.ts';

/** Variables that all steps share, and those of each step beside them: a plan of 400 packages says the common ones once. */
export interface SharedEnvironment {
  common: Record<string, string>;
  own: Record<string, Record<string, string>>;
}

export function sharedEnvironment(environment: BuildDefinition['environment']): SharedEnvironment {
  const steps = Object.values(environment);
  const [first, ...rest] = steps.map((variables) => new Map(Object.entries(variables)));
  const common = new Map([...first ?? []].filter(([name, value]) => rest.every((variables) => variables.get(name) === value)));
  const own = sortedEntries(environment).map(([step, variables]) => [step, Object.fromEntries(sortedEntries(variables).filter(([name]) => !common.has(name)))] as const);
  return { common: Object.fromEntries(sortedBy(common)), own: Object.fromEntries(own) };
}

const sortedBy = (entries: ReadonlyMap<string, string>): [string, string][] => [...entries].toSorted(([a], [b]) => compareText(a, b));

export function wholeEnvironment({ common, own }: SharedEnvironment): BuildDefinition['environment'] {
  return Object.fromEntries(Object.entries(own).map(([step, variables]) => [step, { ...common, ...variables }]));
}

/** A row of the definition as a resolved dependency names it. */
export interface DefinitionRow { role: string; name: string; digest: Sha256 }

/** What of a definition is told as resolved dependencies; the rest is internal parameters. */
export function definitionRows(definition: BuildDefinition): DefinitionRow[] {
  const rows = (role: string, digests: Readonly<Record<string, Sha256>>): DefinitionRow[] => Object.entries(digests).map(([name, digest]) => ({ role, name, digest }));
  return [...definition.inputs, ...rows('recipe', definition.recipes), ...rows('template', definition.templates), { role: 'sandbox', name: 'sandbox', digest: definition.sandbox }];
}

/** The internal parameters: what the engine made of the request. */
export interface InternalParameters {
  planFormat: number;
  target: BuildDefinition['target'];
  versions: BuildDefinition['versions'];
  epochSeconds: number;
  environment: SharedEnvironment;
  /** Plan key of each step. */
  steps: Readonly<Record<string, Sha256>>;
}

export function internalParameters({ format, target, versions, epochSeconds, environment, steps }: BuildDefinition): InternalParameters {
  return { planFormat: format, target, versions, epochSeconds, environment: sharedEnvironment(environment), steps };
}

/** Back again: what `definitionRows` and `internalParameters` say, in the engine's own form. */
export function definitionFromParts(configuration: Sha256, internal: InternalParameters, rows: readonly DefinitionRow[]): BuildDefinition {
  const byName = (role: string): Record<string, Sha256> => Object.fromEntries(rows.filter((row) => row.role === role).map(({ name, digest }) => [name, digest]));
  return {
    // Another format has another digest, which is all that a reader of this one can say of it.
    format: internal.planFormat as BuildDefinition['format'],
    configuration,
    target: internal.target,
    recipes: byName('recipe'),
    templates: byName('template'),
    inputs: rows.filter(({ role }) => INPUT_ROLES.includes(role)).map(({ role, name, digest }) => ({ role, name, digest })).toSorted(compareInputs),
    sandbox: byName('sandbox')['sandbox'] ?? '' as Sha256,
    versions: internal.versions,
    epochSeconds: internal.epochSeconds,
    environment: wholeEnvironment(internal.environment),
    steps: internal.steps,
  };
}

/** As src/plan/definition.ts orders them. */
function compareInputs(a: DefinitionRow, b: DefinitionRow): number {
  const key = ({ role, name, digest }: DefinitionRow): string => `${role} ${name} ${digest}`;
  return compareText(key(a), key(b));
}
