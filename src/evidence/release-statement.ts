import { sha256, type Sha256 } from '../foundation/digest.ts';
import { parsedAs, parsePayload, type ParsedStatement } from './parse-statement.ts';
import { RELEASE_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { closed, list, matching, oneOf, string, type ShapeOf } from './shape.ts';
import { sizedPayload } from './statement.ts';
import { digest, text, time } from './statement-schema.ts';
import { expectedArtifacts } from './verdict.ts';

const name = string(1024, 1);
const word = matching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/, 'is no product or version');
const sha256Digest = closed({ sha256: digest });

const releaseSchema = closed({
  _type: oneOf(STATEMENT_TYPE),
  subject: list(closed({ name, digest: sha256Digest }), 256, 1),
  predicateType: oneOf(RELEASE_TYPE),
  predicate: closed({
    product: word, version: word, releasedOn: time,
    /** The provenance of the build that is released. */
    provenance: closed({ digest: sha256Digest }),
    invocationId: text, definitionDigest: digest,
  }),
});
/** Product and version on bytes. */
export type ReleaseStatement = ShapeOf<typeof releaseSchema>;

export interface Release { product: string; version: string; provenance: ParsedStatement; releasedAt: Date }
export interface MadeRelease { statement: ReleaseStatement; payload: Buffer; payloadSha256: Sha256 }

export function releaseStatement({ product, version, provenance, releasedAt }: Release): MadeRelease {
  const statement: ReleaseStatement = {
    _type: STATEMENT_TYPE,
    subject: expectedArtifacts(provenance.statement).map((image) => ({ name: image.name, digest: { sha256: image.sha256 } })),
    predicateType: RELEASE_TYPE,
    predicate: {
      product, version, releasedOn: releasedAt.toISOString(), provenance: { digest: { sha256: provenance.payloadSha256 } },
      invocationId: provenance.statement.predicate.runDetails.metadata.invocationId, definitionDigest: provenance.definitionDigest,
    },
  };
  const payload = sizedPayload(statement);
  return { statement, payload, payloadSha256: sha256(payload) };
}

/** Hostile bytes to a release. Throws SIGNING.BAD_JSON, EVIDENCE.TOO_LARGE, NOT_CANONICAL, UNKNOWN_PARAMETER, BAD_STATEMENT. */
export function parseRelease(payload: Uint8Array, place: string): { payloadSha256: Sha256; statement: ReleaseStatement } {
  return { payloadSha256: sha256(payload), statement: parsedAs(releaseSchema, parsePayload(payload, place), place) };
}
