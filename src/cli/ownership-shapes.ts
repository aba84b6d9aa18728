import { z } from 'zod';

import { componentKind, licenseFields } from './license-shapes.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/).describe('A sha256: 64 lower-case hexadecimal digits.');
const bytes = z.int().min(0).describe('Bytes.');
const count = z.int().min(0);
const names = z.array(z.string());
const relation = z.enum(['contains', 'builtFrom', 'generatedBy', 'needsAtBuild', 'needsAtHost', 'needsAtRun', 'linksDynamically', 'linksStatically', 'interpreter', 'kernelModule']);

const content = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('elf'), type: z.string(), machine: z.string(), bits: z.union([z.literal(32), z.literal(64)]), linkage: z.enum(['static', 'dynamic']), soname: z.string().exactOptional(), opensLibraries: z.boolean() }),
  z.strictObject({ kind: z.literal('kernel-module'), name: z.string() }), z.strictObject({ kind: z.literal('script'), interpreter: z.string() }),
  z.strictObject({ kind: z.literal('archive'), format: z.string() }), z.strictObject({ kind: z.literal('data') }), z.strictObject({ kind: z.literal('unread'), reason: z.string() }),
]);

const file = z.strictObject({
  ref: z.string(), path: z.string(), pathHex: z.string().exactOptional().describe('Bytes of a path that is no UTF-8, without the first slash.'),
  kind: z.enum(['file', 'directory', 'symlink', 'hard-link', 'character-device', 'block-device', 'fifo']), mode: count, uid: count, gid: count, sizeBytes: bytes.exactOptional(),
  hashes: z.strictObject({ sha256: digest, sha512: z.string() }).exactOptional(), target: z.string().exactOptional(), targetHex: z.string().exactOptional(),
  device: z.strictObject({ major: count, minor: count }).exactOptional(), xattrs: z.record(z.string(), z.string()).exactOptional(),
  properties: z.strictObject({ executable: z.boolean(), archive: z.boolean(), structured: z.boolean() }).exactOptional(), content: content.exactOptional(),
});

const source = z.strictObject({ file: z.string(), sha256: digest, sizeBytes: bytes, urls: names, debianPool: z.string().exactOptional(), origin: z.enum(['pristine', 'signed', 'repacked', 'unverified']) });
const patch = z.strictObject({
  file: z.string(), sha256: digest, origin: z.string(), upstream: z.enum(['submitted', 'accepted', 'backport', 'rejected', 'not-applicable', 'pending']), cves: names,
});
const neighbour = z.strictObject({ path: z.string(), kind: relation, owner: z.string().exactOptional() });
const packageNeighbour = z.strictObject({ package: z.string(), kind: relation, basis: z.enum(['declared', 'observed', 'inferred']) });

const explainedOwner = z.strictObject({
  ref: z.string(), kind: componentKind, name: z.string(), version: z.string(), summary: z.string().exactOptional(), homepage: z.string().exactOptional(),
  originator: z.strictObject({ name: z.string(), url: z.string().exactOptional(), basis: z.enum(['forge-owner', 'homepage']) }).exactOptional(),
  ownership: z.strictObject({ kind: z.enum(['package', 'table', 'generator']), reason: z.string() }),
  step: z.strictObject({ name: z.string(), template: z.string(), planKey: digest, recipe: digest }).exactOptional().describe('What made it; of a package only.'),
  sources: z.array(source), patches: z.array(patch),
  licenses: z.strictObject({ ...licenseFields, files: z.array(z.strictObject({ path: z.string(), sha256: digest })) }),
  purls: names, cpe: z.strictObject({ value: z.string(), basis: z.enum(['declared', 'inferred']) }).exactOptional(),
  why: z.strictObject({
    reasons: names, path: z.array(z.strictObject({ package: z.string(), reason: z.string() })).describe('The shortest way from what was asked for to the package.'),
  }),
  needs: z.array(packageNeighbour), neededBy: z.array(packageNeighbour),
});

/** What `owner --json` prints. */
export const owner = z.strictObject({
  asked: z.string(),
  links: z.array(z.strictObject({ path: z.string(), target: z.string(), owner: z.string().exactOptional() })).describe('Symlinks that were followed.'),
  leadsNowhere: z.string().exactOptional(), file, hardLinks: names.describe('Other paths with the same inode.'), owner: explainedOwner.exactOptional().describe('Absent where nobody owns it.'),
  images: names.describe('Images that it is in.'), uses: z.array(neighbour), usedBy: z.array(neighbour), missing: z.array(z.strictObject({ kind: z.string(), name: z.string() })).describe('What it asks for and does not find.'),
});

const field = { field: z.string(), clause: z.string(), demand: z.enum(['required', 'if-exists', 'optional']) };

/** What `report --json` prints. */
export const report = z.strictObject({
  format: z.literal(1), profile: z.enum(['bsi', 'ntia', 'cra']), standard: z.string().describe('What it is held against, with its version.'), definitionDigest: digest,
  met: z.boolean().describe('Everything that is required is met.'),
  leftOut: z.strictObject({ files: count, components: count }).describe('What the profile asks nothing of.'),
  summary: z.array(z.strictObject({ ...field, met: count, notMet: count, notApplicable: count, percent: z.number().exactOptional().describe('Of those to which it applies.') })),
  rows: z.array(z.strictObject({
    ...field, status: z.enum(['met', 'not-met', 'not-applicable']), value: z.string(), source: z.string().describe('Where the value comes from, or would have to.'), remedy: z.string().exactOptional(),
    subject: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('document') }), z.strictObject({ kind: z.literal('component'), ref: z.string(), name: z.string(), version: z.string() }),
      z.strictObject({ kind: z.literal('files'), owner: z.string(), count, examples: names }),
    ]),
  })),
});
