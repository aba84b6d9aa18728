import { z } from 'zod';

import { CONTENTS_SHAPES } from './contents-shapes.ts';
import { EVIDENCE_SHAPES } from './evidence-shapes.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/).describe('A sha256: 64 lower-case hexadecimal digits.');
const time = z.string().describe('RFC 3339, UTC.');
const milliseconds = z.number().min(0).describe('Milliseconds.');
const bytes = z.int().min(0).describe('Bytes.');
const count = z.int().min(0);
const names = z.array(z.string());
const buildId = z.string().describe('Id of a build.');
const state = z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED']);
const stepState = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED']);
const outcome = z.enum(['run', 'reused']).nullable().describe('Whether the step ran or took a known result; null before either.');
const optionValue = z.union([z.string(), z.number(), z.boolean(), names, z.record(z.string(), z.string())]).describe('As its type says: true, 5, "text", a list, a map.');

const finding = z.strictObject({
  severity: z.enum(['error', 'warning', 'note']),
  path: z.string().describe('A file or a configuration.'),
  line: count.describe('From 1; 0 where there are no lines.'),
  rule: z.string(), message: z.string(),
  suggestion: z.string().exactOptional().describe('What to write instead, or what to do.'),
});

const image = z.strictObject({
  name: z.string(), format: z.string(),
  path: z.string().nullable().describe('Where the image was copied to; null where it was not.'),
  sha256: digest, sha512: z.string(), sizeBytes: bytes,
});

const build = z.strictObject({
  build: buildId, target: z.string(), state,
  definitionDigest: digest,
  images: z.array(image),
  steps: z.strictObject({ run: count, reused: count, failed: count }),
  nondeterministic: names.describe('Steps whose outputs differ from the standing ones of the same action.'),
  failures: z.array(z.strictObject({
    step: z.string(), kind: z.string(), code: z.string().exactOptional(), message: z.string(), lastLines: names,
  })),
  statement: digest.nullable().describe('The build\'s signed provenance, by the sha256 of its payload; null where it did not succeed.'),
});

const serve = z.strictObject({ address: z.string(), graphql: z.string() });

const boot = z.strictObject({
  target: z.string(), booted: z.literal(true), command: z.string(), answer: z.string().describe('What the command printed.'), elapsedMs: milliseconds,
});

const setup = z.strictObject({ installed: names.describe('Debian packages that were installed now.'), engine: z.enum(['was-running', 'started']) });

const plan = z.strictObject({
  target: z.string(), board: z.string(), configuration: z.string().nullable(), definitionDigest: digest,
  steps: z.array(z.strictObject({
    name: z.string(), recipe: z.string().nullable(), planKey: digest, outcome: z.enum(['reused', 'will-run', 'may-be-cut-off']),
    reason: z.string(), needs: names,
    lastCpuMs: milliseconds.nullable().describe('Milliseconds of CPU time that it took last; null where it never ran.'),
  })).describe('In an order that respects needs.'),
});

const counts = z.strictObject({ total: count, run: count, reused: count, failed: count });

const list = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('boards'), boards: z.array(z.strictObject({ name: z.string(), architecture: z.string(), summary: z.string() })) }),
  z.strictObject({
    kind: z.literal('recipes'),
    recipes: z.array(z.strictObject({ name: z.string(), version: z.string(), role: z.string(), license: z.string().describe('SPDX expression.'), summary: z.string() })),
  }),
  z.strictObject({
    kind: z.literal('configs'),
    configs: z.array(z.strictObject({ configuration: z.string(), board: z.string(), revision: count.describe('Number of the newest revision.'), digest })),
  }),
  z.strictObject({
    kind: z.literal('builds'),
    builds: z.array(z.strictObject({
      build: buildId, target: z.string(), board: z.string(), state, purpose: z.string(), definitionDigest: digest, createdAt: time, finishedAt: time.nullable(), counts,
    })).describe('Newest first.'),
  }),
]);

const showBuild = z.strictObject({
  kind: z.literal('build'),
  build: buildId, target: z.string(), board: z.string(), state, purpose: z.string(), definitionDigest: digest, sandboxDigest: digest, nondeterministic: z.boolean(),
  createdAt: time, startedAt: time.nullable(), finishedAt: time.nullable(),
  failure: z.strictObject({ kind: z.string(), code: z.string().nullable(), message: z.string(), step: z.string().nullable() }).nullable(),
  counts,
  images: z.array(z.strictObject({ name: z.string(), format: z.string(), sha256: digest, sha512: z.string(), sizeBytes: bytes })),
  steps: z.array(z.strictObject({
    name: z.string(), recipe: z.string().nullable(), state: stepState, outcome, planKey: digest, actionKey: digest.nullable(),
    wallMs: milliseconds.nullable(), cpuMs: milliseconds.nullable(), peakMemoryBytes: bytes.nullable(), nondeterministic: z.boolean(),
    failure: z.strictObject({ kind: z.string(), message: z.string() }).nullable(),
  })).describe('In the order of the plan; times and memory are those of the execution whose result the step took.'),
  packages: z.array(z.strictObject({
    name: z.string(), version: z.string(), role: z.string(), license: z.string().describe('SPDX expression.'), recipeDigest: digest,
    options: z.record(z.string(), optionValue), reasons: names.describe('Why it is in, one sentence each.'),
  })),
  inputs: z.record(z.string(), count).describe('How many inputs of each role.'),
});

const choices = z.record(z.string(), z.strictObject({ options: z.record(z.string(), optionValue) }));
const system = z.strictObject({
  hostname: z.string(), banner: z.string(), rootPassword: z.string().describe('A crypt(3) hash, or `locked`.'), authorizedKeys: names, epochSeconds: z.int().describe('Seconds since 1970.'),
});
const imageChoices = z.array(z.strictObject({ format: z.string(), sizeBytes: bytes.exactOptional() }));

const showBoard = z.strictObject({
  kind: z.literal('board'),
  name: z.string(), summary: z.string(), architecture: z.string(), tuning: z.string(), toolchain: z.string(), kernel: z.string(), skeleton: z.string(),
  packages: choices, system, images: imageChoices, digest, bootable: z.boolean().describe('`boot` can run it.'),
});

const option = z.strictObject({ name: z.string(), type: z.string(), description: z.string(), default: optionValue });

const showRecipe = z.strictObject({
  kind: z.literal('recipe'),
  name: z.string(), version: z.string(), role: z.string(), summary: z.string(), homepage: z.string().nullable(), license: z.string().describe('SPDX expression.'),
  uses: z.string().describe('Template that builds it.'), digest, options: z.array(option),
  needs: z.strictObject({ build: names, host: names, run: names }),
  sources: z.array(z.strictObject({ file: z.string(), sha256: digest, sizeBytes: bytes, origin: z.string(), urls: names, debianPool: z.string().nullable() })),
  patches: z.array(z.strictObject({ file: z.string(), origin: z.string(), upstream: z.string(), cves: names })),
  history: z.array(z.strictObject({ version: z.string(), digest, publishedAt: time })).describe('Every version on record, newest first.'),
});

const showConfig = z.strictObject({
  kind: z.literal('config'),
  configuration: z.string(), board: z.string(), revision: count, digest,
  packages: z.array(z.strictObject({
    name: z.string(), version: z.string(), license: z.string(), shipped: z.boolean().describe('Its files go into the image.'),
    options: z.record(z.string(), optionValue), reasons: names.describe('Why it is in, one sentence each.'),
  })),
  kernelOptions: z.array(z.strictObject({ symbol: z.string(), value: z.string(), requiredBy: names })),
  system, images: imageChoices, findings: z.array(finding),
  outdated: z.array(z.strictObject({ kind: z.string(), name: z.string(), pinned: digest, current: digest.nullable() })).describe('Pins that are not what the catalog has now.'),
});

const explanation = z.strictObject({
  kind: z.literal('explanation'),
  configuration: z.string(), package: z.string(), included: z.boolean(), shipped: z.boolean(),
  why: names.describe('The chain from the package to something asked for, one sentence each.'),
  reasons: names, needs: names, neededBy: names,
  leavesWithIt: names.describe('What would leave with it, were nothing to ask for it any more.'),
});

const log = z.strictObject({
  build: buildId,
  steps: z.array(z.strictObject({
    step: z.string(), state: stepState, outcome,
    text: z.string().describe('What the step printed, or has printed so far; not escaped.'),
    times: z.array(z.tuple([z.int(), milliseconds])).describe('[offset in the UTF-8 bytes of the log, milliseconds since the start], ascending.'),
  })),
});

const sourcesFetch = z.strictObject({
  targets: names, complete: z.boolean().describe('A build of the targets needs no network now.'),
  files: z.array(z.strictObject({
    file: z.string(), sha256: digest, sizeBytes: bytes, for: z.enum(['target', 'sandbox']), state: z.enum(['fetched', 'present', 'failed']),
    origin: z.string().nullable().describe('Where it came from now.'), error: z.string().nullable(),
  })),
});

const sandboxUpdate = z.strictObject({
  written: z.boolean(), packages: count,
  rootTree: z.strictObject({ from: digest, to: digest }).describe('The sandbox\'s identity before and after.'),
  changes: z.array(z.strictObject({
    kind: z.enum(['added', 'removed', 'changed']), name: z.string(), from: z.string().nullable().describe('Version before.'), to: z.string().nullable().describe('Version after.'),
  })),
});

const storeVerify = z.strictObject({
  sound: z.boolean(),
  checked: z.strictObject({ blobs: count, trees: count, actions: count, checkouts: count, sizeBytes: bytes }),
  findings: z.array(finding),
});

const gc = z.strictObject({
  dryRun: z.boolean(),
  deleted: z.array(z.strictObject({ kind: z.enum(['action', 'evidence', 'tree', 'blob', 'checkout', 'temporary', 'quarantine', 'export', 'upload', 'sandbox']), name: z.string(), sizeBytes: bytes })),
  freedBytes: bytes,
  unreadable: names.describe('What should be kept and could not be read.'),
});

const doctor = z.strictObject({
  healthy: z.boolean(),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), found: z.string(), remedy: z.string().nullable() })),
});

const configChange = z.strictObject({
  configuration: z.string(), board: z.string(), revision: count, digest, unchanged: z.boolean().describe('The newest revision said the same already; none was added.'),
  added: names.describe('Packages.'), removed: names, changed: names.describe('Packages with another version, other options or needs.'),
  kernelOptions: names.describe('Required kernel options that changed.'),
  pins: z.array(z.strictObject({ kind: z.string(), name: z.string(), from: digest.nullable(), to: digest.nullable() })).describe('Catalog versions that the revision pins in place of others.'),
  findings: z.array(finding),
});

const configSearch = z.strictObject({
  configuration: z.string(), text: z.string(),
  packages: z.array(z.strictObject({
    name: z.string(), version: z.string(), license: z.string(), summary: z.string(), included: z.boolean().describe('It takes part in a build of the configuration.'),
    options: z.array(option).describe('Those that have a word of the text; all where the package itself matches.'),
  })),
});

const configSave = z.strictObject({ configuration: z.string(), file: z.string().nullable(), text: z.string().describe('The YAML.') });

const error = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), place: z.string().nullable(), hint: z.string(), findings: z.array(finding) }),
});

/** What `--json` prints, by verb: one such object, on one line. `up` prints two; `error` is printed instead of any. */
export const SHAPES = {
  boot, build, 'config-add': configChange, 'config-new': configChange, 'config-remove': configChange, 'config-save': configSave,
  'config-search': configSearch, 'config-set': configChange, 'config-show': z.discriminatedUnion('kind', [showConfig, explanation]), 'config-update': configChange,
  doctor, error, gc, list, log, plan, 'sandbox-update': sandboxUpdate, serve, setup,
  show: z.discriminatedUnion('kind', [showBuild, showBoard, showRecipe, showConfig]), 'sources-fetch': sourcesFetch, 'store-verify': storeVerify,
  up: z.union([build, serve]), ...EVIDENCE_SHAPES, ...CONTENTS_SHAPES,
} as const;

/** JSON Schemas by path from the repository's root. */
export function renderJsonShapes(): ReadonlyMap<string, string> {
  return new Map(Object.entries(SHAPES).map(([verb, shape]) => {
    const { $schema, ...schema } = z.toJSONSchema(shape, { target: 'draft-2020-12' });
    return [`docs/schema/cli-${verb}.schema.json`, `${JSON.stringify({ $schema, title: `provenroot ${verb.replace('-', ' ')} --json`, ...schema }, null, 2)}\n`];
  }));
}
