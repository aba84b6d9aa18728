import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { IN_TOTO_PAYLOAD_TYPE, type Envelope } from '../signing/envelope.ts';
import { keysFor, rootKey, type TrustRoot } from '../signing/trust-root.ts';
import { verifyEnvelope } from '../signing/verify-envelope.ts';
import { parseRebuildStatement, type ParsedRebuild } from './rebuild-statement.ts';
import type { RebuildPredicate } from './rebuild-schema.ts';
import type { Run } from './votes.ts';

/** A rebuild statement and the operator that the trust root knows its key by. Made by `bindRebuild` alone. */
class Bound {
  readonly rebuild: ParsedRebuild;
  readonly operator: string;
  readonly keyId: string;
  /** When the log saw it. */
  readonly at: string;

  constructor(rebuild: ParsedRebuild, operator: string, keyId: string, at: string) {
    this.rebuild = rebuild;
    this.operator = operator;
    this.keyId = keyId;
    this.at = at;
  }
}

export type BoundRebuild = Bound;

/**
 * An envelope to a rebuild that counts: signed by a key that could speak for a rebuilder at that time, whose operator is
 * the one that the statement names. Throws SIGNING.NOT_SIGNED, EVIDENCE.WRONG_OPERATOR and what `parseRebuildStatement` throws.
 */
export function bindRebuild(envelope: Envelope, root: TrustRoot, at: string, place: string): BoundRebuild {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD_TYPE) throw new Failure('EVIDENCE.WRONG_TYPE', `${place} has the payload type ${JSON.stringify(envelope.payloadType)}`, { place });
  const { payload, keyIds } = verifyEnvelope(envelope, keysFor(root, { role: 'rebuilder', at }), 1, place);
  const rebuild = parseRebuildStatement(payload, place);
  const { operator, independence } = rebuild.statement.predicate.rebuilder;
  const keyId = keyIds.find((one) => rootKey(root, one)?.operator === operator);
  if (keyId === undefined || independence.operator !== operator) {
    const bound = [...new Set(keyIds.map((one) => rootKey(root, one)?.operator))].join(', ');
    throw new Failure('EVIDENCE.WRONG_OPERATOR', `${place} calls its operator ${JSON.stringify(operator.slice(0, 100))}, the root binds its keys to ${bound}`, { place });
  }
  return new Bound(rebuild, operator, keyId, at);
}

/** What a rebuild says of bytes: of the artifact that expected them, or that nothing was built. undefined: nothing. */
export function runOf({ rebuild: { payloadSha256, statement }, operator, at }: BoundRebuild, subject: Sha256): Run | undefined {
  const { predicate } = statement;
  if (!statement.subject.some(({ digest }) => digest.sha256 === subject)) return undefined;
  const verdict = verdictOn(predicate, subject);
  return verdict === undefined ? undefined : { statement: payloadSha256, operator, at, definitionDigest: predicate.definitionDigest, verdict };
}

function verdictOn({ result, artifacts }: RebuildPredicate, subject: Sha256): Run['verdict'] | undefined {
  if (result === 'BUILD_FAILED' || result === 'ERROR') return result;
  return artifacts.find(({ expected }) => expected?.sha256 === subject)?.verdict;
}
