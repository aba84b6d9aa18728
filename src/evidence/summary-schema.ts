import { z } from 'zod';

import { STATEMENT_TYPE, SUMMARY_TYPE } from './predicates.ts';
import { digest, text, time } from './statement-schema.ts';

const name = z.string().min(1).max(1024);
const sha256 = z.strictObject({ sha256: digest });

/** SLSA verification summary v1, as far as we use it (slsa.dev/spec/v1.2, verification_summary). */
export const summarySchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name, digest: sha256 })).min(1).max(256),
  predicateType: z.literal(SUMMARY_TYPE),
  predicate: z.strictObject({
    verifier: z.strictObject({ id: text, version: z.record(name, text) }),
    timeVerified: time,
    resourceUri: text,
    policy: z.strictObject({ uri: text, digest: sha256 }),
    inputAttestations: z.array(z.strictObject({ uri: text, digest: sha256 })).min(1).max(10_000),
    verificationResult: z.enum(['PASSED', 'FAILED']),
    verifiedLevels: z.array(z.enum(['SLSA_BUILD_REPRODUCED', 'FAILED'])).max(1),
    slsaVersion: z.literal('1.2'),
    /** Why, in sentences; of a FAILED at least one. */
    provenroot_reasons: z.array(text).max(1000),
    /** Operators whose words made it PASSED. */
    provenroot_operators: z.array(name).max(1000),
    provenroot_definitionDigest: digest,
  }),
});
export type Summary = z.infer<typeof summarySchema>;
