import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { TreeDifference } from '../tree/differences.ts';
import type { ParsedStatement } from './parse-statement.ts';
import { parsedAs, parsePayload } from './parse-statement.ts';
import { REBUILD_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { rebuildStatementSchema, type RebuildPredicate, type RebuildStatement } from './rebuild-schema.ts';
import { sizedPayload } from './statement.ts';
import type { StepComparison } from './step-comparison.ts';
import { expectedArtifacts, outcomeOf, type FailedRebuild, type JudgedArtifact } from './verdict.ts';

/** Files of a differing step that a statement names; all of them are counted. */
const FILES_NAMED = 1000;

export interface RebuildFacts {
  /** What was rebuilt. */
  original: ParsedStatement;
  /** Of the plan that was really built; where none was, the original's. */
  definitionDigest: Sha256;
  /** A rebuild that came to images, or one that came to nothing. */
  outcome: { artifacts: readonly JudgedArtifact[]; subcode?: string; message?: string } | (FailedRebuild & { message: string });
  steps?: StepComparison;
  /** Files of the first differing step, by output. */
  files?: readonly { output: string; differences: readonly TreeDifference[] }[];
  rebuilder: RebuildPredicate['rebuilder'];
  /** Payload of the rebuild's own provenance. */
  provenance?: Sha256;
  attempt: number;
  timings: { startedAt: Date; finishedAt: Date; cpuMs: number; peakMemoryBytes: number };
}

export interface MadeRebuildStatement { statement: RebuildStatement; payload: Buffer; payloadSha256: Sha256 }

/** One rebuilder, one attempt, whatever came of it (study C.3). Its subjects are the bytes that were to be reproduced. */
export function rebuildStatement(facts: RebuildFacts): MadeRebuildStatement {
  const { original, definitionDigest, rebuilder, provenance, attempt, timings } = facts;
  const statement: RebuildStatement = {
    _type: STATEMENT_TYPE,
    subject: expectedArtifacts(original.statement).map(({ name, sha256: digest }) => ({ name, digest: { sha256: digest } })),
    predicateType: REBUILD_TYPE,
    predicate: {
      original: { provenance: { digest: { sha256: original.payloadSha256 } }, invocationId: original.statement.predicate.runDetails.metadata.invocationId },
      definitionDigest,
      ...resultOf(facts.outcome),
      ...firstDifference(facts),
      rebuilder,
      ...(provenance === undefined ? {} : { provenance: { digest: { sha256: provenance } } }),
      attempt, variationProfile: 'none',
      timings: {
        startedOn: timings.startedAt.toISOString(), finishedOn: timings.finishedAt.toISOString(), cpuSeconds: Math.round(timings.cpuMs) / 1000, peakMemoryBytes: timings.peakMemoryBytes,
      },
    },
  };
  const payload = sizedPayload(statement);
  return { statement, payload, payloadSha256: sha256(payload) };
}

function resultOf(outcome: RebuildFacts['outcome']): Pick<RebuildPredicate, 'result' | 'subcode' | 'message' | 'artifacts'> {
  const told = { ...(outcome.subcode === undefined ? {} : { subcode: outcome.subcode }), ...(outcome.message === undefined ? {} : { message: outcome.message.slice(0, 4000) }) };
  if ('result' in outcome) return { result: outcome.result, ...told, artifacts: [] };
  return { result: outcomeOf(outcome.artifacts), ...told, artifacts: outcome.artifacts.map(artifactOf) };
}

function artifactOf({ name, verdict, expected, actual, equivalence, detail }: JudgedArtifact): RebuildPredicate['artifacts'][number] {
  return {
    name, verdict,
    ...(expected === undefined ? {} : { expected: { sha256: expected } }), ...(actual === undefined ? {} : { actual: { sha256: actual } }),
    ...(equivalence === undefined ? {} : {
      equivalence: { normaliser: { ...equivalence.normaliser, digest: { sha256: equivalence.normaliser.digest } }, normalisedDigest: { sha256: equivalence.normalisedSha256 } },
    }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function firstDifference({ steps, files = [] }: RebuildFacts): Pick<RebuildPredicate, 'firstDifference'> {
  if (steps?.first === undefined) return {};
  const named = files.flatMap(({ output, differences }) => differences.map(({ path, kind, fields }) => ({ output, path: path.slice(0, 4096), kind, fields: [...fields] })));
  return {
    firstDifference: {
      ...steps.first, inputs: steps.first.inputs.map(({ step, outputs }) => ({ step, outputs: { ...outputs } })),
      files: named.slice(0, FILES_NAMED), filesTotal: named.length, causes: [...steps.causes],
    },
  };
}

export interface ParsedRebuild { payloadSha256: Sha256; statement: RebuildStatement }

/**
 * Hostile bytes to a rebuild statement that says nothing against itself. Throws SIGNING.BAD_JSON, EVIDENCE.TOO_LARGE,
 * NOT_CANONICAL, WRONG_TYPE, UNKNOWN_PARAMETER, BAD_STATEMENT, CONTRADICTION.
 */
export function parseRebuildStatement(payload: Uint8Array, place: string): ParsedRebuild {
  const value = parsePayload(payload, place);
  const type = (value as { predicateType?: unknown } | null)?.predicateType;
  if (type !== REBUILD_TYPE) throw new Failure('EVIDENCE.WRONG_TYPE', `${place}: predicateType is ${JSON.stringify(type ?? null).slice(0, 200)}, not ${REBUILD_TYPE}`, { place });
  const statement = parsedAs(rebuildStatementSchema, value, place);
  const [contradiction] = contradictions(statement);
  if (contradiction !== undefined) throw new Failure('EVIDENCE.CONTRADICTION', `${place}: ${contradiction}`, { place });
  return { payloadSha256: sha256(payload), statement };
}

/** What a statement says against itself: verdicts that its own digests deny, a result that is not the worst of its artifacts. */
function contradictions({ subject, predicate: { result, artifacts } }: RebuildStatement): string[] {
  const found: string[] = [];
  const subjects = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  if (subjects.size !== subject.length || new Set(artifacts.map(({ name }) => name)).size !== artifacts.length) found.push('a name stands twice');
  if (result === 'BUILD_FAILED' || result === 'ERROR') {
    if (artifacts.length > 0) found.push(`it is ${result} and has artifacts`);
    return found;
  }
  if (result !== outcomeOf(artifacts)) found.push(`its result ${result} is not the worst of its artifacts, ${outcomeOf(artifacts)}`);
  for (const { name, expected } of artifacts) if (expected !== undefined && subjects.get(name) !== expected.sha256) found.push(`"${name.slice(0, 200)}" is no subject of that digest`);
  for (const name of subjects.keys()) if (!artifacts.some((one) => one.name === name && one.expected !== undefined)) found.push(`the subject "${name.slice(0, 200)}" has no verdict`);
  for (const one of artifacts) if (!isBorneOut(one)) found.push(`"${one.name.slice(0, 200)}" is not ${one.verdict} by its digests`);
  return found;
}

function isBorneOut({ verdict, expected, actual, equivalence }: RebuildPredicate['artifacts'][number]): boolean {
  const equal = expected !== undefined && expected.sha256 === actual?.sha256;
  const differ = expected !== undefined && actual !== undefined && !equal;
  if ((verdict === 'EQUIVALENT') !== (equivalence !== undefined)) return false;
  switch (verdict) {
    case 'REPRODUCED': return equal;
    case 'EQUIVALENT': case 'NOT_REPRODUCED': return differ;
    case 'MISSING_OUTPUT': return expected !== undefined && actual === undefined;
    case 'EXTRA_OUTPUT': return expected === undefined && actual !== undefined;
    case 'INCONCLUSIVE': return true;
  }
}
