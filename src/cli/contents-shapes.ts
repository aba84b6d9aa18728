import { z } from 'zod';

import { contentDetail } from './detail-shapes.ts';
import { history } from './history-shape.ts';
import { licenses } from './license-shapes.ts';
import { owner, report } from './ownership-shapes.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/).describe('A sha256: 64 lower-case hexadecimal digits.');
const time = z.string().describe('RFC 3339, UTC.');
const bytes = z.int().min(0).describe('Bytes.');
const count = z.int().min(0);
const buildId = z.string().describe('Id of a build.');
const detail = z.enum(['packages', 'files']);
const written = z.strictObject({ path: z.string(), sha256: digest, sizeBytes: bytes });
const leftOut = z.array(z.strictObject({ path: z.string(), package: z.string(), license: z.string(), rule: z.string(), sha256: digest })).describe('What may not be passed on, and the rule that says so.');

const sbom = z.strictObject({
  build: buildId, format: z.string(), detail, state: z.enum(['PUBLISHED', 'REFUSED']), name: z.string().describe('File name that the statement knows it by.'),
  sha256: digest.describe('Of the document without a signature: what every rebuild gives.'), sizeBytes: bytes,
  signed: z.strictObject({ sha256: digest, sizeBytes: bytes }).nullable().describe('The same with its signature inside; null where the format has no place for one.'),
  statement: digest.nullable().describe('The signed statement about it; null where a gate refused the document.'),
  gates: z.array(z.strictObject({
    gate: z.string(), passed: z.boolean(), scores: z.record(z.string(), z.strictObject({ met: count, of: count })).describe('Score cards, by name.'), findings: z.array(z.strictObject({ severity: z.string(), place: z.string(), rule: z.string(), message: z.string() })),
  })),
  lost: z.array(z.string()).describe('What of the inventory this format cannot say.'),
  output: z.strictObject({ document: z.string(), statement: z.string() }).nullable().describe('Files that were written.'),
});

const sbomCheck = z.strictObject({
  accepted: z.boolean(),
  steps: z.array(z.strictObject({ step: z.string(), outcome: z.enum(['PASSED', 'FAILED', 'SKIPPED']), code: z.string().nullable(), message: z.string() })),
  document: z.strictObject({ sha256: digest, format: z.string(), detail: detail.nullable() }).nullable(),
  signers: z.array(z.strictObject({ form: z.enum(['JSF', 'DSSE']), keyId: z.string(), operator: z.string() })),
  image: z.strictObject({ sha256: digest, name: z.string().nullable() }),
  files: z.strictObject({
    missing: count, extra: count, changed: count, listed: z.array(z.strictObject({ path: z.string(), kind: z.string(), fields: z.array(z.string()) })).describe('The first of them.'),
  }).nullable(),
});

const legalInfo = z.strictObject({ build: buildId, index: digest.describe('Of index.json: what the provenance names.'), files: count, bundle: written, sandbox: written.nullable(), leftOut });
const legalInfoCheck = z.strictObject({
  outcome: z.enum(['REPRODUCED', 'DIFFERS', 'INCONCLUSIVE']), subcode: z.string().nullable(), message: z.string().nullable(), definitionDigest: digest, index: digest,
  provenance: digest.nullable(), namedByProvenance: z.boolean().nullable().describe('Its provenance names this very index; a decision about licenses since makes another.'), release: z.string(), leftOut,
  images: z.array(z.strictObject({ name: z.string(), verdict: z.string(), expected: digest.nullable(), actual: digest.nullable() })), firstDifferingStep: z.string().nullable(),
});

const decision = z.strictObject({ decision: z.string().describe('Id of the decision.') });
const decisions = z.strictObject({
  decisions: z.array(z.strictObject({
    id: z.string(), kind: z.enum(['CHOICE', 'CONCLUSION']), package: z.string(), declared: z.string(), decided: z.string(), reason: z.string(), by: z.string(), decidedAt: time,
    withdrawnAt: time.nullable(), withdrawnBy: z.string().nullable(),
  })).describe('Oldest first.'),
});

const comparedImage = z.strictObject({
  name: z.string(), format: z.string(), left: digest.nullable(), right: digest.nullable(), sizeBytes: z.strictObject({ left: bytes.nullable(), right: bytes.nullable() }), equal: z.boolean(), owner: z.string().nullable().describe('The package that made it; null: it holds the root.'),
});
const changedPackage = z.strictObject({
  name: z.string(), kind: z.enum(['added', 'removed', 'changed']), before: z.string().exactOptional(), after: z.string().exactOptional(),
  reasons: z.array(z.strictObject({ reason: z.string(), detail: z.string() })), files: count, sizeDelta: z.int().describe('Bytes, right less left.'),
  license: z.strictObject({ before: z.string(), after: z.string() }).exactOptional(),
});
const cause = z.strictObject({ code: z.string(), confidence: z.number().describe('1: proved.'), coverage: z.number().describe('Share of the differing bytes, 0 to 1.'), evidence: z.array(z.string()) });
const change = z.looseObject({
  place: z.string().describe('Container within the image; empty for the outermost.'), path: z.string(), otherPath: z.string().exactOptional(), kind: z.enum(['added', 'removed', 'changed', 'moved']),
  classes: z.array(z.string()), causes: z.array(cause), noise: z.boolean(), owner: z.string().nullable(), sizeDelta: z.int().describe('Bytes, right less left.'),
});
const diff = z.looseObject({
  format: z.string(), exit: z.int(), images: z.array(comparedImage).describe('Of two builds.'), packages: z.array(changedPackage).describe('Of two builds.'),
  verdict: z.strictObject({ bytesEqual: z.boolean(), layoutEqual: z.boolean(), metadataEqual: z.boolean(), contentEqual: z.boolean() }),
  layout: z.array(z.looseObject({ place: z.string(), key: z.string(), cause: z.string(), noise: z.boolean() })), changes: z.array(change),
  firings: z.array(z.strictObject({ rule: z.string(), where: z.string(), why: z.string() })).exactOptional().describe('With --fail-on: where a rule fires.'),
});
const entryFacts = z.strictObject({ modified: z.string().exactOptional().describe('RFC 3339, UTC, as fine as the format has it; `N s since 1970` outside of its years.'), holeBytes: bytes.exactOptional() });
const explainDiff = z.strictObject({
  path: z.string(), pathHex: z.string().exactOptional(), exit: z.int(),
  changes: z.array(z.strictObject({
    change, package: changedPackage.nullable().describe('Its owner, where that was made otherwise.'),
    facts: z.strictObject({ left: entryFacts, right: entryFacts }).nullable().describe('Where times or holes differ, and one tree alone has the path.'),
    detail: contentDetail.nullable().describe('Of a file whose content differs and is at hand: what exactly differs in it.'),
  })).describe('Of the path itself.'),
  below: z.array(change).describe('Of a directory: what differs below it.'),
});

const diffSection = z.strictObject({
  section: z.enum(['images', 'packages', 'licenses', 'sbom', 'config', 'inputs']), exit: z.int(),
  changes: z.union([z.array(z.looseObject({})), z.looseObject({})]).describe('A list; of images, licenses and bills of materials an object that holds one as `changes`. Of the images of two builds beside them those that are `equal`, of two files `verdict` and what is `left` and `right`: format, size, digest, partitions.'),
});

/** Of the verbs about contents; see `SHAPES`. */
export const CONTENTS_SHAPES = {
  diff, 'diff-section': diffSection, 'explain-diff': explainDiff, history,
  'legal-info': legalInfo, 'legal-info-check': legalInfoCheck, 'license-decide': decision, 'license-list': decisions, 'license-withdraw': decision, licenses, owner, report, sbom, 'sbom-check': sbomCheck,
} as const;
