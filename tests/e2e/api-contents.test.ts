import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import type { BuildDocumentDetail, BuildDocumentFormat } from '../../src/records/build-document-records.ts';
import type { InventoryComponentRow } from '../../src/records/inventory-records.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { sampleComponent, sampleInventory } from '../support/sample-contents.ts';
import { digestOf } from '../support/sample-records.ts';
import { buildIdOf } from '../support/synthetic-record.ts';

let api: TestApi;
let records: Records;
beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  for (let number = 1; number <= 4; number++) await api.record.build({ number, files: ['bin/sh', 'etc/passwd'] });
});
afterAll(async () => {
  await records.close();
  await api.close();
});
beforeEach(() => { api.actions.answers = {}; api.actions.asked.length = 0; });

const SHELL = sampleComponent('p000', '1.0', { license: 'GPL-2.0-only OR MIT', licenses: ['GPL-2.0-only', 'MIT'] });

async function link(number: number, word: string, components: readonly InventoryComponentRow[] = [SHELL]): Promise<Sha256> {
  const inventory = sampleInventory(word, components);
  await records.contents.recordInventory(inventory);
  await records.contents.linkInventory(buildIdOf(number), inventory.digest);
  return inventory.digest;
}

interface Made { number: number; inventoryDigest: Sha256; format: BuildDocumentFormat; detail?: BuildDocumentDetail; text: string; state?: 'PUBLISHED' | 'REFUSED'; signedText?: string; gates?: unknown }

async function document({ number, inventoryDigest, format, detail = 'packages', text, state, signedText, gates = [{ gate: 'schema', passed: true, findings: [] }] }: Made): Promise<Sha256> {
  const { contents } = records;
  const { sha256: digest, sizeBytes } = await api.record.blob(Buffer.from(text));
  const { id } = await contents.recordDocument({ buildId: buildIdOf(number), inventoryDigest, format, detail, sha256: digest, sizeBytes });
  if (state === 'REFUSED') await contents.refuseDocument(id, gates);
  if (state !== 'PUBLISHED') return digest;
  const { payloadSha256 } = await records.evidence.recordStatement({
    payloadType: 'application/vnd.in-toto+json', payload: Buffer.from(`{"about":"${text}"}`), predicateType: 'https://cyclonedx.org/bom', origin: 'own', signatures: [{ keyId: digestOf('key'), signature: Buffer.alloc(64) }],
    subjects: [{ sha256: digest, name: 'bom.json' }],
  });
  await contents.publishDocument(id, { gates, statementSha256: payloadSha256, ...(signedText === undefined ? {} : { signed: await api.record.blob(Buffer.from(signedText)) }) });
  return digest;
}

describe('what a build is made of', () => {
  it('is found by name, kind, scope, license and package URL, page by page', async () => {
    const image = sampleComponent('rootfs.ext4', '', { kind: 'image', license: null, licenses: [], purls: [], cpes: [], sourceSha256s: [] });
    const digest = await link(1, 'one', [SHELL, image, sampleComponent('ninja', '2', { scope: 'host' }), sampleComponent('a\u001b[31m', '3')]);
    const { build } = await api.data(`{ build(id: "${buildIdOf(1)}") { inventory { digest url recordedAt counts { kind scope count } }
      ships: components(scope: SHIPS, kind: PACKAGE) { nodes { name } } named: components(nameContains: "INJ") { nodes { name scope } } gpl: components(license: "GPL-2.0-only") { nodes { name license licenses } }
      purl: components(purl: "pkg:generic/p000") { nodes { ref kind version purls cpes sourceSha256s licenseTexts { path } } } first: components(first: 1) { nodes { name } pageInfo { hasNextPage endCursor } } } }`);
    expect(build.inventory).toEqual({
      digest, url: `${api.address}/blobs/sha256/${digest}`, recordedAt: expect.stringMatching(/^\d{4}-/),
      counts: [{ kind: 'IMAGE', scope: 'SHIPS', count: 1 }, { kind: 'PACKAGE', scope: 'HOST', count: 1 }, { kind: 'PACKAGE', scope: 'SHIPS', count: 2 }],
    });
    expect(build.ships.nodes).toEqual([{ name: String.raw`a\x1b[31m` }, { name: 'p000' }]);
    expect(build.named.nodes).toEqual([{ name: 'ninja', scope: 'HOST' }]);
    expect(build.gpl.nodes).toEqual([{ name: 'p000', license: 'GPL-2.0-only OR MIT', licenses: ['GPL-2.0-only', 'MIT'] }]);
    expect(build.purl.nodes).toEqual([{ ref: SHELL.ref, kind: 'PACKAGE', version: '1.0', purls: SHELL.purls, cpes: SHELL.cpes, sourceSha256s: SHELL.sourceSha256s, licenseTexts: [] }]);
    expect(build.first.pageInfo.hasNextPage).toBe(true);
    const rest = await api.data('query($id: ID!, $after: String) { build(id: $id) { components(after: $after) { nodes { name } pageInfo { hasNextPage } } } }', { id: buildIdOf(1), after: build.first.pageInfo.endCursor });
    expect(rest.build.components).toEqual({ nodes: ['ninja', 'p000', 'rootfs.ext4'].map((name) => ({ name })), pageInfo: { hasNextPage: false } });
  });

  it('stands beside its packages and files, with the texts of their licenses', async () => {
    const generator = sampleComponent('passwd', '', { kind: 'generator' });
    await link(2, 'two', [SHELL, generator]);
    const text = await api.record.blob(Buffer.from('Permission is hereby granted'));
    const [sourceSha256] = SHELL.sourceSha256s as Sha256[];
    await records.contents.recordLicenseTexts([
      { sourceSha256: sourceSha256!, path: 'COPYING', textSha256: text.sha256, sizeBytes: text.sizeBytes, licenseId: 'MIT' }, { sourceSha256: sourceSha256!, path: 'NOTICE', textSha256: null, sizeBytes: 0, licenseId: null },
    ]);
    const { build } = await api.data(`{ build(id: "${buildIdOf(2)}") { packages(first: 2) { nodes { name component { version licenseTexts { path sha256 sizeBytes licenseId url } } } }
      files { nodes { path ownership { kind name reason component { ref } } } } } }`);
    expect(build.packages.nodes).toEqual([
      { name: 'p000', component: { version: '1.0', licenseTexts: [
        { path: 'COPYING', sha256: text.sha256, sizeBytes: text.sizeBytes, licenseId: 'MIT', url: `${api.address}/blobs/sha256/${text.sha256}` }, { path: 'NOTICE', sha256: null, sizeBytes: 0, licenseId: null, url: null },
      ] } },
      { name: 'p001', component: null },
    ]);
    const directory = { kind: 'PACKAGE', name: 'p000', reason: 'installs it', component: { ref: SHELL.ref } };
    expect(build.files.nodes).toEqual([
      { path: 'bin', ownership: directory }, { path: 'bin/sh', ownership: { kind: 'PACKAGE', name: 'p000', reason: 'installs it', component: { ref: SHELL.ref } } }, { path: 'etc', ownership: directory },
      { path: 'etc/passwd', ownership: { kind: 'GENERATOR', name: 'passwd', reason: 'writes it', component: { ref: generator.ref } } },
    ]);
  });

  it('is nothing where no inventory is on record', async () => {
    await api.record.build({ number: 9, files: ['bin/sh'] });
    expect(await api.data(`{ build(id: "${buildIdOf(9)}") { inventory { digest } components { nodes { name } } documents { state } sbom(format: SPDX_2_3) { state } packages(first: 1) { nodes { component { ref } } } files(pathPrefix: "bin/") { nodes { ownership { name component { ref } } } } } }`))
      .toEqual({ build: { inventory: null, components: { nodes: [] }, documents: [], sbom: null, packages: { nodes: [{ component: null }] }, files: { nodes: [{ ownership: { name: 'p000', component: null } }] } } });
  });

  it('costs as many SQL statements for five builds as for one', async () => {
    const ask = async (first: number): Promise<string[]> => {
      api.statements = [];
      const { builds } = await api.data(`{ builds(first: ${first}) { nodes { inventory { digest counts { count } } components(first: 2, scope: SHIPS) { nodes { licenseTexts { path } } } documents { sha256 } sbom(format: CYCLONEDX_1_7) { url }
        packages(first: 2) { nodes { component { ref } } } files(first: 2) { nodes { ownership { component { ref } } } } } } }`);
      expect(builds.nodes).toHaveLength(first);
      return api.statements.toSorted();
    };
    for (const number of [3, 4, 9]) await link(number, `many ${number}`, [SHELL, sampleComponent('p001', '1')]);
    expect(await ask(5)).toEqual(await ask(1));
  });
});

describe('where something is used', () => {
  const ask = (keys: string) => api.query(`{ whereUsed(${keys}) { nodes { build { id } componentName componentVersion path } pageInfo { hasNextPage endCursor } } }`);

  it('is told across all builds, newest first, by any one key', async () => {
    for (const number of [5, 6]) { await api.record.build({ number, files: [`opt/${number}`, 'opt/same'] }); await link(number, `used ${number}`, [sampleComponent('used', `${number}`, { license: 'Zlib', licenses: ['Zlib'], sourceSha256s: [digestOf('used.tar')] })]); }
    const row = (number: number) => ({ build: { id: `bld_${buildIdOf(number)}` }, componentName: 'used', componentVersion: `${number}`, path: null });
    for (const keys of ['purl: "pkg:generic/used"', 'cpe: "cpe:2.3:a:used_project:used"', `sourceSha256: "${digestOf('used.tar')}"`, 'license: "Zlib"']) {
      expect((await ask(keys)).data.whereUsed).toEqual({ nodes: [row(6), row(5)], pageInfo: { hasNextPage: false, endCursor: expect.any(String) } });
    }
    expect((await ask('purl: "pkg:generic/used@5"')).data.whereUsed.nodes).toEqual([row(5)]);
    const same = (await ask(`fileSha256: "${sha256('opt/same')}", first: 1`)).data.whereUsed;
    expect(same).toMatchObject({ nodes: [{ build: { id: `bld_${buildIdOf(6)}` }, componentName: 'p000', path: 'opt/same' }], pageInfo: { hasNextPage: true } });
    expect((await ask(`fileSha256: "${sha256('opt/same')}", after: "${same.pageInfo.endCursor}"`)).data.whereUsed.nodes).toMatchObject([{ build: { id: `bld_${buildIdOf(5)}` } }]);
  });

  it('is refused with none of the keys and with two, and said which', async () => {
    for (const [keys, said] of [['first: 1', 'none is given'], ['purl: "a", license: "b"', 'purl and license are given']] as const) {
      const [error] = (await ask(keys)).errors!;
      expect([error!.extensions.code, error!.message]).toEqual(['API.BAD_REQUEST', expect.stringContaining(said)]);
    }
  });
});

describe('a bill of materials', () => {
  const SBOM = 'query($id: ID!, $format: SbomFormat!, $detail: SbomDetail = PACKAGES) { build(id: $id) { sbom(format: $format, detail: $detail) { format detail state url sha256 sizeBytes signedSha256 signatureUrl current statement { sha256 } gates { gate passed findingCount findings(first: 1) { severity path message } } } } }';
  const sbom = async (number: number, format: string, detail = 'PACKAGES') => (await api.data(SBOM, { id: buildIdOf(number), format, detail })).build.sbom;
  const get = (number: number, file: string, headers: Record<string, string> = {}) => api.ask(`/builds/${buildIdOf(number)}/${file}`, { headers });
  const codeAt = async (number: number, file: string): Promise<[number, string | undefined]> => { const answer = await get(number, file); return [answer.status, answer.json.errors?.[0]?.extensions.code]; };

  let inventoryDigest: Sha256;
  let plain: Sha256;
  beforeAll(async () => {
    await api.record.build({ number: 20 });
    inventoryDigest = await link(20, 'published');
    plain = await document({ number: 20, inventoryDigest, format: 'cyclonedx-1.7', text: '{"plain":17}', signedText: '{"signed":17}', state: 'PUBLISHED' });
    await document({ number: 20, inventoryDigest, format: 'cyclonedx-1.7', detail: 'files', text: '{"files":17}', state: 'PUBLISHED' });
    await document({ number: 20, inventoryDigest, format: 'cyclonedx-1.6', text: '{"plain":16}', state: 'PUBLISHED' });
    await document({ number: 20, inventoryDigest, format: 'spdx-3.0.1', text: '{"spdx":3}' });
    await document({ number: 20, inventoryDigest, format: 'spdx-2.3', text: '{"spdx":2}', state: 'REFUSED', gates: [
      { gate: 'schema', passed: true, findings: [] }, { gate: 'shacl', passed: false, findings: ['a\u001b', 'b'].map((path) => ({ severity: 'error', path, line: 0, rule: 'r', message: 'is no element' })) },
    ] });
  });

  it('that is published is told with its address, its signature and what its gates said', async () => {
    const found = await sbom(20, 'CYCLONEDX_1_7');
    expect(found).toEqual({
      format: 'CYCLONEDX_1_7', detail: 'PACKAGES', state: 'PUBLISHED', url: `${api.address}/builds/bld_${buildIdOf(20)}/sbom.cdx.json`, sha256: plain, sizeBytes: 12, signedSha256: sha256('{"signed":17}'), current: true,
      statement: { sha256: found.signatureUrl.slice(-64) }, signatureUrl: expect.stringContaining(`${api.address}/attestations/`), gates: [{ gate: 'schema', passed: true, findingCount: 0, findings: [] }],
    });
    expect(await (await fetch(found.url)).text()).toBe('{"signed":17}');
    for (const [format, detail, text] of [['CYCLONEDX_1_7', 'FILES', '{"files":17}'], ['CYCLONEDX_1_6', 'PACKAGES', '{"plain":16}']] as const) expect(await (await fetch((await sbom(20, format, detail)).url)).text()).toBe(text);
  });

  it('is handed out as its own media type, signed unless the other form is asked for, and only once', async () => {
    const answer = await get(20, 'sbom.cdx.json');
    expect([answer.status, answer.text]).toEqual([200, '{"signed":17}']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/vnd.cyclonedx+json; version=1.7', 'etag': `"${sha256('{"signed":17}')}"`, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'content-disposition': expect.stringContaining('.sbom.cdx.json'),
      'repr-digest': `sha-256=:${Buffer.from(sha256('{"signed":17}'), 'hex').toString('base64')}:`,
    });
    expect((await get(20, 'sbom.cdx.json', { 'if-none-match': answer.headers.etag! })).status).toBe(304);
    expect((await get(20, 'sbom.cdx.json?signed=0', { range: 'bytes=1-7' })).text).toBe('"plain"');
    expect((await get(20, 'sbom.cdx.json?signed=1')).text).toBe('{"signed":17}');
    expect((await get(20, 'sbom.cdx.json?detail=files')).text).toBe('{"files":17}');
    expect(await codeAt(20, 'sbom.cdx.json?detail=files&signed=1')).toEqual([404, 'API.NOT_FOUND']);
    expect((await get(20, 'sbom.cdx.json?version=1.6')).text).toBe('{"plain":16}');
    for (const query of ['?version=2.3', '?detail=everything', '?signed=2']) expect(await codeAt(20, `sbom.cdx.json${query}`)).toEqual([400, 'API.BAD_REQUEST']);
  });

  it('has what was signed beside it, as one line', async () => {
    const answer = await get(20, 'sbom.cdx.json.intoto.jsonl');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/vnd.in-toto.bundle']);
    expect(Buffer.from((JSON.parse(answer.text) as { payload: string }).payload, 'base64').toString()).toBe('{"about":"{"plain":17}"}');
    expect((await get(20, 'sbom.cdx.json.intoto.jsonl?detail=files')).text).not.toBe(answer.text);
    expect((await api.ask(`/builds/${buildIdOf(20)}/sbom.cdx.json.intoto.jsonl`, { method: 'HEAD' })).text).toBe('');
  });

  it('that no gate has judged is not handed out, and the error says how it is published', async () => {
    expect(await sbom(20, 'SPDX_3_0_1')).toMatchObject({ state: 'MADE', url: null, signatureUrl: null, statement: null, gates: [] });
    for (const file of ['sbom.spdx3.json', 'sbom.spdx3.json.intoto.jsonl', 'sbom.spdx3.json?detail=files']) expect(await codeAt(20, file)).toEqual([404, 'API.NOT_PUBLISHED']);
    expect((await get(20, 'sbom.spdx3.json')).json.errors![0]!.extensions.hint).toContain('publishDocuments');
    expect(await sbom(20, 'SPDX_3_0_1', 'FILES')).toBeNull();
    expect(await codeAt(99, 'sbom.cdx.json')).toEqual([404, 'API.NOT_FOUND']);
  });

  it('that a gate refused is never handed out, and the error names the gate', async () => {
    expect(await sbom(20, 'SPDX_2_3')).toMatchObject({ state: 'REFUSED', url: null, gates: [
      { gate: 'schema', passed: true, findingCount: 0, findings: [] }, { gate: 'shacl', passed: false, findingCount: 2, findings: [{ severity: 'ERROR', path: String.raw`a\x1b`, message: 'is no element' }] },
    ] });
    expect(await codeAt(20, 'sbom.spdx.json')).toEqual([409, 'API.DOCUMENT_REFUSED']);
    expect((await get(20, 'sbom.spdx.json')).json.errors![0]!.message).toContain('shacl (2 findings)');
  });

  it('of what stands now goes before that of what stood before, as soon as a gate has judged it', async () => {
    await api.record.build({ number: 21 });
    const before = await link(21, 'before');
    const old = await document({ number: 21, inventoryDigest: before, format: 'cyclonedx-1.7', text: '{"old":1}', state: 'PUBLISHED' });
    const now = await link(21, 'now', []);
    await document({ number: 21, inventoryDigest: now, format: 'cyclonedx-1.7', text: '{"new":1}' });
    expect(await sbom(21, 'CYCLONEDX_1_7')).toMatchObject({ sha256: old, current: false });
    expect((await get(21, 'sbom.cdx.json')).text).toBe('{"old":1}');
    const { id } = (await api.database.pool.query<{ id: string }>('SELECT id FROM build_documents WHERE inventory_digest = $1', [now])).rows[0]!;
    await records.contents.publishDocument(id, { gates: [] });
    expect((await get(21, 'sbom.cdx.json')).text).toBe('{"new":1}');
    const { build } = await api.data(`{ build(id: "${buildIdOf(21)}") { documents { sha256 } all: documents(superseded: true) { sha256 current url } } }`);
    expect(build.documents).toEqual([{ sha256: sha256('{"new":1}') }]);
    expect(build.all).toEqual([{ sha256: sha256('{"new":1}'), current: true, url: `${api.address}/builds/bld_${buildIdOf(21)}/sbom.cdx.json` }, { sha256: old, current: false, url: `${api.address}/blobs/sha256/${old}` }]);
    await records.contents.linkInventory(buildIdOf(21), before);
    expect((await get(21, 'sbom.cdx.json')).text).toBe('{"old":1}');
  });
});
