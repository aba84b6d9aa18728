import { canonicalJson } from '../foundation/canonical-json.ts';
import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { isTime } from '../signing/root-content.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';

/** What a leaf says: small and closed; statements themselves lie elsewhere, by digest. */
export type LogEntry = NewLogEntry & {
  /** When the log took it: RFC 3339, milliseconds, UTC. Never before the entry that precedes it. */
  at: string;
};

export type NewLogEntry =
  /** A payload and the keys whose signatures came with it. */
  | { t: 'statement'; sha256: Sha256; type: string; keys: readonly string[] }
  /** A version of root.json: digest of its payload. */
  | { t: 'root'; sha256: Sha256; version: number }
  /** A quarantine as it is on record: digest of its canonical form. */
  | { t: 'quarantine'; sha256: Sha256 };

/** An entry bundle gives 16 bits for the length (C2SP tlog-tiles). */
const MAX_ENTRY_BYTES = 65_535;
const MAX_TYPE_LENGTH = 500;
const MAX_KEYS = 64;

/** Canonical JSON; short, as its parts are. Throws TRANSPARENCY.BAD_ENTRY for what no log of ours takes. */
export function encodeLogEntry(entry: LogEntry): Buffer {
  checkNewEntry(entry);
  return Buffer.from(canonicalJson(entry));
}

/** Throws TRANSPARENCY.BAD_ENTRY. */
export function checkNewEntry(entry: NewLogEntry): void {
  if (!isSha256(entry.sha256) || entryOf({ ...entry }, '', entry.sha256) === undefined) throw new Failure('TRANSPARENCY.BAD_ENTRY', 'the entry is none that a log of ours takes');
}

/** Throws TRANSPARENCY.BAD_ENTRY, SIGNING.BAD_JSON. */
export function parseLogEntry(bytes: Uint8Array, place: string): LogEntry {
  const refuse = (why: string): never => { throw new Failure('TRANSPARENCY.BAD_ENTRY', `${place} ${why}`, { place }); };
  if (bytes.byteLength > MAX_ENTRY_BYTES) refuse(`has ${bytes.byteLength} bytes, a log takes ${MAX_ENTRY_BYTES}`);
  const fields = asRecord(parseJson(bytes, place)) ?? refuse('is no JSON object');
  const { at, sha256 } = fields;
  if (typeof at !== 'string' || !isTime(at)) refuse('has no proper "at"');
  if (typeof sha256 !== 'string' || !isSha256(sha256)) refuse('has no proper "sha256"');
  const entry = entryOf(fields, at as string, sha256 as Sha256) ?? refuse('is of no known kind');
  if (canonicalJson(entry) !== Buffer.from(bytes).toString('utf8')) refuse('is not in canonical form, or has fields of no known meaning');
  return entry;
}

function entryOf({ t, type, keys, version }: Readonly<Record<string, unknown>>, at: string, sha256: Sha256): LogEntry | undefined {
  if (t === 'statement' && typeof type === 'string' && type.length <= MAX_TYPE_LENGTH && isKeyList(keys)) return { t, sha256, type, keys, at };
  if (t === 'root' && typeof version === 'number' && Number.isSafeInteger(version) && version > 0) return { t, sha256, version, at };
  return t === 'quarantine' ? { t, sha256, at } : undefined;
}

function isKeyList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_KEYS && value.every((key) => typeof key === 'string' && isSha256(key));
}
