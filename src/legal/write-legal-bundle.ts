import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import type { BlobReader } from '../image/file-content.ts';
import { writeTar } from '../image/write-tar.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import type { LegalLayout } from './lay-out.ts';
import { ATTACHMENTS, INDEX_PATH, indexBytes, SUMS_PATH } from './legal-index.ts';

/** The one time in an archive: it says when nothing, the definition does. */
const EPOCH_SECONDS = 0;

/** What is told of one run, by name; see `ATTACHMENTS`. */
export type Attachments = Partial<Record<keyof typeof ATTACHMENTS, Uint8Array>>;

/** The bundle as a tar; the same layout and attachments give the same bytes. */
export function writeLegalBundle({ index, small }: LegalLayout, attachments: Attachments, blobs: BlobReader): AsyncIterable<Uint8Array> {
  const beside = [
    { path: INDEX_PATH, bytes: indexBytes(index) },
    ...Object.entries(ATTACHMENTS).flatMap(([name, path]) => { const bytes = attachments[name as keyof Attachments]; return bytes === undefined ? [] : [{ path, bytes }]; }),
  ];
  return writeArchive([...index.files, ...beside.map(rowOf)], [...small, ...beside], blobs);
}

export interface ArchiveRow { path: string; sha256: Sha256; sizeBytes: number; executable?: boolean }
export interface ArchiveBytes { path: string; bytes: Uint8Array }

export function rowOf({ path, bytes }: ArchiveBytes): ArchiveRow {
  return { path, sha256: sha256(bytes), sizeBytes: bytes.byteLength };
}

/** A tar of files with `sha256sums` over all of them; `small` has the bytes that are no blobs. Equal bytes lie in it once. */
export function writeArchive(rows: readonly ArchiveRow[], small: readonly ArchiveBytes[], blobs: BlobReader): AsyncIterable<Uint8Array> {
  const ordered = sortedBy(rows, ({ path }) => path);
  const sums = { path: SUMS_PATH, bytes: Buffer.from(ordered.map(({ path, sha256: digest }) => `${digest}  ${path}\n`).join('')) };
  const held = new Map([...small, sums].map(({ bytes }) => [sha256(bytes), bytes]));
  return writeTar(makeTree(entriesOf([...ordered, rowOf(sums)], held)), { readBlob: overlaid(held, blobs) }, { epochSeconds: EPOCH_SECONDS });
}

function entriesOf(rows: readonly ArchiveRow[], held: ReadonlyMap<Sha256, Uint8Array>): [PathBytes, TreeEntry][] {
  const first = new Map<Sha256, string>();
  return rows.map(({ path, sha256: digest, sizeBytes, executable = false }): [PathBytes, TreeEntry] => {
    const same = first.get(digest);
    // Only archives of upstream are worth a link: a kernel's source serves its headers, too.
    if (same !== undefined && !held.has(digest)) return [pathBytes(path), { kind: 'hard-link', target: pathBytes(same) }];
    first.set(digest, path);
    return [pathBytes(path), { kind: 'file', mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, sha256: digest, sizeBytes }];
  });
}

function overlaid(held: ReadonlyMap<Sha256, Uint8Array>, blobs: BlobReader): BlobReader['readBlob'] {
  const one = async function* (bytes: Uint8Array): AsyncIterable<Uint8Array> { yield await Promise.resolve(bytes); };
  return (digest, ...more) => {
    const bytes = held.get(digest);
    if (bytes !== undefined && more.length > 0) throw new Bug('an archive is written in whole files');
    return bytes === undefined ? blobs.readBlob(digest, ...more) : one(bytes);
  };
}
