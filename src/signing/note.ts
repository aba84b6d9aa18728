import { createHash, createPublicKey, verify } from 'node:crypto';

import { Failure } from '../foundation/failure.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { keyIdOf, rawPublicKey, type PublicKey } from './key.ts';
import type { NoteSignature } from './signer.ts';
import { decodeUtf8 } from './strict-json.ts';

/** A C2SP signed note, taken apart; says nothing about who signed. */
export interface SignedNote {
  /** With its last newline. */
  text: string;
  signatures: readonly NoteSignature[];
}

/** A key under the name that it signs notes with. */
export interface NoteKey extends PublicKey {
  name: string;
}

const MAX_NOTE_BYTES = 65_536;
const MAX_SIGNATURES = 100;
const ED25519 = 0x01;
const SIGNATURE_LINE = /^— ([^\s+\p{White_Space}]+) ([A-Za-z0-9+/]+={0,2})$/u;
/** The head of the DER of every ed25519 SubjectPublicKeyInfo (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** First 4 bytes of SHA-256(name, line feed, type, raw key): tells keys apart, proves nothing (C2SP signed-note). */
export function noteKeyHash(name: string, key: PublicKey): Buffer {
  return createHash('sha256').update(name).update(Buffer.from([0x0a, ED25519])).update(rawPublicKey(key.key)).digest().subarray(0, 4);
}

/** `name+hash+base64(type, key)`: what other people's tools are configured with. */
export function formatVerifierKey({ name, ...key }: NoteKey): string {
  return `${name}+${noteKeyHash(name, key).toString('hex')}+${encodeBase64(Buffer.concat([Buffer.from([ED25519]), rawPublicKey(key.key)]))}`;
}

/** Throws SIGNING.BAD_KEY. */
export function parseVerifierKey(text: string, place: string): NoteKey {
  const [, name, hash, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = decodeBase64(encoded ?? '');
  if (name === undefined || bytes?.byteLength !== 33 || bytes[0] !== ED25519) throw new Failure('SIGNING.BAD_KEY', `${place} is no ed25519 verifier key`, { place });
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes.subarray(1)]), format: 'der', type: 'spki' });
  const found = { name, keyId: keyIdOf(key), key };
  if (noteKeyHash(name, found).toString('hex') !== hash) throw new Failure('SIGNING.BAD_KEY', `${place} has a hash that is not its key's`, { place });
  return found;
}

export function encodeNote({ text, signatures }: SignedNote): string {
  return `${text}\n${signatures.map(({ name, keyHash, signature }) => `— ${name} ${encodeBase64(Buffer.concat([keyHash, signature]))}\n`).join('')}`;
}

/** Hostile bytes to a note. Throws SIGNING.BAD_NOTE. */
export function parseNote(bytes: Uint8Array, place: string): SignedNote {
  if (bytes.byteLength > MAX_NOTE_BYTES) refuse(place, `has ${bytes.byteLength} bytes, read are at most ${MAX_NOTE_BYTES}`);
  const whole = decodeUtf8(bytes) ?? refuse(place, 'is not UTF-8');
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) refuse(place, 'has control characters');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0 || !whole.endsWith('\n')) refuse(place, 'has no signatures behind an empty line');
  const lines = whole.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) refuse(place, `has ${lines.length} signatures, read are at most ${MAX_SIGNATURES}`);
  return { text: whole.slice(0, split + 1), signatures: lines.map((line) => signatureOf(line, place)) };
}

/**
 * The keys, of those given, that have signed. A signature of a known key that is wrong spoils the note; one of an unknown
 * key says nothing. Throws SIGNING.NOT_SIGNED.
 */
export function verifyNote(note: SignedNote, keys: readonly NoteKey[], place: string): NoteKey[] {
  const signers = keys.filter((key) => {
    const hash = noteKeyHash(key.name, key);
    const own = note.signatures.filter(({ name, keyHash }) => name === key.name && hash.equals(keyHash));
    const good = own.filter(({ signature }) => signature.byteLength === 64 && verify(null, Buffer.from(note.text), key.key, signature));
    if (good.length < own.length) throw new Failure('SIGNING.NOT_SIGNED', `${place} has a signature of ${key.name} that is not good`, { place });
    return good.length > 0;
  });
  if (signers.length === 0) throw new Failure('SIGNING.NOT_SIGNED', `${place} is signed by none of ${keys.length} trusted keys`, { place });
  return signers;
}

function signatureOf(line: string, place: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded ?? '');
  if (name === undefined || bytes === undefined || bytes.byteLength < 5) return refuse(place, 'has a line in the place of a signature that is none');
  return { name, keyHash: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

function refuse(place: string, why: string): never {
  throw new Failure('SIGNING.BAD_NOTE', `${place} ${why}`, { place });
}
