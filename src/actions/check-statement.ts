import { verifyStatement, type CheckedStatement } from '../evidence/verify-statement.ts';
import { isCoded, Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Envelope } from '../signing/envelope.ts';
import { parseTrustedRoot, type TrustRoot } from '../signing/trust-root.ts';
import { proveEntry } from '../transparency/read-log.ts';
import { rootOnRecord } from './judge-artifacts.ts';
import { envelopeOf } from './signed-statements.ts';
import type { Workshop } from './workshop.ts';

export interface StatementToCheck {
  /** A DSSE envelope as JSON, or the digest of a statement on record. */
  envelope: Uint8Array | Sha256;
  /** `c2sp.org/tlog-proof@v1`; of a statement on record, this home's own log gives it. */
  proof?: Uint8Array;
  /** A root.json that the caller trusts; else the newest of this home. */
  root?: Uint8Array;
  /** A file that the statement shall speak of. */
  file?: Sha256;
}

type Parts = Pick<Workshop, 'records' | 'clock'>;
interface Found { envelope: Uint8Array | Envelope; proof?: Uint8Array }

/** Every step with an outcome of its own; only what is asked for wrongly is a Failure. */
export async function checkStatement({ envelope, proof, root, file }: StatementToCheck, { records, clock }: Parts): Promise<CheckedStatement> {
  const trusted = root === undefined ? await ownRoot({ records }) : parseTrustedRoot(root, 'the root');
  const found: Found = typeof envelope === 'string' ? await onRecord(envelope, { records }) : { envelope };
  const proven = proof ?? found.proof;
  return verifyStatement({
    envelope: found.envelope, root: trusted, now: clock.now().toISOString(),
    ...(proven === undefined ? {} : { proof: proven }), ...(file === undefined ? {} : { file }),
  });
}

async function ownRoot(parts: Pick<Parts, 'records'>): Promise<TrustRoot> {
  const root = await rootOnRecord(parts);
  if (root === undefined) throw new Failure('RECORDS.UNKNOWN', 'this home has no root of trust yet', { hint: 'Hand one in, or sign something first.', place: 'root' });
  return root;
}

async function onRecord(digest: Sha256, { records }: Pick<Parts, 'records'>): Promise<Found> {
  const statement = await records.evidence.statement(digest);
  if (statement === undefined) throw new Failure('RECORDS.UNKNOWN', `no statement ${digest} is on record`, { place: 'statement' });
  const [entry] = await records.log.about(digest);
  const proof = entry === undefined ? undefined : await proofOf(entry.index, { records });
  return { envelope: envelopeOf(statement), ...(proof === undefined ? {} : { proof }) };
}

/** An entry that came after the newest checkpoint has none yet. */
async function proofOf(index: number, { records }: Pick<Parts, 'records'>): Promise<Buffer | undefined> {
  try {
    return Buffer.from(await proveEntry(records.log, index));
  } catch (error) {
    if (isCoded(error) && error.code === 'TRANSPARENCY.NOT_LOGGED') return undefined;
    throw error;
  }
}
