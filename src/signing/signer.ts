import type { Envelope } from './envelope.ts';
import type { JsfSignature } from './jsf.ts';
import type { TrustedOperatorKey } from './root-content.ts';

/** What a key is for. A key has one role here; a root may give a foreign one several. */
export const SIGNING_ROLES = ['builder', 'log', 'rebuilder', 'releaser', 'root', 'verifier'] as const;
export type SigningRole = (typeof SIGNING_ROLES)[number];
/** The log signs notes, the others payloads. */
export type PayloadRole = Exclude<SigningRole, 'log'>;

/** Who signs inside of documents. */
export type DocumentRole = 'builder';

export interface Signature {
  keyId: string;
  /** 64 bytes. */
  signature: Uint8Array;
}

export interface NoteSignature {
  /** The key's name: the log's origin. */
  name: string;
  /** 4 bytes (C2SP signed-note). */
  keyHash: Uint8Array;
  /** 64 bytes. */
  signature: Uint8Array;
}

export interface SigningKey {
  role: SigningRole;
  keyId: string;
  /** SPKI PEM. */
  publicKey: string;
  /** RFC 3339, milliseconds, UTC. */
  validFrom: string;
  /** From then on it signs no more; what it signed before stays good. */
  validUntil?: string;
}

/** Signs with keys that the caller never sees. */
export interface Signer {
  /** All keys of this home, those of the past too. */
  keys(): Promise<readonly SigningKey[]>;
  /** DSSE over exactly these bytes: the signer itself makes the encoding, and refuses what is not the role's to say. */
  signPayload(role: PayloadRole, payloadType: string, payload: Uint8Array): Promise<Signature>;
  /** JSF over an unsigned CycloneDX document: the signer itself parses it and makes its canonical bytes. */
  signDocument(role: DocumentRole, document: Uint8Array): Promise<JsfSignature>;
  /** A C2SP note's text with its last newline; only a checkpoint of this home's log. */
  signNote(text: string): Promise<NoteSignature>;
}

/** What is trusted here: every change is another version of the root, signed by the local root key. */
export interface KeyRing {
  /** Every version so far, 1 first; the last is in force. Made on first use. */
  roots(): Promise<readonly Envelope[]>;
  /** A new key for the role; the old one ends now and stays in the root. */
  rotate(role: SigningRole): Promise<Envelope>;
  /** Binds another operator's public key to that operator's name, roles and builders. */
  trustKey(key: TrustedOperatorKey): Promise<Envelope>;
  /** From now on nothing that this foreign key signed counts. */
  distrustKey(keyId: string): Promise<Envelope>;
}
