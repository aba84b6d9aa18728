import { Failure } from '../foundation/failure.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { Envelope } from './envelope.ts';
import { parseEnvelope } from './envelope.ts';
import { parsePublicKey, type PublicKey } from './key.ts';
import type { NoteKey } from './note.ts';
import { parseRootContent, ROOT_PAYLOAD_TYPE, type RootContent, type RootKey } from './root-content.ts';
import type { SigningRole } from './signer.ts';
import { payloadBytes, verifyEnvelope } from './verify-envelope.ts';

/** A root whose signatures were checked; made by the functions of this file alone. */
class Checked {
  readonly content: RootContent;
  /** Of the payload. */
  readonly sha256: Sha256;
  readonly envelope: Envelope;
  readonly #keys: ReadonlyMap<string, PublicKey>;

  constructor(content: RootContent, envelope: Envelope, digest: Sha256) {
    this.content = content;
    this.envelope = envelope;
    this.sha256 = digest;
    this.#keys = publicKeys(content);
  }

  publicKey(keyId: string): PublicKey {
    return this.#keys.get(keyId)!;
  }
}

export type TrustRoot = Checked;

export interface KeyQuestion {
  role: SigningRole;
  /** RFC 3339, milliseconds: when the log saw the statement. */
  at: string;
  operator?: string;
  /** The builder that the statement says made it. */
  builderId?: string;
}

/** A root.json that came on a way that is trusted: good in itself, signed by its own threshold. Throws SIGNING.BAD_ROOT, SIGNING.NOT_SIGNED. */
export function parseTrustedRoot(bytes: Uint8Array, place: string): TrustRoot {
  return trustedRoot(parseEnvelope(bytes, place), place);
}

export function trustedRoot(envelope: Envelope, place: string): TrustRoot {
  const content = unverifiedContent(envelope, place);
  return checked(envelope, content, place);
}

/** The version behind `current`: signed by a threshold of `current`'s root keys and of its own. Throws also SIGNING.ROOT_CHAIN. */
export function nextRoot(current: TrustRoot, envelope: Envelope, place: string): TrustRoot {
  const content = unverifiedContent(envelope, place);
  const { version, issuedAt, threshold, roots } = current.content;
  if (content.version !== version + 1) throw new Failure('SIGNING.ROOT_CHAIN', `${place} is version ${content.version}, which does not follow ${version}`, { place });
  if (content.issuedAt < issuedAt) throw new Failure('SIGNING.ROOT_CHAIN', `${place} was issued before the version that it follows`, { place });
  verifyEnvelope(envelope, roots.map((keyId) => current.publicKey(keyId)), threshold, `${place}, by the root keys of version ${version},`);
  return checked(envelope, content, place);
}

/**
 * Goes forward from a trusted root through versions that anyone may hand in; those not newer say nothing.
 * Throws SIGNING.ROOT_CHAIN at a gap or at two that differ, SIGNING.NOT_SIGNED where the trusted keys did not sign.
 */
export function walkRoots(trusted: TrustRoot, later: readonly Envelope[], place: string): TrustRoot {
  const versions = later.map((envelope) => ({ envelope, version: unverifiedContent(envelope, place).version }))
    .filter(({ version }) => version > trusted.content.version).toSorted((a, b) => a.version - b.version);
  return versions.reduce((root, { envelope, version }) => nextRoot(root, envelope, `${place}, version ${version},`), trusted);
}

/** Keys that could say it at that time. */
export function keysFor(root: TrustRoot, question: KeyQuestion): PublicKey[] {
  return root.content.keys.filter((key) => mayHaveSaid(key, question) && isValidAt(key, question.at)).map(({ keyId }) => root.publicKey(keyId));
}

/** The same, whatever the time: to tell an expired key from an unknown one. */
export function keysForAnyTime(root: TrustRoot, question: Omit<KeyQuestion, 'at'>): PublicKey[] {
  return root.content.keys.filter((key) => mayHaveSaid(key, question)).map(({ keyId }) => root.publicKey(keyId));
}

/**
 * Keys that a checkpoint of this origin may carry. An ended key still speaks for entries from before its end: `entryAt`
 * is the time of the entry in question. Another operator's log may not use our origin.
 */
export function logKeys(root: TrustRoot, origin: string, entryAt: string): NoteKey[] {
  const { log, keys } = root.content;
  return keys.filter((key) => key.roles.includes('log') && (key.validUntil === undefined || entryAt < key.validUntil)
    && (log.origin === origin ? log.keyIds.includes(key.keyId) : !log.keyIds.includes(key.keyId)))
    .map(({ keyId }) => ({ name: origin, ...root.publicKey(keyId) }));
}

export function rootKey(root: TrustRoot, keyId: string): RootKey | undefined {
  return root.content.keys.find((key) => key.keyId === keyId);
}

/** From `validFrom` on, up to and without `validUntil`. */
export function isValidAt({ validFrom, validUntil }: RootKey, at: string): boolean {
  return validFrom <= at && (validUntil === undefined || at < validUntil);
}

function mayHaveSaid(key: RootKey, { role, operator, builderId }: Omit<KeyQuestion, 'at'>): boolean {
  return key.roles.includes(role) && (operator === undefined || key.operator === operator)
    && (builderId === undefined || key.builderIds?.includes(builderId) === true);
}

function unverifiedContent(envelope: Envelope, place: string): RootContent {
  if (envelope.payloadType !== ROOT_PAYLOAD_TYPE) throw new Failure('SIGNING.BAD_ROOT', `${place} has the payload type ${JSON.stringify(envelope.payloadType)}`, { place });
  return parseRootContent(payloadBytes(envelope), place);
}

function checked(envelope: Envelope, content: RootContent, place: string): TrustRoot {
  const keys = publicKeys(content);
  const { payload } = verifyEnvelope(envelope, content.roots.map((keyId) => keys.get(keyId)!), content.threshold, place);
  return new Checked(content, envelope, sha256(payload));
}

function publicKeys(content: RootContent): ReadonlyMap<string, PublicKey> {
  return new Map(content.keys.map(({ keyId, publicKey }) => [keyId, parsePublicKey(publicKey, keyId)]));
}
