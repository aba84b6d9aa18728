import { sign, type KeyObject } from 'node:crypto';

import type { Clock } from '../foundation/clock.ts';
import { Failure, Fault } from '../foundation/failure.ts';
import { checkDocument, checkNoteText, checkPayload } from './domains.ts';
import { encodeEnvelope, makeEnvelope } from './envelope-files.ts';
import { parseEnvelope, preAuthenticationEncoding, type Envelope } from './envelope.ts';
import { jsfHead, signableBytes, type JsfSignature } from './jsf.ts';
import { keyIdOf, newPrivateKey, parsePublicKey, publicPem } from './key.ts';
import type { KeyStore } from './key-store.ts';
import { noteKeyHash } from './note.ts';
import { checkRootContent, encodeRootContent, parseRootContent, ROOT_PAYLOAD_TYPE, type RootContent, type RootKey, type TrustedOperatorKey } from './root-content.ts';
import { SIGNING_ROLES, type DocumentRole, type KeyRing, type NoteSignature, type PayloadRole, type Signature, type Signer, type SigningKey, type SigningRole } from './signer.ts';
import { payloadBytes } from './verify-envelope.ts';

export interface KeyRingOptions {
  clock: Clock;
  /** What the root calls this home's own operator. */
  operator: string;
  /** The builders that this home's builder and rebuilder keys speak for. */
  builderIds: readonly string[];
}

/**
 * How long an ended key is still good: what it signed just before and the log has not seen yet stays good. Nothing new
 * is signed with it.
 */
const OVERLAP_MS = 15 * 60 * 1000;

/** Signs with the keys of a store, in this process; the newest root says which key speaks for a role. */
export function openKeyRing(store: KeyStore, options: KeyRingOptions): Signer & KeyRing {
  return new StoredKeyRing(store, options);
}

class StoredKeyRing implements Signer, KeyRing {
  readonly #store: KeyStore;
  readonly #options: KeyRingOptions;
  readonly #private = new Map<string, KeyObject>();
  #read: RootContent | undefined;
  /** The keys of ours that `#read` names; a key is there before any root names it. */
  #own: ReadonlySet<string> = new Set();

  constructor(store: KeyStore, options: KeyRingOptions) {
    this.#store = store;
    this.#options = options;
  }

  async keys(): Promise<readonly SigningKey[]> {
    const { keys } = await this.#current();
    return keys.filter(({ keyId }) => this.#own.has(keyId)).map(({ roles, keyId, publicKey, validFrom, validUntil }) => ({
      role: roles[0]!, keyId, publicKey, validFrom, ...(validUntil === undefined ? {} : { validUntil }),
    }));
  }

  async signPayload(role: PayloadRole, payloadType: string, payload: Uint8Array): Promise<Signature> {
    checkPayload(role, payloadType, payload);
    const { keyId } = this.#speaker(await this.#current(), role);
    return { keyId, signature: await this.#sign(keyId, preAuthenticationEncoding(payloadType, payload)) };
  }

  async signDocument(role: DocumentRole, document: Uint8Array): Promise<JsfSignature> {
    const fields = checkDocument(role, document);
    const { keyId, publicKey } = this.#speaker(await this.#current(), role);
    const head = jsfHead(parsePublicKey(publicKey, keyId));
    return { ...head, value: (await this.#sign(keyId, signableBytes(fields))).toString('base64url') };
  }

  async signNote(text: string): Promise<NoteSignature> {
    const content = await this.#current();
    const { origin } = content.log;
    checkNoteText(text, origin);
    const { keyId, publicKey } = this.#speaker(content, 'log');
    return { name: origin, keyHash: noteKeyHash(origin, parsePublicKey(publicKey, keyId)), signature: await this.#sign(keyId, Buffer.from(text)) };
  }

  async roots(): Promise<readonly Envelope[]> {
    await this.#current();
    const { rootVersions } = await this.#store.contents();
    return Promise.all(rootVersions.map(async (version) => parseEnvelope(await this.#store.root(version), `version ${version} of the root`)));
  }

  async rotate(role: SigningRole): Promise<Envelope> {
    const key = await this.#newKey();
    return this.#orDrop([key], () => this.#change((content, now) => {
      const old = this.#speaker(content, role);
      const end = new Date(Date.parse(now) + OVERLAP_MS).toISOString();
      const replaced = (keyIds: readonly string[], inForce: boolean): string[] => [...keyIds.filter((keyId) => !inForce || keyId !== old.keyId), keyIdOf(key)];
      return {
        ...content,
        keys: [...content.keys.map((one) => one.keyId === old.keyId ? { ...one, validUntil: end } : one), this.#ownKey(key, role, now)],
        // A root key that ended signs no further version; a log key still stands under old checkpoints.
        ...(role === 'root' ? { roots: replaced(content.roots, true) } : {}),
        ...(role === 'log' ? { log: { ...content.log, keyIds: replaced(content.log.keyIds, false) } } : {}),
      };
    }));
  }

  async trustKey(key: TrustedOperatorKey): Promise<Envelope> {
    const { keyId } = parsePublicKey(key.publicKey, 'the key to be trusted');
    return this.#change((content, now) => {
      if (content.keys.some((one) => one.keyId === keyId)) throw new Failure('SIGNING.KNOWN_KEY', `the key ${keyId} is in the root already`);
      if (key.operator === this.#options.operator) throw new Failure('SIGNING.BAD_ROOT', `"${key.operator}" is this home's own operator: a key from elsewhere needs another name`);
      return { ...content, keys: [...content.keys, { validFrom: now, ...key, keyId }] };
    });
  }

  async distrustKey(keyId: string): Promise<Envelope> {
    return this.#change((content) => {
      if (!content.keys.some((one) => one.keyId === keyId)) throw new Failure('SIGNING.UNKNOWN_KEY', `the root has no key ${keyId}`);
      if (this.#own.has(keyId)) throw new Failure('SIGNING.UNKNOWN_KEY', `${keyId} is a key of this home`, { hint: 'Rotate its role instead: what it signed stays good.' });
      return { ...content, keys: content.keys.filter((one) => one.keyId !== keyId) };
    });
  }

  /** The newest root's content; the files are ours, so their signatures are not checked again. */
  async #current(): Promise<RootContent> {
    return await this.#newest() ?? await this.#first();
  }

  async #newest(): Promise<RootContent | undefined> {
    const version = (await this.#store.contents()).rootVersions.at(-1);
    if (version === undefined) return undefined;
    if (this.#read?.version !== version) {
      const place = `version ${version} of the root`;
      this.#read = parseRootContent(payloadBytes(parseEnvelope(await this.#store.root(version), place)), place);
      this.#own = new Set((await this.#store.contents()).keyIds);
    }
    return this.#read;
  }

  async #first(): Promise<RootContent> {
    const now = this.#now();
    const made = await Promise.all(SIGNING_ROLES.map(async (role) => ({ role, key: await this.#newKey() })));
    const idOf = (wanted: SigningRole): string => keyIdOf(made.find(({ role }) => role === wanted)!.key);
    const content: RootContent = {
      format: 1, version: 1, issuedAt: now, threshold: 1, roots: [idOf('root')],
      keys: made.map(({ role, key }) => this.#ownKey(key, role, now)),
      log: { origin: `provenroot.dev/log/${idOf('log').slice(0, 16)}`, keyIds: [idOf('log')] },
    };
    await this.#orDrop(made.map(({ key }) => key), () => this.#publish(content, [idOf('root')]));
    return (await this.#newest())!;
  }

  /** Another version; begins again where another process was faster. */
  async #change(work: (content: RootContent, now: string) => RootContent): Promise<Envelope> {
    for (;;) {
      const current = await this.#current();
      const now = this.#now();
      const issuedAt = now < current.issuedAt ? current.issuedAt : now;
      const next = { ...work(current, issuedAt), version: current.version + 1, issuedAt };
      const envelope = await this.#publish(next, [...new Set([...current.roots, ...next.roots])]);
      if (envelope !== undefined) return envelope;
    }
  }

  /** undefined where that version exists already. */
  async #publish(content: RootContent, rootKeyIds: readonly string[]): Promise<Envelope | undefined> {
    checkRootContent(content, 'the new root');
    const payload = encodeRootContent(content);
    const signed = preAuthenticationEncoding(ROOT_PAYLOAD_TYPE, payload);
    const own = new Set((await this.#store.contents()).keyIds);
    const signatures = await Promise.all(rootKeyIds.filter((keyId) => own.has(keyId)).map(async (keyId) => ({ keyId, signature: await this.#sign(keyId, signed) })));
    const envelope = makeEnvelope(ROOT_PAYLOAD_TYPE, payload, signatures);
    return await this.#store.addRoot(content.version, Buffer.from(encodeEnvelope(envelope))) ? envelope : undefined;
  }

  /** Keys that the root does not name in the end are litter. */
  async #orDrop<T>(keys: readonly KeyObject[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const named = new Set((await this.#newest())?.keys.map(({ keyId }) => keyId));
      await Promise.all(keys.map(keyIdOf).filter((keyId) => !named.has(keyId)).map((keyId) => this.#store.dropKey(keyId)));
    }
  }

  async #newKey(): Promise<KeyObject> {
    const key = newPrivateKey();
    await this.#store.addKey(key);
    return key;
  }

  #ownKey(key: KeyObject, role: SigningRole, validFrom: string): RootKey {
    const speaksForBuilders = role === 'builder' || role === 'rebuilder';
    return {
      keyId: keyIdOf(key), publicKey: publicPem(key), roles: [role], operator: this.#options.operator, validFrom,
      ...(speaksForBuilders ? { builderIds: this.#options.builderIds } : {}),
    };
  }

  /** The key of ours that now speaks for a role: the one that has no end. */
  #speaker(content: RootContent, role: SigningRole): RootKey {
    return content.keys.find(({ keyId, roles, validUntil }) => this.#own.has(keyId) && roles.includes(role) && validUntil === undefined) ?? missing(role);
  }

  async #sign(keyId: string, bytes: Uint8Array): Promise<Buffer> {
    const known = this.#private.get(keyId) ?? await this.#store.privateKey(keyId);
    this.#private.set(keyId, known);
    return sign(null, bytes, known);
  }

  #now(): string {
    return this.#options.clock.now().toISOString();
  }
}

function missing(role: SigningRole): never {
  throw new Fault('SIGNING.KEYS_UNREADABLE', `the key that signs as ${role} is not in this home any more`);
}
