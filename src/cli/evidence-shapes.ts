import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/).describe('A sha256: 64 lower-case hexadecimal digits.');
const time = z.string().describe('RFC 3339, UTC.');
const bytes = z.int().min(0).describe('Bytes.');
const count = z.int().min(0);
const names = z.array(z.string());
const buildId = z.string().describe('Id of a build.');
const statement = digest.describe('A statement, by the sha256 of its signed payload.');
const keyId = z.string().describe('sha256 of the key\'s SubjectPublicKeyInfo.');
const logIndex = z.int().min(0).nullable().describe('Its entry in the transparency log, from 0; null where it is not logged yet.');
const verdict = z.enum(['REPRODUCED', 'EQUIVALENT', 'NOT_REPRODUCED', 'MISSING_OUTPUT', 'EXTRA_OUTPUT', 'INCONCLUSIVE']);
const subject = z.strictObject({ name: z.string(), sha256: digest });
const point = z.strictObject({ number: count, title: z.string(), met: z.boolean(), finding: z.string() });
const completeness = z.strictObject({ met: count, total: count, points: z.array(point) });

const attest = z.strictObject({
  build: buildId, statement, definitionDigest: digest, subjects: z.array(subject), signedBy: z.array(keyId), logIndex, completeness,
  output: z.string().nullable().describe('File that the statements were written to.'),
});

const release = z.strictObject({ product: z.string(), version: z.string(), build: buildId, statement, createdAt: time });
const releaseCreate = z.strictObject({ release, subjects: z.array(subject), logIndex, unchanged: z.boolean().describe('It was released as this build before.') });
const releaseList = z.strictObject({ releases: z.array(release).describe('Newest first.') });

const artifact = z.strictObject({
  name: z.string(), verdict, expected: digest.nullable(), actual: digest.nullable(),
  normaliser: z.string().nullable().describe('Of EQUIVALENT: what made both equal.'),
});
const differingStep = z.strictObject({
  step: z.string(), inputs: names.describe('Steps whose outputs it was given; all of them were as expected.'),
  outputs: z.array(z.strictObject({ name: z.string(), expected: digest.nullable(), actual: digest.nullable() })),
  files: z.array(z.strictObject({ path: z.string(), kind: z.enum(['added', 'removed', 'changed']), fields: names })).describe('At most 100; empty where the original outputs are not here.'),
});
const verify = z.strictObject({
  verification: z.string(), build: buildId.nullable(), statement, definitionDigest: digest, rebuild: buildId.nullable(),
  outcome: z.enum([...verdict.options, 'BUILD_FAILED', 'ERROR']), subcode: z.string().nullable(), message: z.string().nullable(),
  artifacts: z.array(artifact), firstDifferingStep: differingStep.nullable(),
  file: z.strictObject({ path: z.string(), sha256: digest, subject: z.string().nullable(), verdict: verdict.nullable() }).nullable(),
  rebuildStatement: statement.nullable(), logIndex,
});

const summary = z.strictObject({
  build: buildId, statement, summary: statement, policy: digest.describe('Of the policy in canonical form.'), result: z.enum(['PASSED', 'FAILED']), levels: names,
  operators: names.describe('Whose rebuilds made it PASSED.'), reasons: names, output: z.string().nullable(),
});

const who = z.strictObject({
  sha256: digest,
  builds: z.array(z.strictObject({ build: buildId, target: z.string(), image: z.string(), definitionDigest: digest, finishedAt: time.nullable() })).describe('Newest first.'),
  statements: z.array(z.strictObject({
    statement, predicateType: z.string(), name: z.string(), operator: z.string().nullable().describe('As our root calls the holder of the key; null where it knows none of the keys.'),
    verdict: verdict.nullable(), at: time, logIndex,
  })),
  releases: z.array(release),
  aggregate: z.strictObject({ state: z.string(), count: count.describe('Independent operators that reproduced it.'), reasons: names }),
});

const evidence = z.strictObject({
  build: buildId, output: z.string(), sha256: digest, sizeBytes: bytes, statements: count, inputs: count, inputBytes: bytes,
});

const check = z.strictObject({ step: z.string(), outcome: z.enum(['passed', 'failed', 'skipped']), code: z.string().nullable(), message: z.string() });
const verifyBundle = z.strictObject({
  ok: z.boolean(), steps: z.array(check), subjects: z.array(subject), statements: z.array(z.strictObject({ statement, predicateType: z.string(), operator: z.string().nullable() })),
});

const imported = z.strictObject({
  statements: z.array(z.strictObject({ statement, predicateType: z.string(), operator: z.string().nullable(), subjects: z.array(subject), unchanged: z.boolean(), logIndex })),
});

const vary = z.strictObject({
  build: buildId, profile: z.string().nullable(), conditions: names, instrument: digest.describe('Tree of what varied runs were seen through.'),
  outcome: z.enum(['same', 'differs', 'undecided', 'cancelled']),
  steps: z.array(z.strictObject({
    step: z.string(), state: z.string(), conditions: names, runs: count, unsearched: names, message: z.string().nullable(),
    files: z.array(z.strictObject({
      path: z.string(), causes: z.array(names).describe('Minimal sets of conditions; an empty one: it differs with nothing varied.'),
      excused: names.nullable().describe('Reasons of the recipe\'s deviations; null where not all causes are excused.'),
    })),
  })).describe('In the order of the plan.'),
  counts: z.strictObject({ steps: count, files: count, excused: count, runs: count }),
});

const logFsck = z.strictObject({
  sound: z.boolean(), entries: count, tiles: count, checkpoints: count,
  findings: z.array(z.strictObject({ flaw: z.string(), place: z.string(), message: z.string() })),
});
const logProof = z.strictObject({ statement, logIndex: count, proof: z.string().describe('A c2sp.org/tlog-proof@v1.') });

const keys = z.strictObject({
  version: count, issuedAt: time, threshold: count, roots: z.array(keyId), log: z.strictObject({ origin: z.string(), keyIds: z.array(keyId) }),
  keys: z.array(z.strictObject({
    keyId, publicKey: z.string().describe('SPKI PEM.'), roles: names, operator: z.string(), builderIds: names, validFrom: time, validUntil: time.nullable(),
  })),
});

const quarantine = z.strictObject({
  id: z.string(), kind: z.enum(['digest', 'image', 'package', 'file']), scope: z.string(), reason: z.string(), url: z.string(),
  openedBy: z.string(), openedAt: time, expiresAt: time, reviewedBy: z.string().nullable(),
});
const quarantineList = z.strictObject({ quarantines: z.array(quarantine).describe('Those that count now.') });

/** Of the verbs that prove; see `SHAPES`. */
export const EVIDENCE_SHAPES = {
  attest, evidence, import: imported, 'keys-distrust': keys, 'keys-list': keys, 'keys-rotate': keys, 'keys-trust': keys, 'log-fsck': logFsck, 'log-proof': logProof,
  'quarantine-list': quarantineList, 'quarantine-open': quarantine, 'quarantine-review': quarantine, 'release-create': releaseCreate, 'release-list': releaseList, summary,
  vary, verify, 'verify-bundle': verifyBundle, who,
} as const;
