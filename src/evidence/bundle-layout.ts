import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';

/**
 * An evidence archive, plain tar:
 *
 *     index.json                          what lies in it; nothing in it is trusted
 *     statements/<sha256>.intoto.jsonl    one envelope a signature, by the payload's digest
 *     proofs/<sha256>.tlog-proof          that the log has it, the entry as extra data
 *     checkpoint                          the log's newest word
 *     root.json, roots/<version>.json     the issuer's roots, only to go forward from a trusted one
 *     byproducts/sha256/<sha256>          what the statements name by digest
 *     inputs/sha256/<sha256>              what a rebuild takes, where asked for
 *     catalog/…, configuration.json, sandbox-lock.json
 */
export interface BundleIndex {
  format: 1;
  /** Payload of the provenance that the archive is about. */
  provenance: Sha256;
  /** The release that it was asked for, where it was one. */
  release: Sha256 | null;
  /** By digest. */
  statements: readonly { sha256: Sha256; type: string }[];
  byproducts: readonly BundleBlob[];
  inputs: readonly BundleBlob[];
  /** Paths below `catalog/`, `configuration.json`, `sandbox-lock.json`. */
  files: readonly string[];
  /** Versions in `roots/`. */
  roots: readonly number[];
}

export interface BundleBlob { sha256: Sha256; sizeBytes: number; name: string }

const MAX_STATEMENTS = 1000;

export const INDEX_PATH = 'index.json';
export const CHECKPOINT_PATH = 'checkpoint';
export const ROOT_PATH = 'root.json';

export const statementPath = (digest: Sha256): string => `statements/${digest}.intoto.jsonl`;
export const proofPath = (digest: Sha256): string => `proofs/${digest}.tlog-proof`;
export const rootPath = (version: number): string => `roots/${version}.json`;
export const byproductPath = (digest: Sha256): string => `byproducts/sha256/${digest}`;
export const inputPath = (digest: Sha256): string => `inputs/sha256/${digest}`;

/** Names that are not made from a digest or a version. */
export function isBundleFile(path: string): boolean {
  if (path === 'configuration.json' || path === 'sandbox-lock.json') return true;
  const [section, ...components] = path.split('/');
  return section === 'catalog' && components.length > 0 && path.length <= 1000 && !path.includes('\0') && components.every((name) => !['', '.', '..'].includes(name));
}

/** All paths that an archive with this index has, but for the index itself. */
export function pathsOf({ statements, byproducts, inputs, files, roots }: BundleIndex): string[] {
  return [
    CHECKPOINT_PATH, ROOT_PATH, ...files, ...roots.map(rootPath), ...statements.flatMap(({ sha256 }) => [statementPath(sha256), proofPath(sha256)]),
    ...byproducts.map(({ sha256 }) => byproductPath(sha256)), ...inputs.map(({ sha256 }) => inputPath(sha256)),
  ];
}

/** Throws EVIDENCE.BAD_BUNDLE, EVIDENCE.BUNDLE_FORMAT, SIGNING.BAD_JSON. */
export function parseIndex(bytes: Uint8Array): BundleIndex {
  const fields = asRecord(parseJson(bytes, INDEX_PATH)) ?? badBundle(`${INDEX_PATH} is no JSON object`);
  const { format, provenance, release, statements, byproducts, inputs, files, roots } = fields;
  if (format !== 1) throw new Failure('EVIDENCE.BUNDLE_FORMAT', `the archive has format ${JSON.stringify(format)}, read is 1`, { place: INDEX_PATH });
  const index: BundleIndex = {
    format, provenance: digestOf(provenance), release: release === null ? null : digestOf(release),
    statements: list(statements, (one) => ({ sha256: digestOf(one['sha256']), type: textOf(one['type']) })),
    byproducts: list(byproducts, blobOf), inputs: list(inputs, blobOf),
    files: Array.isArray(files) ? files.map(textOf) : malformed(), roots: Array.isArray(roots) ? roots.map(countOf) : malformed(),
  };
  if (!index.files.every(isBundleFile)) malformed();
  if (index.statements.length > MAX_STATEMENTS) badBundle(`${INDEX_PATH} names ${index.statements.length} statements, read are at most ${MAX_STATEMENTS}`);
  const paths = pathsOf(index);
  if (new Set(paths).size !== paths.length) badBundle(`${INDEX_PATH} names something twice`);
  if (!index.statements.some(({ sha256 }) => sha256 === index.provenance)) badBundle(`${INDEX_PATH} is about a statement that it does not name`);
  return index;
}

export function badBundle(message: string, place: string = INDEX_PATH): never {
  throw new Failure('EVIDENCE.BAD_BUNDLE', message, { place });
}

function malformed(): never {
  return badBundle(`${INDEX_PATH} is malformed`);
}

function list<T>(value: unknown, read: (one: Readonly<Record<string, unknown>>) => T): T[] {
  return Array.isArray(value) ? value.map((one) => read(asRecord(one) ?? malformed())) : malformed();
}

function blobOf({ sha256, sizeBytes, name }: Readonly<Record<string, unknown>>): BundleBlob {
  return { sha256: digestOf(sha256), sizeBytes: countOf(sizeBytes), name: textOf(name) };
}

function digestOf(value: unknown): Sha256 {
  return typeof value === 'string' && isSha256(value) ? value : malformed();
}

function textOf(value: unknown): string {
  return typeof value === 'string' && value.length <= 1024 ? value : malformed();
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : malformed();
}
