import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/).describe('A sha256: 64 lower-case hexadecimal digits.');
const count = z.int().min(0);
const build = z.strictObject({ build: z.string().describe('Id of a build.'), target: z.string(), definitionDigest: digest, finishedAt: z.string().describe('RFC 3339, UTC.') });

const path = z.strictObject({
  kind: z.literal('path'), entry: z.string().describe('`file`, `directory`, `symlink` …'), mode: count, uid: count, gid: count, sizeBytes: count.nullable().describe('Bytes.'), sha256: z.string().nullable(),
  target: z.string().nullable(), device: z.strictObject({ major: count, minor: count }).nullable(), xattrs: z.record(z.string(), z.string()).nullable().describe('Values in hexadecimal.'),
  owner: z.strictObject({ kind: z.string(), name: z.string(), reason: z.string() }),
});
const package_ = z.strictObject({
  kind: z.literal('package'), version: z.string(), license: z.string(), role: z.string(), recipeDigest: digest, planKey: z.string().nullable().describe('Two that are equal were made in the same way.'),
  options: z.record(z.string(), z.unknown()),
});
const license = z.strictObject({ kind: z.literal('license'), packages: z.array(z.string()).describe('That have it.') });
const symbol = z.strictObject({ kind: z.literal('symbol'), files: z.array(z.strictObject({ path: z.string(), owner: z.string() })).describe('That define it for others.') });

const cause = z.strictObject({
  package: z.string(), kind: z.enum(['added', 'removed', 'changed', 'unchanged']).describe('`unchanged`: made in the same way, and came out otherwise.'),
  reasons: z.array(z.strictObject({ reason: z.enum(['version', 'source', 'patch', 'option', 'recipe', 'template', 'dependency']), detail: z.string() })),
});

/** What `history --json` prints. */
export const history = z.strictObject({
  subject: z.strictObject({ kind: z.enum(['path', 'package', 'license', 'symbol']), name: z.string() }), scope: z.strictObject({ kind: z.enum(['target', 'board', 'configuration']), name: z.string() }),
  builds: count.describe('That were looked at.'), untold: count.describe('Of those the ones that cannot tell: without an inventory. They are in no span.'), more: z.boolean().describe('There are older ones.'),
  unread: count.describe('Programs and libraries that could not be read.'),
  spans: z.array(z.strictObject({
    state: z.discriminatedUnion('kind', [path, package_, license, symbol]).nullable().describe('Null: it is not there.'), since: build.describe('The oldest of the builds.'), until: build.describe('The newest of them.'), builds: count,
    change: z.strictObject({ before: build, after: build, causes: z.array(cause).describe('What the record says of the packages behind it.') }).nullable().describe('How it came to be; null for the oldest.'),
  })).describe('Newest first.'),
});
