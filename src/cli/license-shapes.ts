import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/).describe('A sha256: 64 lower-case hexadecimal digits.');
const count = z.int().min(0);
const names = z.array(z.string());
const category = z.enum(['public-domain', 'permissive', 'weak-copyleft', 'strong-copyleft', 'network-copyleft', 'restricted', 'non-commercial', 'proprietary', 'unstated', 'unknown']).describe('What the license asks for.');
const linkage = z.enum(['file', 'static', 'dynamic', 'kernel-module', 'build-only']).describe('How the work comes into what is shipped.');
const verdict = z.enum(['ALLOWED', 'REVIEW', 'VIOLATED']);
const expression = z.string().describe('SPDX expression in canonical form.');
const exception = z.strictObject({ id: z.string(), reason: z.string(), expires: z.string().exactOptional().describe('The last day (UTC) on which it holds.') });

const violation = z.strictObject({
  rule: z.string().describe('A rule of the policy, or one of: bad-expression, too-many-ways, choice-open, choice-stale, otherwise, text-changed, text-missing, obligation-open.'),
  package: z.string(), license: z.string(), linkage: linkage.exactOptional(), into: z.string().exactOptional().describe('Package that it is linked into.'),
  path: names.describe('One example, from the image down: image, file, package, license.'), fileCount: count.describe('Files of the root that are concerned.'), message: z.string(),
  expired: exception.exactOptional().describe('The exception that let it pass until it ended.'),
});
const found = z.strictObject({
  severity: z.enum(['error', 'warning', 'note']), path: z.string(), line: count, rule: z.string(), message: z.string(), suggestion: z.string().exactOptional(),
});

/** Of SPDX licenses as an inventory has them. */
export const licenseFields = {
  declared: expression.exactOptional(), concluded: expression.exactOptional(), concludedBasis: z.enum(['decision', 'declared', 'contents']).exactOptional(),
  effective: expression.exactOptional().describe('Under which one it is really used; of a choice only a decision tells.'), effectiveBasis: z.enum(['decision', 'no-choice']).exactOptional(),
  unreadable: z.string().exactOptional().describe('What the recipe says where that is no SPDX expression.'),
};
export const componentKind = z.enum(['image', 'root-file-system', 'package', 'runtime-component', 'generator']);

const packageRow = z.strictObject({
  ref: z.string(), kind: componentKind, name: z.string(), version: z.string(), scope: z.enum(['ships', 'build', 'host', 'toolchain', 'sandbox']), ...licenseFields,
  shipped: z.boolean().describe('Its own files, or a part of it inside of what ships.'), linkages: z.array(linkage),
  licenses: z.array(z.strictObject({ license: z.string(), category })).describe('Each that it is used under; of an open choice those that the policy likes best.'),
  sourceDigest: digest, licenseTextDigest: digest.exactOptional(),
  texts: z.array(z.strictObject({
    path: z.string(), sha256: digest.exactOptional().describe('As captured.'), expectedSha256: digest.exactOptional().describe('As the recipe states it.'),
    match: z.strictObject({ licenses: names, exact: z.boolean(), similarity: z.number() }).exactOptional().describe('The likest text of the SPDX list.'),
  })),
  verdict,
});

const choice = z.strictObject({
  package: z.string(), offered: expression, ways: names.exactOptional(), taken: z.string().exactOptional().describe('What the report goes by.'),
  state: z.enum(['open', 'holds', 'carried', 'resurfaced']), by: z.string().exactOptional(), reason: z.string().exactOptional(), resurfacedBecause: z.string().exactOptional(),
});
const conclusion = z.strictObject({
  package: z.string(), state: z.enum(['holds', 'resurfaced']), declared: z.string(), concluded: expression, by: z.string(), reason: z.string(), resurfacedBecause: z.string().exactOptional(),
});
const obligation = z.strictObject({
  obligation: z.enum(['license-text', 'copyright-notice', 'notice-file', 'advertising-acknowledgement', 'modification-notice', 'source-code', 'network-source', 'relinking', 'installation-information']),
  license: z.string(), source: z.string().describe('Where the license says so.'), packages: names,
  fulfilledBy: z.array(z.strictObject({
    package: z.string(), by: z.enum(['notice-text', 'bundle-source', 'bundle-patch', 'bundle-recipe', 'unmodified']), path: z.string().exactOptional(), sha256: digest.exactOptional(),
    unsure: z.literal(true).exactOptional().describe('A text that may hold the license among others, which nobody has looked up.'),
  })),
  open: z.array(z.strictObject({ package: z.string(), reason: z.string() })),
});

const counts = { packages: count, shipped: count };

/** What `licenses --json` prints, and the server as `licenses.json`. */
export const licenses = z.strictObject({
  format: z.literal(1),
  build: z.strictObject({ definitionDigest: digest, board: z.string(), architecture: z.string(), rootTree: digest }),
  licenseList: z.string().describe('Version of the SPDX license list.'),
  policy: z.strictObject({ name: z.string(), sha256: digest }), judgedOn: z.string().describe('Day, UTC.'), verdict,
  summary: z.strictObject({
    ...counts, byLicense: z.array(z.strictObject({ license: z.string(), category, ...counts })), byCategory: z.array(z.strictObject({ category, ...counts })),
    unknown: count.describe('Shipped, under terms that nobody knows.'),
  }),
  packages: z.array(packageRow), violations: z.array(violation), reviews: z.array(violation), passedByException: z.array(z.strictObject({ ...violation.shape, exception })),
  unusedExceptions: z.array(exception), choices: z.array(choice), conclusions: z.array(conclusion), obligations: z.array(obligation), textFindings: z.array(found),
});
