import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import type { BlobReader } from '../image/file-content.ts';
import { writeTar } from '../image/write-tar.ts';
import { encodeEnvelope, encodeEnvelopeLines, mergeEnvelopes, oneEach, payloadDigest } from '../signing/envelope-files.ts';
import type { Envelope } from '../signing/envelope.ts';
import { trustedRoot } from '../signing/trust-root.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { badBundle, byproductPath, CHECKPOINT_PATH, INDEX_PATH, inputPath, isBundleFile, proofPath, ROOT_PATH, rootPath, statementPath, type BundleBlob, type BundleIndex } from './bundle-layout.ts';

export interface BundleContent {
  /** Payload of the provenance that it is about; among the statements. */
  provenance: Sha256;
  release?: Sha256;
  /** Statements with their proofs (`proveEntry`); several envelopes over one payload go together. */
  statements: readonly { envelopes: readonly Envelope[]; proof: string }[];
  /** Note of the log's newest checkpoint. */
  checkpoint: string;
  /** Every version of the root, 1 first. */
  roots: readonly Envelope[];
  /** Blobs that the statements name by digest: read from the blobs handed in. */
  byproducts: readonly BundleBlob[];
  /** Archives and packages for a rebuild; the same. */
  inputs?: readonly BundleBlob[];
  /** `catalog/…`, `configuration.json`, `sandbox-lock.json`. */
  files?: readonly { path: string; bytes: Uint8Array; executable?: boolean }[];
}

/** The one time in the archive: it says when nothing, the statements do. */
const EPOCH_SECONDS = 0;

/** The archive as a stream; the same content gives the same bytes. Throws EVIDENCE.BAD_BUNDLE before the first. */
export function writeBundle(content: BundleContent, blobs: BlobReader): AsyncIterable<Uint8Array> {
  const small = new Map<string, SmallFile>();
  const put = (path: string, bytes: Uint8Array, executable = false): void => { small.set(path, { bytes, executable, sha256: sha256(bytes) }); };
  const index = indexOf(content);
  put(INDEX_PATH, Buffer.from(`${canonicalJson(index)}\n`));
  put(CHECKPOINT_PATH, Buffer.from(content.checkpoint));
  for (const { envelopes, proof } of content.statements) {
    const digest = digestOf(envelopes);
    put(statementPath(digest), encodeEnvelopeLines(mergeEnvelopes(envelopes).flatMap(oneEach)));
    put(proofPath(digest), Buffer.from(proof));
  }
  for (const root of content.roots) put(rootPath(versionOf(root)), Buffer.from(encodeEnvelope(root)));
  put(ROOT_PATH, Buffer.from(encodeEnvelope(content.roots.at(-1)!)));
  for (const { path, bytes, executable } of content.files ?? []) put(path, bytes, executable);
  const large: [PathBytes, TreeEntry][] = [
    ...index.byproducts.map((blob) => fileEntry(byproductPath(blob.sha256), blob)), ...index.inputs.map((blob) => fileEntry(inputPath(blob.sha256), blob)),
  ];
  const tree = makeTree([...[...small].map(([path, { bytes, executable, sha256: digest }]) => fileEntry(path, { sha256: digest, sizeBytes: bytes.byteLength }, executable)), ...large]);
  return writeTar(tree, { readBlob: overlaid(small, blobs) }, { epochSeconds: EPOCH_SECONDS });
}

interface SmallFile { bytes: Uint8Array; executable: boolean; sha256: Sha256 }

function indexOf({ provenance, release, statements, byproducts, inputs = [], files = [], roots }: BundleContent): BundleIndex {
  if (roots.length === 0) badBundle('an archive needs a root');
  for (const { path } of files) if (!isBundleFile(path)) badBundle(`"${path}" has no place in an archive`, path);
  const listed = statements.map(({ envelopes }) => ({ sha256: digestOf(envelopes), type: typeOf(envelopes[0]!) }));
  if (!listed.some((one) => one.sha256 === provenance)) badBundle(`the archive is about ${provenance}, which is not in it`);
  return {
    format: 1, provenance, release: release ?? null, statements: sortedBy(listed, (one) => one.sha256),
    byproducts: distinct(byproducts), inputs: distinct(inputs), files: files.map(({ path }) => path).toSorted(), roots: roots.map(versionOf).toSorted((a, b) => a - b),
  };
}

/** Of two names for the same bytes, the first. */
function distinct(blobs: readonly BundleBlob[]): BundleBlob[] {
  const sorted = sortedBy(blobs, ({ sha256: digest, name }) => `${digest} ${name}`);
  return sorted.filter((blob, at) => blob.sha256 !== sorted[at - 1]?.sha256).map(({ sha256: digest, sizeBytes, name }) => ({ sha256: digest, sizeBytes, name }));
}

function digestOf(envelopes: readonly Envelope[]): Sha256 {
  const [first, ...others] = mergeEnvelopes(envelopes);
  return first === undefined || others.length > 0 ? badBundle('the envelopes of a statement have not one payload') : payloadDigest(first);
}

function typeOf(envelope: Envelope): string {
  const type = asRecord(parseJson(payloadBytes(envelope), 'a statement'))?.['predicateType'];
  return typeof type === 'string' ? type : '';
}

function versionOf(root: Envelope): number {
  return trustedRoot(root, 'a root of the archive').content.version;
}

function fileEntry(path: string, { sha256: digest, sizeBytes }: { sha256: Sha256; sizeBytes: number }, executable = false): [PathBytes, TreeEntry] {
  return [pathBytes(path), { kind: 'file', mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, sha256: digest, sizeBytes }];
}

function overlaid(small: ReadonlyMap<string, SmallFile>, blobs: BlobReader): BlobReader['readBlob'] {
  const byDigest = new Map([...small.values()].map((file) => [file.sha256, file.bytes]));
  const one = async function* (bytes: Uint8Array): AsyncIterable<Uint8Array> { yield await Promise.resolve(bytes); };
  return (digest, ...more) => {
    const bytes = byDigest.get(digest);
    if (bytes !== undefined && more.length > 0) throw new Bug('an archive is written in whole files');
    return bytes === undefined ? blobs.readBlob(digest, ...more) : one(bytes);
  };
}
