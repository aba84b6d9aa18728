import { Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { parseEnvelope } from '../signing/envelope.ts';
import type { NoteKey } from '../signing/note.ts';
import { parsePublicKey, type PublicKey } from '../signing/key.ts';
import { trustedRoot, type TrustRoot } from '../signing/trust-root.ts';
import { parseCheckpoint } from '../transparency/checkpoint.ts';
import { checkLog, type FsckReport } from '../transparency/fsck.ts';
import { proveEntry } from '../transparency/read-log.ts';
import { checkVerdictRows } from './check-verdict-rows.ts';
import { loggedRows } from './logged-rows.ts';
import type { Workshop } from './workshop.ts';

/**
 * Everything of the transparency log, and every row it speaks of, derived anew and compared. `seen`: checkpoints that were
 * kept elsewhere, as notes; the log must not have gone back behind them. Throws TRANSPARENCY.NOT_LOGGED before the first root.
 */
export async function checkOwnLog(seen: readonly Uint8Array[], workshop: Pick<Workshop, 'records' | 'reads'>): Promise<FsckReport> {
  const { records } = workshop;
  const roots = (await records.evidence.trustRoots()).map(({ version, envelope }) => trustedRoot(parseEnvelope(envelope, `root ${version}`), `root ${version}`));
  const newest = roots.at(-1);
  if (newest === undefined) throw new Failure('TRANSPARENCY.NOT_LOGGED', 'nothing has been signed or logged here yet');
  const { origin } = newest.content.log;
  const report = await checkLog(records.log, {
    origin, keys: noteKeys(roots, origin), rows: loggedRows(records, allKeys(roots)),
    seen: seen.map((note, index) => parseCheckpoint(note, `checkpoint ${index + 1} that was handed in`).checkpoint),
  });
  return { ...report, findings: [...report.findings, ...await checkVerdictRows(workshop)] };
}

/** Also keys that later versions dropped: what they signed stands in the log. */
function allKeys(roots: readonly TrustRoot[]): PublicKey[] {
  const keys = roots.flatMap(({ content }) => content.keys.map(({ keyId, publicKey }) => [keyId, publicKey] as const));
  return [...new Map(keys)].map(([keyId, publicKey]) => parsePublicKey(publicKey, keyId));
}

function noteKeys(roots: readonly TrustRoot[], origin: string): NoteKey[] {
  const ids = new Set(roots.flatMap(({ content }) => content.log.origin === origin ? content.log.keyIds : []));
  return allKeys(roots).filter(({ keyId }) => ids.has(keyId)).map((key) => ({ name: origin, ...key }));
}

export interface LoggedStatement { statement: Sha256; index: number; proof: string }

/** Proof that the log holds a statement; also by a digest that it is about, then the oldest. Throws TRANSPARENCY.NOT_LOGGED. */
export async function proofOf(digest: Sha256, { records, reads }: Pick<Workshop, 'records' | 'reads'>): Promise<LoggedStatement> {
  const own = await records.log.about(digest);
  const about = own.length > 0 ? [] : (await reads.evidence.bySubject([digest], 1000)).get(digest) ?? [];
  const statement = own.length > 0 ? digest : about.findLast(({ logIndex }) => logIndex !== null)?.payloadSha256 as Sha256 | undefined;
  const [entry] = statement === undefined ? [] : await records.log.about(statement);
  if (statement === undefined || entry === undefined) throw new Failure('TRANSPARENCY.NOT_LOGGED', `the log knows no statement ${digest} and none about it`, { place: digest });
  return { statement, index: entry.index, proof: await proveEntry(records.log, entry.index) };
}
