import type { Source } from '../catalog/model.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import { Bug } from '../foundation/failure.ts';
import type { BuildFacts, RecipeFacts, StepFacts } from './build-facts.ts';
import { definitionRows, type DefinitionRow } from './definition-parts.ts';
import { DEPENDENCY_ROLES } from './dependency-roles.ts';
import type { Descriptor } from './statement-schema.ts';
import { isFixedPackageUrl } from './pinned-references.ts';

/** Everything that went in, each by digest; ordered by role, name, digest. */
export function resolvedDependencies(facts: BuildFacts): Descriptor[] {
  const recipes = new Map(facts.recipes.map((recipe) => [recipe.name, recipe]));
  const rows = [
    ...definitionRows(facts.definition).map((row) => definitionDescriptor(row, recipes, facts)),
    ...catalogFolders(facts),
    engineDescriptor(facts),
    ...stepOutputs('toolchain', facts, recipes, () => true),
    ...stepOutputs('kernel', facts, recipes, (output) => output === 'config'),
    ...tableBlobs(facts).map(({ name, digest }) => descriptor({ role: 'table', name, digest })),
    ...facts.initScripts.map(({ owner, name, digest }) => descriptor({ role: 'init-script', name: `${owner}/${name}`, digest })),
    ...facts.runtimeComponents.map(({ name, digest }) => descriptor({ role: 'runtime-component', name, digest })),
  ];
  return rows.toSorted((a, b) => compareText(orderKey(a), orderKey(b)));
}

const orderKey = ({ annotations, name, digest }: Descriptor): string => `${annotations?.['role'] ?? ''} ${name} ${canonicalJson(digest)}`;

function descriptor({ role, name, digest }: DefinitionRow, more: Omit<Partial<Descriptor>, 'name' | 'digest'> = {}): Descriptor {
  const algorithm = DEPENDENCY_ROLES[role];
  if (algorithm === undefined) throw new Bug(`a dependency has the unknown role ${role}`);
  return { name, digest: { [algorithm]: digest }, ...more, annotations: { role, ...more.annotations } };
}

function definitionDescriptor(row: DefinitionRow, recipes: ReadonlyMap<string, RecipeFacts>, { sandbox }: BuildFacts): Descriptor {
  const recipe = recipes.get(row.name.slice(0, row.name.indexOf('/')));
  switch (row.role) {
    case 'source': return recipe === undefined ? descriptor(row) : sourceDescriptor(row, recipe);
    case 'recipe': return recipeDescriptor(row, recipes.get(row.name));
    case 'sandbox': return descriptor(row, { annotations: { architecture: sandbox.architecture, lock: sandbox.lockDigest, packages: SANDBOX_PACKAGES } });
    default: return descriptor(row);
  }
}

/** Name of the byproduct that lists the sandbox's packages. */
export const SANDBOX_PACKAGES = 'sandbox-packages.json';

function sourceDescriptor(row: DefinitionRow, recipe: RecipeFacts): Descriptor {
  const source = recipe.sources.find((one) => one.sha256 === row.digest);
  const location = source?.urls[0];
  return descriptor(row, {
    uri: packageUrl(recipe),
    ...(location === undefined ? {} : { downloadLocation: location }),
    annotations: { license: recipe.license, ...taggedPackage(recipe), ...(source === undefined ? {} : sourceAnnotations(source)) },
  });
}

function sourceAnnotations({ origin, sizeBytes, debianPool }: Source): Record<string, string> {
  return { origin, sizeBytes: String(sizeBytes), ...(debianPool === undefined ? {} : { debianPool }) };
}

function recipeDescriptor(row: DefinitionRow, recipe: RecipeFacts | undefined): Descriptor {
  if (recipe === undefined) return descriptor(row);
  return descriptor(row, { uri: packageUrl(recipe), annotations: { version: recipe.version, recipeRole: recipe.role, license: recipe.license, shipped: String(recipe.shipped), ...taggedPackage(recipe) } });
}

/**
 * What the recipe says of itself, else a generic one (purl specification, type `generic`). A package URL with a tag names
 * what its forge may move: it is told as an annotation, and is no reference.
 */
function packageUrl({ purl, name, version }: RecipeFacts): string {
  return purl !== undefined && isFixedPackageUrl(purl) ? purl : `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
}

function taggedPackage({ purl }: RecipeFacts): Record<string, string> {
  return purl === undefined || isFixedPackageUrl(purl) ? {} : { purl };
}

/** The board and the architecture are no rows of the definition: what they say is in the keys of its steps. */
function catalogFolders({ definition, request: { catalog } }: BuildFacts): Descriptor[] {
  const { board, architecture } = definition.target;
  const row = (role: 'board' | 'architecture', name: string): Descriptor[] => {
    const digest = catalog[role][name];
    return digest === undefined ? [] : [descriptor({ role, name, digest })];
  };
  return [...row('board', board), ...row('architecture', architecture)];
}

/** Versions of our own code that shapes bytes, spelled out: small enough to travel inside. */
function engineDescriptor({ definition: { format, versions } }: BuildFacts): Descriptor {
  const content = Buffer.from(canonicalJson({ planFormat: format, versions }));
  return descriptor({ role: 'engine', name: 'engine', digest: sha256(content) }, { mediaType: 'application/json', content: content.toString('base64') });
}

/** Outputs of the steps of recipes of one role: the compiler as it was really used, the kernel's configuration as resolved. */
function stepOutputs(
  recipeRole: 'toolchain' | 'kernel', { steps }: BuildFacts, recipes: ReadonlyMap<string, RecipeFacts>, chosen: (output: string) => boolean,
): Descriptor[] {
  const role = recipeRole === 'kernel' ? 'kernel-configuration' : 'toolchain';
  const ofRole = ({ recipe }: StepFacts): boolean => recipe !== null && recipes.get(recipe)?.role === recipeRole;
  return steps.filter(ofRole).flatMap(({ name, outputs }) => sortedEntries(outputs).filter(([output]) => chosen(output))
    .map(([output, digest]) => descriptor({ role, name: `${name}/${output}`, digest })));
}

/** The tables as they stand in the statement: by the digest of their canonical form. */
export function tableBlobs({ tables }: BuildFacts): { name: string; digest: Sha256; bytes: Uint8Array }[] {
  return sortedEntries(tables).map(([name, rows]) => {
    const bytes = Buffer.from(canonicalJson(rows));
    return { name, digest: sha256(bytes), bytes };
  });
}
