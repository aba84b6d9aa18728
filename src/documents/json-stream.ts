import { canonicalJson } from '../foundation/canonical-json.ts';

/** An object whose members are written in the given order, each perhaps piece by piece. */
export class Members {
  readonly members: readonly (readonly [string, JsonPart | undefined])[];

  constructor(members: Readonly<Record<string, JsonPart | undefined>>) {
    this.members = Object.entries(members);
  }
}

/** A list whose rows are made only when they are written. */
export class Rows {
  readonly rows: Iterable<JsonPart>;

  constructor(rows: Iterable<JsonPart>) {
    this.rows = rows;
  }
}

/** JSON that need not be in memory at once. Anything but `Members` and `Rows` is a plain value, written in canonical form. */
export type JsonPart = Members | Rows | PlainJson;
export type PlainJson = string | number | boolean | null | readonly PlainJson[] | PlainFields;
export interface PlainFields { readonly [key: string]: PlainJson | undefined }

/** Chunks are about this long, so that a reader is not woken for every row. */
const CHUNK_LENGTH = 65_536;

/** The text of a document: one row of a list a line, so that two documents can be compared line by line; ends with a line feed. */
export function* jsonChunks(part: JsonPart): Generator<string> {
  let chunk = '';
  for (const piece of pieces(part)) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}\n`;
}

function* pieces(part: JsonPart): Generator<string> {
  if (part instanceof Members) yield* memberPieces(part);
  else if (part instanceof Rows) yield* rowPieces(part);
  else yield canonicalJson(part);
}

function* memberPieces({ members }: Members): Generator<string> {
  let before = '{\n';
  for (const [key, value] of members) {
    if (value === undefined) continue;
    yield `${before}${canonicalJson(key)}:`;
    yield* pieces(value);
    before = ',\n';
  }
  yield before === '{\n' ? '{}' : '}';
}

function* rowPieces({ rows }: Rows): Generator<string> {
  let before = '[\n';
  for (const row of rows) {
    yield before;
    yield* pieces(row);
    before = ',\n';
  }
  yield before === '[\n' ? '[]' : '\n]';
}
