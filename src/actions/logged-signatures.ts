import { verifyStatement, type CheckedStatement } from '../evidence/verify-statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import type { Records } from '../records/records.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import type { TrustRoot } from '../signing/trust-root.ts';
import { parseLogEntry } from '../transparency/entry.ts';
import type { TransparencyLog } from '../transparency/log.ts';
import { proveEntry } from '../transparency/read-log.ts';
import { envelopeOf } from './signed-statements.ts';

/**
 * A payload into the log with those of the keys that no entry about it names yet: a signature that comes later has a
 * time of its own. Else whoever signs another's statement first would take the other's signature its place.
 */
export async function logSignatures(
  { sha256, type, keyIds }: { sha256: Sha256; type: string; keyIds: readonly string[] }, records: Pick<Records, 'log'>, log: Pick<TransparencyLog, 'record'>,
): Promise<{ index: number; unchanged: boolean }> {
  const entries = await records.log.about(sha256);
  const named = new Set(entries.flatMap(({ entry }) => keysOf(entry)));
  const keys = keyIds.filter((keyId) => !named.has(keyId));
  const [first] = entries;
  if (first !== undefined && keys.length === 0) return { index: first.index, unchanged: true };
  const [made] = await log.record([{ t: 'statement', sha256, type, keys }]);
  return { index: made!.index, unchanged: false };
}

function keysOf(bytes: Uint8Array): readonly string[] {
  const entry = parseLogEntry(bytes, 'an entry on record');
  return entry.t === 'statement' ? entry.keys : [];
}

export interface ProvenStatement {
  checked: CheckedStatement;
  /** Of the entry that it was checked under; absent where no checkpoint covers one. */
  proof?: string;
}

/**
 * A statement on record against a root and this home's own log, under the first entry that lets it be accepted, else
 * under the first. One that no checkpoint covers is refused, unless keys are to be judged at a time that is told.
 */
export async function proveStatement(
  recorded: RecordedStatement, root: TrustRoot, { log }: Pick<Records, 'log'>, { file, unlogged }: { file?: Sha256; unlogged?: { now: string } } = {},
): Promise<ProvenStatement> {
  const check = (proof?: string): CheckedStatement => verifyStatement({
    envelope: envelopeOf(recorded), root, now: unlogged?.now ?? recorded.recordedAt.toISOString(), proofRequired: unlogged === undefined,
    ...(proof === undefined ? {} : { proof: Buffer.from(proof) }), ...(file === undefined ? {} : { file }),
  });
  let first: ProvenStatement | undefined;
  for (const { index } of await log.about(recorded.payloadSha256)) {
    const proof = await unlessUncovered(() => proveEntry(log, index));
    if (proof === undefined) continue;
    const proven = { checked: check(proof), proof };
    if (proven.checked.accepted) return proven;
    first ??= proven;
  }
  return first ?? { checked: check() };
}

/** An entry that came after the newest checkpoint has no proof yet. */
async function unlessUncovered<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isCoded(error) && error.code === 'TRANSPARENCY.NOT_LOGGED') return undefined;
    throw error;
  }
}
