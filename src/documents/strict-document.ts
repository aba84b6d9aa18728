import { Failure, isCoded } from '../foundation/failure.ts';
import { parseJson } from '../signing/strict-json.ts';
import { documentOf, fieldsOf, type Fields, type ReadDocument } from './document-fields.ts';

/** Of 60,000 files the largest document has 51 MiB. */
export const MAX_DOCUMENT_BYTES = 128 * 2 ** 20;
/** Twice what 128 MiB of a document of ours hold. A value costs up to fifty times its two bytes of text in memory. */
const MAX_VALUES = 10_000_000;

/**
 * A bill of materials from a stranger, in the one way in which every reader reads it. Throws DOCUMENTS.TOO_LARGE,
 * NOT_JSON, AMBIGUOUS (a key twice, no UTF-8, nested deeper than 64 …), UNKNOWN_FORMAT.
 */
export function parseStrictDocument(bytes: Uint8Array, place: string): ReadDocument {
  return documentOf(strictlyBounded(bytes, place), place);
}

/** The same of a document in whatever format. Throws DOCUMENTS.TOO_LARGE, NOT_JSON, AMBIGUOUS. */
export function strictFields(bytes: Uint8Array, place: string): Fields {
  return fieldsOf(strictlyBounded(bytes, place));
}

function strictlyBounded(bytes: Uint8Array, place: string): unknown {
  if (bytes.byteLength > MAX_DOCUMENT_BYTES) tooLarge(place, `has ${bytes.byteLength} bytes, read are at most ${MAX_DOCUMENT_BYTES}`);
  if (exceedsValues(bytes)) tooLarge(place, `holds more than ${MAX_VALUES} values`);
  return strictlyParsed(bytes, place);
}

function strictlyParsed(bytes: Uint8Array, place: string): unknown {
  try {
    return parseJson(bytes, place);
  } catch (error) {
    if (!isCoded(error) || error.code !== 'SIGNING.BAD_JSON') throw error;
    if (error.cause !== undefined) throw new Failure('DOCUMENTS.NOT_JSON', `${place} is not JSON, or only the beginning of it`, { place, cause: error.cause });
    throw new Failure('DOCUMENTS.AMBIGUOUS', error.message, { place, cause: error });
  }
}

/** Commas and open brackets, those in texts too: never fewer than the values. */
function exceedsValues(bytes: Uint8Array): boolean {
  let values = 0;
  for (const byte of bytes) if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
  return values > MAX_VALUES;
}
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

function tooLarge(place: string, why: string): never {
  throw new Failure('DOCUMENTS.TOO_LARGE', `${place} ${why}`, { place });
}
