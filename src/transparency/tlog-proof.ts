import { Failure } from '../foundation/failure.ts';
import { decodeBase64, encodeBase64 } from '../signing/base64.ts';
import { verifyNote, type NoteKey, type SignedNote } from '../signing/note.ts';
import { decodeUtf8 } from '../signing/strict-json.ts';
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { leafHash } from './hashing.ts';
import { provesInclusion } from './proof.ts';
import { HASH_BYTES } from './storage.ts';

/** Offline proof that an entry is in a log (`c2sp.org/tlog-proof@v1`). */
export interface TlogProof {
  /** What the entry's hash is made of, as this log uses it: the entry itself. Nobody vouches for it before the check. */
  extra?: Buffer;
  index: number;
  path: readonly Buffer[];
  checkpoint: Checkpoint;
  note: SignedNote;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const MAX_BYTES = 256 * 1024;
/** A tree of 2^53 leaves is no higher. */
const MAX_PATH = 53;

export function encodeTlogProof(proof: { extra?: Uint8Array; index: number; path: readonly Uint8Array[] }, note: string): string {
  const extra = proof.extra === undefined ? '' : `extra ${encodeBase64(proof.extra)}\n`;
  return `${HEADER}\n${extra}index ${proof.index}\n${proof.path.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${note}`;
}

/** Hostile bytes to a proof that proves nothing yet. Throws TRANSPARENCY.BAD_PROOF, and what a checkpoint's parts throw. */
export function parseTlogProof(bytes: Uint8Array, place: string): TlogProof {
  const refuse = (why: string): never => { throw new Failure('TRANSPARENCY.BAD_PROOF', `${place} ${why}`, { place }); };
  const text = (bytes.byteLength <= MAX_BYTES ? decodeUtf8(bytes) : undefined) ?? refuse(`is not UTF-8, or longer than ${MAX_BYTES} bytes`);
  const split = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(split, 0)).split('\n');
  if (header !== HEADER) refuse(`does not begin with ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') === true ? decodeBase64(lines.shift()!.slice(6)) ?? refuse('has "extra" that is not base64') : undefined;
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1] ?? refuse('has no index');
  if (lines.length > MAX_PATH) refuse(`has ${lines.length} hashes`);
  const path = lines.map((line) => {
    const hash = decodeBase64(line);
    return hash?.byteLength === HASH_BYTES ? hash : refuse('has a line in the place of a hash that is none');
  });
  return { ...(extra === undefined ? {} : { extra }), index: Number(index), path, ...parseCheckpoint(bytes.subarray(Buffer.byteLength(text.slice(0, split + 2))), place) };
}

/** The entry is in the tree of the checkpoint, and a trusted log key signed that. Throws SIGNING.NOT_SIGNED, TRANSPARENCY.NOT_INCLUDED. */
export function verifyTlogProof(proof: TlogProof, entry: Uint8Array, keys: readonly NoteKey[], place: string): void {
  verifyNote(proof.note, keys, `the checkpoint of ${place}`);
  verifyInclusion(proof, entry, place);
}

/** Says nothing of who signed the checkpoint. Throws TRANSPARENCY.NOT_INCLUDED. */
export function verifyInclusion({ index, path, checkpoint }: TlogProof, entry: Uint8Array, place: string): void {
  if (!provesInclusion(leafHash(entry), index, checkpoint.treeSize, path, checkpoint.rootHash)) {
    throw new Failure('TRANSPARENCY.NOT_INCLUDED', `${place} does not show entry ${index} in the tree of ${checkpoint.treeSize}`, { place });
  }
}
