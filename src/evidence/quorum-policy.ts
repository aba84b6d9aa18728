import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { parseJson } from '../signing/strict-json.ts';
import { boolean, closed, exactly, integer, faultsOf, list, matching, nullable, oneOf, type ShapeOf } from './shape.ts';

const operator = matching(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/, 'is no operator\'s name');

const policySchema = closed({
  format: oneOf(1),
  /** Operators that must agree. */
  need: integer(1, 100),
  /** Those that count; null: every rebuilder of the trust root. */
  of: nullable(list(operator, 100, 1)),
  /** What two rebuilders are told apart by: one root password is one operator, however many machines. */
  distinct: exactly(['operator']),
  /** What counts as a yes. */
  accept: exactly(['REPRODUCED'], ['REPRODUCED', 'EQUIVALENT']),
  /** A yes counts for so long. */
  maxAgeDays: integer(1, 3650),
  /** The builder's own operator counts among `need`; never for SLSA_BUILD_REPRODUCED. */
  includesOriginalBuilder: boolean,
  /** What one counted no does to a summary that has its quorum. */
  onDispute: oneOf('fail', 'outvote'),
  /** Points of completeness (of 20) that the provenance must have. */
  minimumCompleteness: integer(0, 20),
});
/** When a rebuild is believed, as data: known by the digest of its canonical form. */
export type QuorumPolicy = ShapeOf<typeof policySchema>;

export const DEFAULT_POLICY: QuorumPolicy = {
  format: 1, need: 2, of: null, distinct: ['operator'], accept: ['REPRODUCED'], maxAgeDays: 180, includesOriginalBuilder: false, onDispute: 'fail', minimumCompleteness: 18,
};

export function policyDigest(policy: QuorumPolicy): Sha256 {
  return jsonDigest(policy);
}

/** Hostile bytes to a policy. Throws SIGNING.BAD_JSON, EVIDENCE.BAD_POLICY. */
export function parsePolicy(bytes: Uint8Array, place: string): QuorumPolicy {
  const value = parseJson(bytes, place);
  const { first, unknown } = faultsOf(policySchema, value);
  const fault = first ?? unknown;
  if (fault === undefined) return value as QuorumPolicy;
  throw new Failure('EVIDENCE.BAD_POLICY', `${place}: ${fault.path.slice(0, 200) || 'the whole'}: ${fault.why.slice(0, 300)}`, { place });
}
