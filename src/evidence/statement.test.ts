import fc from 'fast-check';

import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import { tinyFacts } from '../../tests/support/build-facts.ts';
import type { BuildFacts } from './build-facts.ts';
import { definitionFromStatement, parseStatement } from './parse-statement.ts';
import { statementOf } from './statement.ts';
import type { BuildStatement } from './statement-schema.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9+._ -]{0,20}$/);
const digest = fc.integer({ min: 0, max: 1000 }).map((number) => sha256(String(number)));
const digests = fc.dictionary(name, digest, { maxKeys: 6 });
const texts = fc.dictionary(fc.constantFrom('A', 'B', 'CC', 'PATH', 'SOURCE_DATE_EPOCH'), fc.constantFrom('', '1', '2', 'a b'));

/** Any definition that a plan could be, and many that none could. */
const definitions: fc.Arbitrary<BuildDefinition> = fc.record({
  format: fc.constant(1 as const),
  configuration: digest,
  target: fc.record({ board: name, architecture: name, tuning: name, images: fc.array(fc.record({ format: name }), { maxLength: 3 }) }),
  recipes: digests, templates: digests,
  inputs: fc.uniqueArray(fc.record({ role: fc.constantFrom('source', 'patch', 'file', 'input'), name: fc.tuple(name, name).map((parts) => parts.join('/')), digest }), {
    maxLength: 12, selector: ({ role, name: of, digest: value }) => `${role} ${of} ${value}`,
  }).map((inputs) => sortedInputs(inputs)),
  sandbox: digest,
  versions: fc.record({ stepRunner: digest, collector: fc.nat(), finalize: fc.nat(), writers: fc.dictionary(name, name, { maxKeys: 3 }) }),
  epochSeconds: fc.nat(),
  environment: fc.dictionary(name, texts, { maxKeys: 5 }),
  steps: digests,
});

function sortedInputs(inputs: BuildDefinition['inputs']): BuildDefinition['inputs'] {
  const key = (row: BuildDefinition['inputs'][number]): string => `${row.role} ${row.name} ${row.digest}`;
  return inputs.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Facts that fit the definition: the rest is the tiny board's. */
function factsWith(facts: BuildFacts, definition: BuildDefinition): BuildFacts {
  const { board, architecture } = definition.target;
  const configuration = { board };
  const own = { ...definition, configuration: jsonDigest(configuration) };
  return {
    ...facts, definition: own, definitionDigest: jsonDigest(own),
    request: {
      ...facts.request, configuration,
      catalog: { recipe: definition.recipes, template: definition.templates, board: { [board]: sha256('board') }, architecture: { [architecture]: sha256('architecture') } },
    },
  };
}

const payloadOf = (statement: unknown): Buffer => Buffer.from(canonicalJson(statement));
const codeOf = (payload: Uint8Array): unknown => {
  try {
    parseStatement(payload, 'it');
    return 'accepted';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

let tiny: BuildFacts;
beforeAll(async () => { tiny = await tinyFacts(); });

describe('a statement', () => {
  test('gives back the definition of any build, with the engine\'s own digest', async () => {
    const facts = tiny;
    fc.assert(fc.property(definitions, (definition) => {
      const given = factsWith(facts, definition);
      const { payload } = statementOf(given);
      const parsed = parseStatement(payload, 'it');
      expect(parsed.definition).toEqual(given.definition);
      expect(parsed.definitionDigest).toBe(given.definitionDigest);
      expect(jsonDigest(definitionFromStatement(parsed.statement))).toBe(given.definitionDigest);
    }), { numRuns: 100 });
  });

  test('has the same bytes however the facts are ordered', async () => {
    const facts = tiny;
    const { payload } = statementOf(facts);
    const turned = { ...facts, recipes: facts.recipes.toReversed(), fetches: facts.fetches.toReversed(), documents: facts.documents.toReversed() };
    expect(statementOf(turned).payload.equals(payload)).toBe(true);
  });

  test('names all images with sha256 and sha512, and the bytes within a compressed one', async () => {
    const facts = tiny;
    const { statement: { subject } } = statementOf(facts);
    expect(subject.map((one) => one.name).toSorted()).toEqual(['bzImage', 'rootfs.cpio', 'rootfs.cpio.gz', 'rootfs.ext4', 'rootfs.tar']);
    expect(subject.every(({ digest: both }) => both.sha256.length === 64 && both.sha512.length === 128)).toBe(true);
  });

  test('hands over the bytes of every byproduct and table that it names', async () => {
    const { statement, blobs } = statementOf(tiny);
    const { resolvedDependencies } = statement.predicate.buildDefinition;
    const named = [...statement.predicate.runDetails.byproducts, ...resolvedDependencies.filter(({ annotations }) => annotations?.['role'] === 'table')];
    expect(named.map(({ digest: own }) => own['sha256']).filter((own) => !blobs.has(own as Sha256))).toEqual([]);
    for (const [own, bytes] of blobs) expect(sha256(bytes)).toBe(own);
  });

  test('tells no password of an operator\'s mirror', async () => {
    const facts = tiny;
    const fetches = [{ sha256: sha256('x'), sizeBytes: 1, url: 'https://me:hunter2@mirror.example/x.tar', fetchedAt: facts.build.startedAt, buildId: null }];
    const { payload, blobs } = statementOf({ ...facts, fetches });
    expect(Buffer.concat([payload, ...blobs.values()]).toString()).not.toContain('hunter2');
  });

  test('stays below 1 MiB for 400 packages', async () => {
    const { payload } = statementOf(await largeFacts(400));
    expect(payload.byteLength).toBeLessThan(1024 * 1024);
    expect(parseStatement(payload, 'it').definition.inputs).toHaveLength(400 * 3);
  });

  test('is refused beyond 8 MiB, made or read', async () => {
    const facts = tiny;
    const images = Array.from({ length: 26_000 }, (_, i) => ({ ...facts.images[0]!, name: `image ${i}` }));
    expect(() => statementOf({ ...facts, images })).toThrow(expect.objectContaining({ code: 'EVIDENCE.TOO_LARGE' }));
    expect(codeOf(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20))).toBe('EVIDENCE.TOO_LARGE');
  });
});

/** Each package: a source, two patches, two steps with a date of their own. */
async function largeFacts(packages: number): Promise<BuildFacts> {
  const facts = tiny;
  const names = Array.from({ length: packages }, (_, i) => `some-package-${i}`);
  const environment = Object.fromEntries(names.flatMap((one, i) => [one, `${one}.config`].map((step) => [step, {
    ...facts.definition.environment['hello'], CFLAGS: '-O2 -pipe -ffile-prefix-map=/build=. -march=x86-64-v2'.repeat(6), SOURCE_DATE_EPOCH: String(1_600_000_000 + i),
  }])));
  const inputs = names.flatMap((one) => [
    { role: 'patch', name: `${one}/0001-first-thing-that-is-mended.patch`, digest: sha256(`${one} 1`) }, { role: 'patch', name: `${one}/0002-second-thing-that-is-mended.patch`, digest: sha256(`${one} 2`) },
    { role: 'source', name: `${one}/${one}-1.2.3.tar.gz`, digest: sha256(one) },
  ]);
  const definition: BuildDefinition = {
    ...facts.definition, recipes: Object.fromEntries(names.map((one) => [one, sha256(one)])), environment, inputs: sortedInputs(inputs),
    steps: Object.fromEntries(Object.keys(environment).map((step) => [step, sha256(step)])),
  };
  return {
    ...factsWith(facts, definition),
    recipes: names.map((one) => ({
      name: one, version: '1.2.3', role: 'package', license: 'GPL-2.0-or-later WITH Classpath-exception-2.0 OR MIT', shipped: true,
      sources: [{ file: `${one}-1.2.3.tar.gz`, sha256: sha256(one), sizeBytes: 1_234_567, urls: [`https://downloads.example.org/releases/${one}/1.2/${one}-1.2.3.tar.gz`], origin: 'pristine', unpackTo: '' }],
    })),
    fetches: names.map((one) => ({ sha256: sha256(one), sizeBytes: 1, url: `https://downloads.example.org/releases/${one}/1.2/${one}-1.2.3.tar.gz`, fetchedAt: facts.build.startedAt, buildId: null })),
  };
}

describe('a statement that is read', () => {
  const changed = async (change: (statement: BuildStatement) => unknown): Promise<unknown> => {
    const { payload } = statementOf(tiny);
    const statement = JSON.parse(payload.toString()) as BuildStatement;
    return codeOf(payloadOf(change(statement) ?? statement));
  };
  const definitionOf = ({ predicate }: BuildStatement): Record<string, Record<string, unknown>> => predicate.buildDefinition as never;

  test('as it was made is accepted', async () => {
    expect(await changed(() => undefined)).toBe('accepted');
  });

  test.each<[string, string, (statement: BuildStatement) => unknown]>([
    ['a parameter that is not known', 'EVIDENCE.UNKNOWN_PARAMETER', (statement) => { definitionOf(statement)['externalParameters']!['extra'] = true; }],
    ['an unknown internal parameter', 'EVIDENCE.UNKNOWN_PARAMETER', (statement) => { definitionOf(statement)['internalParameters']!['extra'] = true; }],
    ['a script', 'EVIDENCE.BAD_STATEMENT', (statement) => { definitionOf(statement)['externalParameters']!['scripts'] = ['x']; }],
    ['another predicate type', 'EVIDENCE.WRONG_TYPE', (statement) => ({ ...statement, predicateType: 'https://slsa.dev/provenance/v0.2' })],
    ['another build type', 'EVIDENCE.WRONG_TYPE', (statement) => { definitionOf(statement)['buildType'] = 'https://example.org/' as never; }],
    ['another plan key', 'EVIDENCE.DEFINITION_MISMATCH', (statement) => { statement.predicate.buildDefinition.internalParameters.steps['hello'] = sha256('other'); }],
    ['a dependency less', 'EVIDENCE.DEFINITION_MISMATCH', (statement) => {
      const { buildDefinition } = statement.predicate;
      buildDefinition.resolvedDependencies = buildDefinition.resolvedDependencies.filter(({ annotations }) => annotations?.['role'] !== 'template');
    }],
    ['another configuration than its digest', 'EVIDENCE.DEFINITION_MISMATCH', (statement) => { statement.predicate.buildDefinition.externalParameters.configuration.document['board'] = 'other'; }],
    ['another version of a recipe in the catalog', 'EVIDENCE.DEFINITION_MISMATCH', (statement) => { statement.predicate.buildDefinition.externalParameters.catalog.recipe['hello'] = sha256('other'); }],
    ['a catalog without its board', 'EVIDENCE.BAD_STATEMENT', (statement) => {
      const { externalParameters } = statement.predicate.buildDefinition;
      externalParameters.catalog.board = {};
      statement.predicate.buildDefinition.resolvedDependencies = statement.predicate.buildDefinition.resolvedDependencies.filter(({ annotations }) => annotations?.['role'] !== 'board');
    }],
    ['no subject', 'EVIDENCE.BAD_STATEMENT', (statement) => ({ ...statement, subject: [] })],
    ['a subject twice', 'EVIDENCE.BAD_STATEMENT', (statement) => ({ ...statement, subject: [statement.subject[0], statement.subject[0]] })],
    ['a subject without sha512', 'EVIDENCE.BAD_STATEMENT', (statement) => ({ ...statement, subject: [{ ...statement.subject[0], digest: { sha256: sha256('x') } }] })],
  ])('with %s is refused as %s', async (_what, code, change) => {
    expect(await changed(change)).toBe(code);
  });

  test('in another form than the canonical one, or with a key twice, is refused', async () => {
    const text = statementOf(tiny).payload.toString();
    expect(codeOf(Buffer.from(JSON.stringify(JSON.parse(text), undefined, 1)))).toBe('EVIDENCE.NOT_CANONICAL');
    expect(codeOf(Buffer.from(text.replace('{', '{"_type":"x",')))).toBe('SIGNING.BAD_JSON');
    expect(codeOf(Buffer.from('{'.repeat(100_000)))).toBe('SIGNING.BAD_JSON');
  });

  test('never throws anything but a coded refusal, whatever is changed in it', async () => {
    const { payload } = statementOf(tiny);
    const base = JSON.parse(payload.toString()) as object;
    const paths = pathsOf(base);
    fc.assert(fc.property(fc.constantFrom(...paths), fc.json({ maxDepth: 2 }), (path, value) => {
      const other = structuredClone(base);
      set(other, path, JSON.parse(value));
      expect(String(codeOf(payloadOf(other)))).toMatch(/^(accepted|EVIDENCE\.[A-Z_]+)$/);
    }), { numRuns: 200 });
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  return [...(path.length === 0 ? [] : [path]), ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function set(root: object, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((inner, key) => inner[key] as Record<string, unknown>, root as Record<string, unknown>);
  parent[path.at(-1)!] = value;
}

describe('a reference that could mean something else tomorrow', () => {
  const sourceOf = (statement: BuildStatement): BuildStatement['predicate']['buildDefinition']['resolvedDependencies'][number] =>
    statement.predicate.buildDefinition.resolvedDependencies.find(({ annotations }) => annotations?.['role'] === 'recipe')!;
  const withSource = async (change: (one: ReturnType<typeof sourceOf>) => void): Promise<unknown> => {
    const statement = JSON.parse(statementOf(tiny).payload.toString()) as BuildStatement;
    change(sourceOf(statement));
    return codeOf(payloadOf(statement));
  };
  const word = fc.stringMatching(/^[a-z][a-z0-9.]{0,12}$/);

  test('is never accepted: a tag, a branch, an address, a version that moves', async () => {
    const mutable = fc.oneof(
      fc.tuple(word, word).map(([repository, branch]) => `git+https://example.org/${repository}@${branch}`),
      fc.tuple(word, word).map(([repository, branch]) => `https://example.org/${repository}.git#refs/heads/${branch}`),
      fc.tuple(word, word).map(([image, tag]) => `docker://${image}:${tag}`),
      fc.tuple(word, word).map(([image, tag]) => `pkg:docker/${image}@${tag}`),
      fc.tuple(fc.constantFrom('oci', 'github', 'gitlab', 'bitbucket'), word, word).map(([type, of, tag]) => `pkg:${type}/${of}@${tag}`),
      word.map((of) => `pkg:generic/${of}`),
      fc.tuple(word, word).map(([of, branch]) => `pkg:generic/${of}@1?vcs_url=git+https://example.org/${of}@${branch}`),
      fc.webUrl(),
      fc.string({ minLength: 1 }),
    );
    await fc.assert(fc.asyncProperty(mutable, async (uri) => {
      expect(await withSource((one) => { one.uri = uri; })).toBe('EVIDENCE.MUTABLE_REFERENCE');
    }), { numRuns: 100 });
  });

  test('is never accepted in place of a digest', async () => {
    const noDigest = fc.oneof(
      fc.constant({}), word.map((tag) => ({ tag })), fc.constant({ sha1: 'a'.repeat(40) }), fc.constant({ gitCommit: 'a'.repeat(40) }), word.map((short) => ({ provenrootTree: short })),
      fc.constant({ provenrootTree: sha256('x').slice(0, 12) }), fc.constant({ provenrootTree: sha256('x').toUpperCase() }),
    );
    await fc.assert(fc.asyncProperty(noDigest, async (other) => {
      expect(await withSource((one) => { one.digest = other; })).toBe('EVIDENCE.MUTABLE_REFERENCE');
    }), { numRuns: 60 });
  });

  test('is an address without the sha256 of what lies behind it', async () => {
    expect(await withSource((one) => { one.downloadLocation = 'https://example.org/x.tar'; })).toBe('EVIDENCE.MUTABLE_REFERENCE');
  });
});
