import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { displayPath, type PathBytes, type TreeEntry, type Xattrs } from '../tree/entry.ts';
import { ByteReader } from './byte-reader.ts';
import { parsePaxRecords, type PaxRecords } from '../readers/pax-records.ts';
import { archivePath, DEFAULT_TAR_LIMITS, TarGuard, type TarLimits, type TarRules } from './tar-guard.ts';
import { isZeroBlock, parseTarHeader, TAR_BLOCK, type Refuse, type TarHeader } from '../readers/tar-header.ts';
import { checkNumbers, UNSUPPORTED_KEYWORDS, UNSUPPORTED_TYPES, withRecords, xattrsOf } from '../readers/tar-member.ts';

export interface TarOptions extends TarRules {
  /** Caps; those not given are `DEFAULT_TAR_LIMITS`. */
  limits?: Partial<TarLimits>;
}

export interface TarEntry {
  path: PathBytes;
  entry: TreeEntry;
}

/** What a file is known by before its content is read. */
export interface TarFile {
  path: PathBytes;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  xattrs?: Xattrs;
}

export interface StoredContent {
  sha256: Sha256;
  sizeBytes: number;
}

/** Takes one file's content; what it leaves unread is skipped. The stream is dead once it returns. */
export type FileSink = (file: TarFile, content: AsyncIterable<Uint8Array>) => Promise<StoredContent>;

/**
 * Reads a tar (ustar, pax, GNU) as a stream. The input is hostile: everything that is not plainly well-formed is
 * refused with a code and a place (`entry 3 "a/b" at byte 1024`). Yields entries in the archive's order; hard links
 * name the path the archive names. Times and user names are dropped.
 *
 * Throws IMAGE.BAD_HEADER, BAD_PATH, BAD_LINK, DUPLICATE, THROUGH_LINK, DEVICE_REFUSED, LIMIT, TRUNCATED, UNSUPPORTED.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>, options: TarOptions, onFile: FileSink): AsyncIterable<TarEntry> {
  const archive = new TarArchive(source, options);
  try {
    for (let member = await archive.next(); member !== undefined; member = await archive.next()) {
      yield { path: member.path, entry: await archive.entry(member, onFile) };
    }
  } finally {
    await archive.close();
  }
}

/** A header with its extended records applied. */
interface Member {
  header: TarHeader;
  path: PathBytes;
  xattrs: Xattrs | undefined;
  place: string;
}

const EXTENSIONS = new Set(['x', 'g', 'L', 'K']);

class TarArchive {
  readonly #reader: ByteReader;
  readonly #guard: TarGuard;
  readonly #globals: PaxRecords = new Map();
  #count = 0;

  constructor(source: AsyncIterable<Uint8Array>, options: TarOptions) {
    this.#reader = new ByteReader(source);
    this.#guard = new TarGuard({ ...DEFAULT_TAR_LIMITS, ...options.limits }, options);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  /** The next header with all that belongs to it; undefined at the end of the archive. */
  async next(): Promise<Member | undefined> {
    const start = this.#reader.position;
    this.#count++;
    const local: PaxRecords = new Map();
    for (;;) {
      const place = this.#place(start);
      const header = await this.#header(place);
      if (header === undefined) {
        if (local.size > 0) badHeader(place, 'is an extended header that nothing follows');
        return undefined;
      }
      if (!EXTENSIONS.has(header.type)) return this.#member(header, local, start);
      await this.#extension(header, local, place);
    }
  }

  async entry(member: Member, onFile: FileSink): Promise<TreeEntry> {
    const { header, path, place, xattrs } = member;
    const owned = { mode: header.mode, uid: header.uid, gid: header.gid, ...(xattrs === undefined ? {} : { xattrs }) };
    const admit = (entry: TreeEntry): TreeEntry => { this.#guard.admit(path, entry, place); return entry; };
    switch (header.type) {
      case '0': case '7': {
        const file = { ...owned, sizeBytes: header.sizeBytes };
        // Admitted before its content is taken: a duplicate or a bomb costs nothing.
        this.#guard.admit(path, { kind: 'file', ...file, sha256: '' as Sha256 }, place);
        this.#guard.checkPosition(this.#reader.position + file.sizeBytes, place);
        const { sha256 } = await this.#content({ path, ...file }, onFile, place);
        return { kind: 'file', ...file, sha256 };
      }
      case '1': return admit({ kind: 'hard-link', target: this.#linkTarget(header.link, place) });
      case '2': return admit({ kind: 'symlink', ...owned, target: header.link });
      case '3': case '4': return admit({ kind: header.type === '3' ? 'character-device' : 'block-device', ...owned, major: header.major, minor: header.minor });
      case '5': return admit({ kind: 'directory', ...owned });
      case '6': return admit({ kind: 'fifo', ...owned });
      default: return unsupported(place, UNSUPPORTED_TYPES[header.type] ?? `an entry of the unknown type ${JSON.stringify(header.type)}`);
    }
  }

  #place(start: number, name?: PathBytes): string {
    return `entry ${this.#count}${name === undefined ? '' : ` "${displayPath(name.slice(0, 256) as PathBytes)}"`} at byte ${start}`;
  }

  async #header(place: string): Promise<TarHeader | undefined> {
    const block = await this.#block(place);
    if (!isZeroBlock(block)) return parseTarHeader(block, refuser(place));
    if (!isZeroBlock(await this.#block(place))) badHeader(place, 'follows a block of zeros, which ends an archive');
    await this.#onlyZeros();
    return undefined;
  }

  async #block(place: string): Promise<Uint8Array> {
    this.#guard.checkPosition(this.#reader.position + TAR_BLOCK, place);
    const block = await this.#reader.read(TAR_BLOCK);
    if (block.byteLength < TAR_BLOCK) truncated(place, this.#reader.position);
    return block;
  }

  /** Bytes behind the end would be unseen by this reader and seen by another. */
  async #onlyZeros(): Promise<void> {
    for (;;) {
      const start = this.#reader.position;
      const piece = await this.#reader.some(2 ** 20);
      if (piece === undefined) return;
      this.#guard.checkPosition(this.#reader.position, `byte ${start}`);
      if (piece.some((byte) => byte !== 0)) badHeader(`the part from byte ${start}`, 'lies behind the end of the archive and is not zeros');
    }
  }

  async #extension(header: TarHeader, local: PaxRecords, place: string): Promise<void> {
    const bytes = await this.#extendedHeader(header, place);
    if (header.type === 'L' || header.type === 'K') {
      local.set(header.type === 'L' ? 'path' : 'linkpath', gnuName(bytes, place));
      return;
    }
    for (const [keyword, value] of parsePaxRecords(bytes, refuser(place))) {
      if (UNSUPPORTED_KEYWORDS.test(keyword)) unsupported(place, `"${keyword}"`);
      if (header.type === 'x') local.set(keyword, value);
      else if (value === '') this.#globals.delete(keyword);
      else this.#globals.set(keyword, value);
    }
  }

  async #extendedHeader(header: TarHeader, place: string): Promise<Uint8Array> {
    this.#guard.checkHeaderSize(header.sizeBytes, place);
    this.#guard.checkPosition(this.#reader.position + header.sizeBytes, place);
    const bytes = Buffer.from(await this.#reader.read(header.sizeBytes));
    if (bytes.byteLength < header.sizeBytes) truncated(place, this.#reader.position);
    await this.#padding(header.sizeBytes, place);
    return bytes;
  }

  #member(plain: TarHeader, local: PaxRecords, start: number): Member {
    const header = withRecords(plain, (keyword) => local.get(keyword) ?? this.#globals.get(keyword), refuser(this.#place(start)));
    const place = this.#place(start, header.name);
    this.#guard.checkName(header.name, place);
    this.#guard.checkName(header.link, place);
    // A directory of the old days: a file whose name ends with a slash.
    if (header.type === '0' && header.name.endsWith('/')) header.type = '5';
    checkNumbers(header, refuser(place));
    this.#guard.checkSize(header.sizeBytes, place);
    const path = archivePath(header.name, header.type === '5', place);
    return { header, path, place, xattrs: xattrsOf([...this.#globals, ...local]) };
  }

  #linkTarget(link: PathBytes, place: string): PathBytes {
    try {
      return archivePath(link, false, place);
    } catch (cause) {
      throw new Failure('IMAGE.BAD_LINK', `${place} is a hard link to "${displayPath(link)}", which is no path inside the tree`, { place, cause });
    }
  }

  async #content(file: TarFile, onFile: FileSink, place: string): Promise<StoredContent> {
    let left = file.sizeBytes;
    const take = async (): Promise<Uint8Array> => {
      const piece = await this.#reader.some(left) ?? truncated(place, this.#reader.position);
      left -= piece.byteLength;
      return piece;
    };
    const content = async function* (): AsyncIterable<Uint8Array> {
      while (left > 0) yield await take();
    };
    const stored = await onFile(file, content());
    while (left > 0) await take();
    await this.#padding(file.sizeBytes, place);
    return stored;
  }

  async #padding(sizeBytes: number, place: string): Promise<void> {
    const size = (TAR_BLOCK - (sizeBytes % TAR_BLOCK)) % TAR_BLOCK;
    if ((await this.#reader.read(size)).byteLength < size) truncated(place, this.#reader.position);
  }
}

/** GNU's long names end with one NUL. */
function gnuName(bytes: Uint8Array, place: string): string {
  const name = Buffer.from(bytes).toString('latin1').replace(/\0$/, '');
  return name === '' ? badHeader(place, 'has an empty long name') : name;
}

function refuser(place: string): Refuse {
  return (why) => badHeader(place, why);
}

function badHeader(place: string, why: string): never {
  throw new Failure('IMAGE.BAD_HEADER', `${place} ${why}`, { place });
}

function unsupported(place: string, what: string): never {
  throw new Failure('IMAGE.UNSUPPORTED', `${place} is or has ${what}, which is not read`, { place });
}

function truncated(place: string, position: number): never {
  throw new Failure('IMAGE.TRUNCATED', `${place} is cut off: the archive ends at byte ${position}`, { place });
}
