import type { Sha256 } from '../foundation/digest.ts';
import type { FileEntry, PathBytes, Xattrs } from '../tree/entry.ts';
import { hashPieces, type ReadPieces } from './hash-pieces.ts';
import { samePieces } from './same-pieces.ts';

export interface OwnedFile { mode: number; uid: number; gid: number; xattrs?: Xattrs; sizeBytes: number }

/**
 * A file whose bytes are hashed when somebody asks for the digest, as long as the source is open: for content that reading would
 * find nothing wrong with, or that is packed and may turn out to be damaged (`BYTES.*`) only then. Where two images hold the same bytes,
 * both have the same object.
 */
export class LaterFile implements FileEntry {
  // Declared only: what is printed of it comes in the order in which the constructor sets it, as of any other file.
  declare readonly kind: 'file';
  declare readonly mode: number;
  declare readonly uid: number;
  declare readonly gid: number;
  declare readonly xattrs?: Xattrs;
  declare readonly sizeBytes: number;
  declare readonly sha256: Sha256;
  readonly #path: PathBytes;
  readonly #read: ReadPieces;
  #same: LaterFile | undefined;
  #digest: Sha256 | undefined;

  /** `same`: one with the same bytes, which are then hashed once for both. */
  constructor(path: PathBytes, { mode, uid, gid, xattrs, sizeBytes }: OwnedFile, read: ReadPieces, same?: LaterFile) {
    this.kind = 'file';
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    if (xattrs !== undefined) this.xattrs = xattrs;
    this.sizeBytes = sizeBytes;
    this.#path = path;
    this.#read = read;
    this.#same = same;
    // Its own, not its class's: what copies an entry, prints it or looks at its fields sees a file like any other.
    Object.defineProperty(this, 'sha256', DIGEST);
  }

  get read(): ReadPieces {
    return this.#read;
  }

  static digestOf(file: LaterFile): Sha256 {
    return file.#digest ??= file.#same === undefined ? hashPieces(file.#read, file.sizeBytes, file.#path) : LaterFile.digestOf(file.#same);
  }

  /** One of both is the other's `same` from then on. */
  isFoundIn(other: FileEntry): boolean {
    if (!(other instanceof LaterFile)) return false;
    const [x, y] = [LaterFile.#origin(this), LaterFile.#origin(other)];
    if (x === y) return true;
    if (x.#digest !== undefined || y.#digest !== undefined || !samePieces(this.#read, other.#read, this.sizeBytes)) return false;
    y.#same = x;
    return true;
  }

  static #origin(file: LaterFile): LaterFile {
    let at = file;
    while (at.#same !== undefined) at = at.#same;
    return at;
  }
}

/** In all that an entry says of a file beside its content. */
export function isAlike(a: OwnedFile, b: OwnedFile): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.sizeBytes === b.sizeBytes
    && (a.xattrs === b.xattrs || JSON.stringify(a.xattrs) === JSON.stringify(b.xattrs));
}

/** One for all of them, so that they have one shape. */
const DIGEST: PropertyDescriptor = { enumerable: true, get(this: LaterFile): Sha256 { return LaterFile.digestOf(this); } };
