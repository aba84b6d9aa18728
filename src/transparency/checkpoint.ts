import { decodeBase64, encodeBase64 } from '../signing/base64.ts';
import { parseNote, type SignedNote } from '../signing/note.ts';
import { Failure } from '../foundation/failure.ts';
import { HASH_BYTES } from './storage.ts';

/** What a log says of itself at one moment (C2SP tlog-checkpoint); nothing in it says when. */
export interface Checkpoint {
  /** Name of the log. */
  origin: string;
  treeSize: number;
  /** 32 bytes. */
  rootHash: Buffer;
}

const SIZE = /^(0|[1-9][0-9]{0,15})$/;

export function checkpointText({ origin, treeSize, rootHash }: Checkpoint): string {
  return `${origin}\n${treeSize}\n${encodeBase64(rootHash)}\n`;
}

/** Extension lines are read over, as the format asks. Throws TRANSPARENCY.BAD_CHECKPOINT. */
export function parseCheckpointText(text: string, place: string): Checkpoint {
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n');
  const rootHash = decodeBase64(root);
  const treeSize = Number(size);
  const wellFormed = origin !== '' && SIZE.test(size) && Number.isSafeInteger(treeSize) && rootHash?.byteLength === HASH_BYTES && encodeBase64(rootHash) === root
    && extensions.at(-1) === '' && !extensions.slice(0, -1).includes('');
  if (!wellFormed) throw new Failure('TRANSPARENCY.BAD_CHECKPOINT', `${place} is no checkpoint of a log`, { place });
  return { origin, treeSize, rootHash };
}

/** Unverified: see `verifyNote`. Throws SIGNING.BAD_NOTE, TRANSPARENCY.BAD_CHECKPOINT. */
export function parseCheckpoint(note: Uint8Array, place: string): { checkpoint: Checkpoint; note: SignedNote } {
  const parsed = parseNote(note, place);
  return { checkpoint: parseCheckpointText(parsed.text, place), note: parsed };
}
