import { compareBuilds } from '../../src/actions/compare-subjects.ts';
import { ContentExplanations } from '../../src/actions/explain-contents.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { recordComparedBuild, type ComparedBuild } from '../support/compared-builds.ts';
import { buildIdOf } from '../support/synthetic-record.ts';

const ONE: ComparedBuild = { number: 1, options: {}, files: { 'etc/hello.conf': { bytes: Buffer.from('quiet\nslow\n') }, 'usr/share/data': { bytes: Buffer.from([0, 1, 2, 3, 0x1b, 0]) } } };
const TWO: ComparedBuild = { number: 2, options: { loud: true }, files: { 'etc/hello.conf': { bytes: Buffer.from('quiet\nfast \u001b[2J\n') }, 'usr/share/data': { bytes: Buffer.from([0, 1, 2, 9, 0x1b, 0]) }, 'usr/bin/new': { bytes: Buffer.from('new') } } };

let api: TestApi;
let records: Records;
let workshop: Workshop;
let explanations: ContentExplanations;

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  workshop = { reads: createReads(api.database.pool), records, store: api.store } as Workshop;
  explanations = new ContentExplanations(workshop);
  for (const build of [ONE, TWO, { ...ONE, number: 3 }, { ...TWO, number: 4, options: {} }]) await recordComparedBuild(build, api, records);
  api.actions.answers = { compareBuilds: ({ left, right }) => compareBuilds(left, right, { workshop }), explainContents: (input) => explanations.explain(input) };
});
afterAll(async () => {
  await records.close();
  await api.close();
});

interface Told { path: string; detail: null | { leftKind: string; texts: { name: string; lines: string[] }[]; problems: string[]; functions: null; json: { bytes?: { items: unknown[] } } } }
async function detailsOf(left: number, right: number): Promise<Map<string, Told['detail']>> {
  const { compare } = await api.data(`query($left: ID!, $right: ID!) { compare(left: $left, right: $right) { changes(first: 20) { nodes { path detail {
    leftKind rightKind texts { name lines moreLines } tables { name moreRows rows { name left right } } lists { name removed added more } functions { from more counts { fate count } changes { name fate } } inside { name detail { leftKind } } problems json } } } } }`,
  { left: buildIdOf(left), right: buildIdOf(right) }) as { compare: { changes: { nodes: Told[] } } };
  return new Map(compare.changes.nodes.map(({ path, detail }) => [path, detail]));
}

describe('what exactly differs in a changed file', () => {
  it('is told by the kind of its content, and lets no content write on a terminal', async () => {
    const details = await detailsOf(1, 2);
    expect(details.get('/etc/hello.conf')).toMatchObject({ leftKind: 'text', functions: null, problems: [], texts: [{ name: 'text', lines: expect.arrayContaining(['-slow', String.raw`+fast \x1b[2J`]) }] });
    expect(details.get('/usr/share/data')?.json.bytes?.items.length).toBe(1);
  });

  it('is nothing for what is not on both sides', async () => {
    expect((await detailsOf(1, 2)).get('/usr/bin/new')).toBeNull();
  });

  it('is made once for two contents, whichever builds have them', async () => {
    await api.database.pool.query('DELETE FROM explanations');
    const first = await detailsOf(1, 2);
    const kept = (await api.database.pool.query<{ left_sha256: string; created_at: Date }>('SELECT left_sha256, created_at FROM explanations ORDER BY 1')).rows;
    expect(kept.length).toBe(2);
    expect((await detailsOf(3, 4)).get('/etc/hello.conf')).toEqual(first.get('/etc/hello.conf'));
    expect((await api.database.pool.query('SELECT left_sha256, created_at FROM explanations ORDER BY 1')).rows).toEqual(kept);
  });

  it('is made again once it was forgotten', async () => {
    const before = await detailsOf(1, 2);
    expect(await records.explanations.forget(new Date(systemClock.now().getTime() + 60_000))).toBe(2);
    expect(await detailsOf(1, 2)).toEqual(before);
  });

  it('is asked of the record as it is kept, and not made again', async () => {
    const { rows: [row] } = await api.database.pool.query<{ left_sha256: string; right_sha256: string; version: number }>('SELECT * FROM explanations LIMIT 1');
    await api.database.pool.query('UPDATE explanations SET document = $1', [JSON.stringify({ kinds: { left: 'kept', right: 'kept' }, tables: [], lists: [], texts: [], inside: { items: [], more: 0 }, problems: [] })]);
    expect(await explanations.explain({ pairs: [{ left: row!.left_sha256 as never, right: row!.right_sha256 as never }] })).toMatchObject([{ value: { kinds: { left: 'kept' } } }]);
    await api.database.pool.query('DELETE FROM explanations');
  });
});
