import { createHash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import { readTar, type TarEntry } from '../image/read-tar.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree } from '../tree/tree.ts';

/**
 * A difference that is forgiven, by name and version, with what it forgives and why in words: the digest of these words
 * stands in every statement that uses it, so that a rule can not change under a verdict. Whoever changes what the code
 * does changes words and version.
 */
export interface Normaliser {
  name: string;
  version: number;
  /** File names that it is tried on. */
  suffixes: readonly string[];
  forgives: string;
  reason: string;
  /** Of what is left when the forgiven is taken away. Throws where the bytes are not of the kind. */
  digestOf(bytes: AsyncIterable<Uint8Array>): Promise<Sha256>;
}

/** How two different files were found to say the same. */
export interface Equivalence {
  normaliser: { name: string; version: number; digest: Sha256 };
  /** Of both. */
  normalisedSha256: Sha256;
}

export const NORMALISERS: readonly Normaliser[] = [
  {
    name: 'gzip-content', version: 1, suffixes: ['.gz'],
    forgives: 'Everything but the uncompressed bytes: header (time, name, operating system), compression level, encoder.',
    reason: 'A gzip header may name a time and a file, and encoders differ between versions; what is unpacked is the same.',
    digestOf: async (bytes) => digestOfStream(gunzipped(bytes)),
  },
  {
    name: 'tar-members', version: 1, suffixes: ['.tar', '.tar.gz'],
    forgives: 'The order of the members, their times, the names of owners beside their numbers, padding, the dialect of the headers.',
    reason: 'Archivers order by directory and write times; the tree that is unpacked, with modes, numeric owners, links and attributes, is the same.',
    digestOf: async (bytes) => tarTree(bytes),
  },
];

/** What a statement names: the words, never the code. */
export function normaliserDigest({ name, version, suffixes, forgives, reason }: Normaliser): Sha256 {
  return jsonDigest({ name, version, suffixes, forgives, reason });
}

/** The original of a file: its bytes, or at least the digest of what is within (a statement names it for compressed images). */
export interface Original { bytes?: () => AsyncIterable<Uint8Array>; uncompressed?: Sha256 }

/**
 * The first rule for the name under which both files are the same. A file that is not of the rule's kind is not made
 * equal by it, nor one of which too little is at hand.
 */
export async function findEquivalence(name: string, original: Original, actual: () => AsyncIterable<Uint8Array>): Promise<Equivalence | undefined> {
  for (const normaliser of NORMALISERS.filter(({ suffixes }) => suffixes.some((suffix) => name.endsWith(suffix)))) {
    const before = original.bytes !== undefined ? await normalisedDigest(normaliser, name, original.bytes())
      : normaliser.name === 'gzip-content' ? original.uncompressed : undefined;
    const after = before === undefined ? undefined : await normalisedDigest(normaliser, name, actual());
    if (before !== undefined && before === after) return { normaliser: { name: normaliser.name, version: normaliser.version, digest: normaliserDigest(normaliser) }, normalisedSha256: before };
  }
  return undefined;
}

async function normalisedDigest(normaliser: Normaliser, name: string, bytes: AsyncIterable<Uint8Array>): Promise<Sha256 | undefined> {
  try {
    return await normaliser.digestOf(normaliser.name === 'tar-members' && name.endsWith('.gz') ? gunzipped(bytes) : bytes);
  } catch (error) {
    // Not of the kind, or damaged: no rule applies. What the disk or we ourselves did wrong goes up.
    if (isCoded(error) ? error.code.startsWith('IMAGE.') || error.code.startsWith('TREE.') : isZlibError(error)) return undefined;
    throw error;
  }
}

function gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(bytes), createGunzip(), () => undefined);
}

function isZlibError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

async function digestOfStream(bytes: AsyncIterable<Uint8Array>): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex') as Sha256;
}

/** Contents are hashed and dropped: an archive of any size takes a chunk of memory. */
async function tarTree(bytes: AsyncIterable<Uint8Array>): Promise<Sha256> {
  const entries: TarEntry[] = [];
  const members = readTar(bytes, { devices: 'keep' }, async (_file, content) => {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of content) { hash.update(chunk); sizeBytes += chunk.byteLength; }
    return { sha256: hash.digest('hex') as Sha256, sizeBytes };
  });
  for await (const member of members) entries.push(member);
  return treeDigest(makeTree(entries.map(({ path, entry }) => [path, entry])));
}
