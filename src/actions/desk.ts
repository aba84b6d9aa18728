import type { Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { encodeEnvelope, payloadDigest } from '../signing/envelope-files.ts';
import type { KeyRing, Signer } from '../signing/signer.ts';
import { trustedRoot, type TrustRoot } from '../signing/trust-root.ts';
import { openLog, type TransparencyLog } from '../transparency/log.ts';
import type { Workshop } from './workshop.ts';

/** Where statements are signed and logged: the signer's process, what this home trusts, the transparency log. */
export interface Desk {
  signer: Signer & KeyRing;
  /** The newest root.json of this home: whose keys count here. */
  root: TrustRoot;
  /** What the root calls this home's own operator. */
  operator: string;
  log: TransparencyLog;
}

/**
 * Opens the desk: every version of the root is on record and in the log before anything is signed under it, also where a
 * kill came between.
 */
export async function openDesk(signer: Signer & KeyRing, { records, clock }: Pick<Workshop, 'records' | 'clock'>): Promise<Desk> {
  const envelopes = await signer.roots();
  const newest = envelopes.at(-1);
  if (newest === undefined) throw new Bug('the signer has no root');
  const root = trustedRoot(newest, 'the root of this home');
  const log = openLog({ storage: records.log, signer, origin: root.content.log.origin, clock });
  const known = new Set((await records.evidence.trustRoots()).map(({ version }) => version));
  for (const [index, envelope] of envelopes.entries()) {
    const version = index + 1;
    if (known.has(version)) continue;
    await logRoot(payloadDigest(envelope), version, log, records);
    await records.evidence.recordTrustRoot({ version, envelope: Buffer.from(encodeEnvelope(envelope)) });
  }
  const own = await signer.keys();
  const operator = root.content.keys.find(({ keyId }) => own.some((key) => key.keyId === keyId))?.operator;
  if (operator === undefined) throw new Bug('the root names no key of this home');
  return { signer, root, operator, log };
}

/** One entry about a root, however often it is asked for: a kill between log and record asks again. */
async function logRoot(digest: Sha256, version: number, log: TransparencyLog, { log: storage }: Workshop['records']): Promise<void> {
  if ((await storage.about(digest)).length === 0) await log.record([{ t: 'root', sha256: digest, version }]);
}
