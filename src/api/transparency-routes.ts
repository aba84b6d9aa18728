import { sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { readCheckpoint, readTile } from '../transparency/read-log.ts';
import { parseTilePath } from '../transparency/tile-path.ts';
import { TILE_WIDTH } from '../transparency/storage.ts';
import type { Exchange, Parts, Route, RouteAnswer, RouteParameter } from './route.ts';
import { sendText } from './respond.ts';
import { sendBytes } from './send-bytes.ts';

const FULL = 'public, max-age=31536000, immutable';
/** A partial tile never changes either, but nobody asks for it once there is a longer one. */
const PARTIAL = 'public, max-age=3600';

async function serveCheckpoint({ reads }: Parts, { response }: Exchange): Promise<void> {
  const { note } = await readCheckpoint(reads.transparency);
  sendText(response, 200, 'text/plain; charset=utf-8', note, { 'cache-control': 'no-cache' });
}

async function serveTile({ reads }: Parts, { request, response, path, signal }: Exchange): Promise<void> {
  const address = parseTilePath(`${path['level'] ?? 'entries'}/${path['index']!}`);
  const bytes = await readTile(reads.transparency, address);
  if (bytes === undefined) throw new Failure('API.NOT_FOUND', 'the log has no such tile yet');
  await sendBytes(request, response, {
    sizeBytes: bytes.byteLength, type: 'application/octet-stream', name: 'tile', tag: `"${sha256(bytes)}"`, cache: address.width === TILE_WIDTH ? FULL : PARTIAL,
    async* read(range) { yield range === undefined ? bytes : bytes.subarray(range.start, range.end); },
  }, signal);
}

const INDEX: RouteParameter = {
  name: 'index', in: 'path', description: 'Number of the tile as C2SP tlog-tiles writes it, `x001/x234/067`, with `.p/W` behind it for a partial one; holds slashes.', schema: { type: 'string' }, required: true,
};
const ANSWERS: Record<number, RouteAnswer> = {
  200: { description: 'The tile.', type: 'application/octet-stream' },
  404: { description: 'No address of a tile, or the log is not as long yet.' },
};

/** The transparency log as C2SP tlog-tiles has it; `/log` is its prefix. */
export const TRANSPARENCY_ROUTES: readonly Route[] = [
  {
    method: 'GET', path: '/log/checkpoint', id: 'getLogCheckpoint', summary: 'The newest signed checkpoint of the transparency log', parameters: [],
    answers: { 200: { description: 'A signed note (C2SP tlog-checkpoint).', type: 'text/plain' }, 404: { description: 'Nothing was logged yet.' } }, serve: serveCheckpoint,
  },
  { method: 'GET', path: '/log/tile/entries/{index}', id: 'getLogEntries', summary: 'Entries of the transparency log, 256 together', parameters: [INDEX], rest: true, answers: ANSWERS, serve: serveTile },
  {
    method: 'GET', path: '/log/tile/{level}/{index}', id: 'getLogTile', summary: 'Hashes of the transparency log, 256 together', rest: true,
    parameters: [{ name: 'level', in: 'path', description: 'Level of the tile, from 0.', schema: { type: 'string' }, required: true }, INDEX], answers: ANSWERS, serve: serveTile,
  },
];
