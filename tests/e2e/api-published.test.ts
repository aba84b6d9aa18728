import { sha256 } from '../../src/foundation/digest.ts';
import { addDual, MIT_TEXT } from '../support/licensed-recipes.ts';
import { TinyHome, until, type TinyServer } from '../support/tiny-home.ts';

const STRICT = 'format: 1\nname: strict\nrequire_choice: true\n';
const MINUTES = 300_000;

/** A real build, its worker and the doors alone: from the request to what can be downloaded about it. */
describe('a user of the server who asks what is in a build', () => {
  let home: TinyHome;
  let server: TinyServer;
  let build: string;
  beforeAll(async () => {
    home = await TinyHome.open();
    await addDual(home, '1.0');
    server = await home.serve();
    const { createConfiguration } = await server.ask('mutation { createConfiguration(input: { name: "mine", board: "tiny", content: { packages: [{ name: "dual" }], images: [{ format: TAR }] } }) { userErrors { message } } }');
    expect(createConfiguration.userErrors).toEqual([]);
    const { startBuild } = await server.ask('mutation($policy: String) { startBuild(input: { configuration: "mine", policy: $policy }) { build { id } userErrors { message } } }', { policy: STRICT });
    expect(startBuild.userErrors).toEqual([]);
    build = startBuild.build.id;
    expect(await server.end(build)).toBe('SUCCEEDED');
  }, MINUTES);
  afterAll(() => home.close());

  const get = async (file: string): Promise<{ status: number; bytes: Buffer; headers: Headers }> => {
    const answer = await fetch(`${server.address}/builds/${build}/${file}`);
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
  };
  const done = (job: string): Promise<{ state: string; error: unknown }> => until('the job is done', async () => {
    const { job: found } = await server.ask('query($id: ID!) { job(id: $id) { state error { code message } } }', { id: job });
    return !['QUEUED', 'RUNNING'].includes(found.state) && found;
  }, MINUTES);
  async function publish(): Promise<void> {
    const { publishDocuments } = await server.ask('mutation($id: ID!) { publishDocuments(input: { build: $id }) { job { id } userErrors { message } } }', { id: build });
    expect(publishDocuments.userErrors).toEqual([]);
    expect(await done(publishDocuments.job.id)).toEqual({ state: 'DONE', error: null });
  }

  it('finds its components as soon as it has ended, and no document before it is published', async () => {
    const { whereUsed } = await until('the inventory is on record', async () => {
      const found = await server.ask('query($id: ID!) { build(id: $id) { inventory { digest } components(nameContains: "dual") { nodes { name license licenseTexts { path sha256 licenseId } } } } whereUsed(license: "GPL-2.0-only") { nodes { build { id } componentName } } }', { id: build });
      return found.build.inventory !== null && found;
    }, MINUTES);
    expect(whereUsed.nodes).toContainEqual({ build: { id: build }, componentName: 'dual' });
    const { build: { components } } = await server.ask('query($id: ID!) { build(id: $id) { components(nameContains: "dual") { nodes { license licenseTexts { path sha256 } } } } }', { id: build });
    expect(components.nodes).toEqual([{ license: 'GPL-2.0-only OR MIT', licenseTexts: [{ path: expect.stringContaining('COPYING'), sha256: sha256(MIT_TEXT) }] }]);
    const { status, bytes } = await get('sbom.cdx.json');
    expect([status, JSON.parse(bytes.toString()).errors[0].extensions.code]).toEqual([404, 'API.NOT_PUBLISHED']);
  }, MINUTES);

  it('has its documents published, and downloads each with what was signed beside it', async () => {
    await publish();
    const { build: { documents, sbom } } = await server.ask(`query($id: ID!) { build(id: $id) { documents { format detail state url sha256 signedSha256 signatureUrl gates { gate passed findings { severity message } } }
      sbom(format: CYCLONEDX_1_7) { url sha256 signedSha256 signatureUrl statement { sha256 signatures { keyId } } } } }`, { id: build });
    const published = documents.filter(({ format }: { format: string }) => format !== 'LEGAL_INFO');
    expect(published.map(({ format, detail, state }: { format: string; detail: string; state: string }) => `${format} ${detail} ${state}`).toSorted()).toEqual(
      ['CYCLONEDX_1_7', 'SPDX_2_3', 'SPDX_3_0_1'].flatMap((format) => ['FILES', 'PACKAGES'].map((detail) => `${format} ${detail} PUBLISHED`)),
    );
    for (const { url, sha256: plain, signedSha256, signatureUrl, gates } of published) {
      const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(sha256(bytes)).toBe(signedSha256 ?? plain);
      expect(gates.length).toBeGreaterThan(3);
      expect(gates.every(({ passed }: { passed: boolean }) => passed)).toBe(true);
      expect((await fetch(signatureUrl)).status).toBe(200);
    }
    expect(sha256((await get('sbom.cdx.json?signed=0')).bytes)).toBe(sbom.sha256);
    const envelope = JSON.parse((await get('sbom.cdx.json.intoto.jsonl')).bytes.toString()) as { payload: string };
    expect(sha256(Buffer.from(envelope.payload, 'base64'))).toBe(sbom.statement.sha256);
    expect(sbom.statement.signatures).toHaveLength(1);
  }, MINUTES);

  it('is told what a policy says of it, decides what it asks for, and has that in new documents', async () => {
    const judged = async () => (await server.ask('query($id: ID!, $policy: String) { build(id: $id) { licenses(policy: $policy) { verdict reviews { rule package } packages(nameContains: "dual") { nodes { effective choice { state ways } texts { exact licenses } } } } policyReports { policyName outcome current } } }', { id: build, policy: STRICT })).build;
    const before = await judged();
    expect(before.licenses.verdict).toBe('REVIEW');
    expect(before.licenses.reviews).toContainEqual({ rule: 'choice-open', package: 'dual' });
    expect(before.licenses.packages.nodes).toEqual([{ effective: null, choice: { state: 'OPEN', ways: ['GPL-2.0-only', 'MIT'] }, texts: [{ exact: true, licenses: expect.arrayContaining(['MIT']) }] }]);
    expect(before.policyReports).toContainEqual({ policyName: 'strict', outcome: 'REVIEW', current: true });
    const DECIDE = 'mutation($input: DecideLicenseInput!) { decideLicense(input: $input) { decision { id decided } userErrors { code } } }';
    const input = { build, package: 'dual', kind: 'CHOICE', decided: 'MIT', reason: 'it is linked into ours', by: 'jo' };
    expect((await server.ask(DECIDE, { input: { ...input, decided: 'Zlib' } })).decideLicense.userErrors).toEqual([{ code: 'ACTIONS.NOT_OFFERED' }]);
    const { decision } = (await server.ask(DECIDE, { input })).decideLicense;
    expect(decision).toEqual({ id: expect.stringMatching(/^lcd_/), decided: 'MIT' });
    expect((await judged()).licenses.packages.nodes).toMatchObject([{ effective: 'MIT', choice: { state: 'HOLDS' } }]);
    const { build: { sbom: { sha256: old } } } = await server.ask('query($id: ID!) { build(id: $id) { sbom(format: SPDX_2_3) { sha256 } } }', { id: build });
    await publish();
    const { build: { sbom, documents } } = await server.ask('query($id: ID!) { build(id: $id) { sbom(format: SPDX_2_3) { sha256 current state } documents(superseded: true) { sha256 current url } } }', { id: build });
    expect([sbom.sha256 === old, sbom.current, sbom.state]).toEqual([false, true, 'PUBLISHED']);
    const superseded = documents.find((each: { sha256: string }) => each.sha256 === old);
    expect([superseded.current, sha256(Buffer.from(await (await fetch(superseded.url)).arrayBuffer()))]).toEqual([false, old]);
  }, MINUTES);

  it('is told whose a file is, what a regulator misses, and takes notice and sources along', async () => {
    const { build: { owner, profile } } = await server.ask('query($id: ID!) { build(id: $id) { owner(path: "/usr/share/dual") { owner { name effective dependencyPath { package } } } profile(profile: CRA) { met rows(first: 1) { nodes { field } } } } }', { id: build });
    expect(owner.owner).toEqual({ name: 'dual', effective: 'MIT', dependencyPath: [{ package: 'dual' }] });
    expect(profile.rows.nodes).toHaveLength(1);
    expect((await get('licenses.txt')).bytes.toString()).toContain('Permission is hereby granted, free of charge');
    for (const file of ['licenses.json', 'licenses.csv', 'licenses.html', 'notice.html', 'report.bsi.json', 'report.ntia.json', 'report.cra.json']) expect((await get(file)).status).toBe(200);
    const bundle = await get('legal-info.tar');
    expect([bundle.status, bundle.headers.get('content-type'), bundle.bytes.includes('recipes/dual')]).toEqual([200, 'application/x-tar', true]);
  }, MINUTES);
});
