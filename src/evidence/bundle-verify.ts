import type { Sha256 } from '../foundation/digest.ts';
import type { ErrorCode } from '../foundation/error-registry.ts';
import { Bug, Failure, isCoded } from '../foundation/failure.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../signing/envelope.ts';
import { payloadDigest } from '../signing/envelope-files.ts';
import { parseRootContent } from '../signing/root-content.ts';
import { asRecord } from '../signing/strict-json.ts';
import { walkRoots, type TrustRoot } from '../signing/trust-root.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import { aggregateOf, type Aggregate } from './aggregate.ts';
import { bindRebuild, runOf, type BoundRebuild } from './bound-rebuild.ts';
import { verifyLogged, type LoggedStatement } from './bundle-log.ts';
import type { Bundle } from './bundle-read.ts';
import { verifySigned, type SignedStatement } from './bundle-signatures.ts';
import { checkCompleteness, type Completeness } from './completeness.ts';
import { parsePayload, parseStatement, type ParsedStatement } from './parse-statement.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE, RELEASE_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { DEFAULT_POLICY, type QuorumPolicy } from './quorum-policy.ts';
import { rowsOf, type ScoredStatement } from './scored-statement.ts';
import type { Subject } from './statement-schema.ts';
import { expectedArtifacts } from './verdict.ts';

/** In this order; the first that fails ends the check. */
export const BUNDLE_STEPS = [
  'archive', 'root', 'log', 'signatures', 'types', 'parameters', 'builder', 'subject', 'release', 'inputs', 'expectations', 'completeness', 'rebuilds',
] as const;
export type BundleStepName = (typeof BUNDLE_STEPS)[number];

export interface BundleStep {
  step: BundleStepName;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Of a step that failed. */
  code?: ErrorCode;
  /** What was found, or what is wrong, or why nothing was asked. */
  message: string;
}

export interface BundleReport {
  /** Every step passed or was not asked for. */
  passed: boolean;
  steps: readonly BundleStep[];
  /** What was learned before a step failed; only of a report that passed is it to be believed. */
  rootVersion?: number;
  provenance?: { sha256: Sha256; definitionDigest: Sha256; builderId: string; operator: string; loggedAt: string; subjects: readonly Subject[] };
  statements: readonly { sha256: Sha256; type: string; operator: string; loggedAt: string }[];
  completeness?: Completeness;
  /** By subject. */
  rebuilds?: readonly { name: string; sha256: Sha256; aggregate: Aggregate }[];
}

export interface VerifyBundleOptions {
  /** Came on another way than the archive. */
  trusted: TrustRoot;
  /** RFC 3339, milliseconds, UTC: for how old rebuilds may be, for nothing else. */
  now: string;
  /** sha256 of bytes that must be a subject. */
  file?: Sha256;
  /** What the provenance must be about. */
  expected?: { definitionDigest?: Sha256; target?: string };
  /** Completeness that is asked for, and what rebuilds count; `DEFAULT_POLICY` unless told. */
  policy?: QuorumPolicy;
  /** The policy's quorum must be met too: else rebuilds are reported and decide nothing. */
  needQuorum?: boolean;
}

/** What the steps leave for each other. */
interface Check {
  bundle: Bundle;
  options: VerifyBundleOptions;
  root?: TrustRoot;
  logged: readonly LoggedStatement[];
  signed: readonly SignedStatement[];
  parsed?: ParsedStatement;
  completeness?: Completeness;
  rebuilds?: BundleReport['rebuilds'];
}

type Step = (check: Check) => string | { skipped: string };

/**
 * The verifier (study B.7): an archive is good when trusted keys say so that came on another way. Never throws for what
 * is in the archive; each step tells what it found under a code of its own.
 */
export function verifyBundle(bundle: Bundle, options: VerifyBundleOptions): BundleReport {
  const check: Check = { bundle, options, logged: [], signed: [] };
  const steps: BundleStep[] = [{ step: 'archive', outcome: 'passed', message: `${bundle.statements.size} statements, every name fits its bytes` }];
  for (const step of BUNDLE_STEPS.slice(1) as Exclude<BundleStepName, 'archive'>[]) {
    steps.push(steps.some(({ outcome }) => outcome === 'failed') ? { step, outcome: 'skipped', message: 'not reached' } : run(step, check));
  }
  return report(check, steps);
}

/** The report where the archive itself could not be read. */
export function unreadableBundle(error: unknown): BundleReport {
  if (!isCoded(error) || error.name === 'Bug') throw error;
  const [archive, ...others] = BUNDLE_STEPS;
  const steps: BundleStep[] = [{ step: archive, outcome: 'failed', code: error.code, message: error.message }, ...others.map((step) => ({ step, outcome: 'skipped' as const, message: 'not reached' }))];
  return { passed: false, steps, statements: [] };
}

function run(step: Exclude<BundleStepName, 'archive'>, check: Check): BundleStep {
  try {
    const found = STEPS[step](check);
    return typeof found === 'string' ? { step, outcome: 'passed', message: found } : { step, outcome: 'skipped', message: found.skipped };
  } catch (error) {
    if (!isCoded(error) || error.name !== 'Failure') throw error;
    return { step, outcome: 'failed', code: error.code, message: error.message };
  }
}

const STEPS: Readonly<Record<Exclude<BundleStepName, 'archive'>, Step>> = {
  root: walkForward, log: checkLogged, signatures: checkSignatures, types: checkTypes, parameters: checkParameters, builder: checkBuilder,
  subject: checkSubject, release: checkRelease, inputs: checkInputs, expectations: checkExpectations, completeness: scoreCompleteness, rebuilds: countRebuilds,
};

/** The archive's own roots are worth what a chain from the trusted one makes of them. */
function walkForward(check: Check): string {
  const { options: { trusted }, bundle: { roots } } = check;
  const known = new Map<number, Sha256>([[trusted.content.version, trusted.sha256]]);
  for (const envelope of roots) {
    const { version } = parseRootContent(payloadBytes(envelope), 'a root of the archive');
    const digest = payloadDigest(envelope);
    if ((known.get(version) ?? digest) !== digest) throw new Failure('EVIDENCE.FOREIGN_ROOT', `the archive has another root of version ${version} than the trusted one`);
    known.set(version, digest);
  }
  const once = [...new Map(roots.map((envelope) => [payloadDigest(envelope), envelope])).values()];
  check.root = walkRoots(trusted, once, 'the roots of the archive');
  return `version ${check.root.content.version}, from the trusted version ${trusted.content.version}`;
}

function checkLogged(check: Check): string {
  check.logged = verifyLogged(check.bundle, rootOf(check));
  return `${check.logged.length} statements are in a trusted log, the newest since ${check.logged.map(({ entry }) => entry.at).toSorted().at(-1)}`;
}

/** Rebuilds speak for themselves: a stranger's is left aside, later, and does no harm. */
function checkSignatures(check: Check): string {
  const root = rootOf(check);
  const known = new Set(root.content.keys.map(({ keyId }) => keyId));
  const asked = check.logged.filter(({ entry, envelope }) => entry.type !== REBUILD_TYPE || envelope.signatures.some(({ keyid }) => known.has(keyid)));
  check.signed = asked.map((statement) => verifySigned(statement, root));
  provenanceOf(check);
  const left = check.logged.length - asked.length;
  return `${asked.length} statements are signed by keys that were valid when they were logged${left === 0 ? '' : `; ${left} rebuilds of unknown rebuilders count for nothing`}`;
}

function checkTypes({ signed, bundle: { index } }: Check): string {
  for (const { sha256, verified, entry } of signed) {
    const refuse = (what: string): never => { throw new Failure('EVIDENCE.WRONG_TYPE', `statement ${sha256} ${what}`, { place: sha256 }); };
    if (verified.payloadType !== IN_TOTO_PAYLOAD_TYPE) refuse(`has the payload type ${JSON.stringify(verified.payloadType)}`);
    const { _type, predicateType } = asRecord(parsePayload(verified.payload, `statement ${sha256}`)) ?? {};
    const listed = index.statements.find((one) => one.sha256 === sha256)?.type;
    if (_type !== STATEMENT_TYPE) refuse('is no in-toto statement v1');
    if (predicateType !== entry.type || predicateType !== listed) refuse('says another predicate type than log or index');
  }
  return 'in-toto statements v1 of the types that the log says';
}

function checkParameters(check: Check): string {
  const { sha256, verified } = provenanceOf(check);
  check.parsed = parseStatement(verified.payload, `statement ${sha256}`);
  return `every parameter is known, nothing is mutable, the definition is ${check.parsed.definitionDigest}`;
}

function checkBuilder(check: Check): string {
  const { id } = parsedOf(check).statement.predicate.runDetails.builder;
  const { signers } = provenanceOf(check);
  const speaker = signers.find(({ builderIds }) => builderIds?.includes(id) === true);
  if (speaker === undefined) throw new Failure('EVIDENCE.WRONG_BUILDER', `the provenance names the builder ${id.slice(0, 200)}, for which its key does not speak`);
  return `${id}, of ${speaker.operator}`;
}

function checkSubject(check: Check): ReturnType<Step> {
  const { file } = check.options;
  if (file === undefined) return { skipped: 'no file was given' };
  const subject = parsedOf(check).statement.subject.find(({ digest }) => digest.sha256 === file);
  if (subject === undefined) throw new Failure('EVIDENCE.NOT_A_SUBJECT', `the file, ${file}, is none of the subjects of the provenance`);
  return `the file is ${subject.name}`;
}

function checkRelease(check: Check): ReturnType<Step> {
  const { release } = check.bundle.index;
  const releases = check.signed.filter(({ entry }) => entry.type === RELEASE_TYPE);
  if (release !== null && !releases.some(({ sha256 }) => sha256 === release)) throw new Failure('EVIDENCE.RELEASE_MISMATCH', 'the release that the archive is about is not in it');
  if (releases.length === 0) return { skipped: 'the archive is of no release' };
  const built = new Set(parsedOf(check).statement.subject.map(({ digest }) => digest.sha256 as string));
  for (const { sha256, verified } of releases) {
    const released = subjectDigests(parsePayload(verified.payload, `release ${sha256}`));
    if (released.length === 0 || !released.every((digest) => built.has(digest))) throw new Failure('EVIDENCE.RELEASE_MISMATCH', `the release ${sha256} is of bytes that the provenance does not name`, { place: sha256 });
  }
  return `${releases.length} releases of bytes that the provenance names`;
}

/** What a rebuild takes: archives of the definition, packages of the sandbox. */
function checkInputs(check: Check): ReturnType<Step> {
  const { inputs } = check.bundle.index;
  if (inputs.length === 0) return { skipped: 'the archive holds no inputs' };
  const held = new Set<string>(inputs.map(({ sha256 }) => sha256));
  const packages = rowsOf(scoredOf(check), 'sandbox-packages');
  if (typeof packages === 'string') throw new Failure('EVIDENCE.INPUT_MISSING', packages);
  const wanted = [
    ...parsedOf(check).definition.inputs.filter(({ role }) => role === 'source').map(({ name, digest }) => ({ name, digest: digest as string })),
    ...packages.map(({ name, sha256 }) => ({ name: String(name), digest: String(sha256) })),
  ];
  const missing = wanted.filter(({ digest }) => !held.has(digest));
  if (missing.length > 0) throw new Failure('EVIDENCE.INPUT_MISSING', `the archive lacks ${missing.length} of ${wanted.length} inputs, the first is ${missing[0]!.name.slice(0, 200)}`);
  return `${inputs.length} inputs, all that the definition and its sandbox name among them`;
}

function checkExpectations(check: Check): ReturnType<Step> {
  const { definitionDigest, target } = check.options.expected ?? {};
  if (definitionDigest === undefined && target === undefined) return { skipped: 'nothing was expected' };
  const parsed = parsedOf(check);
  const found = parsed.statement.predicate.buildDefinition.externalParameters.target;
  if (definitionDigest !== undefined && definitionDigest !== parsed.definitionDigest) throw new Failure('EVIDENCE.UNEXPECTED', `the definition is ${parsed.definitionDigest}, expected was ${definitionDigest}`);
  if (target !== undefined && target !== found) throw new Failure('EVIDENCE.UNEXPECTED', `the build is of ${JSON.stringify(found.slice(0, 200))}, expected was ${JSON.stringify(target)}`);
  return 'as expected';
}

function scoreCompleteness(check: Check): string {
  check.completeness = checkCompleteness(scoredOf(check));
  const { score, of, points } = check.completeness;
  const needed = policyOf(check).minimumCompleteness;
  if (score < needed) throw new Failure('EVIDENCE.INCOMPLETE', `${score} of ${of} points of completeness, needed are ${needed}; the first that lacks: ${points.find(({ met }) => !met)?.rule}`);
  return `${score} of ${of} points of completeness`;
}

/** The provenance, and those of its byproducts that the archive holds. */
function scoredOf(check: Check): ScoredStatement {
  const parsed = parsedOf(check);
  const held = parsed.statement.predicate.runDetails.byproducts.flatMap(({ name, digest }) => {
    const bytes = check.bundle.byproducts.get(digest['sha256'] as Sha256);
    return bytes === undefined ? [] : [[name, bytes] as const];
  });
  return { parsed, byproducts: new Map(held) };
}

function countRebuilds(check: Check): ReturnType<Step> {
  const root = rootOf(check);
  const parsed = parsedOf(check);
  const bound = check.signed.filter(({ entry }) => entry.type === REBUILD_TYPE).map(({ sha256, envelope, entry }) => bindRebuild(envelope, root, entry.at, `rebuild ${sha256}`));
  for (const one of bound) checkAbout(one, parsed);
  check.rebuilds = expectedArtifacts(parsed.statement).map(({ name, sha256 }) => ({ name, sha256, aggregate: aggregated(check, bound, sha256) }));
  const { onDispute } = policyOf(check);
  const lacking = check.rebuilds.find(({ aggregate: { gate, dissent } }) => gate === 'fail' || (onDispute === 'fail' && dissent.length > 0));
  if (check.options.needQuorum !== true) return bound.length === 0 ? { skipped: 'the archive holds no rebuild that counts' } : summary(check.rebuilds);
  if (lacking !== undefined) throw new Failure('EVIDENCE.NO_QUORUM', `${lacking.name} is ${lacking.aggregate.state}: ${lacking.aggregate.reasons.join('; ')}`);
  return summary(check.rebuilds);
}

/** A rebuild of another provenance, or of its bytes under another definition, has no business in this archive. */
function checkAbout({ rebuild: { payloadSha256, statement: { predicate } } }: BoundRebuild, parsed: ParsedStatement): void {
  if (predicate.original.provenance.digest.sha256 !== parsed.payloadSha256) throw new Failure('EVIDENCE.OTHER_PROVENANCE', `rebuild ${payloadSha256} is of another provenance`, { place: payloadSha256 });
  if (predicate.definitionDigest !== parsed.definitionDigest && predicate.result !== 'INCONCLUSIVE') {
    throw new Failure('EVIDENCE.OTHER_DEFINITION', `rebuild ${payloadSha256} is of another definition and claims a result`, { place: payloadSha256 });
  }
}

function aggregated(check: Check, bound: readonly BoundRebuild[], subject: Sha256): Aggregate {
  const { definitionDigest } = parsedOf(check);
  const runs = bound.flatMap((one) => runOf(one, subject) ?? []);
  return aggregateOf({ runs, definitionDigest, builderOperator: provenanceOf(check).signers[0]!.operator, exemptions: [], policy: policyOf(check), now: check.options.now });
}

function summary(rebuilds: NonNullable<BundleReport['rebuilds']>): string {
  return rebuilds.map(({ name, aggregate: { state, independent } }) => `${name}: ${state} (${independent})`).join(', ');
}

function subjectDigests(value: unknown): string[] {
  const subjects = asRecord(value)?.['subject'];
  return Array.isArray(subjects) ? subjects.map((one: unknown) => String(asRecord(asRecord(one)?.['digest'])?.['sha256'])) : [];
}

function policyOf({ options }: Check): QuorumPolicy {
  return options.policy ?? DEFAULT_POLICY;
}

function provenanceOf({ signed, bundle: { index } }: Check): SignedStatement {
  const found = signed.find(({ sha256 }) => sha256 === index.provenance);
  if (found?.entry.type !== PROVENANCE_TYPE) throw new Failure('EVIDENCE.WRONG_TYPE', 'what the archive is about is no provenance', { place: index.provenance });
  return found;
}

function rootOf({ root }: Check): TrustRoot {
  return root ?? unreached();
}

function parsedOf({ parsed }: Check): ParsedStatement {
  return parsed ?? unreached();
}

function unreached(): never {
  throw new Bug('a step was run before the one that it rests on');
}

function report(check: Check, steps: readonly BundleStep[]): BundleReport {
  const { root, parsed, signed, completeness, rebuilds } = check;
  return {
    passed: steps.every(({ outcome }) => outcome !== 'failed'), steps,
    ...(root === undefined ? {} : { rootVersion: root.content.version }),
    ...(parsed === undefined ? {} : { provenance: provenanceFound(provenanceOf(check), parsed) }),
    statements: signed.map(({ sha256, entry, signers }) => ({ sha256, type: entry.type, operator: signers[0]!.operator, loggedAt: entry.at })),
    ...(completeness === undefined ? {} : { completeness }), ...(rebuilds === undefined ? {} : { rebuilds }),
  };
}

function provenanceFound({ sha256, signers, entry }: SignedStatement, { definitionDigest, statement }: ParsedStatement): NonNullable<BundleReport['provenance']> {
  return { sha256, definitionDigest, builderId: statement.predicate.runDetails.builder.id, operator: signers[0]!.operator, loggedAt: entry.at, subjects: statement.subject };
}
