import fc from 'fast-check';

import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import type { CatalogEntry } from '../../src/records/catalog-records.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { decodeNode, encodeTree } from '../../src/tree/node.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { digestOf, recordSampleSandbox, runningBuild, SANDBOX, sampleBuild, sampleExecution } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

let database: TestDatabase;
let records: Records;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, systemClock);
  await recordSampleSandbox(records);
});
afterAll(async () => {
  await records.close();
  await database.close();
});

const count = async (table: string): Promise<number> => (await database.pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]!.n;

describe('facts', () => {
  it('are neither changed nor removed, whatever the table', async () => {
    await records.artifacts.recordBlobs([{ sha256: digestOf('b'), sha512: 'a'.repeat(128), sizeBytes: 1 }]);
    await expect(database.pool.query('UPDATE blobs SET size_bytes = 2')).rejects.toMatchObject({ code: '23001' });
    await expect(database.pool.query('DELETE FROM blobs')).rejects.toMatchObject({ code: '23001' });
    const facts = ['documents', 'catalog_versions', 'images', 'executions', 'action_results', 'tree_entries', 'root_directories', 'root_entries', 'path_owners', 'build_events', 'plan_results'];
    for (const table of facts) await expect(database.pool.query(`TRUNCATE ${table} CASCADE`)).rejects.toMatchObject({ code: '23001' });
  });

  it('carry digests in full', async () => {
    await expect(records.artifacts.recordBlobs([{ sha256: 'abc' as Sha256, sha512: 'a'.repeat(128), sizeBytes: 1 }])).rejects.toMatchObject({ code: '23514' });
  });

  it('include no document under a digest that is not its own', async () => {
    await expect(database.pool.query("INSERT INTO documents (digest, kind, document) VALUES ($1, 'x', '{}')", [digestOf('other')])).rejects.toMatchObject({ code: '23514' });
  });
});

describe('the results of an action', () => {
  const OUT = { target: digestOf('one') };
  const OTHER = { target: digestOf('two') };

  it('stand as the first execution gave them, and are found by plan and by action', async () => {
    const build = await runningBuild(records, 'results', '1');
    const execution = sampleExecution('libc', 'r1', OUT);
    expect(await records.steps.executed(build, execution)).toMatchObject({ standing: 'first' });
    expect((await records.steps.planResults([execution.planKey, digestOf('none')])).get(execution.planKey)).toMatchObject({ actionKey: execution.actionKey, outputs: OUT });
    expect(await records.steps.actionResult(execution.actionKey)).toMatchObject({ outputs: OUT });
    expect(await records.steps.actionResult(digestOf('none'))).toBeUndefined();
  });

  it('stay when a later execution deviates; both are kept and step and build are marked', async () => {
    const build = await runningBuild(records, 'results', '2');
    await records.steps.executed(build, sampleExecution('libc', 'r2', OUT));
    const again = (await records.builds.start(sampleBuild('results', '2', { purpose: 'reproduce' }))).id;
    const repeat = (await records.builds.claim(again, {}))!;
    await records.recordPlan(repeat, { steps: [{ name: 'libc', kind: 'container', planKey: digestOf('plan libc r2'), needs: [] }], packages: [], inputs: [] });
    expect(await records.steps.executed(repeat, sampleExecution('libc', 'r2', OTHER, { standsInStore: false }))).toMatchObject({ standing: 'deviating' });
    expect(await records.steps.actionResult(digestOf('action libc r2'))).toMatchObject({ outputs: OUT });
    expect((await database.pool.query('SELECT FROM executions WHERE action_key = $1', [digestOf('action libc r2')])).rowCount).toBe(2);
    await records.builds.finish(repeat, { state: 'SUCCEEDED' });
    const { rows } = await database.pool.query('SELECT nondeterministic FROM builds WHERE id = $1', [again]);
    expect(rows).toEqual([{ nondeterministic: true }]);
  });

  it('are equal where a later execution gives the same', async () => {
    const build = await runningBuild(records, 'results', '3');
    await records.steps.executed(build, sampleExecution('libc', 'r3', OUT));
    expect(await records.steps.executed(build, sampleExecution('libc', 'r3', OUT))).toMatchObject({ standing: 'equal' });
  });

  it('are renewed where the store had lost those that stood', async () => {
    const build = await runningBuild(records, 'results', '4');
    await records.steps.executed(build, sampleExecution('libc', 'r4', OUT));
    expect(await records.steps.executed(build, sampleExecution('libc', 'r4', OTHER, { standsInStore: true }))).toMatchObject({ standing: 'renewed' });
    expect(await records.steps.actionResult(digestOf('action libc r4'))).toMatchObject({ outputs: OTHER });
  });

  it('stand once where two builds commit at the same moment', async () => {
    const builds = await Promise.all(['5', '6', '7', '8'].map((revision) => runningBuild(records, 'results', revision)));
    const standings = await Promise.all(builds.map((build) => records.steps.executed(build, sampleExecution('libc', 'r5', OUT))));
    expect(standings.map(({ standing }) => String(standing)).toSorted()).toEqual(['equal', 'equal', 'equal', 'first']);
  });

  it('of a failed execution stand for nothing', async () => {
    const build = await runningBuild(records, 'results', '9');
    const failed = sampleExecution('libc', 'r9', {}, { outcome: 'failed', failure: { kind: 'compile', message: 'exit 1' } });
    expect(await records.steps.executed(build, failed)).toMatchObject({ standing: undefined });
    expect(await records.steps.actionResult(failed.actionKey)).toBeUndefined();
    expect(await records.steps.planResults([failed.planKey])).toEqual(new Map());
  });

  it('that the store has and the record lacks are adopted with their outputs', async () => {
    const build = await runningBuild(records, 'results', '10');
    const { planKey, actionKey, sandboxDigest } = sampleExecution('libc', 'r10', OUT);
    await records.steps.reused(build, { step: 'libc', planKey, actionKey, sandboxDigest, outputs: OUT, reason: 'the result is known' });
    expect(await records.steps.actionResult(actionKey)).toMatchObject({ outputs: OUT });
    const { rows } = await database.pool.query(`SELECT s.outcome, s.reason, o.tree_digest AS out FROM build_steps s
      JOIN execution_outputs o ON o.execution_id = s.execution_id WHERE s.build_id = $1`, [build.id]);
    expect(rows).toEqual([{ outcome: 'reused', reason: 'the result is known', out: OUT.target }]);
    expect(await records.builds.finish(build, { state: 'SUCCEEDED' })).toMatchObject({ reused: 1, run: 0 });
  });

  it('tell how long a step takes', async () => {
    const build = await runningBuild(records, 'results', '11');
    await records.steps.executed(build, sampleExecution('shell', 'r11', OUT, { usage: { wallMs: 5000.4, cpuMs: 4000.6, peakMemoryBytes: 1 } }));
    expect(await records.steps.durations(['shell', 'never'])).toEqual(new Map([['shell', { wallMs: 5000, cpuMs: 4001 }]]));
  });
});

const file = (word: string, more: Partial<TreeEntry> = {}): TreeEntry =>
  ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: digestOf(word), sizeBytes: word.length, ...more }) as TreeEntry;

const byte = fc.integer({ min: 1, max: 255 }).map((n) => String.fromCharCode(n)).filter((c) => c !== '/');
const name = fc.string({ unit: byte, minLength: 1, maxLength: 6 }).filter((text) => text !== '.' && text !== '..');
const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.string().map((word) => file(word)),
  fc.record({ word: fc.string(), value: fc.string({ unit: byte }) }).map(({ word, value }) => file(word, { xattrs: { 'user.a': `${value}\0` } })),
  name.map((target): TreeEntry => ({ kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: target as PathBytes })),
  fc.constant<TreeEntry>({ kind: 'character-device', mode: 0o600, uid: 0, gid: 5, major: 4, minor: 64 }),
  fc.constant<TreeEntry>({ kind: 'fifo', mode: 0o600, uid: 0xffff_ffff, gid: 0 }),
);
const tree: fc.Arbitrary<Tree> = fc.dictionary(name, entry, { maxKeys: 6 }).chain((top) =>
  fc.dictionary(name, entry, { maxKeys: 6 }).map((inner) => makeTree([
    ...Object.entries(top).map(([key, value]): [PathBytes, TreeEntry] => [`t${key}` as PathBytes, value]),
    ...Object.entries(inner).map(([key, value]): [PathBytes, TreeEntry] => [`dir/${key}` as PathBytes, value]),
  ])));

describe('the inputs of a build', () => {
  it('tell the address that their bytes really came from: of this build, else of the fetch before it', async () => {
    const fetch = (url: string, seconds: number, buildId?: string) => records.artifacts.recordFetch({
      sha256: digestOf('a.tar'), sizeBytes: 5, kind: 'url', url, wallMs: 3, fetchedAt: new Date(systemClock.now().getTime() - seconds * 1000), ...(buildId === undefined ? {} : { buildId }),
    });
    const urlOf = async (buildId: string): Promise<string | null | undefined> =>
      (await createReads(database.pool).builds.inputsOf([buildId], {}, { first: 5 })).get(buildId)?.[0]?.url;
    const before = await runningBuild(records, 'inputs', '1');
    expect(await urlOf(before.id)).toBeNull();
    await records.builds.finish(before, { state: 'SUCCEEDED' });
    await fetch('https://mirror.example/a.tar', 50);
    await fetch('https://upstream.example/a.tar', 90);
    const reusing = await runningBuild(records, 'inputs', '2');
    expect(await urlOf(reusing.id)).toBe('https://mirror.example/a.tar');
    await fetch('https://own.example/a.tar', 70, reusing.id);
    expect(await urlOf(reusing.id)).toBe('https://own.example/a.tar');
  });
});

describe('trees', () => {
  interface Row { name: Buffer; kind: string; mode: number | null; uid: number | null; gid: number | null; xattrs: Record<string, string> | null; size_bytes: number | null; sha256: string | null; child_digest: string | null; target: Buffer | null; major: number | null; minor: number | null }

  it('are on record directory by directory, exactly as their nodes say, whatever bytes their names are', async () => {
    await fc.assert(fc.asyncProperty(tree, async (given) => {
      expect(await records.trees.record(given)).toBe(encodeTree(given).root);
      for (const [digest, bytes] of encodeTree(given).nodes) {
        const { rows } = await database.pool.query<Row>('SELECT * FROM tree_entries WHERE node_digest = $1 ORDER BY name', [digest]);
        expect(rows.map((row) => Object.fromEntries(Object.entries({
          name: row.name.toString('latin1'), kind: row.kind, mode: row.mode, uid: row.uid, gid: row.gid, sizeBytes: row.size_bytes, sha256: row.sha256,
          digest: row.child_digest, target: row.target?.toString('latin1'), major: row.major, minor: row.minor,
          xattrs: row.xattrs === null ? null : Object.fromEntries(Object.entries(row.xattrs).map(([key, hex]) => [key, Buffer.from(hex, 'hex').toString('latin1')])),
        }).filter(([, value]) => value !== null && value !== undefined)))).toEqual(decodeNode(bytes).entries.map(([key, value]) => ({ name: key, ...value })));
      }
    }), { numRuns: 25 });
  });

  it('share the rows of directories that they have in common', async () => {
    const shared = Array.from({ length: 50 }, (_, i): [PathBytes, TreeEntry] => [pathBytes(`usr/share/f${i}`), file(`f${i}`)]);
    await records.trees.record(makeTree(shared));
    const before = await count('tree_entries');
    await records.trees.record(makeTree([...shared, [pathBytes('etc'), file('etc')]]));
    expect(await count('tree_entries') - before).toBe(2);
  });

  it('are recorded once where many record the same and overlapping ones at the same moment', async () => {
    const trees = Array.from({ length: 8 }, (_, n) => makeTree(Array.from({ length: 40 }, (__, i): [PathBytes, TreeEntry] => [pathBytes(`d${i % 7}/race${i}`), file(`race ${i === 0 ? n : i}`)])));
    await Promise.all([...trees, ...trees].map((each) => records.trees.record(each)));
    expect((await records.trees.known(trees.map((each) => encodeTree(each).root))).size).toBe(8);
    const { rows } = await database.pool.query('SELECT n.digest FROM tree_nodes n WHERE n.entry_count <> (SELECT count(*) FROM tree_entries e WHERE e.node_digest = n.digest)');
    expect(rows).toEqual([]);
  });

  it('of a final root keep who owns each path, once for equal roots', async () => {
    const root = makeTree([[pathBytes('bin/sh'), file('sh')], [pathBytes('bin/ash'), { kind: 'hard-link', target: pathBytes('bin/sh') }], [pathBytes('etc/passwd'), file('passwd')]]);
    const owners = new Map([...root.entries.keys()].filter((path) => path !== '').map((path) => [path, path.startsWith('etc')
      ? { kind: 'generator', name: 'users', reason: 'from the users of all packages' } : { kind: 'package', name: 'shell', reason: 'installed' }]));
    const id = await records.trees.recordFiles(root, owners);
    expect(await records.trees.recordFiles(root, owners)).toBe(id);
    const { files } = createReads(database.pool);
    const rows = (await files.ofSets([String(id)], {}, { first: 9 })).get(String(id))!.map(({ path, kind, sha256: digest, owner }) => ({ path: path.toString(), kind, sha256: digest, owner }));
    expect(rows).toEqual([
      { path: 'bin', kind: 'directory', sha256: null, owner: 'shell' }, { path: 'bin/ash', kind: 'file', sha256: digestOf('sh'), owner: 'shell' },
      { path: 'bin/sh', kind: 'hard-link', sha256: digestOf('sh'), owner: 'shell' }, { path: 'etc', kind: 'directory', sha256: null, owner: 'users' },
      { path: 'etc/passwd', kind: 'file', sha256: digestOf('passwd'), owner: 'users' },
    ]);
    expect((await files.ownersOf([String(id)], ['bin/ash', 'etc/passwd', 'etc/shadow'].map(pathBytes))).get(String(id))).toEqual(new Map([
      ['bin/ash', { owner: 'shell', ownerKind: 'package', ownerReason: 'installed' }], ['etc/passwd', { owner: 'users', ownerKind: 'generator', ownerReason: 'from the users of all packages' }],
    ]));
  });
});

describe('the catalog', () => {
  const entryOf = (key: string, content: string): CatalogEntry => {
    const bytes = Buffer.from(content);
    return { kind: 'recipe', name: key, digest: sha256(`${key} ${content}`), version: content, summary: 's', license: 'MIT', definition: { name: key, version: content }, files: [{ path: 'recipe.yaml', bytes, executable: false }] };
  };
  const currentOf = async (key: string): Promise<string | undefined> => (await records.catalog.current('recipe')).get(key);

  it('follows the checkout and keeps every version it ever had', async () => {
    expect(await records.catalog.sync([entryOf('alpha', '1'), entryOf('beta', '1')])).toBe(2);
    expect(await records.catalog.sync([entryOf('alpha', '1'), entryOf('beta', '1')])).toBe(0);
    expect(await records.catalog.sync([entryOf('alpha', '2')])).toBe(2);
    expect(await currentOf('alpha')).toBe(entryOf('alpha', '2').digest);
    expect(await currentOf('beta')).toBeUndefined();
    expect(await records.catalog.files(entryOf('alpha', '1').digest)).toEqual([{ path: 'recipe.yaml', bytes: Buffer.from('1'), executable: false }]);
    await records.catalog.sync([entryOf('alpha', '1'), entryOf('beta', '1')]);
    expect(await currentOf('alpha')).toBe(entryOf('alpha', '1').digest);
    const { rows } = await database.pool.query("SELECT sequence, version FROM catalog_versions WHERE name = 'alpha' ORDER BY sequence");
    expect(rows).toEqual([{ sequence: 1, version: '1' }, { sequence: 2, version: '2' }]);
  });

  it('lets a published version stand until the checkout changes', async () => {
    const checkout = [entryOf('alpha', '1'), entryOf('beta', '1'), entryOf('gamma', '1')];
    await records.catalog.sync(checkout);
    expect(await records.catalog.publish(entryOf('gamma', 'uploaded'))).toEqual({ unchanged: false });
    expect(await records.catalog.publish(entryOf('gamma', 'uploaded'))).toEqual({ unchanged: true });
    await records.catalog.sync(checkout);
    expect(await currentOf('gamma')).toBe(entryOf('gamma', 'uploaded').digest);
    await records.catalog.sync([entryOf('alpha', '1'), entryOf('beta', '1'), entryOf('gamma', '2')]);
    expect(await currentOf('gamma')).toBe(entryOf('gamma', '2').digest);
  });

  it('is synced once where two processes sync at the same moment', async () => {
    const entries = [entryOf('alpha', '1'), entryOf('delta', 'both')];
    const changes = await Promise.all([records.catalog.sync(entries), records.catalog.sync(entries), records.catalog.sync(entries)]);
    expect(changes.filter((n) => n > 0)).toHaveLength(1);
  });
});

describe('configurations', () => {
  it('have revisions that are numbered, known by content, and never the same twice in a row', async () => {
    const { id } = await records.configurations.create('router', 'board');
    const first = await records.configurations.saveRevision(id, { content: { b: 1, a: 2 }, message: 'first', pins: [{ kind: 'recipe', name: 'shell', digest: digestOf('shell') }] });
    expect(first).toMatchObject({ number: 1, unchanged: false, digest: sha256('{"a":2,"b":1}') });
    expect(await records.configurations.saveRevision(id, { content: { a: 2, b: 1 }, message: 'same', pins: [{ kind: 'recipe', name: 'shell', digest: digestOf('shell') }] })).toMatchObject({ number: 1, unchanged: true });
    expect(await records.configurations.saveRevision(id, { content: { a: 2, b: 1 }, message: 'newer recipe', pins: [{ kind: 'recipe', name: 'shell', digest: digestOf('shell 2') }] })).toMatchObject({ number: 2, unchanged: false });
    expect(await records.configurations.revision(id)).toMatchObject({ number: 2, content: { a: 2, b: 1 }, pins: [{ kind: 'recipe', name: 'shell', digest: digestOf('shell 2') }] });
    expect(await records.configurations.revision(id, 1)).toMatchObject({ id: first.revisionId });
  });

  it('refuse a name that is taken', async () => {
    await records.configurations.create('taken', 'board');
    await expect(records.configurations.create('taken', 'board')).rejects.toMatchObject({ code: 'RECORDS.ALREADY_THERE' });
    expect(await records.configurations.find('taken')).toMatchObject({ name: 'taken', headNumber: 0 });
  });

  it('refuse a revision that is based on another than the newest', async () => {
    const { id } = await records.configurations.create('based', 'board');
    await records.configurations.saveRevision(id, { content: {}, message: '', pins: [], basedOn: 0 });
    await expect(records.configurations.saveRevision(id, { content: { x: 1 }, message: '', pins: [], basedOn: 0 })).rejects.toMatchObject({ code: 'RECORDS.STALE', details: { newest: 1 } });
  });

  it('take one of two revisions that are saved at the same moment', async () => {
    const { id } = await records.configurations.create('raced', 'board');
    const results = await Promise.allSettled([1, 2, 3].map((n) => records.configurations.saveRevision(id, { content: { n }, message: '', pins: [], basedOn: 0 })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await records.configurations.find('raced'))?.headNumber).toBe(1);
  });
});

describe('what the store must keep', () => {
  it('is what builds on record refer to, or only the newest of each target', async () => {
    const make = async (revision: string): Promise<void> => {
      const build = await runningBuild(records, 'kept', revision);
      await records.steps.executed(build, sampleExecution('libc', `kept ${revision}`, { target: digestOf(`kept out ${revision}`) }));
      await records.builds.finish(build, { state: 'SUCCEEDED', rootTree: digestOf(`kept root ${revision}`) });
    };
    await make('1');
    await make('2');
    const all = await records.roots();
    const newest = await records.roots({ buildsPerTarget: 1 });
    for (const revision of ['1', '2']) {
      expect(all.trees).toContain(digestOf(`kept out ${revision}`));
      expect(all.trees).toContain(digestOf(`kept root ${revision}`));
      expect(all.actions).toContain(digestOf(`action libc kept ${revision}`));
      expect(newest.trees.has(digestOf(`kept out ${revision}`))).toBe(revision === '2');
      expect(newest.actions.has(digestOf(`action libc kept ${revision}`))).toBe(revision === '2');
    }
    expect(await records.artifacts.sandboxes()).toContainEqual({ digest: SANDBOX, inUse: expect.any(Boolean) });
    // It is assembled from its packages, never put into the store as a tree.
    expect(all.trees.has(SANDBOX)).toBe(false);
    expect(newest.blobs).toContain(digestOf('log libc'));
    expect(newest.blobs).toContain(digestOf('gcc.deb'));
    expect(newest.blobs).toContain(digestOf('a.tar'));
  });
});
