import { canonicalJson } from '../foundation/canonical-json.ts';
import { isSha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { parsePublicKey } from './key.ts';
import { SIGNING_ROLES, type SigningRole } from './signer.ts';
import { asRecord, parseJson } from './strict-json.ts';

export const ROOT_PAYLOAD_TYPE = 'application/vnd.provenroot.root+json';

/** A key as a root binds it: to an operator, to what it may say, to a time. */
export interface RootKey {
  keyId: string;
  /** SPKI PEM, ed25519. */
  publicKey: string;
  roles: readonly SigningRole[];
  /** Who is responsible for it, as this root calls them. */
  operator: string;
  /** The builders it may speak for; required of a key with the role `builder`. */
  builderIds?: readonly string[];
  /** RFC 3339, milliseconds, UTC. */
  validFrom: string;
  validUntil?: string;
}

/** What another operator's key is trusted for; from the time of trusting on, where no time is given. */
export type TrustedOperatorKey = Omit<RootKey, 'keyId' | 'validFrom'> & { validFrom?: string };

/** The payload of root.json. */
export interface RootContent {
  format: 1;
  /** 1 and up, never back. */
  version: number;
  issuedAt: string;
  /** How many of `roots` must sign. */
  threshold: number;
  roots: readonly string[];
  keys: readonly RootKey[];
  /** This home's own log; other logs are trusted through keys with the role `log`. */
  log: { origin: string; keyIds: readonly string[] };
}

const MAX_KEYS = 1000;
const OPERATOR = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/;
/** A schema-less URL without space and plus (C2SP tlog-checkpoint). */
const ORIGIN = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/;
const RFC3339_MS = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

export function encodeRootContent(content: RootContent): Buffer {
  return Buffer.from(canonicalJson(content));
}

/** Closed: a field that this version does not know could be one that forbids something. Throws SIGNING.BAD_ROOT. */
export function parseRootContent(bytes: Uint8Array, place: string): RootContent {
  const refuse = refuser(place);
  const fields = closed(parseJson(bytes, place), ['format', 'version', 'issuedAt', 'threshold', 'roots', 'keys', 'log'], [], refuse);
  if (fields['format'] !== 1) refuse(`has format ${JSON.stringify(fields['format'])}, read is 1`);
  const log = closed(fields['log'], ['origin', 'keyIds'], [], refuser(`${place}, log`));
  const content: RootContent = {
    format: 1,
    version: count(fields['version'], 'version', refuse),
    issuedAt: time(fields['issuedAt'], 'issuedAt', refuse),
    threshold: count(fields['threshold'], 'threshold', refuse),
    roots: texts(fields['roots'], 'roots', isSha256, refuse),
    keys: list(fields['keys'], 'keys', refuse).map((key, index) => rootKey(key, `${place}, key ${index}`)),
    log: { origin: text(log['origin'], 'log.origin', isOrigin, refuse), keyIds: texts(log['keyIds'], 'log.keyIds', isSha256, refuse) },
  };
  checkTogether(content, refuse);
  return content;
}

/** Also what is handed in to be trusted is checked by the reader's own rules. */
export function checkRootContent(content: RootContent, place: string): void {
  parseRootContent(encodeRootContent(content), place);
}

type Refuse = (why: string) => never;

function refuser(place: string): Refuse {
  return (why) => { throw new Failure('SIGNING.BAD_ROOT', `${place} ${why}`, { place }); };
}

function rootKey(value: unknown, place: string): RootKey {
  const refuse = refuser(place);
  const fields = closed(value, ['keyId', 'publicKey', 'roles', 'operator', 'validFrom'], ['builderIds', 'validUntil'], refuse);
  const publicKey = text(fields['publicKey'], 'publicKey', () => true, refuse);
  const keyId = text(fields['keyId'], 'keyId', isSha256, refuse);
  if (parsePublicKey(publicKey, place).keyId !== keyId) refuse('has a "keyId" that is not that of its "publicKey"');
  const roles = texts(fields['roles'], 'roles', isRole, refuse) as SigningRole[];
  if (roles.length === 0) refuse('has no roles');
  const builderIds = fields['builderIds'] === undefined ? undefined : texts(fields['builderIds'], 'builderIds', isUri, refuse);
  if (roles.includes('builder') && (builderIds ?? []).length === 0) refuse('has the role builder and no "builderIds"');
  const validFrom = time(fields['validFrom'], 'validFrom', refuse);
  const validUntil = fields['validUntil'] === undefined ? undefined : time(fields['validUntil'], 'validUntil', refuse);
  if (validUntil !== undefined && validUntil < validFrom) refuse('ends before it begins');
  return {
    keyId, publicKey, roles, operator: text(fields['operator'], 'operator', isOperator, refuse), validFrom,
    ...(builderIds === undefined ? {} : { builderIds }), ...(validUntil === undefined ? {} : { validUntil }),
  };
}

function checkTogether(content: RootContent, refuse: Refuse): void {
  const keys = new Map(content.keys.map((key) => [key.keyId, key]));
  if (keys.size !== content.keys.length) refuse('has a key twice');
  if (content.threshold > content.roots.length) refuse(`asks for ${content.threshold} signatures of ${content.roots.length} root keys`);
  for (const keyId of content.roots) if (keys.get(keyId)?.roles.includes('root') !== true) refuse(`names ${keyId} as a root key, which is none`);
  for (const keyId of content.log.keyIds) if (keys.get(keyId)?.roles.includes('log') !== true) refuse(`names ${keyId} as a log key, which is none`);
}

function closed(value: unknown, required: readonly string[], optional: readonly string[], refuse: Refuse): Readonly<Record<string, unknown>> {
  const fields = asRecord(value) ?? refuse('is no JSON object');
  for (const name of required) if (!Object.hasOwn(fields, name)) refuse(`has no "${name}"`);
  for (const name of Object.keys(fields)) if (!required.includes(name) && !optional.includes(name)) refuse(`has the unknown field ${JSON.stringify(name.slice(0, 80))}`);
  return fields;
}

function count(value: unknown, name: string, refuse: Refuse): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : refuse(`has a "${name}" that is no count`);
}

function time(value: unknown, name: string, refuse: Refuse): string {
  return typeof value === 'string' && isTime(value) ? value : refuse(`has a "${name}" that is no RFC 3339 time in UTC with milliseconds`);
}

/** RFC 3339 with milliseconds and `Z`, of a day that there is; such texts sort by time. */
export function isTime(value: string): boolean {
  return RFC3339_MS.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;
}

function list(value: unknown, name: string, refuse: Refuse): readonly unknown[] {
  if (!Array.isArray(value)) return refuse(`has a "${name}" that is no list`);
  return value.length <= MAX_KEYS ? value : refuse(`has ${value.length} "${name}", read are at most ${MAX_KEYS}`);
}

function text(value: unknown, name: string, fits: (value: string) => boolean, refuse: Refuse): string {
  return typeof value === 'string' && fits(value) ? value : refuse(`has a malformed "${name}"`);
}

function texts(value: unknown, name: string, fits: (value: string) => boolean, refuse: Refuse): string[] {
  const found = list(value, name, refuse).map((one) => text(one, name, fits, refuse));
  return new Set(found).size === found.length ? found : refuse(`has the same twice in "${name}"`);
}

function isRole(value: string): value is SigningRole {
  return (SIGNING_ROLES as readonly string[]).includes(value);
}

function isOperator(value: string): boolean {
  return OPERATOR.test(value);
}

function isOrigin(value: string): boolean {
  return ORIGIN.test(value);
}

function isUri(value: string): boolean {
  return value.length <= 500 && /^[a-z][a-z0-9+.-]*:[!-~]+$/.test(value);
}
