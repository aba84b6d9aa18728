import { verifyStatement, type CheckedStatement } from '../evidence/verify-statement.ts';
import { Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import { parseTrustedRoot, type TrustRoot } from '../signing/trust-root.ts';
import { rootOnRecord } from './judge-artifacts.ts';
import { proveStatement } from './logged-signatures.ts';
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

/** Every step with an outcome of its own; only what is asked for wrongly is a Failure. */
export async function checkStatement({ envelope, proof, root, file }: StatementToCheck, { records, clock }: Parts): Promise<CheckedStatement> {
  const trusted = root === undefined ? await ownRoot({ records }) : parseTrustedRoot(root, 'the root');
  const recorded = typeof envelope === 'string' ? await onRecord(envelope, { records }) : undefined;
  const now = clock.now().toISOString();
  const asked = file === undefined ? {} : { file };
  if (recorded !== undefined && proof === undefined) return (await proveStatement(recorded, trusted, records, { ...asked, unlogged: { now } })).checked;
  return verifyStatement({
    envelope: recorded === undefined ? envelope as Uint8Array : envelopeOf(recorded), root: trusted, now, ...asked,
    ...(proof === undefined ? {} : { proof }),
  });
}

async function ownRoot(parts: Pick<Parts, 'records'>): Promise<TrustRoot> {
  const root = await rootOnRecord(parts);
  if (root === undefined) throw new Failure('RECORDS.UNKNOWN', 'this home has no root of trust yet', { hint: 'Hand one in, or sign something first.', place: 'root' });
  return root;
}

async function onRecord(digest: Sha256, { records }: Pick<Parts, 'records'>): Promise<RecordedStatement> {
  const statement = await records.evidence.statement(digest);
  if (statement === undefined) throw new Failure('RECORDS.UNKNOWN', `no statement ${digest} is on record`, { place: 'statement' });
  return statement;
}
