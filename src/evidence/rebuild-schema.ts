import { z } from 'zod';

import { REBUILD_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { digest, text, time } from './statement-schema.ts';
import { ARTIFACT_VERDICTS } from './verdict.ts';

const name = z.string().min(1).max(1024);
const sha256 = z.strictObject({ sha256: digest });
const count = z.int().nonnegative();

const artifact = z.strictObject({
  name,
  expected: sha256.optional(),
  actual: sha256.optional(),
  verdict: z.enum(ARTIFACT_VERDICTS),
  equivalence: z.strictObject({ normaliser: z.strictObject({ name, version: count, digest: sha256 }), normalisedDigest: sha256 }).optional(),
  detail: text.optional(),
});

const outputs = z.record(name, digest);
const firstDifference = z.strictObject({
  step: name,
  outputs: z.array(z.strictObject({ name, expected: digest.nullable(), actual: digest.nullable() })).max(64),
  /** Outputs of its needs, which are the same on both sides. */
  inputs: z.array(z.strictObject({ step: name, outputs })).max(1000),
  /** At most the first so many; `filesTotal` counts all. */
  files: z.array(z.strictObject({ output: name, path: text, kind: z.enum(['added', 'removed', 'changed']), fields: z.array(name).max(32) })).max(1000),
  filesTotal: count,
  causes: z.array(name).max(1000),
});

/** Who is independent of whom shows in these; SLSA counts operators alone. */
const independence = z.strictObject({ operator: name, site: text, cpuVendor: text, kernel: text, worker: text });

const predicate = z.strictObject({
  original: z.strictObject({ provenance: z.strictObject({ digest: sha256 }), invocationId: text }),
  definitionDigest: digest,
  result: z.enum([...ARTIFACT_VERDICTS, 'BUILD_FAILED', 'ERROR']),
  /** Of BUILD_FAILED, ERROR and INCONCLUSIVE: why. */
  subcode: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/).optional(),
  message: text.optional(),
  artifacts: z.array(artifact).max(256),
  firstDifference: firstDifference.optional(),
  rebuilder: z.strictObject({ id: text, version: z.record(name, text), operator: name, independence }),
  /** The rebuild's own provenance, where there is one. */
  provenance: z.strictObject({ digest: sha256 }).optional(),
  attempt: z.int().positive(),
  variationProfile: z.literal('none'),
  timings: z.strictObject({ startedOn: time, finishedOn: time, cpuSeconds: z.number().nonnegative(), peakMemoryBytes: count }),
});
export type RebuildPredicate = z.infer<typeof predicate>;

export const rebuildStatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name, digest: sha256 })).min(1).max(256),
  predicateType: z.literal(REBUILD_TYPE),
  predicate,
});
/** What one rebuilder found in one attempt, good or bad. */
export type RebuildStatement = z.infer<typeof rebuildStatementSchema>;
