import { gzipSync } from 'node:zlib';

import { sha256 } from '../../src/foundation/digest.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import type { LockedPackage } from '../../src/sandbox/lock.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';

/** An `ar` archive (deb(5)): members as they are given. */
export function ar(members: readonly (readonly [string, Uint8Array])[]): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.flatMap(([name, bytes]) => [
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.byteLength).padEnd(10)}\`\n`),
    bytes, Buffer.from(bytes.byteLength % 2 === 0 ? '' : '\n'),
  ])]);
}

export interface TinyDeb { locked: LockedPackage; bytes: Buffer }

/** A package that puts these files (text, or an entry as it is) on these paths. */
export async function tinyDeb(name: string, files: Readonly<Record<string, string | TreeEntry>>): Promise<TinyDeb> {
  const contents = new Map<string, Buffer>();
  const entries = Object.entries(files).map(([path, content]): [PathBytes, TreeEntry] => {
    if (typeof content !== 'string') return [pathBytes(path), content];
    const bytes = Buffer.from(content);
    contents.set(sha256(bytes), bytes);
    return [pathBytes(path), { kind: 'file', mode: 0o755, uid: 7, gid: 8, sha256: sha256(bytes), sizeBytes: bytes.byteLength }];
  });
  const chunks: Uint8Array[] = [];
  const blobs = { readBlob: (digest: string): AsyncIterable<Uint8Array> => oneChunk(contents.get(digest)!) };
  for await (const chunk of writeTar(makeTree(entries), blobs, { epochSeconds: 99 })) chunks.push(Buffer.from(chunk));
  const bytes = ar([['debian-binary', Buffer.from('2.0\n')], ['control.tar.gz', gzipSync('')], ['data.tar.gz', gzipSync(Buffer.concat(chunks))]]);
  const locked = { name, version: '1', architecture: 'amd64', sha256: sha256(bytes), sizeBytes: bytes.byteLength, pool: `pool/main/${name[0]!}/${name}/${name}_1_amd64.deb` };
  return { locked, bytes };
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
