import { z } from 'zod';

import { isSha256, sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { parseJson } from '../signing/strict-json.ts';

export const LEGAL_FORMAT = 1;

/** What a file of the bundle is for. */
export const LEGAL_ROLES = [
  'readme', 'manifest', 'license-text', 'source', 'patch', 'catalog', 'script', 'configuration', 'definition', 'options', 'sandbox', 'toolchain',
] as const;
export type LegalRole = (typeof LEGAL_ROLES)[number];

/** Why something is not in the bundle: a rule over its license, never its name. */
export const LEFT_OUT_RULES = ['closed-license', 'unknown-license', 'no-license'] as const;
export type LeftOutRule = (typeof LEFT_OUT_RULES)[number];

export interface LegalFile {
  path: string;
  role: LegalRole;
  sha256: Sha256;
  sizeBytes: number;
  executable: boolean;
}

/** A file that may not be passed on: where it would lie, and whose it is. */
export interface LeftOutFile {
  path: string;
  role: LegalRole;
  sha256: Sha256;
  sizeBytes: number;
  package: string;
  version: string;
  /** As judged; empty where there is none. */
  license: string;
  rule: LeftOutRule;
}

/**
 * `index.json`: all that a source bundle holds, by digest, and what must come out of it. A function of the definition, of
 * what came out, and of the license texts: nothing of a run, of a signature or of sources' bytes is in it, so a provenance
 * can name it and the bundle can name the provenance.
 */
export interface LegalIndex {
  format: typeof LEGAL_FORMAT;
  definitionDigest: Sha256;
  board: string;
  /** Catalog versions by kind and name: all that took part. */
  catalog: Readonly<Record<CatalogKindName, Readonly<Record<string, Sha256>>>>;
  /** By name. */
  images: readonly { name: string; format: string; sha256: Sha256; sizeBytes: number }[];
  sandbox: { rootTree: Sha256; lockDigest: Sha256 };
  /** By path. All but `index.json` itself and the files of `ATTACHMENTS`. */
  files: readonly LegalFile[];
  /** By path. */
  leftOut: readonly LeftOutFile[];
}

export type CatalogKindName = 'recipe' | 'template' | 'board' | 'architecture';

export const INDEX_PATH = 'index.json';
export const SUMS_PATH = 'sha256sums';
export const README_PATH = 'README';
export const DEFINITION_PATH = 'definition.json';
export const CONFIGURATION_PATH = 'configuration.json';
export const SANDBOX_LOCK_PATH = 'sandbox-lock.json';
/** What is told of the one run that made the images; in the sums, not in the index. */
export const ATTACHMENTS = { build: 'build.json', steps: 'steps.json', provenance: 'provenance.intoto.jsonl' } as const;

/** As it lies in the bundle and as a provenance names it. */
export function indexBytes(index: LegalIndex): Buffer {
  return Buffer.from(`${canonicalJson(index)}\n`);
}

export function indexDigest(index: LegalIndex): Sha256 {
  return sha256(indexBytes(index));
}

const MAX_PATH = 1000;
/** Printable ASCII without a backslash, which `sha256sum` would write in another form. */
const PATH_TEXT = /^[ -[\]-~]+$/;

/** Relative, nothing in it that climbs, one line: what every unpacker and `sha256sum -c` read the same way. */
export function isBundlePath(path: string): boolean {
  return path.length <= MAX_PATH && PATH_TEXT.test(path) && path.split('/').every((name) => !['', '.', '..'].includes(name));
}

const digest = z.string().refine(isSha256, 'is no sha256') as unknown as z.ZodType<Sha256>;
const text = z.string().min(1).max(1024);
const size = z.int().min(0);
const path = z.string().refine(isBundlePath, 'is no path of a bundle');
const versions = z.record(text, digest);
const file = z.strictObject({ path, role: z.enum(LEGAL_ROLES), sha256: digest, sizeBytes: size, executable: z.boolean() });

const indexSchema = z.strictObject({
  format: z.literal(LEGAL_FORMAT),
  definitionDigest: digest, board: text,
  catalog: z.strictObject({ recipe: versions, template: versions, board: versions, architecture: versions }),
  images: z.array(z.strictObject({ name: text, format: text, sha256: digest, sizeBytes: size })).min(1).max(1000),
  sandbox: z.strictObject({ rootTree: digest, lockDigest: digest }),
  files: z.array(file).max(500_000),
  leftOut: z.array(z.strictObject({ path, role: z.enum(LEGAL_ROLES), sha256: digest, sizeBytes: size, package: text, version: text, license: z.string().max(16_384), rule: z.enum(LEFT_OUT_RULES) })).max(500_000),
});

/** Hostile bytes to an index. Throws LEGAL.FORMAT, LEGAL.BAD_ARCHIVE, SIGNING.BAD_JSON. */
export function parseLegalIndex(bytes: Uint8Array): LegalIndex {
  const value = parseJson(bytes, INDEX_PATH);
  const format = typeof value === 'object' && value !== null ? (value as { format?: unknown }).format : undefined;
  if (format !== LEGAL_FORMAT) throw new Failure('LEGAL.FORMAT', `the bundle has format ${JSON.stringify(format)}, read is ${LEGAL_FORMAT}`, { place: INDEX_PATH });
  const { data, error } = indexSchema.safeParse(value);
  if (error !== undefined) {
    const [issue] = error.issues;
    return badArchive(`${INDEX_PATH}: ${(issue?.path ?? []).join('.').slice(0, 300) || 'the whole'}: ${(issue?.message ?? '').slice(0, 300)}`, INDEX_PATH);
  }
  if (!indexBytes(data).equals(bytes)) badArchive(`${INDEX_PATH} is not in its one canonical form`, INDEX_PATH);
  const paths = [INDEX_PATH, SUMS_PATH, ...Object.values(ATTACHMENTS), ...data.files.map((one) => one.path)];
  if (new Set(paths).size !== paths.length) badArchive(`${INDEX_PATH} names a path twice`, INDEX_PATH);
  return data;
}

export function badArchive(message: string, place: string): never {
  throw new Failure('LEGAL.BAD_ARCHIVE', message, { place: place.slice(0, 300) });
}
