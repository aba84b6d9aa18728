import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { Envelope } from '../signing/envelope.ts';
import { verifyNote, type SignedNote } from '../signing/note.ts';
import { logKeys, type TrustRoot } from '../signing/trust-root.ts';
import { parseCheckpoint, type Checkpoint } from '../transparency/checkpoint.ts';
import { parseLogEntry, type LogEntry } from '../transparency/entry.ts';
import { parseTlogProof, verifyInclusion } from '../transparency/tlog-proof.ts';
import type { Bundle } from './bundle-read.ts';

/** A statement of which a trusted log has shown that it took it, and when. Signatures are still to be checked. */
export interface LoggedStatement {
  sha256: Sha256;
  envelope: Envelope;
  entry: LogEntry & { t: 'statement' };
}

/**
 * Each statement's proof against its checkpoint, and that against the trusted log keys. Throws EVIDENCE.UNKNOWN_LOG,
 * NOT_THE_ENTRY, SPLIT_VIEW, SIGNING.NOT_SIGNED, TRANSPARENCY.*.
 */
export function verifyLogged(bundle: Bundle, root: TrustRoot): LoggedStatement[] {
  const seen = new SeenRoots();
  const logged = [...bundle.statements].map(([sha256, envelope]) => verifyOne(sha256, envelope, bundle, root, seen));
  const newest = logged.map(({ entry }) => entry.at).toSorted().at(-1) ?? '';
  const { checkpoint, note } = parseCheckpoint(bundle.checkpoint, 'checkpoint');
  verifyCheckpoint(checkpoint, note, newest, root, 'checkpoint');
  seen.add(checkpoint, 'checkpoint');
  return logged;
}

function verifyOne(sha256: Sha256, envelope: Envelope, bundle: Bundle, root: TrustRoot, seen: SeenRoots): LoggedStatement {
  const place = `the proof of ${sha256}`;
  const proof = parseTlogProof(bundle.proofs.get(sha256)!, place);
  if (proof.extra === undefined) throw new Failure('TRANSPARENCY.BAD_PROOF', `${place} does not carry its entry`, { place });
  verifyInclusion(proof, proof.extra, place);
  const entry = parseLogEntry(proof.extra, place);
  if (entry.t !== 'statement' || entry.sha256 !== sha256) throw new Failure('EVIDENCE.NOT_THE_ENTRY', `${place} is one of ${entry.t} ${entry.sha256}`, { place });
  verifyCheckpoint(proof.checkpoint, proof.note, entry.at, root, place);
  seen.add(proof.checkpoint, place);
  return { sha256, envelope, entry };
}

function verifyCheckpoint({ origin }: Checkpoint, note: SignedNote, entryAt: string, root: TrustRoot, place: string): void {
  const keys = logKeys(root, origin, entryAt);
  const known = keys.some(({ name }) => note.signatures.some((signature) => signature.name === name));
  if (!known) throw new Failure('EVIDENCE.UNKNOWN_LOG', `${place}: the root trusts no key of the log ${origin.slice(0, 200)} for ${entryAt}`, { place });
  verifyNote(note, keys, place);
}

/** Two trees of one size and two roots: the log tells different people different things. */
class SeenRoots {
  readonly #roots = new Map<string, Buffer>();

  add({ origin, treeSize, rootHash }: Checkpoint, place: string): void {
    const key = `${origin} ${treeSize}`;
    const before = this.#roots.get(key);
    if (before !== undefined && !before.equals(rootHash)) throw new Failure('EVIDENCE.SPLIT_VIEW', `${place}: the log signed two trees of ${treeSize} entries`, { place });
    this.#roots.set(key, rootHash);
  }
}
