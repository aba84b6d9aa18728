import { compareComponents, compareConfigurations, compareInputs, compareLicenses, type LicenseComparison } from '../../src/actions/compare-contents.ts';
import { compareBuilds } from '../../src/actions/compare-subjects.ts';
import { sectionJson } from '../../src/actions/present-section.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { parsePolicy } from '../../src/compliance/parse-policy.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import type { Component, Inventory } from '../../src/inventory/inventory.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { recordComparedBuild, type ComparedBuild } from '../support/compared-builds.ts';
import { samplePackage } from '../support/inventory-sample.ts';
import { buildIdOf } from '../support/synthetic-record.ts';

const STRICT = 'format: 1\nname: strict\notherwise: deny\n';
const HOSTILE = 'evil\u001b[2J\u202ename';
const withPackage = (name: string, change: (one: Component) => Component) => (inventory: Inventory): Inventory =>
  ({ ...inventory, components: inventory.components.map((one) => (one.kind === 'package' && one.name === name ? change(one) : one)) });
const source = (text: string): Component['sources'] => [{ file: 'hello.tar', sha256: sha256(text), sizeBytes: 3 }] as unknown as Component['sources'];
const patch = (file: string, cves: string[]): Component['patches'] => [{ file, sha256: sha256(file), cves }] as unknown as Component['patches'];
const licensed = (one: Component, declared: string): Component => ({ ...one, licenses: { ...one.licenses, declared, concluded: declared, effective: declared } });

const PLAIN: ComparedBuild = {
  number: 1, options: {}, files: { 'usr/bin/hello': { bytes: Buffer.from('says hi\n'), mode: 0o755 } },
  configuration: { format: 1, packages: { hello: { options: { loud: false } } }, system: { hostname: 'box', root_password: '$6$one' } },
  alter: withPackage('hello', (one) => ({ ...licensed(one, 'MIT'), sources: source('one'), patches: patch('fix.patch', ['CVE-2024-0001']) })),
};
const OTHER: ComparedBuild = {
  ...PLAIN, number: 2, files: { 'usr/bin/hello': { bytes: Buffer.from('says HI\n'), mode: 0o755 } },
  configuration: { format: 1, packages: { hello: { options: { loud: true } }, delta: {} }, system: { hostname: 'box', root_password: '$6$two' } },
  alter: (inventory) => {
    const changed = withPackage('hello', (one) => ({ ...licensed(one, 'GPL-3.0-only'), sources: source('two'), patches: [] }))(inventory);
    const delta = samplePackage('delta');
    return { ...changed, components: [...changed.components, { ...delta, recipe: { ...delta.recipe!, reasons: ['asked for by the configuration'] } }, samplePackage(HOSTILE)] };
  },
};

let api: TestApi;
let records: Records;
let workshop: Workshop;
const [ONE, TWO] = [buildIdOf(1), buildIdOf(2)];
const both = [ONE, TWO] as const;

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  workshop = { records, reads: createReads(api.database.pool), store: api.store, clock: systemClock } as Workshop;
  for (const build of [PLAIN, OTHER, { ...PLAIN, number: 3 }]) await recordComparedBuild(build, api, records);
});
afterAll(async () => {
  await records.close();
  await api.close();
});
/** What a policy says of builds that were really built, tests/e2e/diff-contents.test.ts asks; here only how it is handed on. */
async function licenses(left: string, right: string, policy: Uint8Array | undefined): Promise<LicenseComparison> {
  const own = await compareLicenses(left, right, workshop);
  if (policy === undefined) return own;
  const { name } = parsePolicy(policy, 'policy');
  const message = `GPL-3.0-only is none of what ${HOSTILE} allows`;
  return { ...own, policy: { name, verdicts: { left: 'ALLOWED', right: 'VIOLATED' }, changes: [
    { subject: 'violation', kind: 'new', package: 'hello', license: 'GPL-3.0-only', rule: 'otherwise', message }, { subject: 'obligation', kind: 'cleared', package: 'hello', license: 'MIT', rule: 'include-text', open: false, message: 'MIT asks for include text' },
  ] } };
}
/** The comparing is real, over inventories and requests on record. */
beforeEach(async () => {
  await api.stop();
  await api.serve();
  api.actions.asked.length = 0;
  api.actions.answers = {
    compareBuilds: ({ left, right }) => compareBuilds(left, right, { workshop }),
    compareLicenses: ({ left, right, policy }) => licenses(left, right, policy),
    compareComponents: ({ left, right }) => compareComponents(left, right, workshop),
    compareConfigurations: ({ left, right }) => compareConfigurations(left, right, workshop),
    compareInputs: ({ left, right }) => compareInputs(left, right, workshop),
  };
});

// What a test asked for it knows the shape of.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const compare = async (fields: string, variables: object = {}, declared = ''): Promise<any> =>
  (await api.data(`query($left: ID!, $right: ID!${declared}) { compare(left: $left, right: $right) { ${fields} } }`, { left: ONE, right: TWO, ...variables })).compare;

describe('what differs in components', () => {
  const rows = async (filter: string): Promise<Record<string, unknown>[]> => (await compare(`components${filter} { nodes { id kind severity cause { code evidence } before { name scope version package { name } } after { name package { name } } from to cvesLost cvesGained } }`)).components.nodes;

  it('is told facet by facet, each with one cause and how severe it is', async () => {
    const all = await rows('');
    expect(all.find(({ kind }) => kind === 'SOURCE')).toMatchObject({ severity: 'CRITICAL', cause: { code: 'SOURCE', evidence: [] }, before: { name: 'hello', scope: 'SHIPS', package: { name: 'hello' } }, from: sha256('one'), to: sha256('two') });
    expect(all.find(({ kind }) => kind === 'PATCH_LOST')).toMatchObject({ severity: 'CRITICAL', cause: { code: 'PATCH' }, from: 'fix.patch', to: null, cvesLost: ['CVE-2024-0001'], cvesGained: [] });
    expect(all.find(({ kind, after }) => kind === 'ADDED' && (after as { name: string }).name === 'delta')).toMatchObject({ before: null, cause: { evidence: [expect.any(String)] } });
  });

  it('is found by kind, severity, cause, name and id, and holds no control characters', async () => {
    expect((await rows('(severity: CRITICAL)')).map(({ kind }) => String(kind)).toSorted()).toEqual(['PATCH_LOST', 'SOURCE']);
    expect((await rows('(kind: LICENSE)')).map(({ from, to }) => [from, to])).toEqual([['MIT', 'GPL-3.0-only']]);
    expect((await rows('(cause: SOURCE)')).map(({ kind }) => kind)).toEqual(['SOURCE']);
    const [evil] = await rows('(nameContains: "EVIL")');
    expect(evil).toMatchObject({ after: { name: String.raw`evil\x1b[2J\u202ename` } });
    expect((await rows(`(id: "${String(evil!['id'])}")`)).map(({ id }) => id)).toEqual([evil!['id']]);
    expect(await rows('(id: "anything")')).toEqual([]);
  });

  it('comes in pages that hold every row once; a cursor of another filter or of other builds is refused', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const { components } = await compare('components(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } }', { after }, ', $after: String') as { components: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
      seen.push(...components.edges.map(({ node }) => node.id));
      ({ hasNextPage: more, endCursor: after } = components.pageInfo);
    }
    expect([seen.length, new Set(seen).size]).toEqual([(await rows('')).length, seen.length]);
    for (const [filter, left] of [[', kind: SOURCE', ONE], ['', buildIdOf(3)]] as const) {
      const { errors } = await api.query(`query($left: ID!, $right: ID!, $after: String) { compare(left: $left, right: $right) { components(after: $after${filter}) { nodes { id } } } }`, { left, right: TWO, after });
      expect(errors![0]!.extensions.code).toBe('API.BAD_CURSOR');
    }
  });
});

describe('what differs in licenses', () => {
  it('is told by the packages themselves, with what became of an expression', async () => {
    const { licenses } = await compare('licenses { policy { name } changes(package: "hello") { nodes { id kind aspect meaning alarm before after packageBefore { name } packageAfter { name } } } }');
    expect(licenses).toMatchObject({ policy: null, changes: { nodes: [{ kind: 'EXPRESSION', aspect: 'DECLARED', meaning: 'OTHER', alarm: true, before: 'MIT', after: 'GPL-3.0-only', packageBefore: { name: 'hello' }, packageAfter: { name: 'hello' } }] } });
    const [{ id }] = licenses.changes.nodes;
    expect((await compare(`licenses { changes(id: "${id}", alarm: true, kind: EXPRESSION, meaning: OTHER) { nodes { id } } }`)).licenses.changes.nodes).toEqual([{ id }]);
    expect((await compare('licenses { changes(alarm: false, package: "hello") { nodes { id } } }')).licenses.changes.nodes).toEqual([]);
  });

  it('is judged by a policy that is handed in, and refused with all findings where that is none', async () => {
    const judged = (policy: string, filter = '') => api.query(`query($left: ID!, $right: ID!, $policy: String) { compare(left: $left, right: $right) { licenses(policy: $policy) { policy { name before after changes${filter} { nodes { id subject kind package license rule open message } } } } } }`, { left: ONE, right: TWO, policy });
    const { policy } = (await judged(STRICT)).data.compare.licenses;
    expect(policy).toMatchObject({ name: 'strict', before: 'ALLOWED', after: 'VIOLATED', changes: { nodes: [{ subject: 'VIOLATION', kind: 'NEW', rule: 'otherwise', open: null, message: expect.stringContaining(String.raw`evil\x1b[2J`) }, { subject: 'OBLIGATION', open: false }] } });
    for (const filter of ['(subject: VIOLATION)', '(kind: NEW, package: "hello")', `(id: "${policy.changes.nodes[0].id}")`]) expect((await judged(STRICT, filter)).data.compare.licenses.policy.changes.nodes).toEqual([policy.changes.nodes[0]]);
    expect((await judged('format: 9\n')).errors![0]!.extensions).toMatchObject({ code: 'COMPLIANCE.BAD_POLICY', findings: expect.any(Array) });
  });
});

describe('what differs in configurations and inputs', () => {
  it('is told setting by setting, what is secret only as another', async () => {
    const rows = async (filter: string): Promise<Record<string, unknown>[]> => (await compare(`configuration${filter} { nodes { id section key before after secret pulledIn dropped } }`)).configuration.nodes;
    const all = await rows('');
    expect(all.find(({ section }) => section === 'OPTION')).toMatchObject({ key: 'hello.loud', before: false, after: true, secret: false });
    expect(all.find(({ key }) => key === 'root_password')).toMatchObject({ section: 'SYSTEM', before: null, after: null, secret: true });
    expect(JSON.stringify(all)).not.toContain('$6$');
    expect((await rows('(section: PACKAGE)')).map(({ key }) => key)).toEqual(['delta']);
    expect((await rows('(package: "hello")')).map(({ key }) => key)).toEqual(['hello.loud']);
  });

  it('is told input by input, each with the package that it is of', async () => {
    const rows = async (filter: string): Promise<Record<string, unknown>[]> => (await compare(`inputs${filter} { nodes { id kind name before after packageName } }`)).inputs.nodes;
    expect(await rows('(kind: SOURCE, package: "hello")')).toEqual([{ id: expect.stringMatching(/^inc_[0-9a-f]{40}$/), kind: 'SOURCE', name: 'hello hello.tar', before: sha256('one'), after: sha256('two'), packageName: 'hello' }]);
    expect((await rows('(kind: PATCH)')).map(({ name, after }) => [name, after])).toContainEqual(['hello fix.patch', null]);
    expect(await rows('(kind: SANDBOX_PACKAGE)')).toEqual([]);
    expect((await rows('(nameContains: "HELLO.T")')).map(({ kind }) => kind)).toEqual(['SOURCE']);
  });
});

describe('the sections of a comparison', () => {
  const ALL = 'components { nodes { id } } licenses { changes { nodes { id } } } configuration { nodes { id } } inputs { nodes { id } }';

  it('are empty between a build and itself or its equal', async () => {
    for (const right of [ONE, buildIdOf(3)]) expect(await compare(ALL, { right })).toEqual({ components: { nodes: [] }, licenses: { changes: { nodes: [] } }, configuration: { nodes: [] }, inputs: { nodes: [] } });
  });

  it('are made once each for all who ask, and none that nobody asks for', async () => {
    await compare('exit');
    expect(api.actions.asked.map(({ name }) => name)).toEqual(['compareBuilds']);
    const [first, second] = await Promise.all([compare(ALL), compare(ALL)]);
    expect(first).toEqual(second);
    expect(api.actions.asked.map(({ name }) => name).toSorted()).toEqual(['compareBuilds', 'compareComponents', 'compareConfigurations', 'compareInputs', 'compareLicenses']);
  });

  it('are made again after one has failed', async () => {
    const real = api.actions.answers.compareInputs!;
    api.actions.answers.compareInputs = async () => { throw new RangeError('it failed'); };
    expect((await api.query(`{ compare(left: "${ONE}", right: "${TWO}") { inputs { nodes { id } } } }`)).errors).toHaveLength(1);
    api.actions.answers.compareInputs = real;
    expect((await compare('inputs { nodes { id } }')).inputs.nodes).not.toEqual([]);
  });

  it('lead from a changed file, component or license to recipe versions within the depth that a request may have', async () => {
    const version = 'recipeVersion { folderDigest recipe { latest { recipe { name } } } }';
    const told = await compare(`changes { edges { node { path packageChange { after { ${version} } } packageAfter { ${version} } } } }
      components(kind: SOURCE) { edges { node { after { package { ${version} } } } } }
      licenses { changes(package: "hello") { edges { node { packageAfter { ${version} } } } } }`);
    const expected = { recipeVersion: { folderDigest: expect.stringMatching(/^[0-9a-f]{64}$/), recipe: { latest: { recipe: { name: 'hello' } } } } };
    expect(told.changes.edges[0].node).toMatchObject({ path: '/usr/bin/hello', packageAfter: expected, packageChange: { after: expected } });
    expect(told.components.edges[0].node.after.package).toEqual(expected);
    expect(told.licenses.changes.edges[0].node.packageAfter).toEqual(expected);
  });

  it('come over plain HTTP as the command line prints them', async () => {
    const { images, packages } = await compareBuilds(...both, { workshop });
    const expected = {
      images: sectionJson('images', 1, { changes: images.filter(({ equal }) => !equal), equal: images.filter(({ equal }) => equal) }), packages: sectionJson('packages', 1, packages),
      licenses: sectionJson('licenses', 1, await compareLicenses(...both, workshop)), sbom: sectionJson('sbom', 1, await compareComponents(...both, workshop)),
      config: sectionJson('config', 1, await compareConfigurations(...both, workshop)), inputs: sectionJson('inputs', 1, await compareInputs(...both, workshop)),
    };
    for (const [section, text] of Object.entries(expected)) {
      const answer = await api.ask(`/compare/bld_${ONE}..${TWO}/${section}.json`);
      expect([answer.status, answer.headers['content-type'], answer.headers['content-disposition'], answer.text]).toEqual([200, 'application/json', `attachment; filename="${ONE}..${TWO}.${section}.json"`, `${text}\n`]);
      expect(JSON.parse((await api.ask(`/compare/${ONE}..${ONE}/${section}.json`)).text)).toMatchObject({ section, exit: 0 });
    }
    for (const path of [`${ONE}..${TWO}/files.json`, `${ONE}..${TWO}/licenses`, `${ONE}..${buildIdOf(77)}/sbom.json`]) expect((await api.ask(`/compare/${path}`)).json.errors![0]!.extensions.code).toBe('API.NOT_FOUND');
  });

  it('come with what a policy on record says', async () => {
    const policy = Buffer.from(STRICT);
    const { sha256: digest } = await api.record.blob(policy);
    const answer = await api.ask(`/compare/${ONE}..${TWO}/licenses.json?policy=${digest}`);
    expect(answer.text).toBe(`${sectionJson('licenses', 1, await licenses(...both, policy))}\n`);
    expect((await api.ask(`/compare/${ONE}..${TWO}/licenses.json?policy=${sha256('none')}`)).status).toBe(404);
  });
});
