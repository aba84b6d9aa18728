import { jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import type { CatalogFolder } from '../catalog/folder.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import { parseLock, type SandboxLock } from '../sandbox/lock.ts';
import { parseJson } from '../signing/strict-json.ts';
import { catalogFolders } from './catalog-files.ts';
import { ATTACHMENTS, CONFIGURATION_PATH, DEFINITION_PATH, INDEX_PATH, indexDigest, parseLegalIndex, SANDBOX_LOCK_PATH, SUMS_PATH, type LegalIndex } from './legal-index.ts';
import { parseDefinition } from './parse-definition.ts';
import { readFiles, type BlobSink, type ReadFile } from './read-files.ts';

/** A source bundle taken apart: it says one thing in all of its parts. By whom it was made is another question. */
export interface LegalBundle {
  index: LegalIndex;
  indexSha256: Sha256;
  definition: BuildDefinition;
  configuration: unknown;
  folders: readonly CatalogFolder[];
  lock: SandboxLock;
  attachments: Partial<Record<keyof typeof ATTACHMENTS, Buffer>>;
}

type Files = ReadonlyMap<string, ReadFile>;

/**
 * Hostile bytes to a bundle; each source and license text is handed to `onBlob` as it comes, whatever it turns out to be.
 * Throws LEGAL.*, SIGNING.BAD_JSON, SANDBOX.BAD_LOCK.
 */
export async function readLegalBundle(source: AsyncIterable<Uint8Array>, onBlob?: BlobSink): Promise<LegalBundle> {
  const files = await readFiles(source, { isBlob: (path) => /^(sources|licenses)\//.test(path), ...(onBlob === undefined ? {} : { onBlob }) });
  const index = parseLegalIndex(bytesOf(files, INDEX_PATH));
  checkNames(index, files);
  checkBytes(index, files);
  checkSums(files);
  const definition = parseDefinition(bytesOf(files, DEFINITION_PATH), index.definitionDigest);
  checkCatalogPins(index, definition);
  checkSources(index, definition);
  return {
    index, indexSha256: indexDigest(index), definition,
    configuration: configurationIn(files, definition), lock: lockIn(files, index, definition), folders: foldersIn(index, files),
    attachments: Object.fromEntries(Object.entries(ATTACHMENTS).flatMap(([name, path]) => { const found = files.get(path)?.bytes; return found === undefined ? [] : [[name, found]]; })),
  };
}

function bytesOf(files: Files, path: string): Buffer {
  return files.get(path)?.bytes ?? missing(path);
}

function missing(path: string): never {
  throw new Failure('LEGAL.MISSING_FILE', `the bundle has no ${path}`, { place: path });
}

/** A file that the index does not name could be taken by somebody for what it is not. */
function checkNames(index: LegalIndex, files: Files): void {
  const named = new Set([INDEX_PATH, SUMS_PATH, ...index.files.map(({ path }) => path)]);
  const beside = new Set<string>(Object.values(ATTACHMENTS));
  for (const path of files.keys()) {
    if (!named.has(path) && !beside.has(path)) throw new Failure('LEGAL.EXTRA_FILE', `"${path.slice(0, 200)}" is in the bundle and not in its index`, { place: path.slice(0, 300) });
  }
  for (const path of named) if (!files.has(path)) missing(path);
}

function checkBytes({ files: rows }: LegalIndex, files: Files): void {
  for (const { path, sha256: expected, sizeBytes, executable } of rows) {
    const found = files.get(path)!;
    if (found.sha256 !== expected || found.sizeBytes !== sizeBytes) {
      throw new Failure('LEGAL.CHANGED', `${path} has other bytes than the index says`, { place: path, details: { expected, found: found.sha256 } });
    }
    if (found.executable !== executable) throw new Failure('LEGAL.CHANGED', `${path} is ${executable ? 'not ' : ''}executable, the index says otherwise`, { place: path });
  }
}

function checkSums(files: Files): void {
  const others = sortedBy(files, ([path]) => path).filter(([path]) => path !== SUMS_PATH);
  const expected = others.map(([path, one]) => `${one.sha256}  ${path}\n`).join('');
  if (bytesOf(files, SUMS_PATH).toString('latin1') !== expected) throw new Failure('LEGAL.WRONG_SUMS', `${SUMS_PATH} does not say what the bundle holds`, { place: SUMS_PATH });
}

function otherDefinition(message: string, place: string): never {
  throw new Failure('LEGAL.OTHER_DEFINITION', message, { place });
}

function checkCatalogPins({ catalog, board }: LegalIndex, { recipes, templates, target }: BuildDefinition): void {
  const own = { recipe: recipes, template: templates, board: pinsOf(target.board, catalog.board), architecture: pinsOf(target.architecture, catalog.architecture) };
  if (jsonDigest(own) !== jsonDigest(catalog) || board !== target.board) otherDefinition(`${INDEX_PATH} names other catalog versions than ${DEFINITION_PATH}`, INDEX_PATH);
}

function pinsOf(name: string, versions: Readonly<Record<string, Sha256>>): Record<string, Sha256> {
  return { [name]: (Object.hasOwn(versions, name) ? versions[name] : undefined) ?? otherDefinition(`${INDEX_PATH} names no version of ${name.slice(0, 200)}`, INDEX_PATH) };
}

/** Sources are those of the definition: one with other bytes under its name would be built by nobody, and read by many. */
function checkSources({ files, leftOut }: LegalIndex, { inputs }: BuildDefinition): void {
  const key = (name: string, digest: string): string => `${digest} ${name.slice(name.lastIndexOf('/') + 1)}`;
  const wanted = new Map(inputs.filter(({ role }) => role === 'source').map(({ name, digest }) => [key(name, digest), name]));
  const held = [...files, ...leftOut].filter(({ role }) => role === 'source');
  for (const { path, sha256: digest } of held) {
    if (!wanted.has(key(path, digest))) throw new Failure('LEGAL.SWAPPED_SOURCE', `${path} is none of the sources of the definition`, { place: path, details: { found: digest } });
  }
  const there = new Set(held.map(({ path, sha256: digest }) => key(path, digest)));
  for (const [source, name] of wanted) if (!there.has(source)) missing(`source ${name.slice(0, 300)}`);
}

function configurationIn(files: Files, { configuration }: BuildDefinition): unknown {
  const bytes = bytesOf(files, CONFIGURATION_PATH);
  if (sha256(bytes) !== configuration) otherDefinition(`${CONFIGURATION_PATH} is not the definition's`, CONFIGURATION_PATH);
  return parseJson(bytes, CONFIGURATION_PATH);
}

function lockIn(files: Files, { sandbox }: LegalIndex, definition: BuildDefinition): SandboxLock {
  const lock = parseLock(bytesOf(files, SANDBOX_LOCK_PATH).toString('utf8'), SANDBOX_LOCK_PATH);
  if (jsonDigest(lock) !== sandbox.lockDigest || lock.rootTree !== sandbox.rootTree || lock.rootTree !== definition.sandbox) otherDefinition(`${SANDBOX_LOCK_PATH} is of another sandbox than the definition`, SANDBOX_LOCK_PATH);
  return lock;
}

function foldersIn({ files: rows }: LegalIndex, files: Files): CatalogFolder[] {
  return catalogFolders(new Map(rows.filter(({ role }) => role === 'catalog').map(({ path }) => {
    const { bytes, executable } = files.get(path)!;
    return [path, { bytes: bytes ?? missing(path), executable }];
  })));
}
