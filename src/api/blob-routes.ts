import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { parseIdOf } from './node-ids.ts';
import type { Exchange, Parts, Route, RouteAnswer, RouteParameter } from './route.ts';
import { sendBytes } from './send-bytes.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

const BYTES_ANSWERS: Record<number, RouteAnswer> = {
  200: { description: 'All bytes. `ETag` is the quoted sha256, `Repr-Digest` says it by RFC 9530.', type: 'application/octet-stream' },
  206: { description: 'The range asked for.', type: 'application/octet-stream' },
  304: { description: 'The bytes that `If-None-Match` names are these.' },
  404: { description: 'Not on record.' },
  416: { description: 'No byte of the range is there.' },
};

export const RANGE_HEADERS: RouteParameter[] = [
  { name: 'Range', in: 'header', description: 'One range of bytes.', schema: { type: 'string' } },
  { name: 'If-None-Match', in: 'header', description: 'Entity tags that the client has.', schema: { type: 'string' } },
  { name: 'If-Range', in: 'header', description: 'Entity tag that the range belongs to.', schema: { type: 'string' } },
];

/** Only what the record knows is served; the type is never one that a browser would show or run. */
async function sendBlob(parts: Parts, exchange: Exchange, digest: Sha256, name: string, sizeBytes: number): Promise<void> {
  if (!(await parts.store.hasBlob(digest))) throw new Failure('API.NOT_FOUND', 'these bytes are on record but no longer in the store');
  await sendBytes(exchange.request, exchange.response, {
    sizeBytes, name, type: 'application/octet-stream', tag: `"${digest}"`, cache: IMMUTABLE, sha256: digest,
    read: (range) => parts.store.readBlob(digest, range),
  }, exchange.signal);
}

async function serveBlob(parts: Parts, exchange: Exchange): Promise<void> {
  const hex = exchange.path['hex']!;
  if (!isSha256(hex)) throw new Failure('FOUNDATION.BAD_DIGEST', 'the last part of the path must be 64 lower-case hexadecimal digits');
  const [blob] = await parts.reads.artifacts.blobs([hex]);
  if (blob === undefined) throw new Failure('API.NOT_FOUND', 'these bytes are not on record');
  await sendBlob(parts, exchange, hex, hex, blob.sizeBytes);
}

async function serveImage(parts: Parts, exchange: Exchange): Promise<void> {
  const { id } = parseIdOf('Build', exchange.path['id']!);
  const image = await parts.reads.builds.imageByName(id, exchange.path['name']!);
  if (image === undefined) throw new Failure('API.NOT_FOUND', 'the build has no image of this name');
  await sendBlob(parts, exchange, image.sha256 as Sha256, image.name, image.sizeBytes);
}

export const BUILD_ID: RouteParameter = { name: 'id', in: 'path', description: 'Id of a build.', schema: { type: 'string' }, required: true };

export const BLOB_ROUTES: readonly Route[] = [
  {
    method: 'GET', path: '/blobs/sha256/{hex}', id: 'getBlob', summary: 'Bytes on record, by digest', streams: true,
    parameters: [
      { name: 'hex', in: 'path', description: 'sha256 in full.', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' }, required: true }, ...RANGE_HEADERS,
    ],
    answers: BYTES_ANSWERS, serve: serveBlob,
  },
  {
    method: 'GET', path: '/builds/{id}/images/{name}', id: 'getImage', summary: 'An image of a build', streams: true,
    parameters: [BUILD_ID, { name: 'name', in: 'path', description: 'Name of the image.', schema: { type: 'string' }, required: true }, ...RANGE_HEADERS],
    answers: BYTES_ANSWERS, serve: serveImage,
  },
];
