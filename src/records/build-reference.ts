import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { row, rows, type Sql } from './sql.ts';
import type { BuildState } from './build-records.ts';

/** What stands wherever a command or a request names a build. */
export type BuildReference =
  | { kind: 'id'; id: string }
  /** The newest build that made the image. */
  | { kind: 'image'; sha256: Sha256 }
  /** Of a configuration or board; `back` 0 is the newest, 2 the second before it. */
  | { kind: 'name'; name: string; back: number };

export interface ResolvedBuild { id: string; state: BuildState; targetName: string; definitionDigest: Sha256 }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NAME = /^([A-Za-z0-9][A-Za-z0-9._+-]*)(?:~([0-9]{1,6}))?$/;

/** How the API writes the id of a build. */
const API_PREFIX = 'bld_';

/** `ID` (also as the API writes it), `sha256` (also with `sha256:` before it), `NAME` or `NAME~2`. Throws RECORDS.BAD_REFERENCE. */
export function parseBuildReference(text: string): BuildReference {
  const id = text.startsWith(API_PREFIX) ? text.slice(API_PREFIX.length) : text;
  if (UUID.test(id)) return { kind: 'id', id };
  const hex = text.startsWith('sha256:') ? text.slice(7) : text;
  if (isSha256(hex)) return { kind: 'image', sha256: hex };
  const [, name, back] = NAME.exec(text) ?? [];
  if (name === undefined) throw new Failure('RECORDS.BAD_REFERENCE', `${JSON.stringify(text)} names no build`);
  return { kind: 'name', name, back: Number(back ?? 0) };
}

/** Purpose of a build that was made to check another: a name never stands for it. */
export const VERIFY = 'verify';

const FIELDS = 'b.id, b.state::text AS state, b.target_name AS "targetName", b.definition_digest AS "definitionDigest"';

/**
 * The build that a text stands for. By name, only builds in one of `states` count; an id is good in any state.
 * Throws RECORDS.BAD_REFERENCE, RECORDS.UNKNOWN or RECORDS.AMBIGUOUS_BUILD; the last two carry `details.candidates`.
 */
export async function resolveBuildReference(sql: Sql, text: string, states: readonly BuildState[] = ['SUCCEEDED']): Promise<ResolvedBuild> {
  const reference = parseBuildReference(text);
  switch (reference.kind) {
    case 'id': return await row<ResolvedBuild>(sql, `SELECT ${FIELDS} FROM builds b WHERE b.id = $1`, [reference.id]) ?? await unknown(sql, `build ${text}`);
    case 'image': return await byImage(sql, reference.sha256) ?? await unknown(sql, `image ${reference.sha256}`);
    case 'name': return byName(sql, reference, states);
  }
}

function byImage(sql: Sql, sha256: Sha256): Promise<ResolvedBuild | undefined> {
  return row<ResolvedBuild>(sql, `SELECT ${FIELDS} FROM images i JOIN builds b ON b.id = i.build_id WHERE i.sha256 = $1
    ORDER BY b.purpose = '${VERIFY}', b.id DESC LIMIT 1`, [sha256]);
}

async function byName(sql: Sql, { name, back }: { name: string; back: number }, states: readonly BuildState[]): Promise<ResolvedBuild> {
  const ofConfiguration = await nthNewest(sql, name, back, states, 'b.configuration_id IS NOT NULL');
  const ofBoard = await nthNewest(sql, name, back, states, 'b.configuration_id IS NULL');
  if (ofConfiguration !== undefined && ofBoard !== undefined) {
    const candidates = [{ ...ofConfiguration, of: 'configuration' }, { ...ofBoard, of: 'board' }];
    throw new Failure('RECORDS.AMBIGUOUS_BUILD', `${name} is a configuration and a board: ${candidates.map(({ id, of }) => `${id} (${of})`).join(', ')}`, { details: { candidates } });
  }
  return ofConfiguration ?? ofBoard ?? await unknown(sql, `finished build ${name}${back === 0 ? '' : `~${back}`}`, name);
}

/** `which` is one of two constants. */
function nthNewest(sql: Sql, name: string, back: number, states: readonly BuildState[], which: string): Promise<ResolvedBuild | undefined> {
  return row<ResolvedBuild>(sql, `
    SELECT ${FIELDS} FROM builds b WHERE b.target_name = $1 AND b.state = ANY($2::build_state[]) AND b.purpose <> '${VERIFY}' AND ${which}
    ORDER BY b.finished_at DESC NULLS FIRST, b.id DESC OFFSET $3 LIMIT 1`, [name, states, back]);
}

/** Names what is near: builds of that name in other states or for that board, else the names that there are. */
async function unknown(sql: Sql, what: string, name?: string): Promise<never> {
  const candidates = name === undefined ? [] : await rows<ResolvedBuild>(sql, `
    SELECT ${FIELDS} FROM builds b WHERE b.target_name = $1 OR b.board_name = $1 ORDER BY b.id DESC LIMIT 10`, [name]);
  const names = await rows<{ name: string }>(sql, "SELECT DISTINCT target_name AS name FROM builds WHERE state = 'SUCCEEDED' ORDER BY 1 LIMIT 20");
  const hint = candidates.length > 0
    ? `There are: ${candidates.map(({ id, targetName, state }) => `${id} (${targetName}, ${state})`).join(', ')}.`
    : names.length > 0 ? `Finished builds there are of: ${names.map((found) => found.name).join(', ')}.` : 'Nothing has been built yet.';
  throw new Failure('RECORDS.UNKNOWN', `no ${what} is on record`, { hint, details: { candidates, names: names.map((found) => found.name) } });
}
