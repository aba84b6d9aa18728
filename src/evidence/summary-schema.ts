import { STATEMENT_TYPE, SUMMARY_TYPE } from './predicates.ts';
import { closed, list, oneOf, record, string, type ShapeOf } from './shape.ts';
import { digest, text, time } from './statement-schema.ts';

const name = string(1024, 1);
const sha256 = closed({ sha256: digest });

/** SLSA verification summary v1, as far as we use it (slsa.dev/spec/v1.2, verification_summary). */
export const summarySchema = closed({
  _type: oneOf(STATEMENT_TYPE),
  subject: list(closed({ name, digest: sha256 }), 256, 1),
  predicateType: oneOf(SUMMARY_TYPE),
  predicate: closed({
    verifier: closed({ id: text, version: record(name, text) }),
    timeVerified: time,
    resourceUri: text,
    policy: closed({ uri: text, digest: sha256 }),
    inputAttestations: list(closed({ uri: text, digest: sha256 }), 10_000, 1),
    verificationResult: oneOf('PASSED', 'FAILED'),
    verifiedLevels: list(oneOf('SLSA_BUILD_REPRODUCED', 'FAILED'), 1),
    slsaVersion: oneOf('1.2'),
    /** Why, in sentences; of a FAILED at least one. */
    provenroot_reasons: list(text, 1000),
    /** Operators whose words made it PASSED. */
    provenroot_operators: list(name, 1000),
    provenroot_definitionDigest: digest,
  }),
});
export type Summary = ShapeOf<typeof summarySchema>;
