import { formOf } from '../../src/actions/report-licenses.ts';
import { explainOwner } from '../../src/compliance/explain-owner.ts';
import { licenseReport, type LicenseReport } from '../../src/compliance/license-report.ts';
import { parsePolicy } from '../../src/compliance/parse-policy.ts';
import { profileReport } from '../../src/compliance/profile-report.ts';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { Failure } from '../../src/foundation/failure.ts';
import { inventoryOf } from '../../src/inventory/inventory-of.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { DEFAULT_POLICY } from '../../src/licensing/policy.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { tinyInventoryFacts } from '../support/inventory-facts.ts';
import { capturedTexts, licensedInventory, MIT_TEXT, type LicensedRow, type Link } from '../support/licensed-inventory.ts';
import { sampleInventory } from '../support/sample-contents.ts';
import { digestOf } from '../support/sample-records.ts';
import { buildIdOf, syntheticId } from '../support/synthetic-record.ts';

const DAY = '2026-11-23T10:00:00Z';
const ROWS: Readonly<Record<string, LicensedRow>> = {
  app: { license: 'LicenseRef-acme' }, lib: { license: 'GPL-2.0-only', scope: 'build' }, both: { license: 'MIT OR GPL-2.0-only', text: MIT_TEXT }, tool: { license: 'GPL-3.0-only', scope: 'host' },
  'evil\u001b]0;x\u0007': { license: 'see the wiki' },
};
const LINKS: readonly Link[] = [['app', 'linksStatically', 'lib']];
const INVENTORY = licensedInventory(ROWS, LINKS);
const TEXTS = capturedTexts(ROWS);
const POLICY = 'format: 1\nname: strict\n';

let api: TestApi;
let records: Records;
let tiny: Inventory;
const reportOf = (policy?: Uint8Array): LicenseReport => licenseReport(INVENTORY, policy === undefined ? { ...DEFAULT_POLICY, categories: { 'LicenseRef-acme': 'proprietary' } } : parsePolicy(policy, 'the policy'), TEXTS, DAY);

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  await api.record.build({ number: 1 });
  tiny = inventoryOf(await tinyInventoryFacts());
});
afterAll(async () => {
  await records.close();
  await api.close();
});
/** The judging is real; what a build has is a sample. */
beforeEach(() => {
  api.actions.asked.length = 0;
  api.actions.answers = {
    licenseReport: async ({ policy }) => reportOf(policy), licenseDocument: async ({ form, policy }) => formOf(form, { report: reportOf(policy), inventory: INVENTORY, texts: TEXTS }),
    profileReport: async ({ profile }) => profileReport(tiny, profile, []), explainOwner: async ({ path }) => explainOwner(tiny, path),
  };
});

const ID = buildIdOf(1);
const get = (file: string, method = 'GET') => api.ask(`/builds/${ID}/${file}`, { method });

describe('the licenses of a build', () => {
  const PACKAGES = `query($id: ID!, $after: String, $first: Int = 50, $verdict: PolicyOutcome, $shipped: Boolean, $name: String) { build(id: $id) { licenses { packages(first: $first, after: $after, verdict: $verdict, shipped: $shipped, nameContains: $name) {
    nodes { name } pageInfo { hasNextPage endCursor } } } } }`;
  const packages = async (variables: object = {}) => (await api.query(PACKAGES, { id: ID, ...variables }));
  const named = async (variables: object): Promise<string[]> => (await packages(variables)).data.build.licenses.packages.nodes.map(({ name }: { name: string }) => name);

  it('are judged by the server: verdict, counts, ways from image to license, what is owed and what fulfils it', async () => {
    const { build } = await api.data(`{ build(id: "${ID}") { licenses { verdict policyName policySha256 judgedOn licenseListVersion summary { packages shipped unknown byLicense { license category packages shipped } byCategory { category shipped } }
      violations { rule package license linkage into path fileCount message expired { id } exception { id } } reviews { rule package } obligations { obligation license source packages fulfilledBy { package by path sha256 } open { package reason } }
      choices { package offered ways taken state by } conclusions { holds } passedByException { rule } unusedExceptions { id } textFindings { severity rule message } } } }`);
    const report = reportOf();
    expect(build.licenses).toMatchObject({ verdict: report.verdict, policyName: DEFAULT_POLICY.name, policySha256: report.policy.sha256, judgedOn: '2026-11-23', licenseListVersion: report.licenseList });
    expect(build.licenses.summary).toMatchObject({ packages: 5, shipped: report.summary.shipped, unknown: report.summary.unknown });
    expect(build.licenses.summary.byLicense).toContainEqual({ license: 'LicenseRef-acme', category: 'PROPRIETARY', packages: 1, shipped: 1 });
    const told = [...build.licenses.violations, ...build.licenses.reviews];
    expect(told).toHaveLength(report.violations.length + report.reviews.length);
    expect(build.licenses.violations).toContainEqual({
      rule: 'copyleft-into-closed', package: 'lib', license: 'GPL-2.0-only', linkage: 'STATIC', into: 'app', path: ['rootfs.tar', '/usr/bin/app', 'lib', 'GPL-2.0-only'], fileCount: 1, message: expect.stringContaining('linked statically into app'), expired: null, exception: null,
    });
    expect(build.licenses.choices).toEqual([{ package: 'both', offered: expect.any(String), ways: expect.arrayContaining(['MIT']), taken: 'MIT', state: 'OPEN', by: null }]);
    expect(build.licenses.obligations).toHaveLength(report.obligations.length);
    expect(build.licenses.obligations.find(({ license, obligation }: { license: string; obligation: string }) => license === 'MIT' && obligation === 'license-text').fulfilledBy).toContainEqual({ package: 'both', by: 'notice-text', path: expect.any(String), sha256: sha256(MIT_TEXT) });
  });

  it('are told package by package, with choice, texts and findings, and hostile names are escaped', async () => {
    const { build } = await api.data(`{ build(id: "${ID}") { licenses { packages { nodes { name kind scope shipped linkages declared concluded effective unreadable licenses { license category } choice { state } texts { path sha256 licenses exact similarity } findings { rule } sourceDigest licenseTextDigest verdict } } } } }`);
    const { nodes } = build.licenses.packages;
    expect(nodes.map(({ name }: { name: string }) => name)).toEqual(['app', 'both', String.raw`evil\x1b]0;x\x07`, 'lib', 'tool']);
    expect(nodes[1]).toMatchObject({
      kind: 'PACKAGE', scope: 'SHIPS', shipped: true, linkages: ['FILE'], declared: expect.stringContaining('MIT'), effective: null, choice: { state: 'OPEN' }, licenses: [{ license: 'MIT', category: 'PERMISSIVE' }],
      texts: [{ sha256: sha256(MIT_TEXT), licenses: expect.arrayContaining(['MIT']), exact: true, similarity: 1 }], sourceDigest: expect.stringMatching(/^[0-9a-f]{64}$/), verdict: 'ALLOWED',
    });
    expect(nodes[2]).toMatchObject({ declared: null, unreadable: 'see the wiki', choice: null, licenses: [] });
  });

  it('are found by verdict, by name and by whether they ship, page by page', async () => {
    expect(await named({ shipped: false })).toEqual(['tool']);
    expect(await named({ name: 'OO' })).toEqual(['tool']);
    expect(await named({ verdict: 'VIOLATED' })).toContain('lib');
    const first = (await packages({ first: 2 })).data.build.licenses.packages;
    const rest = (await packages({ first: 200, after: first.pageInfo.endCursor })).data.build.licenses.packages;
    expect([...first.nodes, ...rest.nodes].map(({ name }: { name: string }) => name)).toEqual(await named({}));
    expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
    expect((await packages({ after: first.pageInfo.endCursor, shipped: true })).errors![0]!.extensions.code).toBe('API.BAD_CURSOR');
    expect((await packages({ first: 201 })).errors![0]!.extensions.code).toBe('API.BAD_PAGE');
  });

  it('are judged by the policy that is handed in, and a bad one is refused', async () => {
    const ask = (policy: string) => api.query('query($id: ID!, $policy: String) { build(id: $id) { licenses(policy: $policy) { policyName } } }', { id: ID, policy });
    expect((await ask(POLICY)).data.build.licenses.policyName).toBe('strict');
    expect(api.actions.asked.at(-1)!.input).toEqual({ buildId: ID, policy: Buffer.from(POLICY) });
    const { code, findings } = (await ask('format: 1\nname: x\nrules: 3\nnothing: 1\n')).errors![0]!.extensions;
    expect([code, findings!.length]).toEqual(['COMPLIANCE.BAD_POLICY', 2]);
    expect(findings![0]).toMatchObject({ severity: 'ERROR', path: 'the policy', line: expect.any(Number), rule: expect.any(String), message: expect.any(String) });
  });

  it('come over plain HTTP as JSON, table, page and notice', async () => {
    const json = await get('licenses.json');
    expect([json.status, json.headers['content-type'], json.headers['cache-control'], json.text]).toEqual([200, 'application/json', 'no-store', canonicalJson(reportOf())]);
    const csv = await get('licenses.csv');
    expect([csv.headers['content-type'], csv.headers['content-disposition']]).toEqual(['text/csv; charset=utf-8', expect.stringContaining('licenses.csv')]);
    expect(csv.text).toContain('GPL-2.0-only');
    const notice = await get('licenses.txt');
    expect(notice.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(notice.text).toContain('Permission is hereby granted');
    for (const file of ['licenses.csv', 'licenses.txt', 'licenses.html']) expect((await get(file, 'HEAD')).text).toBe('');
    expect((await api.ask(`/builds/${buildIdOf(99)}/licenses.json`)).json.errors![0]!.extensions.code).toBe('API.NOT_FOUND');
    expect(api.logged).toEqual([]);
  });

  it('are judged by a policy on record where its digest is given', async () => {
    const { sha256: digest } = await api.record.blob(Buffer.from(POLICY));
    expect(JSON.parse((await get(`licenses.json?policy=${digest}`)).text)).toMatchObject({ policy: { name: 'strict' } });
    expect((await get(`licenses.html?policy=${digest}`)).text).toContain('strict');
    const codeAt = async (policy: string): Promise<string> => (await get(`licenses.csv?policy=${policy}`)).json.errors![0]!.extensions.code;
    expect([await codeAt('latest'), await codeAt(sha256('of none'))]).toEqual(['FOUNDATION.BAD_DIGEST', 'API.NOT_FOUND']);
    const other = await api.record.blob(Buffer.from('\u0000 is no policy'));
    expect(await codeAt(other.sha256)).toBe('COMPLIANCE.BAD_POLICY');
  });

  it('and other reports cost so much that no page of builds can ask for them', async () => {
    for (const field of ['licenses { verdict }', 'profile(profile: CRA) { met }', 'owner(path: "/") { kind }']) {
      expect((await api.query(`{ builds(first: 200) { nodes { ${field} } } }`)).errors![0]!.extensions.code).toBe('API.TOO_COSTLY');
    }
    expect(api.actions.asked).toEqual([]);
  });

  it('are refused where too many are asked for at once, and made again later', async () => {
    const before = api.actions.answers.licenseReport!;
    const { promise, resolve } = Promise.withResolvers<void>();
    api.actions.answers.licenseReport = async (input) => { await promise; return before(input); };
    const asked = Array.from({ length: 19 }, () => get('licenses.json'));
    const refused = await Promise.any(asked.map(async (each) => { const answer = await each; if (answer.status === 200) throw new Failure('API.NOT_FOUND', 'made'); return answer; }));
    expect([refused.status, refused.json.errors![0]!.extensions.code]).toEqual([429, 'API.TOO_MANY_REPORTS']);
    resolve();
    expect((await Promise.all(asked)).filter(({ status }) => status === 200)).toHaveLength(18);
    expect((await get('licenses.json')).status).toBe(200);
  });

  it('stand on pages that run nothing, load nothing and have no style but their own', async () => {
    for (const file of ['licenses.html', 'notice.html']) {
      const { status, headers, text } = await get(file);
      const style = /<style>([^<]*)<\/style>/.exec(text)![1]!;
      expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, 'text/html; charset=utf-8', 'nosniff']);
      expect(headers['content-security-policy']).toBe(`default-src 'none'; style-src 'sha256-${Buffer.from(sha256(style), 'hex').toString('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`);
      expect(text).toMatch(/^<!DOCTYPE html>[^]*<\/html>\n$/);
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/<script|style="|\u001b/);
    }
    api.actions.answers.licenseDocument = async () => ['<!DOCTYPE html><title>no style</title>', '<style>of a stranger</style>'];
    expect((await get('licenses.html')).headers['content-security-policy']).toContain("style-src 'none'");
  });
});

describe('what policies said', () => {
  it('is told newest first, each an object of its own, with policy and report to download', async () => {
    const inventory = sampleInventory('judged', []);
    await records.contents.recordInventory(inventory);
    await records.contents.linkInventory(ID, inventory.digest);
    const policy = await api.record.blob(Buffer.from(POLICY));
    const ids: string[] = [];
    for (const [outcome, report] of [['ALLOWED', '{"r":1}'], ['VIOLATED', '{"r":2}']] as const) {
      const { sha256: reportSha256 } = await api.record.blob(Buffer.from(report));
      ids.push((await records.contents.recordPolicyReport({ buildId: ID, inventoryDigest: inventory.digest, policySha256: policy.sha256, policyName: 'strict', outcome, reportSha256 })).id);
    }
    const { build } = await api.data(`{ build(id: "${ID}") { policyReports { id build { id } outcome policyName policySha256 reportUrl policyUrl current inventoryDigest } } }`);
    expect(build.policyReports).toHaveLength(2);
    expect(build.policyReports[0]).toEqual({
      id: `plr_${ids[1]!}`, build: { id: `bld_${ID}` }, outcome: 'VIOLATED', policyName: 'strict', policySha256: policy.sha256, current: true, inventoryDigest: inventory.digest,
      policyUrl: `${api.address}/blobs/sha256/${policy.sha256}`, reportUrl: `${api.address}/blobs/sha256/${sha256('{"r":2}')}`,
    });
    expect(await (await fetch(build.policyReports[0].reportUrl)).text()).toBe('{"r":2}');
    expect((await api.data(`{ node(id: "plr_${ids[0]!}") { __typename ... on PolicyReport { outcome } } }`)).node).toEqual({ __typename: 'PolicyReport', outcome: 'ALLOWED' });
  });

  it('is a job of a worker, and a bad policy is refused with all that is wrong', async () => {
    const job = syntheticId(0x7a, 1);
    await api.record.insert('tasks', [{ id: job, kind: 'judge', state: 'QUEUED' }]);
    api.actions.answers.judgeBuild = async ({ policy }) => { parsePolicy(policy, 'policy'); return { jobId: job }; };
    const JUDGE = 'mutation($input: JudgeBuildInput!) { judgeBuild(input: $input) { job { id kind } userErrors { code message path } } }';
    expect((await api.data(JUDGE, { input: { build: `bld_${ID}`, policy: POLICY } })).judgeBuild).toEqual({ job: { id: `job_${job}`, kind: 'judge' }, userErrors: [] });
    expect(api.actions.asked[0]!.input).toEqual({ buildId: ID, policy: Buffer.from(POLICY) });
    const { userErrors } = (await api.data(JUDGE, { input: { build: ID, policy: 'format: 1\nname: x\nrules: [{}]\nnothing: 1\n' } })).judgeBuild;
    expect(userErrors.length).toBeGreaterThan(1);
    expect(new Set(userErrors.map(({ code }: { code: string }) => code))).toEqual(new Set(['COMPLIANCE.BAD_POLICY']));
    const large = await api.post({ query: JUDGE, variables: { input: { build: ID, policy: `${POLICY}#${'x'.repeat(100_000)}\n` } } }, '/graphql/bulk');
    expect(large.json.data.judgeBuild.userErrors).toEqual([]);
  });

  it('may be asked for with a build and with a release', async () => {
    const job = syntheticId(0x7a, 2);
    await api.record.insert('tasks', [{ id: job, kind: 'release', state: 'QUEUED' }]);
    Object.assign(api.actions.answers, { startBuild: async () => ({ buildId: ID, reused: false }), createRelease: async () => ({ jobId: job }) });
    await api.data(`mutation($policy: String) { a: startBuild(input: { board: "tiny", policy: $policy }) { build { id } } b: startBuild(input: { board: "tiny" }) { build { id } }
      c: createRelease(input: { product: "p", version: "1", build: "${ID}", policy: $policy }) { job { id } } d: createRelease(input: { product: "p", version: "1", build: "${ID}" }) { job { id } } }`, { policy: POLICY });
    const policy = Buffer.from(POLICY);
    expect(api.actions.asked.map(({ input }) => input)).toEqual([{ board: 'tiny', policy }, { board: 'tiny' }, { product: 'p', version: '1', buildId: ID, policy }, { product: 'p', version: '1', buildId: ID }]);
  });
});

describe('decisions about licenses', () => {
  const decide = (word: string) => records.contents.recordDecision({ kind: 'CHOICE', package: 'both', expression: 'GPL-2.0-only OR MIT', decided: 'MIT', sourceDigest: digestOf('source'), licenseTextDigest: null, reason: word, actor: 'jo' });

  it('are put on record, found by id and listed newest first', async () => {
    api.actions.answers.decideLicense = async ({ reason }) => ({ decisionId: (await decide(reason)).id });
    const DECIDE = 'mutation($input: DecideLicenseInput!) { decideLicense(input: $input) { decision { id kind package expression decided sourceDigest licenseTextDigest reason actor decidedAt withdrawnAt } userErrors { code path } } }';
    const input = { build: `bld_${ID}`, package: 'both', kind: 'CHOICE', decided: 'MIT', reason: 'we \u001b link it', by: 'jo' };
    const { decision } = (await api.data(DECIDE, { input })).decideLicense;
    expect(api.actions.asked[0]!.input).toEqual({ buildId: ID, package: 'both', kind: 'CHOICE', decided: 'MIT', reason: 'we \u001b link it', by: 'jo' });
    expect(decision).toEqual({
      id: expect.stringMatching(/^lcd_/), kind: 'CHOICE', package: 'both', expression: 'GPL-2.0-only OR MIT', decided: 'MIT', sourceDigest: digestOf('source'), licenseTextDigest: null,
      reason: String.raw`we \x1b link it`, actor: 'jo', decidedAt: expect.stringMatching(/^\d{4}-/), withdrawnAt: null,
    });
    expect((await api.data(`{ node(id: "${decision.id}") { __typename ... on LicenseDecision { decided } } }`)).node).toEqual({ __typename: 'LicenseDecision', decided: 'MIT' });
    await decide('later');
    const list = async (filter: string): Promise<string[]> => (await api.data(`{ licenseDecisions(${filter}) { nodes { reason } } }`)).licenseDecisions.nodes.map(({ reason }: { reason: string }) => reason);
    expect(await list('package: "both", first: 1')).toEqual(['later']);
    expect(await list('kind: CONCLUSION')).toEqual([]);
  });

  it('are withdrawn and stay on record; twice is refused', async () => {
    const { id } = await decide('wrong');
    api.actions.answers.withdrawLicenseDecision = async ({ decisionId, by, reason }) => records.contents.withdrawDecision(decisionId, { by, reason, at: systemClock.now() });
    const withdraw = async () => (await api.data(`mutation { withdrawLicenseDecision(input: { id: "${id}", by: "ann", reason: "a mistake" }) { decision { withdrawnBy withdrawnReason } userErrors { code } } }`)).withdrawLicenseDecision;
    expect(await withdraw()).toEqual({ decision: { withdrawnBy: 'ann', withdrawnReason: 'a mistake' }, userErrors: [] });
    expect(await withdraw()).toEqual({ decision: null, userErrors: [{ code: 'RECORDS.STALE' }] });
    const reasons = async (more: string): Promise<unknown> => (await api.data(`{ licenseDecisions(first: 50${more}) { nodes { reason } } }`)).licenseDecisions.nodes;
    expect(await reasons('')).not.toContainEqual({ reason: 'wrong' });
    expect(await reasons(', includeWithdrawn: true')).toContainEqual({ reason: 'wrong' });
  });
});

describe('what a regulator asks for', () => {
  it('is told field by field, with rows that are found by status, demand and field', async () => {
    const { build } = await api.data(`{ build(id: "${ID}") { profile(profile: BSI) { profile standard met leftOutFiles leftOutComponents url summary { field clause demand met notMet notApplicable percent }
      rows(first: 200) { nodes { field demand status value source remedy subject { kind ref name version count examples } } pageInfo { hasNextPage } } missing: rows(status: NOT_MET, demand: REQUIRED) { nodes { field status demand } } } } }`);
    const report = profileReport(tiny, 'bsi', []);
    expect(build.profile).toMatchObject({ profile: 'BSI', standard: report.standard, met: report.met, leftOutFiles: report.leftOut.files, leftOutComponents: report.leftOut.components, url: `${api.address}/builds/bld_${ID}/report.bsi.json` });
    expect(build.profile.summary).toHaveLength(report.summary.length);
    expect(build.profile.rows.nodes).toHaveLength(Math.min(200, report.rows.length));
    expect(new Set(build.profile.rows.nodes.map(({ subject }: { subject: { kind: string } }) => subject.kind))).toEqual(new Set(['DOCUMENT', 'COMPONENT', 'FILES']));
    const missing = report.rows.filter(({ status, demand }) => status === 'not-met' && demand === 'required').slice(0, 50);
    expect(build.profile.missing.nodes).toEqual(missing.map(({ field }) => ({ field, status: 'NOT_MET', demand: 'REQUIRED' })));
  });

  it('comes whole over plain HTTP, of each of them', async () => {
    for (const profile of ['bsi', 'ntia', 'cra'] as const) {
      const { status, headers, text } = await get(`report.${profile}.json`);
      expect([status, headers['content-type'], text]).toEqual([200, 'application/json', canonicalJson(profileReport(tiny, profile, []))]);
    }
    expect((await get('report.fda.json')).status).toBe(404);
  });
});

describe('the owner of a path', () => {
  const OWNER = `query($id: ID!, $path: String!) { build(id: $id) { owner(path: $path) { asked path kind mode sha256 target content links { path target owner } hardLinks images leadsNowhere uses { path relation owner } usedBy { path } missing { name }
    owner { kind name version ownerKind reason step { name template planKey recipeDigest } sources { file sha256 sizeBytes urls } patches { file } declared concluded effective purls cpe why dependencyPath { package reason } neededBy { package relation basis } } } } }`;

  it('is told with what made it, what it uses, and the way from what somebody asked for', async () => {
    const { owner } = (await api.data(OWNER, { id: ID, path: '/usr/lib/libgreeting.so.1' })).build;
    const told = explainOwner(tiny, '/usr/lib/libgreeting.so.1');
    expect(owner).toMatchObject({ asked: '/usr/lib/libgreeting.so.1', path: '/usr/lib/libgreeting.so.1', kind: 'FILE', mode: expect.stringMatching(/^0[0-7]{3}$/), sha256: told.file.hashes!.sha256, content: 'elf', images: told.images });
    expect(owner.owner).toMatchObject({ kind: 'PACKAGE', name: 'hello-lib', ownerKind: 'PACKAGE', reason: 'installed', declared: told.owner!.licenses.declared, why: told.owner!.why.reasons, step: { name: 'hello-lib', recipeDigest: told.owner!.step!.recipe } });
    expect(owner.owner.dependencyPath.map((step: { package: string }) => step.package)).toEqual(['hello', 'hello-lib']);
    expect(owner.owner.neededBy).toContainEqual({ package: 'hello', relation: 'linksDynamically', basis: 'observed' });
    expect(owner.usedBy.length).toBe(told.usedBy.length);
  });

  it('of a path that is not there is refused, with paths that are near', async () => {
    const { errors } = await api.query(OWNER, { id: ID, path: '/usr/lib/libgreting.so.1' });
    expect(errors![0]!.extensions).toMatchObject({ code: 'COMPLIANCE.UNKNOWN_PATH', hint: expect.stringContaining('libgreeting') });
  });
});

describe('publishing and the source bundle', () => {
  it('are asked for by build: a job of a worker, and a stream of bytes', async () => {
    const job = syntheticId(0x7a, 3);
    await api.record.insert('tasks', [{ id: job, kind: 'publish', state: 'QUEUED' }]);
    api.actions.answers = {
      publishDocuments: async () => ({ jobId: job }),
      writeLegalInfo: async ({ sandbox }) => (async function* bytes() { yield Buffer.from(sandbox ? 'sandbox ' : 'bundle '); yield Buffer.from('bytes'); })(),
    };
    expect((await api.data(`mutation { publishDocuments(input: { build: "${ID}" }) { job { id } userErrors { code } } }`)).publishDocuments).toEqual({ job: { id: `job_${job}` }, userErrors: [] });
    for (const [file, text] of [['legal-info.tar', 'bundle bytes'], ['legal-info-sandbox.tar', 'sandbox bytes']] as const) {
      const answer = await get(file);
      expect([answer.status, answer.headers['content-type'], answer.headers['cache-control'], answer.text]).toEqual([200, 'application/x-tar', 'no-store', text]);
      expect(answer.headers['content-disposition']).toContain(file);
    }
  });

  it('are refused with the code of what is missing', async () => {
    api.actions.answers = { writeLegalInfo: async () => { throw new Failure('LEGAL.INPUT_MISSING', 'a source is gone'); }, publishDocuments: async () => { throw new Failure('ACTIONS.NOT_SUCCEEDED', 'it failed'); } };
    const answer = await get('legal-info.tar');
    expect([answer.status, answer.json.errors![0]!.extensions.code]).toEqual([409, 'LEGAL.INPUT_MISSING']);
    expect((await api.data(`mutation { publishDocuments(input: { build: "${ID}" }) { job { id } userErrors { code } } }`)).publishDocuments).toEqual({ job: null, userErrors: [{ code: 'ACTIONS.NOT_SUCCEEDED' }] });
    expect((await api.ask(`/builds/${buildIdOf(99)}/legal-info.tar`)).status).toBe(404);
  });
});
