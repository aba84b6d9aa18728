import { createHash } from 'node:crypto';

import { piecesOf, type ByteSource } from '../bytes/byte-source.ts';
import type { BillContents, OwnedImage } from '../documents/read-owned-files.ts';
import { Failure } from '../foundation/failure.ts';
import type { ImageContent, OpaqueContent } from '../readers/image-content.ts';
import { readImage } from '../readers/read-image.ts';
import { treeDigest } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';

export interface ImageDigests { sha256: string; sha512: string; sizeBytes: number }

export interface NamedImage { image: OwnedImage; unpacked: boolean }

export function digestsOfImage(source: ByteSource): ImageDigests {
  const hashes = [createHash('sha256'), createHash('sha512')] as const;
  for (const piece of piecesOf(source)) for (const hash of hashes) hash.update(piece);
  return { sha256: hashes[0].digest('hex'), sha512: hashes[1].digest('hex'), sizeBytes: source.sizeBytes };
}

/** The image of the document that these bytes are, as it leaves the build or unpacked. Throws DOCUMENTS.OTHER_BUILD. */
export function imageNamed({ images }: BillContents, { sha256, sha512 }: ImageDigests): NamedImage {
  const image = images.find((one) => one.sha256 === sha256 && (one.sha512 === undefined || one.sha512 === sha512));
  if (image !== undefined) return { image, unpacked: false };
  const packed = images.find(({ uncompressedSha256 }) => uncompressedSha256 === sha256);
  if (packed !== undefined) return { image: packed, unpacked: true };
  const names = images.map(({ name }) => JSON.stringify(name.slice(0, 200))).slice(0, 10).join(', ');
  throw new Failure('DOCUMENTS.OTHER_BUILD', `the image, ${sha256}, is none of the ${images.length} of the document${names === '' ? '' : ` (${names})`}`);
}

/** A wrapper, a disk, its partition, a container image in that: no image of ours lies deeper. */
const CAPS = { depth: 4 };

/**
 * The file tree in an image, in process and within the readers' budgets; undefined where it is no image of files at all.
 * Of several, the one that the document is about. Throws what the reader says of a damaged one, DOCUMENTS.NO_TREE.
 */
export function rootTreeIn(source: ByteSource, bill: Pick<BillContents, 'rootTree'>): Tree | undefined {
  const content = readImage(source, CAPS);
  const trees = treesIn(content);
  const [only, ...others] = trees;
  if (only === undefined) return refuseUnread(content);
  if (others.length === 0) return only;
  const named = trees.find((tree) => treeDigest(tree) === bill.rootTree);
  if (named === undefined) throw new Failure('DOCUMENTS.NO_TREE', `the image holds ${trees.length} file systems, none of which is the root of the document`);
  return named;
}

function treesIn(content: ImageContent): Tree[] {
  switch (content.kind) {
    case 'tree': return [content.tree];
    case 'layered': case 'compressed': return treesIn(content.content);
    case 'disk': return content.partitions.flatMap((partition) => treesIn(partition.content));
    case 'opaque': return [];
  }
}

/** An image that was begun to be read is refused for what stopped the reader. */
function refuseUnread(content: ImageContent): undefined {
  const { reason } = innermost(content) ?? {};
  if (reason === undefined) return undefined;
  throw new Failure('DOCUMENTS.NO_TREE', `the image cannot be read: ${reason.message} (${reason.code})`);
}

function innermost(content: ImageContent): OpaqueContent | undefined {
  if (content.kind === 'opaque') return content;
  if (content.kind === 'compressed') return innermost(content.content);
  return content.kind === 'disk' ? content.partitions.map((partition) => innermost(partition.content)).find((found) => found?.reason !== undefined) : undefined;
}
