import { z } from 'zod';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { BUILD_TYPE, PROVENANCE_TYPE, STATEMENT_TYPE } from './predicates.ts';

// Within externalParameters and what the definition is made of, every object is closed; elsewhere what is not known is
// left aside, as in-toto asks of a reader.

export const digest = z.custom<Sha256>((value) => typeof value === 'string' && isSha256(value), 'is no sha256 in 64 lower-case digits');
/** Empty where no step runs in a container. */
const digestOrNone = z.custom<Sha256>((value) => value === '' || (typeof value === 'string' && isSha256(value)), 'is no sha256 in 64 lower-case digits');
const sha512 = z.string().regex(/^[0-9a-f]{128}$/, 'is no sha512 in 128 lower-case digits');
export const text = z.string().max(4096);
export const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/, 'is no RFC 3339 time in UTC');
const name = z.string().min(1).max(1024);
const count = z.int().nonnegative();
const digests = z.record(name, digest);
const texts = z.record(z.string().max(256), text);
/** Compiler flags can be long. */
const variables = z.record(z.string().max(256), z.string().max(65_536));

/** in-toto ResourceDescriptor, as far as we use it. */
const descriptor = z.object({
  name,
  digest: z.record(z.string().max(64), z.string().max(256)),
  uri: text.optional(),
  downloadLocation: text.optional(),
  mediaType: text.optional(),
  /** base64. */
  content: z.string().max(16_384).optional(),
  annotations: texts.optional(),
});
export type Descriptor = z.infer<typeof descriptor>;

const subject = z.object({ name, digest: z.object({ sha256: digest, sha512 }), annotations: texts });
export type Subject = z.infer<typeof subject>;

const externalParameters = z.strictObject({
  format: z.literal(1),
  /** What was asked for by name: a configuration, else a board. */
  target: name,
  configuration: z.strictObject({ digest, document: z.record(z.string(), z.json()), revision: count.nullable() }),
  /** What every name of the catalog stood for. */
  catalog: z.strictObject({ recipe: digests, template: digests, board: digests, architecture: digests }),
  /** There are none yet: a reader refuses a statement that has some. */
  overlays: z.tuple([]),
  scripts: z.tuple([]),
  /** Names of secrets that steps were given: never any. */
  secrets: z.tuple([]),
});
/** Their names: the whole list. */
export const EXTERNAL_PARAMETERS: readonly string[] = Object.keys(externalParameters.shape);

const internalParameters = z.strictObject({
  planFormat: count,
  target: z.strictObject({ board: name, architecture: name, tuning: text, images: z.array(z.json()).max(64) }),
  versions: z.strictObject({ stepRunner: digestOrNone, collector: count, finalize: count, writers: texts }),
  epochSeconds: z.int(),
  environment: z.strictObject({ common: variables, own: z.record(name, variables) }),
  steps: digests,
});

const buildDefinition = z.strictObject({
  buildType: z.literal(BUILD_TYPE),
  externalParameters, internalParameters,
  resolvedDependencies: z.array(descriptor).max(100_000),
});

const metadata = z.object({
  invocationId: text,
  startedOn: time,
  finishedOn: time,
  provenroot_definitionDigest: digest,
  /** Known results were taken; the steps' own executions are in the list of steps. */
  provenroot_reuse: z.boolean(),
  provenroot_nondeterministic: z.boolean(),
  provenroot_completeness: z.object({ unrecordedFetches: count }),
  provenroot_machine: z.object({ cpuCount: count, jobs: count, runner: text, engine: texts }),
  /** The address that each source really came from, by sha256. */
  provenroot_locations: z.record(digest, text),
});

const runDetails = z.object({
  builder: z.object({ id: text, version: texts }),
  metadata,
  byproducts: z.array(descriptor).max(1000),
});

export const buildStatementSchema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(subject).min(1).max(256),
  predicateType: z.literal(PROVENANCE_TYPE),
  predicate: z.strictObject({ buildDefinition, runDetails }),
});
/** A provenance of ours: an in-toto Statement v1 with SLSA provenance v1. */
export type BuildStatement = z.infer<typeof buildStatementSchema>;
