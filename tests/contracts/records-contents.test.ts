import { createReads, type Reads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import type { NewBuildDocument } from '../../src/records/build-document-records.ts';
import type { NewLicenseDecision } from '../../src/records/license-records.ts';
import { buildWithContents, linkNewInventory, sampleComponent, sampleInventory, tickingClock } from '../support/sample-contents.ts';
import { digestOf, recordSampleSandbox } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

let database: TestDatabase;
let records: Records;
let reads: Reads;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, tickingClock('2026-01-01T00:00:00Z'));
  reads = createReads(database.pool);
  await recordSampleSandbox(records);
});
afterAll(async () => {
  await records.close();
  await database.close();
});

const ALL = { first: 100 };
const GATES = [{ gate: 'schema', passed: true }];

describe('an inventory', () => {
  it('is on record once, with all its components or not at all, by whomever and however often it is recorded', async () => {
    const inventory = sampleInventory('once', [sampleComponent('shell', '1'), sampleComponent('libc', '2', { license: null, licenses: [], purls: [], cpes: [], sourceSha256s: [] })]);
    const made = await Promise.all(Array.from({ length: 6 }, () => records.contents.recordInventory(inventory)));
    expect(made.filter(({ unchanged }) => !unchanged)).toHaveLength(1);
    await expect(records.contents.recordInventory({ ...sampleInventory('half', [sampleComponent('a', '1'), sampleComponent('a', '1')]) })).rejects.toMatchObject({ code: '23505' });
    const buildId = await buildWithContents(records, { word: 'once' });
    await expect(records.contents.linkInventory(buildId, digestOf('inventory half'))).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
    expect(await records.contents.linkInventory(buildId, inventory.digest)).toEqual({ unchanged: false });
    expect(await reads.contents.components(buildId, {}, ALL)).toMatchObject([
      { name: 'libc', license: null, licenses: [], purls: [], cpes: [], sourceSha256s: [] },
      { ...inventory.components[0] },
    ]);
  });

  it('stands for its build until another is linked, and may come back', async () => {
    const buildId = await buildWithContents(records, { word: 'current', components: [sampleComponent('old', '1')] });
    const first = digestOf('inventory current');
    const second = await linkNewInventory(records, buildId, 'current 2', [sampleComponent('new', '1')]);
    const current = async (): Promise<string | undefined> => (await reads.contents.currentInventory([buildId, 'nobody'])).get(buildId)?.digest;
    const used = async (name: string): Promise<number> => (await reads.contents.whereUsed({ purl: `pkg:generic/${name}` }, ALL)).length;
    expect([await current(), await used('old'), await used('new')]).toEqual([second, 0, 1]);
    expect(await records.contents.linkInventory(buildId, second)).toEqual({ unchanged: true });
    expect(await records.contents.linkInventory(buildId, first)).toEqual({ unchanged: false });
    expect([await current(), await used('old'), await used('new')]).toEqual([first, 1, 0]);
  });

  it('has one outline, of the newest format that anyone made', async () => {
    const buildId = await buildWithContents(records, { word: 'outlined', components: [] });
    const inventory = digestOf('inventory outlined');
    const outline = async (): Promise<unknown> => (await reads.contents.currentInventory([buildId])).get(buildId)?.outline;
    expect(await outline()).toBeNull();
    for (const [format, word] of [[2, 'two'], [1, 'one'], [2, 'two, made better']] as const) await records.contents.keepOutlines([{ inventory, format, sha256: digestOf(word) }]);
    expect(await outline()).toEqual({ format: 2, sha256: digestOf('two, made better') });
    await records.contents.keepOutlines([{ inventory, format: 3, sha256: digestOf('three') }]);
    expect(await outline()).toEqual({ format: 3, sha256: digestOf('three') });
    await expect(records.contents.keepOutlines([{ inventory: digestOf('no inventory'), format: 1, sha256: digestOf('one') }])).rejects.toMatchObject({ code: '23503' });
  });

  it('is one of two that are linked to a build at the same moment, here and in where-used', async () => {
    const buildId = await buildWithContents(records, { word: 'raced', components: [sampleComponent('raced', '0')] });
    await Promise.all([1, 2, 3, 4].map((n) => linkNewInventory(records, buildId, `raced ${n}`, [sampleComponent('raced', String(n))])));
    const [component] = await reads.contents.components(buildId, {}, ALL);
    expect(await reads.contents.whereUsed({ purl: 'pkg:generic/raced' }, ALL)).toMatchObject([{ componentVersion: component!.version }]);
  });

  it('is linked to builds on record only', async () => {
    await expect(records.contents.linkInventory('nobody', digestOf('inventory once'))).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });

  it('is searched by scope, kind, name, license and package URL, and counted', async () => {
    const buildId = await buildWithContents(records, { word: 'searched', components: [
      sampleComponent('Shell_100%', '1', { license: 'GPL-2.0-only AND MIT', licenses: ['GPL-2.0-only', 'MIT'] }), sampleComponent('gcc', '12', { scope: 'toolchain', license: 'GPL-3.0-only', licenses: ['GPL-3.0-only'] }),
      sampleComponent('libgcc', '12', { kind: 'runtime-component', license: null, licenses: [] }), sampleComponent('root', '1', { kind: 'root-file-system', license: null, licenses: [], purls: [] }),
    ] });
    const named = async (filter: Parameters<Reads['contents']['components']>[1]): Promise<string[]> => (await reads.contents.components(buildId, filter, ALL)).map(({ name }) => name).toSorted();
    expect(await named({ scope: 'toolchain' })).toEqual(['gcc']);
    expect(await named({ kind: 'package', scope: 'ships' })).toEqual(['Shell_100%']);
    expect(await named({ nameContains: 'GCC' })).toEqual(['gcc', 'libgcc']);
    expect(await named({ nameContains: '_100%' })).toEqual(['Shell_100%']);
    expect(await named({ license: 'MIT' })).toEqual(['Shell_100%']);
    expect(await named({ purl: 'pkg:generic/gcc' })).toEqual(['gcc']);
    expect(await named({ purl: 'pkg:generic/gcc@12' })).toEqual(['gcc']);
    expect(await named({ purl: 'pkg:generic/gc' })).toEqual([]);
    expect((await reads.contents.componentCounts([buildId])).get(buildId)).toEqual([
      { buildId, kind: 'package', scope: 'ships', count: 1 }, { buildId, kind: 'package', scope: 'toolchain', count: 1 },
      { buildId, kind: 'root-file-system', scope: 'ships', count: 1 }, { buildId, kind: 'runtime-component', scope: 'ships', count: 1 },
    ]);
    expect(await reads.contents.licensesSummary(buildId)).toEqual([
      { license: 'GPL-2.0-only', packages: 1, shippedPackages: 1 }, { license: 'GPL-3.0-only', packages: 1, shippedPackages: 0 },
      { license: 'MIT', packages: 1, shippedPackages: 1 }, { license: null, packages: 1, shippedPackages: 1 },
    ]);
  });

  it('is read with others of its kind in one go', async () => {
    const given = [['many 1', '1'], ['many 2', '2']] as const;
    for (const [word, version] of given) await buildWithContents(records, { word, components: [sampleComponent('one', version), sampleComponent('two', version, { scope: 'host' })] });
    const digests = given.map(([word]) => digestOf(`inventory ${word}`));
    const shipped = await reads.contents.componentsOf([...digests, digestOf('never made')], { scope: 'ships' }, ALL);
    expect([...shipped].map(([digest, found]) => [digest, found.map(({ name, version }) => [name, version])])).toEqual([[digests[0], [['one', '1']]], [digests[1], [['one', '2']]], [digestOf('never made'), []]]);
    expect(await reads.contents.componentsNamed([{ inventoryDigest: digests[1]!, kind: 'package', name: 'two' }, { inventoryDigest: digests[0]!, kind: 'image', name: 'two' }])).toMatchObject([{ inventoryDigest: digests[1], version: '2' }]);
  });

  it('is given page by page, whole and without repeats', async () => {
    const buildId = await buildWithContents(records, { word: 'paged', components: Array.from({ length: 23 }, (_, n) => sampleComponent(`part${n % 4}`, String(n))) });
    const refs: string[] = [];
    for (let after: unknown[] | undefined; ;) {
      const page = await reads.contents.components(buildId, {}, { first: 5, ...(after === undefined ? {} : { after }) });
      refs.push(...page.slice(0, 5).map(({ ref }) => ref));
      if (page.length <= 5) break;
      after = [page[4]!.name, page[4]!.ref];
    }
    expect(refs).toHaveLength(23);
    expect(new Set(refs).size).toBe(23);
  });
});

describe('a document about a build', () => {
  async function document(word: string): Promise<NewBuildDocument> {
    const buildId = await buildWithContents(records, { word: `document ${word}`, components: [] });
    return { buildId, inventoryDigest: digestOf(`inventory document ${word}`), format: 'cyclonedx-1.7', detail: 'packages', sha256: digestOf(`document ${word}`), sizeBytes: 12 };
  }
  const signed = { sha256: digestOf('signed'), sizeBytes: 20 };

  it('is on record once for its inventory, format, detail and content', async () => {
    const given = await document('once');
    const made = await Promise.all(Array.from({ length: 6 }, () => records.contents.recordDocument(given)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ unchanged }) => !unchanged)).toHaveLength(1);
    const newer = await records.contents.recordDocument({ ...given, sha256: digestOf('by a newer version') });
    expect(newer).toMatchObject({ unchanged: false });
    const files = await records.contents.recordDocument({ ...given, detail: 'files' });
    const found = (await reads.contents.documentsOf([given.buildId, 'nobody']));
    expect(found.get(given.buildId)!.map(({ id }) => id)).toEqual([files.id, newer.id, made[0]!.id]);
    expect(found.get('nobody')).toEqual([]);
    expect(await reads.contents.document(files.id)).toMatchObject({ ...given, detail: 'files', state: 'MADE', gates: [], signedSha256: null, publishedAt: null });
  });

  it('is published once, and stays what was published', async () => {
    const { id } = await records.contents.recordDocument(await document('published'));
    expect(await records.contents.publishDocument(id, { signed, gates: GATES })).toEqual({ unchanged: false });
    expect(await records.contents.publishDocument(id, { signed, gates: [] })).toEqual({ unchanged: true });
    await expect(records.contents.publishDocument(id, { gates: GATES })).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.contents.refuseDocument(id, GATES)).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    expect(await reads.contents.document(id)).toMatchObject({ state: 'PUBLISHED', gates: GATES, signedSha256: signed.sha256, signedSizeBytes: 20, publishedAt: expect.any(Date) });
    await expect(database.pool.query("UPDATE build_documents SET gates = '[]' WHERE id = $1", [id])).rejects.toMatchObject({ code: '23001' });
  });

  it('that a gate refused may be judged again, its bytes never change', async () => {
    const { id } = await records.contents.recordDocument(await document('refused'));
    await records.contents.refuseDocument(id, [{ gate: 'schema', passed: false }]);
    expect(await reads.contents.document(id)).toMatchObject({ state: 'REFUSED', gates: [{ gate: 'schema', passed: false }], publishedAt: null });
    await expect(database.pool.query("UPDATE build_documents SET sha256 = $2 WHERE id = $1", [id, digestOf('other')])).rejects.toMatchObject({ code: '23001' });
    expect(await records.contents.publishDocument(id, { gates: GATES })).toEqual({ unchanged: false });
  });

  it('is of a statement on record, where it has one', async () => {
    const { id } = await records.contents.recordDocument(await document('stated'));
    await expect(records.contents.publishDocument(id, { statementSha256: digestOf('nothing'), gates: GATES })).rejects.toMatchObject({ code: '23503' });
    const { payloadSha256 } = await records.evidence.recordStatement({ payloadType: 't', payload: Buffer.from('about it'), predicateType: 'p', origin: 'own', signatures: [], subjects: [] });
    await records.contents.publishDocument(id, { signed, statementSha256: payloadSha256, gates: GATES });
    expect(await reads.contents.document(id)).toMatchObject({ statementSha256: payloadSha256 });
  });

  it('is refused or published only where it is on record', async () => {
    await expect(records.contents.publishDocument('nobody', { gates: [] })).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
    await expect(records.contents.refuseDocument('nobody', [])).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
    expect(await reads.contents.document('nobody')).toBeUndefined();
  });
});

describe('license texts', () => {
  it('of an archive are what was first found in it, absence too', async () => {
    const sourceSha256 = digestOf('archive');
    const texts = [
      { sourceSha256, path: 'NOTICE', textSha256: null, sizeBytes: 0, licenseId: null }, { sourceSha256, path: 'COPYING', textSha256: digestOf('copying'), sizeBytes: 7, licenseId: 'MIT' },
    ];
    await Promise.all([records.contents.recordLicenseTexts(texts), records.contents.recordLicenseTexts(texts.toReversed())]);
    await records.contents.recordLicenseTexts([{ ...texts[0]!, textSha256: digestOf('other'), sizeBytes: 3 }]);
    await records.contents.recordLicenseTexts([]);
    expect(await records.contents.licenseTexts([sourceSha256, digestOf('never read')])).toEqual([texts[1], texts[0]]);
  });
});

describe('a license decision', () => {
  const decision = (more: Partial<NewLicenseDecision> = {}): NewLicenseDecision => ({
    kind: 'CHOICE', package: 'choosy', expression: 'MIT OR GPL-2.0-only', decided: 'MIT', sourceDigest: digestOf('choosy.tar'), licenseTextDigest: digestOf('its texts'),
    reason: 'we ship no source', actor: 'ann', ...more,
  });
  const withdrawal = { by: 'bob', reason: 'the text changed', at: new Date('2026-02-01T00:00:00Z') };

  it('stands until it is withdrawn, once, by someone with a reason', async () => {
    const { id } = await records.contents.recordDecision(decision({ package: 'withdrawn' }));
    for (const missing of [{ by: ' ' }, { reason: '' }]) await expect(records.contents.withdrawDecision(id, { ...withdrawal, ...missing })).rejects.toMatchObject({ code: 'RECORDS.BAD_DECISION' });
    expect(await records.contents.decisions({ packages: ['withdrawn'] })).toMatchObject([{ id, withdrawnAt: null }]);
    await records.contents.withdrawDecision(id, withdrawal);
    expect(await records.contents.decisions({ packages: ['withdrawn'] })).toEqual([]);
    expect(await records.contents.decisions({ packages: ['withdrawn'], includeWithdrawn: true })).toMatchObject([{ id, withdrawnAt: withdrawal.at, withdrawnBy: 'bob', withdrawnReason: 'the text changed' }]);
    await expect(records.contents.withdrawDecision(id, withdrawal)).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.contents.withdrawDecision('nobody', withdrawal)).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });

  it('is told oldest first to those who apply it, newest first to those who read', async () => {
    const ids = [];
    for (const decided of ['MIT', 'GPL-2.0-only', 'MIT']) ids.push((await records.contents.recordDecision(decision({ package: 'ordered', decided }))).id);
    await records.contents.recordDecision(decision({ package: 'another', kind: 'CONCLUSION' }));
    expect((await records.contents.decisions({ packages: ['ordered'] })).map(({ id }) => id)).toEqual(ids);
    expect((await records.contents.decisions()).length).toBeGreaterThan(3);
    const page = await reads.contents.licenseDecisions({ first: 1 }, { package: 'ordered' });
    expect(page.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect((await reads.contents.licenseDecisions({ first: 5, after: [ids[1]] }, { package: 'ordered' })).map(({ id }) => id)).toEqual([ids[0]]);
    expect(await reads.contents.licenseDecisions(ALL, { kind: 'CONCLUSION' })).toMatchObject([{ package: 'another', decidedAt: expect.any(Date) }]);
    expect((await reads.contents.licenseDecisions(ALL)).every(({ withdrawnAt }) => withdrawnAt === null)).toBe(true);
    expect((await reads.contents.licenseDecisions(ALL, { includeWithdrawn: true })).some(({ withdrawnAt }) => withdrawnAt !== null)).toBe(true);
  });

  it.each(['package', 'expression', 'decided', 'reason', 'actor'] as const)('says its %s', async (place) => {
    await expect(records.contents.recordDecision(decision({ [place]: ' \t' }))).rejects.toMatchObject({ code: 'RECORDS.BAD_DECISION', place });
  });

  it.each([
    ["UPDATE license_decisions SET decided = 'GPL-2.0-only' WHERE package = 'ordered'", '23001'], ["UPDATE license_decisions SET withdrawn_at = NULL, withdrawn_by = NULL, withdrawn_reason = NULL WHERE package = 'withdrawn'", '23001'],
    ["UPDATE license_decisions SET withdrawn_at = now() WHERE package = 'ordered'", '23514'], ['DELETE FROM license_decisions', '23001'], ['TRUNCATE license_decisions', '23001'],
  ])('is changed by nothing else (%s)', async (sql, code) => {
    await expect(database.pool.query(sql)).rejects.toMatchObject({ code });
  });
});

describe('a policy report', () => {
  it('is on record as often as it says something new', async () => {
    const buildId = await buildWithContents(records, { word: 'judged', components: [] });
    const report = { buildId, inventoryDigest: digestOf('inventory judged'), policySha256: digestOf('policy'), policyName: 'policy.yaml', outcome: 'ALLOWED' as const, reportSha256: digestOf('report 1') };
    const first = await records.contents.recordPolicyReport(report);
    expect(await records.contents.recordPolicyReport(report)).toEqual({ id: first.id, unchanged: true });
    const second = await records.contents.recordPolicyReport({ ...report, outcome: 'VIOLATED', reportSha256: digestOf('report 2') });
    const third = await records.contents.recordPolicyReport(report);
    expect([first, second, third].map(({ unchanged }) => unchanged)).toEqual([false, false, false]);
    expect((await reads.contents.policyReportsOf([buildId])).get(buildId)!.map(({ id, outcome }) => [id, outcome])).toEqual([[third.id, 'ALLOWED'], [second.id, 'VIOLATED'], [first.id, 'ALLOWED']]);
  });
});

describe('contents', () => {
  it.each(['inventories', 'inventory_components', 'build_inventories', 'license_texts', 'policy_reports', 'build_documents'])('of the past are never removed (%s)', async (table) => {
    await expect(database.pool.query(`DELETE FROM ${table}`)).rejects.toMatchObject({ code: '23001' });
    await expect(database.pool.query(`TRUNCATE ${table} CASCADE`)).rejects.toMatchObject({ code: '23001' });
  });

  it.each([
    ["INSERT INTO inventories (digest, definition_digest, root_tree) VALUES (repeat('A', 64), repeat('a', 64), repeat('a', 64))", 'a digest in other letters'],
    ["INSERT INTO component_uses (kind, key, build_id, ref, inventory_digest) SELECT 'source', 'abc', build_id, ref, inventory_digest FROM component_uses LIMIT 1", 'part of a digest'],
    ["INSERT INTO license_texts (source_sha256, path, size_bytes) VALUES (repeat('a', 64), 'x', 3)", 'the size of a text that is not there'],
    ["INSERT INTO build_documents (id, build_id, inventory_digest, format, detail, sha256, size_bytes, state) SELECT 'x', build_id, inventory_digest, 'spdx-2.3', 'files', sha256, 1, 'PUBLISHED' FROM build_documents LIMIT 1", 'a publication without its time'],
  ])('cannot have %s', async (sql) => {
    await expect(database.pool.query(sql)).rejects.toMatchObject({ code: '23514' });
  });

  it('are kept by the garbage collector whatever it drops of builds', async () => {
    const buildId = await buildWithContents(records, { word: 'kept 1', target: 'kept', components: [] });
    await buildWithContents(records, { word: 'kept 2', target: 'kept' });
    const inventoryDigest = digestOf('inventory kept 1');
    const { id } = await records.contents.recordDocument({ buildId, inventoryDigest, format: 'spdx-2.3', detail: 'files', sha256: digestOf('kept document'), sizeBytes: 1 });
    await records.contents.publishDocument(id, { signed: { sha256: digestOf('kept signed'), sizeBytes: 2 }, gates: [] });
    await records.contents.recordLicenseTexts([{ sourceSha256: digestOf('kept.tar'), path: 'COPYING', textSha256: digestOf('kept text'), sizeBytes: 1, licenseId: null }]);
    await records.contents.recordPolicyReport({ buildId, inventoryDigest, policySha256: digestOf('kept policy'), policyName: 'p', outcome: 'REVIEW', reportSha256: digestOf('kept report') });
    await records.contents.keepOutlines([{ inventory: inventoryDigest, format: 1, sha256: digestOf('kept outline') }]);
    const { blobs } = await records.roots({ buildsPerTarget: 1 });
    expect(blobs.has(digestOf('image kept 1'))).toBe(false);
    for (const word of ['inventory kept 1', 'kept document', 'kept signed', 'kept text', 'kept policy', 'kept report', 'kept outline']) expect(blobs).toContain(digestOf(word));
    expect([...blobs].every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
  });
});
