import { rowsOf, type Database } from './statement.ts';

/** What a running step printed. */
export interface ChunkRow { offset: number; bytes: Buffer }

const CHUNKS = {
  name: 'log chunks', text: `SELECT c.offset_bytes::float8 AS offset, c.bytes FROM log_chunks c WHERE c.build_id = $1 AND c.step_name = $2 AND c.offset_bytes >= coalesce(
    (SELECT max(d.offset_bytes) FROM log_chunks d WHERE d.build_id = $1 AND d.step_name = $2 AND d.offset_bytes <= $3::bigint), 0)
    ORDER BY c.offset_bytes LIMIT $4::int`,
};
const END = {
  name: 'log end', text: `SELECT (c.offset_bytes + octet_length(c.bytes))::float8 AS size FROM log_chunks c
    WHERE c.build_id = $1 AND c.step_name = $2 ORDER BY c.offset_bytes DESC LIMIT 1`,
};
const TIMES = { name: 'log times', text: 'SELECT x.id, x.log_times AS times FROM executions x WHERE x.id = ANY($1::text[])' };

export interface LogReads {
  /** Chunks from the one that holds byte `offset`, in order, at most `limit`; none once the execution is on record. */
  chunks(buildId: string, step: string, offset: number, limit: number): Promise<ChunkRow[]>;
  /** Bytes printed so far; 0 where there is no chunk. */
  sizeBytes(buildId: string, step: string): Promise<number>;
  /** `[offset in bytes, milliseconds since the start]`, ascending, by execution. */
  times(executionIds: readonly string[]): Promise<Map<string, readonly (readonly [number, number])[]>>;
}

export function logReads(database: Database): LogReads {
  return {
    chunks: (buildId, step, offset, limit) => rowsOf(database, CHUNKS, [buildId, step, offset, limit]),
    sizeBytes: async (buildId, step) => (await rowsOf<{ size: number }>(database, END, [buildId, step]))[0]?.size ?? 0,
    times: async (ids) => new Map((await rowsOf<{ id: string; times: [number, number][] }>(database, TIMES, [ids])).map(({ id, times }) => [id, times])),
  };
}
