import type { Sha256 } from '../foundation/digest.ts';
import { BUILD_TYPE, PROVENANCE_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { boolean, closed, exactly, integer, json, list, matching, nullable, oneOf, open, optional, record, string, type ShapeOf } from './shape.ts';

// Within externalParameters and what the definition is made of, every object is closed; elsewhere what is not known is
// left aside, as in-toto asks of a reader.

export const digest = matching<Sha256>(/^[0-9a-f]{64}$/, 'is no sha256 in 64 lower-case digits');
/** Empty where no step runs in a container. */
const digestOrNone = matching<Sha256>(/^(?:[0-9a-f]{64})?$/, 'is no sha256 in 64 lower-case digits');
const sha512 = matching(/^[0-9a-f]{128}$/, 'is no sha512 in 128 lower-case digits');
export const text = string(4096);
export const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/, 'is no RFC 3339 time in UTC');
const name = string(1024, 1);
const count = integer(0);
const digests = record(name, digest);
const texts = record(string(256), text);
/** Compiler flags can be long. */
const variables = record(string(256), string(65_536));

/** in-toto ResourceDescriptor, as far as we use it. */
const descriptor = open({
  name,
  digest: record(string(64), string(256)),
  uri: optional(text),
  downloadLocation: optional(text),
  mediaType: optional(text),
  /** base64. */
  content: optional(string(16_384)),
  annotations: optional(texts),
});
export type Descriptor = ShapeOf<typeof descriptor>;

const subject = open({ name, digest: open({ sha256: digest, sha512 }), annotations: texts });
export type Subject = ShapeOf<typeof subject>;

const externalParameters = closed({
  format: oneOf(1),
  /** What was asked for by name: a configuration, else a board. */
  target: name,
  configuration: closed({ digest, document: record(string(65_536), json), revision: nullable(count) }),
  /** What every name of the catalog stood for. */
  catalog: closed({ recipe: digests, template: digests, board: digests, architecture: digests }),
  /** There are none yet: a reader refuses a statement that has some. */
  overlays: exactly([]),
  scripts: exactly([]),
  /** Names of secrets that steps were given: never any. */
  secrets: exactly([]),
});
/** Their names: the whole list. */
export const EXTERNAL_PARAMETERS: readonly string[] = Object.keys(externalParameters.fields);

const internalParameters = closed({
  planFormat: count,
  target: closed({ board: name, architecture: name, tuning: text, images: list(json, 64) }),
  versions: closed({ stepRunner: digestOrNone, collector: count, finalize: count, writers: texts }),
  epochSeconds: integer(),
  environment: closed({ common: variables, own: record(name, variables) }),
  steps: digests,
});

const buildDefinition = closed({
  buildType: oneOf(BUILD_TYPE),
  externalParameters, internalParameters,
  resolvedDependencies: list(descriptor, 100_000),
});

const metadata = open({
  invocationId: text,
  startedOn: time,
  finishedOn: time,
  provenroot_definitionDigest: digest,
  /** Known results were taken; the steps' own executions are in the list of steps. */
  provenroot_reuse: boolean,
  provenroot_nondeterministic: boolean,
  provenroot_completeness: open({ unrecordedFetches: count }),
  provenroot_machine: open({ cpuCount: count, jobs: count, runner: text, engine: texts }),
  /** The address that each source really came from, by sha256. */
  provenroot_locations: record(digest, text),
});

const runDetails = open({
  builder: open({ id: text, version: texts }),
  metadata,
  byproducts: list(descriptor, 1000),
});

export const buildStatementSchema = open({
  _type: oneOf(STATEMENT_TYPE),
  subject: list(subject, 256, 1),
  predicateType: oneOf(PROVENANCE_TYPE),
  predicate: closed({ buildDefinition, runDetails }),
});
/** A provenance of ours: an in-toto Statement v1 with SLSA provenance v1. */
export type BuildStatement = ShapeOf<typeof buildStatementSchema>;
