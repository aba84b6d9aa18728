import { Failure } from '../foundation/failure.ts';

/** Deeper than any document of ours. */
const MAX_DEPTH = 64;
const NUMBER = /-?[0-9.eE+-]+/y;
const COLON = /[ \t\n\r]*:/y;

/**
 * JSON from a stranger: UTF-8 without errors, no key twice in one object (which of the two is meant depends on the
 * reader), no number beyond a double, no half of a surrogate pair, no nesting beyond 64. Throws SIGNING.BAD_JSON.
 */
export function parseJson(bytes: Uint8Array, place: string): unknown {
  const text = decodeUtf8(bytes) ?? refuse(place, 'is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Failure('SIGNING.BAD_JSON', `${place} is not JSON`, { place, cause });
  }
  scan(text, (why) => refuse(place, why));
  return value;
}

/** A JSON object's fields; undefined for everything else. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
}

/** undefined where the bytes are not UTF-8; a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Walks text that is known to be JSON; every object open at one time has its set of keys, an array has none. */
function scan(text: string, refuseWith: (why: string) => never): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length;) {
    const unit = text[at]!;
    if (unit === '"') {
      const end = endOfString(text, at);
      checkString(text, at, end, open.at(-1), refuseWith);
      at = end;
    } else if (unit === '-' || (unit >= '0' && unit <= '9')) {
      at = endOfNumber(text, at, refuseWith);
    } else {
      if (unit === '{' || unit === '[') open.push(unit === '{' ? new Set() : undefined);
      else if (unit === '}' || unit === ']') open.pop();
      if (open.length > MAX_DEPTH) refuseWith(`is nested deeper than ${MAX_DEPTH}`);
      at++;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
}

function checkString(text: string, start: number, end: number, keys: Set<string> | undefined, refuseWith: (why: string) => never): void {
  const raw = text.slice(start + 1, end - 1);
  const value = raw.includes('\\') ? JSON.parse(text.slice(start, end)) as string : raw;
  if (!value.isWellFormed()) refuseWith('has half of a surrogate pair');
  COLON.lastIndex = end;
  if (keys === undefined || !COLON.test(text)) return;
  if (keys.has(value)) refuseWith(`has the key ${JSON.stringify(value.slice(0, 80))} twice in one object`);
  keys.add(value);
}

function endOfNumber(text: string, start: number, refuseWith: (why: string) => never): number {
  NUMBER.lastIndex = start;
  const digits = NUMBER.exec(text)![0];
  if (!Number.isFinite(Number(digits))) refuseWith(`has the number ${digits.slice(0, 40)}`);
  return start + digits.length;
}

function refuse(place: string, why: string): never {
  throw new Failure('SIGNING.BAD_JSON', `${place} ${why}`, { place });
}
