import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { compareText, sortedBy } from '../foundation/order.ts';
import { runOf, type BoundRebuild } from './bound-rebuild.ts';
import type { Completeness } from './completeness.ts';
import { parsedAs, parsePayload, type ParsedStatement } from './parse-statement.ts';
import { STATEMENT_TYPE, SUMMARY_TYPE } from './predicates.ts';
import { policyDigest, type QuorumPolicy } from './quorum-policy.ts';
import { sizedPayload } from './statement.ts';
import { summarySchema, type Summary } from './summary-schema.ts';
import { expectedArtifacts, type NamedDigest } from './verdict.ts';
import { votesOf, type Vote } from './votes.ts';

export interface SummaryQuestion {
  provenance: ParsedStatement;
  /** The operator that the trust root binds the provenance's key to. */
  builderOperator: string;
  /** Each through the trust root: an operator's own word for who it is counts for nothing. */
  rebuilds: readonly BoundRebuild[];
  completeness: Pick<Completeness, 'score'>;
  policy: QuorumPolicy;
  verifier: { id: string; version: Readonly<Record<string, string>> };
  /** RFC 3339, milliseconds, UTC. */
  now: string;
}

export interface MadeSummary { statement: Summary; payload: Buffer; payloadSha256: Sha256 }

/** Two operators besides the builder's: what SLSA v1.2 asks of SLSA_BUILD_REPRODUCED, whatever a policy is content with. */
const REPRODUCED_BY = 2;

/** Whether rebuilds are enough for a policy, as a verification summary: PASSED, or FAILED with every reason. */
export function summaryOf(question: SummaryQuestion): MadeSummary {
  const { provenance, policy, verifier, now, rebuilds } = question;
  const images = expectedArtifacts(provenance.statement).map((image) => ({ image, ...judgedImage(image, question) }));
  const reasons = [...completenessReasons(question), ...images.flatMap((one) => one.reasons)];
  const passed = reasons.length === 0;
  const reproduced = passed && inAll(images.map(({ exact }) => exact)).length >= REPRODUCED_BY;
  const operators = inAll(images.map(({ yes }) => yes));
  const statement: Summary = {
    _type: STATEMENT_TYPE,
    subject: images.map(({ image: { name, sha256: digest } }) => ({ name, digest: { sha256: digest } })),
    predicateType: SUMMARY_TYPE,
    predicate: {
      verifier: { id: verifier.id, version: { ...verifier.version } },
      timeVerified: now,
      resourceUri: `urn:provenroot:definition:${provenance.definitionDigest}`,
      policy: { uri: `urn:provenroot:policy:${policyDigest(policy)}`, digest: { sha256: policyDigest(policy) } },
      inputAttestations: inputs(provenance, rebuilds),
      verificationResult: passed ? 'PASSED' : 'FAILED',
      verifiedLevels: passed ? reproduced ? ['SLSA_BUILD_REPRODUCED'] : [] : ['FAILED'],
      slsaVersion: '1.2',
      provenroot_reasons: reasons, provenroot_operators: passed ? operators : [],
      provenroot_definitionDigest: provenance.definitionDigest,
    },
  };
  const payload = sizedPayload(statement);
  return { statement, payload, payloadSha256: sha256(payload) };
}

function completenessReasons({ completeness, policy }: SummaryQuestion): string[] {
  return completeness.score >= policy.minimumCompleteness ? []
    : [`the provenance has ${completeness.score} points of completeness, the policy asks for ${policy.minimumCompleteness}`];
}

interface JudgedImage { reasons: string[]; yes: string[]; exact: string[] }

function judgedImage({ name, sha256: digest }: NamedDigest, { rebuilds, provenance, policy, builderOperator, now }: SummaryQuestion): JudgedImage {
  const runs = rebuilds.flatMap((rebuild) => runOf(rebuild, digest) ?? []);
  const votes = votesOf(runs, { definitionDigest: provenance.definitionDigest, policy, now });
  const counted = policy.includesOriginalBuilder ? votes : votes.filter(({ operator }) => operator !== builderOperator);
  const of = (vote: Vote['vote'], among: readonly Vote[]): string[] => among.filter((one) => one.vote === vote).map(({ operator }) => operator);
  const yes = of('yes', counted);
  const against = [...of('no', votes), ...of('flaky', votes)];
  return {
    yes,
    exact: counted.filter(({ vote, exact, operator }) => vote === 'yes' && exact && operator !== builderOperator).map(({ operator }) => operator),
    reasons: [
      ...(yes.length >= policy.need ? [] : [`${name}: reproduced by ${yes.length} of ${policy.need} operators${yes.length === 0 ? '' : ` (${yes.join(', ')})`}`]),
      ...(against.length > 0 && policy.onDispute === 'fail' ? [`${name}: not reproduced by ${against.join(', ')}`] : []),
      ...of('stale', counted).map((operator) => `${name}: the word of ${operator} is older than ${policy.maxAgeDays} days`).filter(() => yes.length < policy.need),
    ],
  };
}

function inAll(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...rest] = lists;
  return first.filter((one) => rest.every((list) => list.includes(one))).toSorted(compareText);
}

function inputs(provenance: ParsedStatement, rebuilds: readonly BoundRebuild[]): Summary['predicate']['inputAttestations'] {
  const digests = new Set([provenance.payloadSha256, ...sortedBy(rebuilds, ({ rebuild }) => rebuild.payloadSha256).map(({ rebuild }) => rebuild.payloadSha256)]);
  return [...digests].map((digest) => ({ uri: `urn:provenroot:statement:${digest}`, digest: { sha256: digest } }));
}

/** Hostile bytes to a summary. Throws SIGNING.BAD_JSON, EVIDENCE.TOO_LARGE, NOT_CANONICAL, UNKNOWN_PARAMETER, BAD_STATEMENT, CONTRADICTION. */
export function parseSummary(payload: Uint8Array, place: string): { payloadSha256: Sha256; statement: Summary } {
  const statement = parsedAs(summarySchema, parsePayload(payload, place), place);
  const { verificationResult, verifiedLevels, provenroot_reasons: reasons, provenroot_operators: operators } = statement.predicate;
  const failed = verificationResult === 'FAILED';
  const contradicts = failed !== verifiedLevels.includes('FAILED') || failed === (reasons.length === 0) || (verifiedLevels.includes('SLSA_BUILD_REPRODUCED') && operators.length < REPRODUCED_BY);
  if (contradicts) throw new Failure('EVIDENCE.CONTRADICTION', `${place}: its result, its levels and its reasons do not go together`, { place });
  return { payloadSha256: sha256(payload), statement };
}
