import { BlobHasher, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { readTar, type TarFile } from '../image/read-tar.ts';
import { mergeEnvelopes, parseEnvelopeLines, payloadDigest } from '../signing/envelope-files.ts';
import { parseEnvelope, type Envelope } from '../signing/envelope.ts';
import { displayPath, pathToBuffer } from '../tree/entry.ts';
import { badBundle, byproductPath, CHECKPOINT_PATH, INDEX_PATH, inputPath, parseIndex, pathsOf, proofPath, ROOT_PATH, rootPath, statementPath, type BundleBlob, type BundleIndex } from './bundle-layout.ts';

/** An archive taken apart: every name fits its bytes, everything that is named is there. Nothing is believed yet. */
export interface Bundle {
  index: BundleIndex;
  /** All signatures in one envelope, by the payload's digest. */
  statements: ReadonlyMap<Sha256, Envelope>;
  proofs: ReadonlyMap<Sha256, Buffer>;
  checkpoint: Buffer;
  roots: readonly Envelope[];
  /** Bytes of those that are short enough to be looked at, by digest. */
  byproducts: ReadonlyMap<Sha256, Buffer>;
  files: ReadonlyMap<string, { bytes: Buffer; executable: boolean }>;
}

export interface ReadBundleOptions {
  /** Takes each input as it comes; its bytes are hashed here in any case. Without it they are read over. */
  onInput?: (content: AsyncIterable<Uint8Array>) => Promise<void>;
}

/** What one file may have to be looked at; longer byproducts are hashed and left. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
const MAX_ALL_HELD_BYTES = 512 * 1024 * 1024;
/** Each is tried against each key of the root. */
const MAX_SIGNATURES = 64;
const LIMITS = { entries: 100_000, metadataBytes: 32 * 1024 * 1024 };

const BLOB_PATH = /^(byproducts|inputs)\/sha256\/([0-9a-f]{64})$/;

/**
 * Hostile bytes to an archive. Throws what `readTar` throws (IMAGE.*), EVIDENCE.BAD_BUNDLE, BUNDLE_FORMAT, BUNDLE_DIGEST,
 * and what the parts throw that are malformed (SIGNING.*).
 */
export async function readBundle(source: AsyncIterable<Uint8Array>, options: ReadBundleOptions = {}): Promise<Bundle> {
  const reading = new Reading(options);
  for await (const { path, entry } of readTar(source, { devices: 'refuse', escapingSymlinks: 'refuse', limits: LIMITS }, (file, content) => reading.take(file, content))) {
    if (entry.kind !== 'file' && entry.kind !== 'directory') badBundle(`"${displayPath(path)}" is a ${entry.kind}`, displayPath(path));
  }
  return reading.bundle();
}

interface Held { bytes: Buffer | undefined; sizeBytes: number; sha256: Sha256; executable: boolean }

class Reading {
  readonly #options: ReadBundleOptions;
  readonly #files = new Map<string, Held>();
  #heldBytes = 0;

  constructor(options: ReadBundleOptions) {
    this.#options = options;
  }

  async take(file: TarFile, content: AsyncIterable<Uint8Array>): Promise<{ sha256: Sha256; sizeBytes: number }> {
    const path = pathToBuffer(file.path).toString('utf8');
    // Two names that are not UTF-8 could come out as one.
    if (!Buffer.from(path).equals(pathToBuffer(file.path))) badBundle(`"${displayPath(file.path)}" is not UTF-8`, displayPath(file.path));
    const hasher = new BlobHasher();
    const input = path.startsWith('inputs/');
    const held = input ? await this.#pass(content, hasher) : await this.#hold(file, path, content, hasher);
    const { sha256, sizeBytes } = hasher.finish();
    const [, , stated] = BLOB_PATH.exec(path) ?? [];
    if (stated !== undefined && stated !== sha256) differs(path, sha256);
    this.#files.set(path, { bytes: held, sizeBytes, sha256, executable: (file.mode & 0o111) !== 0 });
    return { sha256, sizeBytes };
  }

  bundle(): Bundle {
    const index = parseIndex(this.#bytes(INDEX_PATH));
    this.#checkNames(index);
    for (const blob of index.byproducts) this.#checkSize(byproductPath(blob.sha256), blob);
    for (const blob of index.inputs) this.#checkSize(inputPath(blob.sha256), blob);
    return {
      index,
      statements: new Map(index.statements.map(({ sha256 }) => [sha256, this.#statement(sha256)])),
      proofs: new Map(index.statements.map(({ sha256 }) => [sha256, this.#bytes(proofPath(sha256))])),
      checkpoint: this.#bytes(CHECKPOINT_PATH),
      roots: [...index.roots.map(rootPath), ROOT_PATH].map((path) => parseEnvelope(this.#bytes(path), path)),
      byproducts: new Map(index.byproducts.flatMap(({ sha256 }) => { const { bytes } = this.#files.get(byproductPath(sha256))!; return bytes === undefined ? [] : [[sha256, bytes] as const]; })),
      files: new Map(index.files.map((path) => [path, { bytes: this.#bytes(path), executable: this.#files.get(path)!.executable }])),
    };
  }

  async #pass(content: AsyncIterable<Uint8Array>, hasher: BlobHasher): Promise<undefined> {
    const hashed = async function* (): AsyncIterable<Uint8Array> { for await (const chunk of content) { hasher.update(chunk); yield chunk; } };
    const stream = hashed();
    await this.#options.onInput?.(stream);
    for await (const _rest of stream) { /* Whoever took it may have stopped early. */ }
  }

  async #hold(file: TarFile, path: string, content: AsyncIterable<Uint8Array>, hasher: BlobHasher): Promise<Buffer | undefined> {
    const held = file.sizeBytes <= MAX_HELD_BYTES;
    if (!held && !BLOB_PATH.test(path)) badBundle(`"${path.slice(0, 200)}" has ${file.sizeBytes} bytes, read are at most ${MAX_HELD_BYTES}`, path);
    this.#heldBytes += held ? file.sizeBytes : 0;
    if (this.#heldBytes > MAX_ALL_HELD_BYTES) badBundle(`the archive's documents have more than ${MAX_ALL_HELD_BYTES} bytes`, path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) {
      hasher.update(chunk);
      if (held) chunks.push(Buffer.from(chunk));
    }
    return held ? Buffer.concat(chunks) : undefined;
  }

  #bytes(path: string): Buffer {
    return this.#files.get(path)?.bytes ?? badBundle(`the archive has no ${path}`, path);
  }

  /** A file that the index does not name could be taken by another reader for what it is not. */
  #checkNames(index: BundleIndex): void {
    const named = new Set([INDEX_PATH, ...pathsOf(index)]);
    for (const path of this.#files.keys()) if (!named.has(path)) badBundle(`"${path.slice(0, 200)}" is in the archive and not in its index`, path);
    for (const path of named) if (!this.#files.has(path)) badBundle(`the archive has no ${path}`, path);
  }

  #checkSize(path: string, { sizeBytes }: BundleBlob): void {
    const found = this.#files.get(path)!.sizeBytes;
    if (found !== sizeBytes) badBundle(`${path} has ${found} bytes, the index says ${sizeBytes}`, path);
  }

  #statement(digest: Sha256): Envelope {
    const path = statementPath(digest);
    const [envelope, second] = mergeEnvelopes(parseEnvelopeLines(this.#bytes(path), path));
    if (envelope === undefined || second !== undefined) return badBundle(`${path} holds not one statement`, path);
    if (envelope.signatures.length > MAX_SIGNATURES) return badBundle(`${path} has ${envelope.signatures.length} signatures, read are at most ${MAX_SIGNATURES}`, path);
    return payloadDigest(envelope) === digest ? envelope : differs(path, payloadDigest(envelope));
  }
}

function differs(path: string, found: Sha256): never {
  throw new Failure('EVIDENCE.BUNDLE_DIGEST', `${path} holds other bytes than its name says: ${found}`, { place: path });
}
