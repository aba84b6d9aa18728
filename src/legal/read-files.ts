import { BlobHasher, type Sha256 } from '../foundation/digest.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { readTar, type TarFile } from '../image/read-tar.ts';
import { displayPath, pathToBuffer, type PathBytes } from '../tree/entry.ts';
import { badArchive, isBundlePath } from './legal-index.ts';

/** Takes the bytes of one file as they come; may stop early. */
export type BlobSink = (content: AsyncIterable<Uint8Array>) => Promise<void>;

export interface ReadFile {
  sha256: Sha256;
  sizeBytes: number;
  executable: boolean;
  /** Absent for what `isBlob` says is one. */
  bytes?: Buffer;
}

export interface ReadFilesOptions {
  /** Too large to hold: hashed, and handed on. */
  isBlob: (path: string) => boolean;
  onBlob?: BlobSink;
}

const MAX_HELD_BYTES = 64 * 2 ** 20;
const MAX_ALL_HELD_BYTES = 512 * 2 ** 20;
const LIMITS = { entries: 500_000, metadataBytes: 128 * 2 ** 20 };

/**
 * Every file of a hostile tar by path; nothing is written but what `onBlob` does with bytes. Throws LEGAL.BAD_PATH for a name
 * that leads out of where it is unpacked, LEGAL.BAD_ARCHIVE for all else that is no plain archive of plain files.
 */
export async function readFiles(source: AsyncIterable<Uint8Array>, options: ReadFilesOptions): Promise<Map<string, ReadFile>> {
  const reading = new Reading(options);
  try {
    for await (const { path, entry } of readTar(source, { devices: 'refuse', escapingSymlinks: 'refuse', limits: LIMITS }, (file, content) => reading.take(file, content))) {
      if (entry.kind === 'hard-link') reading.link(path, entry.target);
      else if (entry.kind !== 'file' && entry.kind !== 'directory') badArchive(`"${displayPath(path)}" is a ${entry.kind}`, displayPath(path));
    }
  } catch (error) {
    throw translated(error);
  }
  return reading.files;
}

const OUT_OF_THE_WAY = new Set(['IMAGE.BAD_PATH', 'IMAGE.BAD_LINK', 'IMAGE.THROUGH_LINK']);

function translated(error: unknown): unknown {
  if (!isCoded(error) || !error.code.startsWith('IMAGE.')) return error;
  return new Failure(OUT_OF_THE_WAY.has(error.code) ? 'LEGAL.BAD_PATH' : 'LEGAL.BAD_ARCHIVE', error.message, { cause: error, ...(error.place === undefined ? {} : { place: error.place }) });
}

class Reading {
  readonly files = new Map<string, ReadFile>();
  readonly #options: ReadFilesOptions;
  #heldBytes = 0;

  constructor(options: ReadFilesOptions) {
    this.#options = options;
  }

  async take(file: TarFile, content: AsyncIterable<Uint8Array>): Promise<{ sha256: Sha256; sizeBytes: number }> {
    const path = nameOf(file.path);
    const hasher = new BlobHasher();
    const bytes = this.#options.isBlob(path) ? await this.#pass(content, hasher) : await this.#hold(path, file.sizeBytes, content, hasher);
    const { sha256, sizeBytes } = hasher.finish();
    this.files.set(path, { sha256, sizeBytes, executable: (file.mode & 0o111) !== 0, ...(bytes === undefined ? {} : { bytes }) });
    return { sha256, sizeBytes };
  }

  /** The reader has seen that the target is a file before it. */
  link(path: PathBytes, target: PathBytes): void {
    this.files.set(nameOf(path), this.files.get(nameOf(target))!);
  }

  async #pass(content: AsyncIterable<Uint8Array>, hasher: BlobHasher): Promise<undefined> {
    const hashed = async function* (): AsyncIterable<Uint8Array> { for await (const chunk of content) { hasher.update(chunk); yield chunk; } };
    const stream = hashed();
    await this.#options.onBlob?.(stream);
    for await (const _rest of stream) { /* Whoever took it may have stopped early. */ }
  }

  async #hold(path: string, sizeBytes: number, content: AsyncIterable<Uint8Array>, hasher: BlobHasher): Promise<Buffer> {
    this.#heldBytes += sizeBytes;
    if (sizeBytes > MAX_HELD_BYTES || this.#heldBytes > MAX_ALL_HELD_BYTES) badArchive(`"${path}" is larger than what is read of a file that is no source`, path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) {
      hasher.update(chunk);
      chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  }
}

function nameOf(path: PathBytes): string {
  const name = pathToBuffer(path).toString('latin1');
  return isBundlePath(name) ? name : badArchive(`"${displayPath(path)}" has a name that no bundle has`, displayPath(path));
}
