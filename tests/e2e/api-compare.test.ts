import { gzipSync } from 'node:zlib';

import { compareBuilds } from '../../src/actions/compare-subjects.ts';
import { subjectsJson, subjectsText } from '../../src/actions/present-subjects.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { CAUSES } from '../../src/causes/cause-codes.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { Failure } from '../../src/foundation/failure.ts';
import { writeCpio } from '../../src/image/write-cpio.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { recordComparedBuild, type ComparedBuild } from '../support/compared-builds.ts';
import { bytesOf, sampleTree } from '../support/sample-trees.ts';
import { buildIdOf } from '../support/synthetic-record.ts';
import { until } from '../support/tiny-home.ts';

const HOSTILE = 'usr/share/\u001b[2J\u202ename';
/** An archive within the root: one file, written at some second. */
async function packed(text: string, epochSeconds: number): Promise<Buffer> {
  const { tree, blobs } = sampleTree([['words', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(text) }]]);
  return gzipSync(await bytesOf(writeCpio(tree, blobs, { epochSeconds })));
}

const PLAIN: ComparedBuild = {
  number: 1, options: {}, kernel: 'kernel', files: {
    'usr/bin/hello': { bytes: Buffer.from('says hi\n'), mode: 0o755 }, 'etc/hello.conf': { bytes: Buffer.from('quiet\n') },
    'usr/share/words.cpio.gz': { bytes: await packed('one two three\n', 1) }, 'usr/share/times.cpio.gz': { bytes: await packed('one two three\n', 1) },
    'usr/share/old': { bytes: Buffer.from('what moves is long enough to be found again\n'.repeat(20)) },
  },
};
const LOUD: ComparedBuild = {
  number: 2, options: { loud: true }, kernel: 'kernel', files: {
    ...PLAIN.files, 'usr/bin/hello': { bytes: Buffer.from('says HI, and loudly\n'), mode: 0o755 }, 'etc/hello.conf': { ...PLAIN.files['etc/hello.conf']!, mode: 0o600 },
    'usr/share/words.cpio.gz': { bytes: await packed('one two four\n', 1) }, 'usr/share/times.cpio.gz': { bytes: await packed('one two three\n', 2) },
    [HOSTILE]: { bytes: Buffer.from('x') }, 'usr/share/old': null, 'usr/share/new': PLAIN.files['usr/share/old']!, 'usr/lib/libgreeting.so': null,
  },
};

let api: TestApi;
let records: Records;
let workshop: Workshop;

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  workshop = { records, reads: createReads(api.database.pool), store: api.store } as Workshop;
  for (const build of [PLAIN, LOUD, { ...PLAIN, number: 3 }, { ...PLAIN, number: 4, kernel: 'another kernel' }]) await recordComparedBuild(build, api, records);
  await api.record.build({ number: 8 });
  await api.record.build({ number: 9, state: 'FAILED' });
});
afterAll(async () => {
  await records.close();
  await api.close();
});
/** The comparing is real, over roots, inventories and packages on record. */
beforeEach(async () => {
  await api.stop();
  await api.serve();
  api.actions.asked.length = 0;
  api.logged.length = 0;
  api.statements.length = 0;
  api.actions.answers = { compareBuilds: ({ left, right }) => compareBuilds(left, right, { workshop }) };
});

const [ONE, TWO] = [buildIdOf(1), buildIdOf(2)];
// What a test asked for it knows the shape of.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const compare = async (fields: string, variables: object = {}): Promise<any> => (await api.data(`query($left: ID!, $right: ID!) { compare(left: $left, right: $right) { ${fields} } }`, { left: ONE, right: TWO, ...variables })).compare;
const pathsOf = async (filter: string): Promise<string[]> => (await compare(`changes(${filter}) { nodes { path } }`)).changes.nodes.map(({ path }: { path: string }) => path);

describe('what differs between two builds', () => {
  it('waits for the inventory of a build that has ended a moment ago', async () => {
    await api.record.build({ number: 10, packages: 0, finishedAt: new Date() });
    const asked = compare('exit', { right: buildIdOf(10) });
    await until('it is asked for', async () => api.statements.filter((name) => name === 'current inventories').length > 1);
    await records.contents.linkInventory(buildIdOf(10), (await workshop.reads.contents.currentInventory([ONE])).get(ONE)!.digest as Sha256);
    expect(await asked).toEqual({ exit: 0 });
  });

  it('is asked of outlines of their inventories, which those get that were put on record before there were any', async () => {
    const outlines = async (): Promise<unknown[]> => (await api.database.pool.query('SELECT i.digest, o.format, o.sha256 FROM inventories i LEFT JOIN inventory_outlines o ON o.inventory_digest = i.digest ORDER BY 1')).rows;
    await api.database.pool.query('DELETE FROM inventory_outlines');
    await compare('exit');
    const found = await workshop.reads.contents.currentInventory([ONE, TWO]);
    expect([ONE, TWO].map((id) => found.get(id)?.outline)).toEqual([1, 2].map(() => ({ format: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })));
    const kept = await outlines();
    await api.stop();
    await api.serve();
    await compare('exit');
    expect(await outlines()).toEqual(kept);
  });

  it('is told with verdict, images, counts and causes, as the command line has it', async () => {
    const told = await compare('left { id } right { id } exit verdict { bytesEqual layoutEqual metadataEqual contentEqual } images { name format left right leftBytes rightBytes equal owner } layout { key } counts { added removed changed moved noise sizeDelta } causes { code summary hint noise count proved covers } jsonUrl textUrl htmlUrl');
    const { comparison, images } = await compareBuilds(ONE, TWO, { workshop });
    expect(told).toMatchObject({ left: { id: `bld_${ONE}` }, right: { id: `bld_${TWO}` }, exit: 1, verdict: comparison.verdict, images: images.map(({ sizeBytes, ...image }) => ({ ...image, leftBytes: sizeBytes.left, rightBytes: sizeBytes.right })), layout: [] });
    expect(told.verdict).toEqual({ bytesEqual: false, layoutEqual: true, metadataEqual: false, contentEqual: false });
    expect(told.counts).toEqual({ added: 1, removed: 1, changed: 4, moved: 1, noise: 1, sizeDelta: comparison.changes.reduce((sum, { sizeDelta }) => sum + sizeDelta, 0) });
    expect(told.causes).toContainEqual({ code: 'option-change', summary: CAUSES['option-change'].summary, hint: null, noise: false, count: expect.any(Number), proved: 0, covers: expect.any(Number) });
    expect(told.images.find(({ name }: { name: string }) => name === 'bzImage')).toMatchObject({ equal: true, owner: 'tiny-kernel' });
    expect([told.jsonUrl, told.textUrl, told.htmlUrl]).toEqual(['json', 'txt', 'html'].map((form) => `${api.address}/compare/bld_${ONE}..bld_${TWO}.${form}`));
  });

  it('is told entry by entry, with what it was and is, whose it is and why', async () => {
    const { changes } = await compare(`changes { nodes { id path otherPath kind classes noise sizeDelta owner before { kind mode uid gid sizeBytes sha256 target xattrs } after { kind mode sizeBytes target }
      causes { code summary confidence coverage evidence } parts { name kind leftBytes rightBytes } inside { verdict { contentEqual } counts { changed } text } } }`);
    const at = (path: string): object => changes.nodes.find((change: { path: string }) => change.path === path);
    expect(at('/etc/hello.conf')).toMatchObject({ kind: 'CHANGED', classes: ['MODE'], owner: 'hello', before: { kind: 'FILE', mode: '0644', uid: 0, gid: 0, sizeBytes: 6, xattrs: [] }, after: { mode: '0600' }, inside: null });
    expect(at('/usr/bin/hello')).toMatchObject({ classes: ['CONTENT'], sizeDelta: 12, causes: expect.arrayContaining([expect.objectContaining({ code: 'option-change', evidence: [expect.stringContaining('loud=true')] })]) });
    expect(at('/usr/share/new')).toMatchObject({ kind: 'MOVED', otherPath: '/usr/share/old', classes: [], sizeDelta: 0 });
    expect(at('/usr/lib/libgreeting.so')).toMatchObject({ kind: 'REMOVED', owner: 'hello-lib', before: { kind: 'SYMLINK', target: 'libgreeting.so.1', sizeBytes: null }, after: null });
    expect(at('/usr/share/words.cpio.gz')).toMatchObject({ noise: false, inside: { verdict: { contentEqual: false }, counts: { changed: 1 }, text: expect.stringMatching(/^Different: /) } });
    expect(at('/usr/share/times.cpio.gz')).toMatchObject({ noise: true, causes: [{ code: 'embedded-timestamp', confidence: 1, coverage: 1 }], inside: { verdict: { contentEqual: true } } });
    expect(at(String.raw`/usr/share/\x1b[2J\u202ename`)).toMatchObject({ kind: 'ADDED', owner: 'hello', before: null });
    expect(changes.nodes).toHaveLength(7);
  });

  it('leads from a changed file to the package of either build and its recipe version', async () => {
    const { changes } = await compare('changes(pathPrefix: "/usr/bin/") { nodes { packageChange { name reasons { reason detail } } packageBefore { id recipeVersion { folderDigest } } packageAfter { id name recipeVersion { recipe { name } } } } }');
    const [{ packageChange, packageBefore, packageAfter }] = changes.nodes;
    expect(packageChange).toEqual({ name: 'hello', reasons: [{ reason: 'OPTION', detail: '-loud=false +loud=true' }] });
    expect(packageAfter).toEqual({ id: expect.stringMatching(new RegExp(`^pkg_${TWO}[.]`)), name: 'hello', recipeVersion: { recipe: { name: 'hello' } } });
    expect(packageBefore).toEqual({ id: expect.stringMatching(new RegExp(`^pkg_${ONE}[.]`)), recipeVersion: { folderDigest: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  it('is told package by package, found by name, kind and reason', async () => {
    const packages = async (filter: string): Promise<unknown[]> => (await compare(`packages${filter} { nodes { name kind versionBefore versionAfter files sizeDelta licenseBefore licenseAfter before { name } after { name } reasons { reason } } }`)).packages.nodes;
    const [hello] = await packages('(nameContains: "HELL", reason: OPTION)');
    expect(hello).toEqual({ name: 'hello', kind: 'CHANGED', versionBefore: '1.1', versionAfter: '1.1', files: 6, sizeDelta: expect.any(Number), licenseBefore: null, licenseAfter: null, before: { name: 'hello' }, after: { name: 'hello' }, reasons: [{ reason: 'OPTION' }] });
    expect((await packages('')).map((each) => (each as { name: string }).name)).toContain('hello-lib');
    expect(await packages('(kind: ADDED)')).toEqual([]);
    expect(await packages('(reason: PATCH)')).toEqual([]);
  });

  it('is found by kind, class, cause, package, path and whether it is noise', async () => {
    expect(await pathsOf('class: MODE')).toEqual(['/etc/hello.conf']);
    expect(await pathsOf('kind: MOVED')).toEqual(['/usr/share/new']);
    expect(await pathsOf('pathPrefix: "usr/share/old"')).toEqual(['/usr/share/new']);
    expect(await pathsOf('package: "hello-lib"')).toEqual(['/usr/lib/libgreeting.so']);
    expect(await pathsOf('cause: "option-change", pathPrefix: "/usr/bin"')).toEqual(['/usr/bin/hello']);
    expect(await pathsOf('noise: true')).toEqual(['/usr/share/times.cpio.gz']);
    expect(await pathsOf('noise: false')).toHaveLength(6);
    expect((await api.query(`{ compare(left: "${ONE}", right: "${TWO}") { changes(cause: "gremlins") { nodes { id } } } }`)).errors![0]!.extensions).toMatchObject({ code: 'API.BAD_REQUEST', hint: expect.stringContaining('build-path') });
  });

  it('comes in pages that hold every change once; a cursor of other builds or of another filter is refused', async () => {
    const seen: string[] = [];
    const page = (after: string | null, left = ONE, filter = ''): Promise<object> => api.query(`query($left: ID!, $right: ID!, $after: String) { compare(left: $left, right: $right) { changes(first: 2, after: $after${filter}) { nodes { id } pageInfo { hasNextPage endCursor } } } }`, { left, right: TWO, after });
    let cursor: string | null = null;
    for (let more = true; more;) {
      const { data } = await page(cursor) as { data: { compare: { changes: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } } };
      seen.push(...data.compare.changes.nodes.map(({ id }) => id));
      ({ hasNextPage: more, endCursor: cursor } = data.compare.changes.pageInfo);
    }
    expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
    for (const refused of [page(cursor, buildIdOf(3)), page(cursor, ONE, ', kind: CHANGED')]) expect(await refused).toMatchObject({ errors: [{ extensions: { code: 'API.BAD_CURSOR' } }] });
  });

  it('has an id for each change that finds it again, in these builds alone', async () => {
    const { changes } = await compare('changes { nodes { id path } }');
    const [{ id, path }] = changes.nodes;
    expect(await compare(`change(id: "${id}") { id path }`)).toEqual({ change: { id, path } });
    expect(await compare(`change(id: "${id}") { path }`, { left: buildIdOf(3) })).toEqual({ change: null });
    expect(await compare('change(id: "anything") { path }')).toEqual({ change: null });
  });

  it('is nothing between a build and itself or its equal, and a kernel beside equal roots is told', async () => {
    for (const right of [ONE, buildIdOf(3)]) expect(await compare('exit verdict { bytesEqual contentEqual } changes { nodes { id } } packages { nodes { name } }', { right })).toEqual({ exit: 0, verdict: { bytesEqual: true, contentEqual: true }, changes: { nodes: [] }, packages: { nodes: [] } });
    expect(await compare('exit verdict { bytesEqual contentEqual } counts { changed }', { right: buildIdOf(4) })).toEqual({ exit: 1, verdict: { bytesEqual: false, contentEqual: false }, counts: { changed: 0 } });
  });
});

describe('rules', () => {
  it('are judged at every door, and a rule that is none is refused before anything is compared', async () => {
    const judge = async (failOn: string) => (await compare(`judge(failOn: "${failOn}") { exit count firings { rule where why } }`)).judge;
    expect(await judge('outside:hello')).toEqual({ exit: 1, count: 1, firings: [{ rule: 'outside:hello', where: expect.stringContaining('/usr/lib/libgreeting.so'), why: expect.any(String) }] });
    expect(await judge('setuid,license')).toEqual({ exit: 0, count: 0, firings: [] });
    const told = JSON.parse((await api.ask(`/compare/${ONE}..${TWO}.json?failOn=outside:hello`)).text) as { exit: number; firings: object[] };
    expect([told.exit, told.firings.length]).toEqual([1, 1]);
    expect((await api.ask(`/compare/${ONE}..${TWO}.txt?failOn=added`)).text).toMatch(/^FAIL added: /m);
    api.actions.asked.length = 0;
    const refused = await api.ask(`/compare/${TWO}..${ONE}.json?failOn=gremlins`);
    expect([refused.status, refused.json.errors![0]!.extensions.code, api.actions.asked]).toEqual([400, 'COMPARE.BAD_RULE', []]);
  });
});

describe('comparing', () => {
  it('is done once for all who ask for the same two builds, and again once an inventory is another', async () => {
    await Promise.all([compare('exit'), compare('counts { added }'), api.ask(`/compare/${ONE}..${TWO}.txt`)]);
    expect(api.actions.asked).toEqual([{ name: 'compareBuilds', input: { left: ONE, right: TWO } }]);
    api.statements = [];
    await compare('exit changes { nodes { packageBefore { name } packageAfter { recipeVersion { version } } } }');
    expect(api.statements.length).toBeLessThanOrEqual(4);
    await compare('exit', { left: TWO, right: ONE });
    expect(api.actions.asked).toHaveLength(2);
    await recordComparedBuild({ ...PLAIN, number: 5 }, api, records);
    await compare('exit', { right: buildIdOf(5) });
    await recordComparedBuild({ ...PLAIN, number: 5, files: { ...PLAIN.files, 'etc/more': { bytes: Buffer.from('more') } } }, api, records);
    expect(await compare('counts { added }', { right: buildIdOf(5) })).toEqual({ counts: { added: 1 } });
    expect(api.actions.asked).toHaveLength(4);
  });

  it('is done again after it failed, and for what was asked for longest ago', async () => {
    const { compareBuilds: real } = api.actions.answers;
    api.actions.answers.compareBuilds = async () => { throw new Failure('ACTIONS.CANCELLED', 'it was cut off'); };
    expect((await api.query(`{ compare(left: "${ONE}", right: "${TWO}") { exit } }`)).errors).toHaveLength(1);
    api.actions.answers.compareBuilds = real!;
    for (const right of [2, 1, 3, 4].map(buildIdOf)) await compare('exit', { right });
    await compare('exit', { right: TWO });
    const before = api.actions.asked.length;
    await compare('exit', { left: TWO, right: ONE });
    await compare('exit', { right: TWO });
    expect(api.actions.asked.length - before).toBe(1);
    await compare('exit', { right: ONE });
    expect(api.actions.asked.length - before).toBe(2);
  });

  it('costs so much that a request compares few builds, and waits its turn with the reports', async () => {
    const many = Array.from({ length: 6 }, (_, i) => `c${i}: compare(left: "${ONE}", right: "${buildIdOf(i + 1)}") { exit }`).join(' ');
    expect((await api.query(`{ ${many} }`)).errors![0]!.extensions.code).toBe('API.TOO_COSTLY');
    await api.stop();
    await api.serve({ limits: { reports: 1, reportsWaiting: 0 } });
    const [begun, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { compareBuilds: real } = api.actions.answers;
    api.actions.answers.compareBuilds = async (input) => { begun.resolve(); await mayGoOn.promise; return real!(input); };
    const first = api.ask(`/compare/${ONE}..${TWO}.txt`);
    await begun.promise;
    const refused = await api.ask(`/compare/${TWO}..${ONE}.txt`);
    expect([refused.status, refused.json.errors![0]!.extensions.code]).toEqual([429, 'API.TOO_MANY_REPORTS']);
    mayGoOn.resolve();
    expect((await first).status).toBe(200);
    expect((await api.ask(`/compare/${TWO}..${ONE}.txt`)).status).toBe(200);
  });

  it('is refused with what to do where a build is not there, has failed, or has no inventory yet', async () => {
    for (const [build, status, code] of [[77, 404, 'API.NOT_FOUND'], [8, 409, 'ACTIONS.NOT_DOCUMENTED'], [9, 409, 'ACTIONS.NOT_SUCCEEDED']] as const) {
      const id = buildIdOf(build);
      for (const pair of [`${ONE}..bld_${id}`, `${id}..${TWO}`]) {
        for (const form of ['json', 'txt', 'html']) {
          const answer = await api.ask(`/compare/${pair}.${form}`);
          expect([answer.status, answer.json.errors![0]!.extensions]).toEqual([status, expect.objectContaining({ code, hint: expect.stringMatching(/./) })]);
        }
      }
      expect((await api.query(`{ compare(left: "bld_${ONE}", right: "${id}") { exit } }`)).errors![0]!.extensions.code).toBe(code);
    }
    for (const path of ['json', `${ONE}.json`, `${ONE}..${TWO}`, `${ONE}..${TWO}.xml`, `..${TWO}.json`, `${ONE}..${TWO}/x.json`, `${ONE}...${TWO}.json`]) expect((await api.ask(`/compare/${path}`)).json.errors![0]!.extensions.code).toBe('API.NOT_FOUND');
    expect((await api.ask(`/compare/jo..${TWO}.json`)).json.errors![0]!.extensions.code).toBe('API.BAD_ID');
    expect(api.logged).toEqual([]);
  });
});

describe('over plain HTTP', () => {
  it('comes the same JSON as on the command line', async () => {
    const { status, headers, text } = await api.ask(`/compare/bld_${ONE}..${TWO}.json`);
    expect([status, headers['content-type'], headers['cache-control'], headers['content-disposition']]).toEqual([200, 'application/json', 'no-store', `attachment; filename="${ONE}..${TWO}.json"`]);
    expect(text).toBe(`${subjectsJson(await compareBuilds(ONE, TWO, { workshop }))}\n`);
    expect((await api.ask(`/compare/${ONE}..${TWO}.json`, { method: 'HEAD' })).text).toBe('');
  });

  it('comes the same text, one screen or all of it, without control characters', async () => {
    const compared = await compareBuilds(ONE, TWO, { workshop });
    const [short, whole] = [await api.ask(`/compare/${ONE}..${TWO}.txt`), await api.ask(`/compare/${ONE}..${TWO}.txt?all=1`)];
    expect([short.headers['content-type'], short.text, whole.text]).toEqual(['text/plain; charset=utf-8', subjectsText(compared, false), subjectsText(compared, true)]);
    expect(short.text.split('\n').length).toBeLessThanOrEqual(41);
    expect(whole.text).toMatch(/^hello 1\.1: .*option -loud=false \+loud=true/m);
    // eslint-disable-next-line no-control-regex
    expect(whole.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('comes a page that runs nothing, loads nothing and has no style but its own', async () => {
    const { status, headers, text } = await api.ask(`/compare/${ONE}..${TWO}.html`);
    const style = /<style>([^<]*)<\/style>/.exec(text)![1]!;
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, 'text/html; charset=utf-8', 'nosniff']);
    expect(headers['content-security-policy']).toBe(`default-src 'none'; style-src 'sha256-${Buffer.from(sha256(style), 'hex').toString('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`);
    // A style of an element's own would not be applied.
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/<script| style="|[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain('/usr/share/times.cpio.gz');
  });
});
