import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { StatementSubject } from '../records/statement-records.ts';
import { mergeEnvelopes, payloadDigest } from '../signing/envelope-files.ts';
import { IN_TOTO_PAYLOAD_TYPE, type Envelope } from '../signing/envelope.ts';
import { decodeBase64 } from '../signing/base64.ts';
import { isValidAt, rootKey, type TrustRoot } from '../signing/trust-root.ts';
import { verifyEnvelope } from '../signing/verify-envelope.ts';
import type { Desk } from './desk.ts';
import { logSignatures } from './logged-signatures.ts';
import { indexStatement } from './statement-index.ts';
import type { Workshop } from './workshop.ts';

export interface ImportedStatement {
  statement: Sha256;
  predicateType: string;
  /** As the root calls whoever signed. */
  operator: string;
  subjects: readonly StatementSubject[];
  unchanged: boolean;
  logIndex: number;
}

/**
 * Statements of other operators: taken only with a signature of a key that this home's root knows, recorded as imported,
 * and logged, whatever they say. Nothing is recorded where one of them is refused. Throws SIGNING.NOT_SIGNED,
 * EVIDENCE.WRONG_TYPE, SIGNING.BAD_JSON.
 */
export async function importStatements(envelopes: readonly Envelope[], workshop: Pick<Workshop, 'records' | 'clock'>, { root, log }: Pick<Desk, 'root' | 'log'>): Promise<ImportedStatement[]> {
  const at = workshop.clock.now().toISOString();
  const checked = mergeEnvelopes(envelopes).map((envelope) => checkedStatement(envelope, root, at));
  const imported: ImportedStatement[] = [];
  for (const one of checked) imported.push(await recordImported(one, workshop, log));
  return imported;
}

interface CheckedStatement { envelope: Envelope; payload: Buffer; keyIds: readonly string[]; operator: string; index: NonNullable<ReturnType<typeof indexStatement>> }

function checkedStatement(envelope: Envelope, root: TrustRoot, at: string): CheckedStatement {
  const place = `statement ${payloadDigest(envelope)}`;
  if (envelope.payloadType !== IN_TOTO_PAYLOAD_TYPE) throw new Failure('EVIDENCE.WRONG_TYPE', `${place} has the payload type ${JSON.stringify(envelope.payloadType)}`, { place });
  const trusted = root.content.keys.filter((key) => isValidAt(key, at)).map(({ keyId }) => root.publicKey(keyId));
  const { payload, keyIds } = verifyEnvelope(envelope, trusted, 1, place);
  const index = indexStatement(payload, place);
  if (index === undefined) throw new Failure('EVIDENCE.WRONG_TYPE', `${place} is no in-toto statement`, { place });
  return { envelope, payload, keyIds, operator: rootKey(root, keyIds[0]!)!.operator, index };
}

async function recordImported({ envelope, payload, keyIds, operator, index }: CheckedStatement, { records }: Pick<Workshop, 'records'>, log: Desk['log']): Promise<ImportedStatement> {
  const signatures = envelope.signatures.filter(({ keyid }) => keyIds.includes(keyid)).map(({ keyid, sig }) => ({ keyId: keyid, signature: decodeBase64(sig)! }));
  const { payloadSha256, unchanged } = await records.evidence.recordStatement({ payloadType: IN_TOTO_PAYLOAD_TYPE, payload, ...index, origin: 'imported', signatures });
  const logged = await logSignatures({ sha256: payloadSha256, type: index.predicateType, keyIds: signatures.map(({ keyId }) => keyId) }, records, log);
  return { statement: payloadSha256, predicateType: index.predicateType, operator, subjects: index.subjects, unchanged, logIndex: logged.index };
}
