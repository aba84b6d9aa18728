import { REBUILD_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { closed, integer, list, matching, nonNegative, nullable, oneOf, optional, record, string, type ShapeOf } from './shape.ts';
import { digest, text, time } from './statement-schema.ts';
import { ARTIFACT_VERDICTS } from './verdict.ts';

const name = string(1024, 1);
const sha256 = closed({ sha256: digest });
const count = integer(0);

const artifact = closed({
  name,
  expected: optional(sha256),
  actual: optional(sha256),
  verdict: oneOf(...ARTIFACT_VERDICTS),
  equivalence: optional(closed({ normaliser: closed({ name, version: count, digest: sha256 }), normalisedDigest: sha256 })),
  detail: optional(text),
});

const outputs = record(name, digest);
const firstDifference = closed({
  step: name,
  outputs: list(closed({ name, expected: nullable(digest), actual: nullable(digest) }), 64),
  /** Outputs of its needs, which are the same on both sides. */
  inputs: list(closed({ step: name, outputs }), 1000),
  /** At most the first so many; `filesTotal` counts all. */
  files: list(closed({ output: name, path: text, kind: oneOf('added', 'removed', 'changed'), fields: list(name, 32) }), 1000),
  filesTotal: count,
  causes: list(name, 1000),
});

/** Who is independent of whom shows in these; SLSA counts operators alone. */
const independence = closed({ operator: name, site: text, cpuVendor: text, kernel: text, worker: text });

const predicate = closed({
  original: closed({ provenance: closed({ digest: sha256 }), invocationId: text }),
  definitionDigest: digest,
  result: oneOf(...ARTIFACT_VERDICTS, 'BUILD_FAILED', 'ERROR'),
  /** Of BUILD_FAILED, ERROR and INCONCLUSIVE: why. */
  subcode: optional(matching(/^[a-z][a-z0-9_]{0,63}$/, 'is no word')),
  message: optional(text),
  artifacts: list(artifact, 256),
  firstDifference: optional(firstDifference),
  rebuilder: closed({ id: text, version: record(name, text), operator: name, independence }),
  /** The rebuild's own provenance, where there is one. */
  provenance: optional(closed({ digest: sha256 })),
  attempt: integer(1),
  variationProfile: oneOf('none'),
  timings: closed({ startedOn: time, finishedOn: time, cpuSeconds: nonNegative, peakMemoryBytes: count }),
});
export type RebuildPredicate = ShapeOf<typeof predicate>;

export const rebuildStatementSchema = closed({
  _type: oneOf(STATEMENT_TYPE),
  subject: list(closed({ name, digest: sha256 }), 256, 1),
  predicateType: oneOf(REBUILD_TYPE),
  predicate,
});
/** What one rebuilder found in one attempt, good or bad. */
export type RebuildStatement = ShapeOf<typeof rebuildStatementSchema>;
