import type { BlobDigests, Sha256 } from '../../src/foundation/digest.ts';
import type { ActionResult, Store } from '../../src/store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';

export const bytesOf = (text: string): Uint8Array => Buffer.from(text);

export function file(blob: BlobDigests, mode = 0o644): TreeEntry {
  return { kind: 'file', mode, uid: 0, gid: 0, sha256: blob.sha256, sizeBytes: blob.sizeBytes };
}

/** A tree of files with the given contents, stored. */
export async function putFiles(store: Store, contents: Readonly<Record<string, string>>): Promise<Sha256> {
  const entries: [PathBytes, TreeEntry][] = [];
  for (const [path, content] of Object.entries(contents)) entries.push([pathBytes(path), file(await store.putBlob(bytesOf(content)))]);
  return await store.putTree(makeTree(entries));
}

export async function resultOf(store: Store, contents: Readonly<Record<string, string>>, log = 'log\n'): Promise<ActionResult> {
  return { format: 1, outputs: { target: await putFiles(store, contents) }, log: (await store.putBlob(bytesOf(log))).sha256 };
}
