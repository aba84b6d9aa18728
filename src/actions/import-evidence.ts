import type { CatalogFolder, FolderKind } from '../catalog/folder.ts';
import { KIND_DIRECTORIES } from '../catalog/folder.ts';
import { readBundle, type Bundle } from '../evidence/bundle-read.ts';
import { unreadableBundle, verifyBundle, type BundleReport, type VerifyBundleOptions } from '../evidence/bundle-verify.ts';
import { parseStatement, type ParsedStatement } from '../evidence/parse-statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { indexStatement } from './statement-index.ts';
import { adoptCatalog } from './adopt-catalog.ts';
import type { Desk } from './desk.ts';
import { pinsOfStatement } from './plan-of-statement.ts';
import { decodeBase64 } from '../signing/base64.ts';
import type { Envelope } from '../signing/envelope.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import type { Workshop } from './workshop.ts';

export interface ImportedEvidence {
  report: BundleReport;
  /** Absent where the archive did not pass: then nothing of it is on record. */
  statement?: ParsedStatement;
}

/**
 * An evidence archive, judged by a root that came another way; where it passes, what a rebuild takes is put on record and
 * into the store. Archives and packages are stored while they are read: under their own digests, which is all they can be
 * found by.
 */
export async function importEvidence(source: AsyncIterable<Uint8Array>, options: VerifyBundleOptions, workshop: Workshop, { log }: Pick<Desk, 'log'>): Promise<ImportedEvidence> {
  const { store } = workshop;
  const bundle = await readable(() => readBundle(source, { onInput: async (content) => { await store.putBlob(content); } }));
  if (!('index' in bundle)) return { report: bundle };
  const report = verifyBundle(bundle, options);
  if (!report.passed) return { report };
  const { provenance } = bundle.index;
  const envelope = bundle.statements.get(provenance)!;
  const statement = parseStatement(payloadBytes(envelope), `statement ${provenance}`);
  await adoptCatalog(foldersIn(bundle), pinsOfStatement(statement), workshop);
  await takeBlobs(bundle, statement, workshop);
  for (const [digest, one] of bundle.statements) await recordForeign(digest, one, workshop, log);
  return { report, statement };
}

async function readable(read: () => Promise<Bundle>): Promise<Bundle | BundleReport> {
  try {
    return await read();
  } catch (error) {
    // Disk, and a path that cannot be read, say nothing about evidence.
    if (isCoded(error) && (error.name === 'Fault' || error.code.startsWith('CLI.'))) throw error;
    return unreadableBundle(error);
  }
}

/** `catalog/recipes/NAME/FILE`, `catalog/architectures/NAME.yaml`. */
function foldersIn({ files }: Bundle): CatalogFolder[] {
  const kinds = Object.fromEntries(Object.entries(KIND_DIRECTORIES).map(([kind, directory]) => [directory, kind as FolderKind]));
  const folders = new Map<string, { kind: FolderKind; name: string; files: Map<string, { bytes: Uint8Array; executable: boolean }> }>();
  for (const [path, file] of files) {
    const [top, directory = '', first = '', ...rest] = path.split('/');
    if (top !== 'catalog') continue;
    const kind = kinds[directory];
    const alone = kind === 'architecture';
    if (kind === undefined || (alone ? rest.length > 0 : rest.length === 0)) throw new Failure('EVIDENCE.BAD_BUNDLE', `"${path}" lies in no folder of a catalog`, { place: path });
    const name = alone ? first.replace(/\.yaml$/, '') : first;
    const folder = folders.get(`${kind} ${name}`) ?? { kind, name, files: new Map() };
    folder.files.set(alone ? first : rest.join('/'), file);
    folders.set(`${kind} ${name}`, folder);
  }
  return [...folders.values()];
}

/** Byproducts into the store; where each source came from is on record, too: from this archive. */
async function takeBlobs({ byproducts, index }: Bundle, { payloadSha256 }: ParsedStatement, { store, records, clock }: Workshop): Promise<void> {
  for (const bytes of byproducts.values()) await records.artifacts.recordBlobs([await store.putBlob(bytes)]);
  for (const { sha256, sizeBytes } of index.inputs) {
    const digests = await store.statBlob(sha256);
    if (digests === undefined) throw new Failure('EVIDENCE.BAD_BUNDLE', `the input ${sha256} is named and was not in the archive`, { place: sha256 });
    await records.artifacts.recordBlobs([digests]);
    await records.artifacts.recordFetch({ sha256, sizeBytes, kind: 'source', url: `urn:provenroot:evidence:${payloadSha256}`, wallMs: 0, fetchedAt: clock.now() });
  }
}

/** The issuer's keys were judged by the root that was handed in; here they stand under that judgement, not under ours. */
async function recordForeign(digest: Sha256, envelope: Envelope, { records }: Workshop, log: Desk['log']): Promise<void> {
  const payload = payloadBytes(envelope);
  const index = indexStatement(payload, `statement ${digest}`);
  if (index === undefined) throw new Failure('EVIDENCE.WRONG_TYPE', `statement ${digest} is no in-toto statement`, { place: digest });
  const signatures = envelope.signatures.map(({ keyid, sig }) => ({ keyId: keyid, signature: decodeBase64(sig)! }));
  await records.evidence.recordStatement({ payloadType: envelope.payloadType, payload, ...index, origin: 'imported', signatures });
  if ((await records.log.about(digest)).length === 0) await log.record([{ t: 'statement', sha256: digest, type: index.predicateType, keys: [] }]);
}
