import { createHash } from 'node:crypto';

import { streamOf, type ByteSource } from '../bytes/byte-source.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Failure } from '../foundation/failure.ts';
import type { ImageFormat, OpaqueContent } from './image-content.ts';

/** What no reader knows, or could read: bytes with a digest, and the reason. Throws BYTES.IO. */
export function opaqueContent(source: ByteSource, format?: ImageFormat, failure?: Failure): OpaqueContent {
  const hash = createHash('sha256');
  for (const piece of streamOf(source)) hash.update(piece);
  return {
    kind: 'opaque', sizeBytes: source.sizeBytes, sha256: hash.digest('hex') as Sha256, bytes: source,
    ...(format === undefined ? {} : { format }),
    ...(failure === undefined ? {} : { reason: { code: failure.code, message: failure.message } }),
    findings: failure === undefined ? [] : [{ severity: 'error', path: failure.place ?? '', line: 0, rule: 'unreadable', message: failure.message }],
  };
}
