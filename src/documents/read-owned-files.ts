import { Failure } from '../foundation/failure.ts';
import type { ImageFacet, InventoryFile, RelationKind } from '../inventory/inventory.ts';
import { pathFromBuffer, type PathBytes } from '../tree/entry.ts';
import type { ReadDocument } from './document-fields.ts';
import type { Detail, DocumentFormat } from './document.ts';
import { cycloneContents } from './read-owned-files-cyclone.ts';
import { spdx2Contents } from './read-owned-files-spdx2.ts';
import { spdx3Contents } from './read-owned-files-spdx3.ts';

/** A file that leaves the build, as a document says it. */
export interface OwnedImage {
  ref: string;
  name: string;
  /** 64 hexadecimal digits; absent where the document gives none. */
  sha256?: string;
  /** 128 hexadecimal digits. */
  sha512?: string;
  format?: ImageFacet['format'];
  /** Of the same bytes before the compressor that wraps all of them. */
  uncompressedSha256?: string;
  /** It is one of the root file system, not of a package such as the kernel. */
  holdsRoot: boolean;
}

/**
 * A path as a document says it. What its format cannot say, or this document does not, is absent; the ref is the digest
 * of all that a tree says of the path (`filesOfTree` of the room `inventory`).
 */
export type OwnedPath = Pick<InventoryFile, 'ref' | 'path'> & Partial<Pick<InventoryFile, 'pathHex' | 'kind' | 'mode' | 'uid' | 'gid' | 'target' | 'device'>> & { sha256?: string };

/** What a format says in words of each path; all else of a path stands in its ref alone. */
export type OwnedField = Exclude<keyof OwnedPath, 'ref' | 'path' | 'pathHex'>;

export interface FormatContents {
  images: readonly Omit<OwnedImage, 'holdsRoot'>[];
  files: readonly OwnedPath[];
  /** Digest of the root file system's tree. */
  rootTree?: string;
  /** `FROM KIND TO`. */
  relations: readonly string[];
}

export interface BillContents {
  format: DocumentFormat;
  /** `packages` where it lists no path. */
  detail: Detail;
  images: readonly OwnedImage[];
  files: ReadonlyMap<PathBytes, OwnedPath>;
  rootTree?: string;
}

interface Held {
  /** What it says of a path in words. */
  fields: readonly OwnedField[];
  /** Else only what has bytes: regular files, and hard links to them. */
  listsAll: boolean;
  /** Else a path that is no UTF-8 is there as people read it, and its bytes only in the ref. */
  pathBytes: boolean;
}

const ALL_FIELDS = ['kind', 'mode', 'uid', 'gid', 'sha256', 'target', 'device'] as const;

/** What of an image each format holds; the rest is taken out of the comparison by name. */
export const HELD: Readonly<Record<DocumentFormat, Held>> = {
  'cyclonedx-1.7': { fields: ALL_FIELDS, listsAll: true, pathBytes: true },
  'cyclonedx-1.6': { fields: ALL_FIELDS, listsAll: true, pathBytes: true },
  'spdx-3.0.1': { fields: ALL_FIELDS, listsAll: true, pathBytes: false },
  'spdx-2.3': { fields: ['sha256'], listsAll: false, pathBytes: false },
};

/** Throws DOCUMENTS.BAD_FILE_LIST for what no path can be, DOCUMENTS.PATH_TWICE. */
export function readOwnedFiles({ format, fields }: ReadDocument, place: string): BillContents {
  const { images, files, rootTree, relations } = CONTENTS[format](fields);
  const byPath = new Map<PathBytes, OwnedPath>();
  for (const file of files) {
    const key = pathKey(file, place);
    if (byPath.has(key)) throw new Failure('DOCUMENTS.PATH_TWICE', `${place} lists ${JSON.stringify(file.path.slice(0, 400))} twice`, { place });
    byPath.set(key, file);
  }
  const holders = rootHolders(relations);
  return {
    format, detail: byPath.size === 0 ? 'packages' : 'files', files: byPath, ...(rootTree === undefined ? {} : { rootTree }),
    images: images.map((image) => ({ ...image, holdsRoot: holders.has(image.ref) })),
  };
}

const CONTENTS: Readonly<Record<DocumentFormat, (document: ReadDocument['fields']) => FormatContents>> = {
  'cyclonedx-1.7': cycloneContents, 'cyclonedx-1.6': cycloneContents, 'spdx-3.0.1': spdx3Contents, 'spdx-2.3': spdx2Contents,
};

/** A path's own bytes, without the first slash; where a format does not have them, those of the text. */
export function pathKey({ path, pathHex }: Pick<OwnedPath, 'path' | 'pathHex'>, place: string): PathBytes {
  if (!path.startsWith('/') || path.length < 2) throw new Failure('DOCUMENTS.BAD_FILE_LIST', `${place} lists ${JSON.stringify(path.slice(0, 400))}, which is no absolute path`, { place });
  if (pathHex === undefined) return pathFromBuffer(Buffer.from(path.slice(1), 'utf8'));
  if (!/^(?:[0-9a-f]{2}){1,4095}$/.test(pathHex)) throw new Failure('DOCUMENTS.BAD_FILE_LIST', `${place} gives bytes of ${JSON.stringify(path.slice(0, 400))} that are no hexadecimal digits`, { place });
  return pathFromBuffer(Buffer.from(pathHex, 'hex'));
}

const CONTAINS: RelationKind = 'contains';

function rootHolders(relations: readonly string[]): ReadonlySet<string> {
  return new Set(relations.map((relation) => relation.split(' ')).filter(([, kind, to]) => kind === CONTAINS && to?.startsWith('root-file-system:') === true).map(([from]) => from!));
}
