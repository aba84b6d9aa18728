import { VERIFY } from '../../src/records/build-reference.ts';
import { createReads, type Reads } from '../../src/records/reads/reads.ts';
import type { WhereUsedQuestion, WhereUsedRow } from '../../src/records/reads/where-used-reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { buildWithContents, sampleComponent, tickingClock } from '../support/sample-contents.ts';
import { digestOf, recordSampleSandbox } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

let database: TestDatabase;
let records: Records;
let reads: Reads;
let older: string;
let newer: string;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, tickingClock('2026-01-01T00:00:00Z'));
  reads = createReads(database.pool);
  await recordSampleSandbox(records);
  const image = sampleComponent('rootfs.squashfs', '1', { kind: 'image', license: null, licenses: [], purls: [], cpes: [], sourceSha256s: [] });
  const files = { sh: ['shell bytes', 'shell'], ash: ['shell bytes', 'shell'] } as const;
  older = await buildWithContents(records, { word: 'older', target: 'kiosk', files, components: [sampleComponent('shell', '1.36'), sampleComponent('libc', '1'), image] });
  newer = await buildWithContents(records, { word: 'newer', target: 'kiosk', components: [sampleComponent('shell', '1.37', { licenses: ['GPL-2.0-only'] })] });
  await buildWithContents(records, { word: 'check', purpose: VERIFY, files, components: [sampleComponent('shell', '1.36'), sampleComponent('shell', '1.37')] });
});
afterAll(async () => {
  await records.close();
  await database.close();
});

const ask = (question: WhereUsedQuestion): Promise<WhereUsedRow[]> => reads.contents.whereUsed(question, { first: 100 });
const usedIn = async (question: WhereUsedQuestion): Promise<[string, string | null][]> => (await ask(question)).map(({ buildId, componentVersion }) => [buildId, componentVersion]);

describe('where something is used', () => {
  it('is told of a package URL: without its version of every version, newest build first', async () => {
    expect(await usedIn({ purl: 'pkg:generic/shell' })).toEqual([[newer, '1.37'], [older, '1.36']]);
    expect(await usedIn({ purl: 'pkg:generic/shell@1.36' })).toEqual([[older, '1.36']]);
    expect(await usedIn({ purl: `pkg:generic/shell@1.36?checksum=sha256:${digestOf('shell')}` })).toEqual([[older, '1.36']]);
    expect(await usedIn({ purl: 'pkg:generic/she' })).toEqual([]);
  });

  it('is told of a CPE, of a vendor and product, of a source, of a license', async () => {
    expect(await usedIn({ cpe: 'cpe:2.3:a:shell_project:shell:1.37:*:*:*:*:*:*:*' })).toEqual([[newer, '1.37']]);
    expect(await usedIn({ cpe: 'cpe:2.3:a:shell_project:shell:*:*:*:*:*:*:*:*' })).toEqual([[newer, '1.37'], [older, '1.36']]);
    expect(await usedIn({ sourceSha256: digestOf('shell-1.36.tar') })).toEqual([[older, '1.36']]);
    expect(await usedIn({ license: 'GPL-2.0-only' })).toEqual([[newer, '1.37']]);
    expect((await ask({ license: 'MIT' })).map(({ buildId, componentName }) => `${buildId} ${componentName}`).toSorted()).toEqual([`${older} libc`, `${older} shell`]);
  });

  it('is told of the bytes of a file, at every path, with the component that owns it', async () => {
    expect(await ask({ fileSha256: digestOf('shell bytes') })).toMatchObject(['bin/sh', 'bin/ash'].map((path) => ({
      buildId: older, target: 'kiosk', state: 'SUCCEEDED', finishedAt: expect.any(Date), componentName: 'shell', componentVersion: '1.36',
      componentRef: sampleComponent('shell', '1.36').ref, path: Buffer.from(path),
    })));
  });

  it('is told of the bytes of an image, of a build without an inventory too', async () => {
    expect(await ask({ fileSha256: digestOf('image older') })).toMatchObject([{ buildId: older, componentName: 'rootfs.squashfs', componentVersion: '1', path: null }]);
    const bare = await buildWithContents(records, { word: 'bare' });
    expect(await ask({ fileSha256: digestOf('image bare') })).toMatchObject([{ buildId: bare, componentName: 'rootfs.squashfs', componentRef: null, componentVersion: null }]);
  });

  it('leaves out builds that were made to check others', async () => {
    const checks = (await database.pool.query<{ id: string }>('SELECT id FROM builds WHERE purpose = $1', [VERIFY])).rows.map(({ id }) => id);
    expect(checks).toHaveLength(1);
    const questions: WhereUsedQuestion[] = [{ purl: 'pkg:generic/shell' }, { license: 'MIT' }, { fileSha256: digestOf('shell bytes') }, { fileSha256: digestOf('image check') }];
    for (const question of questions) expect((await ask(question)).map(({ buildId }) => buildId)).not.toContain(checks[0]);
    // Their inventories are told all the same.
    expect(await reads.contents.components(checks[0]!, {}, { first: 9 })).toHaveLength(2);
  });

  it.each<WhereUsedQuestion>([{ purl: '' }, { cpe: "'; DROP TABLE builds" }, { sourceSha256: 'abc' }, { license: '%' }, { fileSha256: '*' }, { purl: 'x'.repeat(100_000) }])('is nowhere for what nobody has (%#)', async (question) => {
    expect(await ask(question)).toEqual([]);
  });

  it.each<[string, WhereUsedQuestion]>([['component', { license: 'Paged' }], ['file', { fileSha256: digestOf('paged') }]])('is told page by page, whole and without repeats, while builds come in (%s)', async (what, question) => {
    const add = (n: number): Promise<string> => buildWithContents(records, {
      word: `paged ${what} ${n}`, components: [1, 2, 3].map((i) => sampleComponent(`paged${i}`, String(n), { licenses: ['Paged'] })),
      files: { a: ['paged', 'paged1'], b: ['paged', 'paged2'], c: ['paged', 'paged3'] },
    });
    const before: string[] = [];
    for (let n = 0; n < 5; n++) before.push(await add(n));
    const expected = (await ask(question)).filter(({ buildId }) => before.includes(buildId)).length;
    expect(expected).toBe(15);
    const seen: string[] = [];
    for (let after: unknown[] | undefined, n = 100; ; n++) {
      const [page] = await Promise.all([reads.contents.whereUsed(question, { first: 4, ...(after === undefined ? {} : { after }) }), add(n)]);
      seen.push(...page.slice(0, 4).map(({ buildId, place }) => `${buildId} ${place}`));
      if (page.length <= 4) break;
      after = [page[3]!.buildId, page[3]!.place];
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((each) => before.some((id) => each.startsWith(id)))).toHaveLength(15);
    expect(seen.map((each) => each.slice(0, 36))).toEqual(seen.map((each) => each.slice(0, 36)).toSorted().toReversed());
  });
});
