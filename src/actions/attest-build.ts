import type { BuildFacts } from '../evidence/build-facts.ts';
import { checkCompleteness, type Completeness } from '../evidence/completeness.ts';
import { parseStatement, type ParsedStatement } from '../evidence/parse-statement.ts';
import { statementOf, type MadeStatement } from '../evidence/statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import type { Signer } from '../signing/signer.ts';
import type { TransparencyLog } from '../transparency/log.ts';
import { gatherBuildFacts } from './build-facts.ts';
import { signStatement } from './sign-statement.ts';
import type { Workshop } from './workshop.ts';

export interface Attestation {
  payloadSha256: Sha256;
  /** The very same statement was on record, signed and logged. */
  unchanged: boolean;
  completeness: Completeness;
}

/**
 * The provenance of a build that has succeeded: made from the record, signed, recorded, logged. The same facts give the
 * same statement, so a second call adds nothing. Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED, EVIDENCE.TOO_LARGE.
 */
export async function attestBuild(buildId: string, workshop: Workshop, signer: Signer, log: TransparencyLog): Promise<Attestation> {
  const facts = await gatherBuildFacts(buildId, workshop);
  const made = statementOf(facts);
  // What we sign must be what a stranger can read.
  const parsed = parseStatement(made.payload, `the statement of build ${buildId}`);
  if (parsed.definitionDigest !== facts.definitionDigest) throw new Bug(`the statement of build ${buildId} gives the definition ${parsed.definitionDigest}, the record has ${facts.definitionDigest}`);
  const { payloadSha256, unchanged } = await signStatement({
    payload: made.payload, role: 'builder', buildId, ...namedBlobs(facts, made),
  }, workshop, signer, log);
  return { payloadSha256, unchanged, completeness: await scoreStatement(parsed, workshop) };
}

function namedBlobs({ steps, documents }: BuildFacts, { statement, blobs }: MadeStatement): { blobs: { name: string; bytes: Uint8Array }[]; stored: { name: string; sha256: Sha256 }[] } {
  const { buildDefinition: { resolvedDependencies }, runDetails: { byproducts } } = statement.predicate;
  const names = new Map([...resolvedDependencies, ...byproducts].map(({ name, digest, annotations }) => [digest['sha256'], annotations?.['role'] === 'table' ? `table ${name}` : name]));
  return {
    blobs: [...blobs].map(([digest, bytes]) => ({ name: names.get(digest) ?? digest, bytes })),
    stored: [
      ...steps.flatMap(({ name, execution }) => logOf(execution).map((sha256) => ({ name: `log ${name}`, sha256 }))),
      ...documents.map(({ name, sha256 }) => ({ name, sha256 })),
    ],
  };
}

function logOf(execution: BuildFacts['steps'][number]['execution']): Sha256[] {
  const log = execution?.log ?? undefined;
  return log === undefined ? [] : [log.sha256];
}

/** How complete a statement on record is: its byproducts are read from the store, as far as they are there. */
export async function scoreStatement(parsed: ParsedStatement, { store }: Pick<Workshop, 'store'>): Promise<Completeness> {
  const byproducts = new Map<string, Uint8Array>();
  for (const { name, digest } of parsed.statement.predicate.runDetails.byproducts) {
    const own = digest['sha256'] as Sha256;
    if (await store.hasBlob(own)) byproducts.set(name, await store.readBlobBytes(own));
  }
  return checkCompleteness({ parsed, byproducts });
}
