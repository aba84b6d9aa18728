import { jsonDigest } from '../foundation/canonical-json.ts';
import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { met, missing, ofRole, recipesOfRole, rowsOf, unless, vacuous, type PointResult, type ScoredStatement } from './scored-statement.ts';
import { EXTERNAL_PARAMETERS } from './statement-schema.ts';

const parametersOf = ({ parsed }: ScoredStatement): ScoredStatement['parsed']['statement']['predicate']['buildDefinition'] => parsed.statement.predicate.buildDefinition;

export function parametersKnown(scored: ScoredStatement): PointResult {
  const keys = Object.keys(parametersOf(scored).externalParameters);
  const unknown = keys.filter((key) => !EXTERNAL_PARAMETERS.includes(key));
  const absent = EXTERNAL_PARAMETERS.filter((key) => !keys.includes(key));
  return unless([...unknown, ...absent.map((key) => `${key} (absent)`)], 'parameters', `all ${keys.length} external parameters are of the build type, none is left to be guessed`);
}

export function configurationHashed(scored: ScoredStatement): PointResult {
  const { configuration } = parametersOf(scored).externalParameters;
  if (jsonDigest(configuration.document) !== configuration.digest) return missing('the configuration is not what its digest says');
  const steps = Object.keys(scored.parsed.definition.steps).length;
  return steps === 0 ? missing('what the configuration resolves to is not there: no step has a plan key')
    : met(`the configuration as given (${configuration.digest}) and as resolved: the plan keys of ${steps} steps, definition ${scored.parsed.definitionDigest}`);
}

export function catalogByTree(scored: ScoredStatement): PointResult {
  const { recipes, templates, target } = scored.parsed.definition;
  const wanted = [
    ...Object.keys(recipes).map((name) => ['recipe', name] as const), ...Object.keys(templates).map((name) => ['template', name] as const),
    ['board', target.board] as const, ['architecture', target.architecture] as const,
  ];
  const without = wanted.filter(([role, name]) => !ofRole(scored, role).some((one) => one.name === name && isSha256(one.digest['provenrootTree'] ?? '')));
  return unless(without.map((one) => one.join(' ')), 'not there by tree digest', `${wanted.length} folders of the catalog by tree digest; there are no others: a recipe lies in one`);
}

export function downloadsRecorded(scored: ScoredStatement): PointResult {
  const locations = scored.parsed.statement.predicate.runDetails.metadata.provenroot_locations;
  const sources = sourcesOf(scored);
  if (sources.length === 0) return vacuous('the definition names no source, so nothing was downloaded');
  const dependencies = new Set(ofRole(scored, 'source').map(({ digest }) => digest['sha256']));
  const without = sources.filter(({ digest }) => !dependencies.has(digest) || (locations[digest] ?? '') === '');
  return unless(without.map(({ name }) => name), 'sources without a digest or the address really used', `${sources.length} sources, each with sha256 and the address that it really came from`);
}

export function sourcesOf({ parsed }: ScoredStatement): readonly { name: string; digest: Sha256 }[] {
  return parsed.definition.inputs.filter(({ role }) => role === 'source');
}

const TABLES = ['devices', 'permissions', 'system', 'users'];

export function patchesAndTables(scored: ScoredStatement): PointResult {
  const inputs = scored.parsed.definition.inputs.filter(({ role }) => role !== 'source');
  const named = new Set(['patch', 'file', 'input'].flatMap((role) => ofRole(scored, role).map(({ name, digest }) => `${role} ${name} ${digest['sha256']}`)));
  const tables = new Set(ofRole(scored, 'table').map(({ name }) => name));
  const { overlays, scripts } = parametersOf(scored).externalParameters;
  const wrong = [
    ...inputs.filter(({ role, name, digest }) => !named.has(`${role} ${name} ${digest}`)).map(({ name }) => name),
    ...TABLES.filter((name) => !tables.has(name)).map((name) => `the table ${name}`),
  ];
  return unless(wrong, 'not named', `${inputs.length} patches and files, ${tables.size} tables, ${ofRole(scored, 'init-script').length} init scripts; overlays: ${overlays.length}, scripts: ${scripts.length}`);
}

export function toolchainNamed(scored: ScoredStatement): PointResult {
  const recipes = recipesOfRole(scored, 'toolchain');
  if (recipes.length === 0) return vacuous('no recipe of this build has the role toolchain: the compiler is the sandbox\'s');
  const outputs = ofRole(scored, 'toolchain');
  const without = recipes.filter((recipe) => !outputs.some(({ name }) => isStepOf(name, recipe)));
  const sources = sourcesOf(scored).filter(({ name }) => recipes.some((recipe) => name.startsWith(`${recipe}/`)));
  return unless(without, 'toolchains without their outputs', `${recipes.join(', ')}: ${sources.length} sources and ${outputs.length} outputs by digest`);
}

/** `RECIPE/OUTPUT` or `RECIPE.STAGE/OUTPUT`. */
function isStepOf(name: string, recipe: string): boolean {
  return name.startsWith(`${recipe}/`) || name.startsWith(`${recipe}.`);
}

export function sandboxListed(scored: ScoredStatement): PointResult {
  const [sandbox, ...others] = ofRole(scored, 'sandbox');
  if (sandbox === undefined || others.length > 0) return missing('the sandbox is not named once by digest');
  const packages = rowsOf(scored, 'sandbox-packages');
  if (typeof packages === 'string') return missing(packages);
  const bad = packages.filter(({ name, version, sha256 }) => typeof name !== 'string' || typeof version !== 'string' || typeof sha256 !== 'string' || !isSha256(sha256));
  if (packages.length === 0) return missing('the list of the sandbox\'s packages is empty');
  return unless(bad.map(({ name }) => String(name)), 'packages without version or sha256', `the root tree ${sandbox.digest['provenrootTree'] ?? ''} and its ${packages.length} packages, each by sha256`);
}

export function bootConfiguration(scored: ScoredStatement): PointResult {
  const kernels = recipesOfRole(scored, 'kernel');
  const bootloaders = recipesOfRole(scored, 'bootloader');
  const trees = scored.parsed.statement.subject.filter(({ name }) => name.endsWith('.dtb'));
  const told = `boot loaders: ${bootloaders.length}, device trees: ${trees.length}, each one a subject`;
  if (kernels.length + bootloaders.length === 0) return vacuous(`no recipe has the role kernel or bootloader; ${told}`);
  const configurations = [...ofRole(scored, 'kernel-configuration'), ...ofRole(scored, 'boot-environment')];
  const without = [...kernels, ...bootloaders].filter((recipe) => !configurations.some(({ name }) => isStepOf(name, recipe)));
  return unless(without, 'without the configuration it was built with', `${kernels.join(', ')}: the configuration as resolved, by digest; ${told}`);
}

/** Not on SPDX's list, or nothing said: a source of which it must be said whether it may be passed on. */
const NOT_OPEN = /\b(LicenseRef-|DocumentRef-|NONE\b|NOASSERTION\b)/;

export function blobsFlagged(scored: ScoredStatement): PointResult {
  const sources = ofRole(scored, 'source');
  const blobs = sources.filter(({ annotations }) => NOT_OPEN.test(annotations?.['license'] ?? 'NOASSERTION'));
  if (blobs.length === 0) return vacuous(`${sources.length} sources, all under licenses of SPDX's list: none is a binary that only its vendor has the source of`);
  const without = blobs.filter(({ annotations }) => !['true', 'false'].includes(annotations?.['redistributable'] ?? ''));
  return unless(without.map(({ name }) => name), 'binaries of which it is not said whether they may be passed on', `${blobs.length} binaries, each flagged`);
}
