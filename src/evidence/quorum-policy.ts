import { z } from 'zod';

import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { parseJson } from '../signing/strict-json.ts';

const operator = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/, 'is no operator\'s name');

const policySchema = z.strictObject({
  format: z.literal(1),
  /** Operators that must agree. */
  need: z.int().min(1).max(100),
  /** Those that count; null: every rebuilder of the trust root. */
  of: z.array(operator).min(1).max(100).nullable(),
  /** What two rebuilders are told apart by: one root password is one operator, however many machines. */
  distinct: z.tuple([z.literal('operator')]),
  /** What counts as a yes. */
  accept: z.union([z.tuple([z.literal('REPRODUCED')]), z.tuple([z.literal('REPRODUCED'), z.literal('EQUIVALENT')])]),
  /** A yes counts for so long. */
  maxAgeDays: z.int().min(1).max(3650),
  /** The builder's own operator counts among `need`; never for SLSA_BUILD_REPRODUCED. */
  includesOriginalBuilder: z.boolean(),
  /** What one counted no does to a summary that has its quorum. */
  onDispute: z.enum(['fail', 'outvote']),
  /** Points of completeness (of 20) that the provenance must have. */
  minimumCompleteness: z.int().min(0).max(20),
});
/** When a rebuild is believed, as data: known by the digest of its canonical form. */
export type QuorumPolicy = z.infer<typeof policySchema>;

export const DEFAULT_POLICY: QuorumPolicy = {
  format: 1, need: 2, of: null, distinct: ['operator'], accept: ['REPRODUCED'], maxAgeDays: 180, includesOriginalBuilder: false, onDispute: 'fail', minimumCompleteness: 18,
};

export function policyDigest(policy: QuorumPolicy): Sha256 {
  return jsonDigest(policy);
}

/** Hostile bytes to a policy. Throws SIGNING.BAD_JSON, EVIDENCE.BAD_POLICY. */
export function parsePolicy(bytes: Uint8Array, place: string): QuorumPolicy {
  const { data, error } = policySchema.safeParse(parseJson(bytes, place));
  if (error === undefined) return data;
  const [issue] = error.issues;
  throw new Failure('EVIDENCE.BAD_POLICY', `${place}: ${(issue?.path ?? []).join('.').slice(0, 200) || 'the whole'}: ${(issue?.message ?? '').slice(0, 300)}`, { place });
}
