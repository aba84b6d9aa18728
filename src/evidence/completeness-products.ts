import { isSha256 } from '../foundation/digest.ts';
import { wholeEnvironment } from './definition-parts.ts';
import { mutableReferences } from './pinned-references.ts';
import { sourcesOf } from './completeness-inputs.ts';
import { BUILDER_ID } from './predicates.ts';
import { billProblems } from './sbom-bijection.ts';
import { byproductsOfRole, contentOf, jsonOf, listed, met, missing, recipesOfRole, rowsOf, unless, vacuous, type PointResult, type ScoredStatement } from './scored-statement.ts';

/** Values that every step has, whatever machine it runs on. */
const FIXED: Readonly<Record<string, string>> = { HOME: '/build/home', LC_ALL: 'C', TZ: 'UTC' };
/** What a dump of somebody's session would have in it. */
const OF_A_SESSION = /^(USER|USERNAME|LOGNAME|HOSTNAME|PWD|OLDPWD|SHELL|SHLVL|TERM|DISPLAY|EDITOR|MAIL|LANG|LANGUAGE|LS_COLORS|_|(SSH|XDG|DBUS|SUDO|GPG|AWS|GITHUB|CI)(_.*)?|.*_proxy|.*(SECRET|TOKEN|PASSWORD|CREDENTIAL).*)$/i;

export function environmentAllowed({ parsed }: ScoredStatement): PointResult {
  const { environment } = parsed.statement.predicate.buildDefinition.internalParameters;
  const steps = Object.entries(wholeEnvironment(environment));
  if (steps.length === 0) return vacuous('no step runs in a container');
  const wrong = steps.flatMap(([step, variables]) => [
    ...Object.keys(variables).filter((name) => OF_A_SESSION.test(name)).map((name) => `${step}: ${name}`),
    ...Object.entries(FIXED).filter(([name, value]) => variables[name] !== value).map(([name]) => `${step}: ${name} is not fixed`),
    ...['PATH', 'SOURCE_DATE_EPOCH'].filter((name) => variables[name] === undefined).map((name) => `${step}: no ${name}`),
  ]);
  const names = new Set(steps.flatMap(([, variables]) => Object.keys(variables)));
  return unless(wrong, 'not of the list', `${names.size} variables in ${steps.length} steps, each said by the plan and none taken from a session`);
}

export function secretsDeclared({ parsed }: ScoredStatement): PointResult {
  const { secrets } = parsed.statement.predicate.buildDefinition.externalParameters;
  return secrets.length === 0 ? met('declared: none; a step is given no secret') : missing(`secrets are declared: ${listed(secrets)}`);
}

export function nothingMutable({ parsed }: ScoredStatement): PointResult {
  const found = mutableReferences(parsed.statement);
  const { resolvedDependencies } = parsed.statement.predicate.buildDefinition;
  return unless(found.map(({ name, why }) => `${name} ${why}`), 'not pinned', `${resolvedDependencies.length} dependencies, each by the digest of its content`);
}

const COMPRESSED = /\.(bz2|gz|lz[a-z0-9]+|xz|zst)$/;

export function imagesListed(scored: ScoredStatement): PointResult {
  const { subject } = scored.parsed.statement;
  const formats = new Set(subject.map(({ annotations }) => annotations['format']));
  const wanted = scored.parsed.definition.target.images.flatMap((choice) => typeof choice === 'object' && choice !== null && 'format' in choice ? [String(choice.format)] : []);
  const absent = wanted.filter((format) => !formats.has(format));
  if (recipesOfRole(scored, 'kernel').length > 0 && !formats.has('kernel')) absent.push('kernel');
  const opened = new Set(subject.map(({ annotations }) => annotations['uncompressedFormOf']));
  const closed = subject.filter(({ name }) => COMPRESSED.test(name) && !opened.has(name)).map(({ name }) => `${name}, uncompressed`);
  return unless([...absent, ...closed], 'not among the subjects', `${subject.length} subjects: ${subject.map(({ name }) => name).join(', ')}`);
}

export function unsignedForms({ parsed: { statement: { subject } } }: ScoredStatement): PointResult {
  const signed = subject.filter(({ annotations }) => annotations['signedBy'] !== undefined);
  if (signed.length === 0) return vacuous(`none of ${subject.length} subjects was signed in the build`);
  const names = new Set(subject.map(({ name }) => name));
  return unless(signed.filter(({ name }) => !names.has(`${name}#unsigned`)).map(({ name }) => name), 'signed images without their unsigned form', `${signed.length} signed images, each with its unsigned form`);
}

export function billOfMaterials(scored: ScoredStatement): PointResult {
  const bills = byproductsOfRole(scored, 'sbom');
  if (bills.length === 0) return missing('not there yet: no byproduct is an SBOM');
  const problems = bills.flatMap((bill) => {
    const bytes = contentOf(scored, bill);
    return typeof bytes === 'string' ? [bytes] : billProblems(jsonOf(bytes), scored.parsed.statement).map((problem) => `${bill.name}: ${problem}`);
  });
  return unless(problems, 'components and dependencies do not match', `${bills.map(({ name }) => name).join(', ')}: every component is a dependency, every shipped dependency a component`);
}

export function legalInformation(scored: ScoredStatement): PointResult {
  const found = byproductsOfRole(scored, 'legal-info');
  return found.length === 0 ? missing('not there yet: no byproduct is the license report')
    : unless(found.filter(({ digest }) => !isSha256(digest['sha256'] ?? '')).map(({ name }) => name), 'without sha256', listed(found.map(({ name, digest }) => `${name} ${digest['sha256']}`)));
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'file': ['sha256', 'sizeBytes'], 'symlink': ['target'], 'character-device': ['major', 'minor'], 'block-device': ['major', 'minor'], 'directory': [], 'fifo': [],
};

export function filesListed(scored: ScoredStatement): PointResult {
  const [descriptor] = byproductsOfRole(scored, 'file-manifest');
  if (descriptor === undefined) return missing('there is no manifest of the files');
  const bytes = contentOf(scored, descriptor);
  if (typeof bytes === 'string') return missing(bytes);
  const lines = Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1);
  if (lines.length === 0) return missing('the manifest of the files is empty');
  const wrong = lines.filter((line) => !isManifestLine(line)).map((line) => line.slice(0, 100));
  return unless(wrong, 'lines that lack a field', `${lines.length} paths with mode, owner, size, sha256, extended attributes, device numbers and link targets`);
}

function isManifestLine(line: string): boolean {
  const row = jsonOf(Buffer.from(line)) as Record<string, unknown> | undefined;
  const has = (name: string): boolean => row?.[name] !== undefined || row?.[`${name}Hex`] !== undefined;
  if (row?.['kind'] === 'hard-link') return has('path') && has('target');
  const own = FIELDS[String(row?.['kind'])];
  return own !== undefined && ['path', 'mode', 'uid', 'gid', ...own].every(has);
}

export function logsNamed(scored: ScoredStatement): PointResult {
  const rows = rowsOf(scored, 'log');
  if (typeof rows === 'string') return missing(rows);
  const logs = new Map(rows.map(({ step, sha256 }) => [step, sha256]));
  const steps = Object.keys(scored.parsed.definition.steps);
  const without = steps.filter((step) => { const digest = logs.get(step); return typeof digest !== 'string' || !isSha256(digest); });
  return unless(without, 'steps without the digest of a log', `the logs of ${steps.length} steps by digest`);
}

export function fetchesLogged(scored: ScoredStatement): PointResult {
  const sources = sourcesOf(scored);
  const rows = rowsOf(scored, 'fetch-log');
  if (typeof rows === 'string') return missing(rows);
  const fetched = new Set(rows.filter(({ url }) => typeof url === 'string' && url !== '').map(({ sha256 }) => sha256));
  const without = sources.filter(({ digest }) => !fetched.has(digest)).map(({ name }) => name);
  const { unrecordedFetches } = scored.parsed.statement.predicate.runDetails.metadata.provenroot_completeness;
  if (unrecordedFetches !== without.length) return missing(`the statement says ${unrecordedFetches} unrecorded downloads, its own list ${without.length}`);
  return unless(without, 'downloads that are not on record', `${sources.length} sources, ${rows.length} downloads on record, 0 unrecorded; steps have no network`);
}

const COMPONENTS = ['provenroot', 'node', 'engine.version', 'engine.kernel', 'collector', 'finalize', 'stepRunner'];

export function builderNamed({ parsed }: ScoredStatement): PointResult {
  const { builder: { id, version }, metadata } = parsed.statement.predicate.runDetails;
  const wrong = [
    ...(id === BUILDER_ID ? [] : [`the id ${id}`]), ...COMPONENTS.filter((name) => (version[name] ?? '') === '').map((name) => `no version of ${name}`),
    ...(metadata.provenroot_machine.cpuCount > 0 ? [] : ['no CPU count']),
  ];
  return unless(wrong, 'not said', `${id}, Provenroot ${version['provenroot']}, ${COMPONENTS.length} versions, ${metadata.provenroot_machine.cpuCount} CPUs`);
}
