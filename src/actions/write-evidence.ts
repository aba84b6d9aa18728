import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { folderPathOf } from '../catalog/folder.ts';
import type { BundleBlob } from '../evidence/bundle-layout.ts';
import { writeBundle, type BundleContent } from '../evidence/bundle-write.ts';
import type { ParsedStatement } from '../evidence/parse-statement.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE, RELEASE_TYPE, SUMMARY_TYPE } from '../evidence/predicates.ts';
import { expectedArtifacts } from '../evidence/verdict.ts';
import { Failure } from '../foundation/failure.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import { parseEnvelope } from '../signing/envelope.ts';
import { readCheckpoint } from '../transparency/read-log.ts';
import { rootOnRecord } from './judge-artifacts.ts';
import { proveStatement } from './logged-signatures.ts';
import { retainedInputs } from './retained-inputs.ts';
import { envelopeOf } from './signed-statements.ts';
import { provenanceOf } from './request-verification.ts';
import { statementOnRecord } from './verify-build.ts';
import type { Workshop } from './workshop.ts';

export interface EvidenceOptions {
  /** Also what a rebuild takes. */
  withInputs: boolean;
  /** The release that it is asked for. */
  release?: Sha256;
}

export interface Evidence {
  content: BundleContent;
  /** The archive; the same evidence gives the same bytes. */
  archive(): AsyncIterable<Uint8Array>;
}

type Parts = Pick<Workshop, 'records' | 'store' | 'lock'>;

/**
 * What a stranger needs to check a build: its provenance, what was said of its images since (rebuilds, releases), each with
 * the proof that the log has it, the roots, and what the statements name by digest. Throws ACTIONS.NOT_ATTESTED,
 * EVIDENCE.INPUT_MISSING.
 */
export async function gatherEvidence(buildId: string, { withInputs, release }: EvidenceOptions, workshop: Parts): Promise<Evidence> {
  const { records, store } = workshop;
  const { statementSha256 } = await provenanceOf({ buildId }, records);
  const provenance = await statementOnRecord(statementSha256, workshop);
  const content: BundleContent = {
    provenance: statementSha256, ...(release === undefined ? {} : { release }),
    statements: await provenStatements(provenance, workshop),
    checkpoint: (await readCheckpoint(records.log)).note,
    roots: (await records.evidence.trustRoots()).map(({ version, envelope }) => parseEnvelope(envelope, `root ${version}`)),
    byproducts: await byproducts(provenance, workshop),
    ...(withInputs ? await inputs(provenance, workshop) : {}),
  };
  return { content, archive: () => writeBundle(content, store) };
}

/** The provenance, and all that speaks of it or of its images; what the log has not seen yet is left out. */
async function provenStatements(provenance: ParsedStatement, { records }: Parts): Promise<BundleContent['statements']> {
  const about = new Map<Sha256, RecordedStatement>();
  const own = await records.evidence.statement(provenance.payloadSha256);
  if (own !== undefined) about.set(own.payloadSha256, own);
  for (const { sha256 } of expectedArtifacts(provenance.statement)) {
    for (const one of await records.evidence.statementsBySubject(sha256)) if (isAbout(one, provenance)) about.set(one.payloadSha256, one);
  }
  const root = await rootOnRecord({ records });
  const proven: { envelopes: ReturnType<typeof envelopeOf>[]; proof: string }[] = [];
  for (const one of root === undefined ? [] : about.values()) {
    const { proof } = await proveStatement(one, root!, records);
    if (proof !== undefined) proven.push({ envelopes: [envelopeOf(one)], proof });
  }
  return proven;
}

/** Another provenance of the same bytes is another build's evidence. */
function isAbout({ predicateType, payloadSha256, payload }: RecordedStatement, provenance: ParsedStatement): boolean {
  if (predicateType === PROVENANCE_TYPE) return payloadSha256 === provenance.payloadSha256;
  const speaksOf = payload.includes(provenance.payloadSha256);
  return speaksOf && [REBUILD_TYPE, RELEASE_TYPE, SUMMARY_TYPE].includes(predicateType);
}

async function byproducts({ statement }: ParsedStatement, { store }: Parts): Promise<BundleBlob[]> {
  const blobs: BundleBlob[] = [];
  for (const { name, digest } of statement.predicate.runDetails.byproducts) {
    const sha256 = digest['sha256'] as Sha256;
    const found = await store.statBlob(sha256);
    if (found === undefined) throw new Failure('EVIDENCE.INPUT_MISSING', `the byproduct ${name} (${sha256}) is not in the store any more`, { place: name });
    blobs.push({ sha256, sizeBytes: found.sizeBytes, name });
  }
  return blobs;
}

async function inputs(provenance: ParsedStatement, workshop: Parts): Promise<Required<Pick<BundleContent, 'inputs' | 'files'>>> {
  const { catalog, blobs } = await retainedInputs(provenance, workshop);
  const { configuration } = provenance.statement.predicate.buildDefinition.externalParameters;
  return {
    inputs: blobs.map(({ sha256, sizeBytes, name }) => ({ sha256, sizeBytes, name })),
    files: [
      ...catalog.flatMap((folder) => [...folder.files].map(([path, { bytes, executable }]) => ({ path: `catalog/${folderPathOf(folder)}/${path}`, bytes, executable }))),
      { path: 'configuration.json', bytes: Buffer.from(canonicalJson(configuration.document)) },
      { path: 'sandbox-lock.json', bytes: Buffer.from(canonicalJson(workshop.lock)) },
    ],
  };
}
