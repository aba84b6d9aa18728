import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { BuildFacts, ImageFacts } from './build-facts.ts';
import { byproductsOf, locationsOf, unrecordedSources } from './byproducts.ts';
import { internalParameters } from './definition-parts.ts';
import { resolvedDependencies } from './dependencies.ts';
import { BUILD_TYPE, BUILDER_ID, PROVENANCE_TYPE, STATEMENT_TYPE } from './predicates.ts';
import type { BuildStatement, Subject } from './statement-schema.ts';

/** No statement is made or read beyond this. */
export const STATEMENT_MAX_BYTES = 8 * 1024 * 1024;

export interface MadeStatement {
  statement: BuildStatement;
  /** Canonical JSON: what is signed. */
  payload: Buffer;
  payloadSha256: Sha256;
  /** What the statement names by digest and is not in the store yet. */
  blobs: ReadonlyMap<Sha256, Uint8Array>;
}

/** The provenance of one build; the same facts give the same bytes. Throws EVIDENCE.TOO_LARGE. */
export function statementOf(facts: BuildFacts): MadeStatement {
  const { descriptors, blobs } = byproductsOf(facts);
  const statement: BuildStatement = {
    _type: STATEMENT_TYPE,
    subject: facts.images.flatMap(imageSubjects),
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: externalParameters(facts),
        internalParameters: plain(internalParameters(facts.definition)),
        resolvedDependencies: resolvedDependencies(facts),
      },
      runDetails: { builder: builderOf(facts), metadata: metadataOf(facts), byproducts: descriptors },
    },
  };
  const payload = sizedPayload(statement);
  return { statement, payload, payloadSha256: sha256(payload), blobs };
}

/** Canonical bytes of any statement of ours. Throws EVIDENCE.TOO_LARGE. */
export function sizedPayload(statement: object): Buffer {
  const payload = Buffer.from(canonicalJson(statement));
  if (payload.byteLength > STATEMENT_MAX_BYTES) {
    throw new Failure('EVIDENCE.TOO_LARGE', `the statement has ${payload.byteLength} bytes, allowed are ${STATEMENT_MAX_BYTES}`, { hint: 'Leave packages out, or split the configuration.' });
  }
  return payload;
}

function imageSubjects({ name, format, sha256: digest, sha512, sizeBytes, parameters, writerVersion, uncompressed }: ImageFacts): Subject[] {
  const annotations = { format, sizeBytes: String(sizeBytes), writerVersion, parameters: canonicalJson(parameters) };
  return [
    { name, digest: { sha256: digest, sha512 }, annotations },
    ...(uncompressed === undefined ? [] : [{
      name: uncompressed.name, digest: { sha256: uncompressed.sha256, sha512: uncompressed.sha512 },
      annotations: { format, sizeBytes: String(uncompressed.sizeBytes), uncompressedFormOf: name },
    }]),
  ];
}

type BuildParameters = BuildStatement['predicate']['buildDefinition'];

function externalParameters({ request, definition }: BuildFacts): BuildParameters['externalParameters'] {
  return {
    format: 1, target: request.target,
    configuration: { digest: definition.configuration, document: plain(request.configuration), revision: request.revision },
    catalog: plain(request.catalog),
    overlays: [], scripts: [], secrets: [],
  };
}

/** Values of the record and the plan are JSON already; their own types say it more narrowly, or not at all. */
function plain<T>(value: unknown): T {
  return JSON.parse(canonicalJson(value)) as T;
}

type RunDetails = BuildStatement['predicate']['runDetails'];

function builderOf({ builder: { provenroot, node, engine }, definition: { versions } }: BuildFacts): RunDetails['builder'] {
  const ofEngine = Object.fromEntries(Object.entries(engine).map(([name, value]) => [`engine.${name}`, value]));
  return { id: BUILDER_ID, version: { provenroot, node, ...ofEngine, stepRunner: versions.stepRunner, collector: String(versions.collector), finalize: String(versions.finalize) } };
}

function metadataOf(facts: BuildFacts): RunDetails['metadata'] {
  const { build, builder, definitionDigest, request, fetches } = facts;
  return {
    invocationId: `urn:uuid:${build.id}`,
    startedOn: build.startedAt.toISOString(), finishedOn: build.finishedAt.toISOString(),
    provenroot_definitionDigest: definitionDigest,
    provenroot_reuse: request.reuse,
    provenroot_nondeterministic: build.nondeterministic,
    provenroot_completeness: { unrecordedFetches: unrecordedSources(facts).length },
    provenroot_machine: { cpuCount: builder.cores, jobs: builder.jobs, runner: builder.runner, engine: { ...builder.engine } },
    provenroot_locations: locationsOf(fetches),
  };
}
