import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import type { NewQuarantine } from '../../src/records/quarantine-records.ts';
import type { NewStatement } from '../../src/records/statement-records.ts';
import { digestOf, recordSampleSandbox, runningBuild, sampleExecution } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

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

const signature = (key: string) => ({ keyId: digestOf(key), signature: Buffer.alloc(64, key) });

function statement(word: string, more: Partial<NewStatement> = {}): NewStatement {
  return {
    payloadType: 'application/vnd.in-toto+json', payload: Buffer.from(JSON.stringify({ word })), predicateType: 'https://slsa.dev/provenance/v1', origin: 'own',
    subjects: [{ sha256: digestOf(`image ${word}`), name: 'rootfs.squashfs' }], signatures: [signature('builder')], ...more,
  };
}

async function finishedBuild(target: string, revision: string): Promise<string> {
  const build = await runningBuild(records, target, revision);
  await records.steps.executed(build, sampleExecution('libc', `${target} ${revision}`, { target: digestOf(`out ${target} ${revision}`) }));
  await records.artifacts.recordImage(build, {
    name: 'rootfs.squashfs', format: 'squashfs', digests: { sha256: digestOf(`image ${target} ${revision}`), sha512: digestOf('a') + digestOf('b'), sizeBytes: 9 },
    parameters: {}, writerVersion: '1', rootTree: digestOf('root'),
  });
  await records.builds.finish(build, { state: 'SUCCEEDED', rootTree: digestOf(`root ${target} ${revision}`) });
  return build.id;
}

describe('a statement', () => {
  it('is on record once, by its payload, with every signature that ever came', async () => {
    const first = await records.evidence.recordStatement(statement('once'));
    expect(first).toEqual({ payloadSha256: sha256('{"word":"once"}'), unchanged: false });
    expect(await records.evidence.recordStatement(statement('once'))).toEqual({ ...first, unchanged: true });
    expect(await records.evidence.recordStatement(statement('once', { signatures: [signature('builder'), signature('another')], subjects: [] }))).toMatchObject({ unchanged: false });
    const found = (await records.evidence.statement(first.payloadSha256))!;
    expect(found.payload).toEqual(Buffer.from('{"word":"once"}'));
    expect(found.signatures).toEqual([signature('builder'), signature('another')].toSorted((a, b) => a.keyId < b.keyId ? -1 : 1));
    expect(found.subjects).toEqual([{ sha256: digestOf('image once'), name: 'rootfs.squashfs', verdict: null }]);
  });

  it('is recorded once where many record it at the same moment', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => records.evidence.recordStatement(statement('raced'))));
    expect(made.filter(({ unchanged }) => !unchanged)).toHaveLength(1);
  });

  it('is found by what it is about and by its build', async () => {
    const buildId = await finishedBuild('found', '1');
    const { payloadSha256 } = await records.evidence.recordStatement(statement('found', { buildId, definitionDigest: digestOf('definition') }));
    const rebuild = await records.evidence.recordStatement(statement('rebuilt', {
      predicateType: 'https://provenroot.dev/rebuild/v1', subjects: [{ sha256: digestOf('image found'), name: 'rootfs.squashfs', verdict: 'REPRODUCED' }], origin: 'imported', signatures: [],
    }));
    expect((await records.evidence.statementsBySubject(digestOf('image found'))).map((each) => each.payloadSha256)).toEqual([payloadSha256, rebuild.payloadSha256]);
    expect(await records.evidence.statementsBySubject(digestOf('image found'), 'https://provenroot.dev/rebuild/v1')).toMatchObject([{ origin: 'imported', signatures: [], subjects: [{ verdict: 'REPRODUCED' }] }]);
    expect((await records.evidence.statementsOfBuild(buildId)).map((each) => each.payloadSha256)).toEqual([payloadSha256]);
    expect(await records.evidence.statementsOfBuild(buildId, 'https://other')).toEqual([]);
  });

  it('is told apart as not logged until the log speaks of it', async () => {
    const { payloadSha256 } = await records.evidence.recordStatement(statement('unlogged'));
    expect(await records.evidence.unlogged(1000)).toContain(payloadSha256);
    await records.log.transaction((log) => appendAbout(log, payloadSha256));
    expect(await records.evidence.unlogged(1000)).not.toContain(payloadSha256);
    expect(await records.log.about(payloadSha256)).toMatchObject([{ index: 0, loggedAt: '2026-01-01T00:00:00.123Z' }]);
  });

  it('is among all statements, which come in order and each once, more than a page of them', async () => {
    await database.pool.query("INSERT INTO statements (payload_sha256, payload_type, payload, predicate_type, origin) SELECT encode(sha256(n::text::bytea), 'hex'), 't', n::text::bytea, 'p', 'own' FROM generate_series(1, 10500) n");
    const digests: string[] = [];
    for await (const digest of records.evidence.allDigests()) digests.push(digest);
    expect(digests).toEqual([...new Set(digests)].toSorted());
    expect(digests.length).toBeGreaterThan(10_500);
  });

  it.each([
    ['another payload', "INSERT INTO statements (payload_sha256, payload_type, payload, predicate_type, origin) VALUES (repeat('a', 64), 't', 'x', 'p', 'own')"],
    ['part of a digest', "INSERT INTO statement_subjects (sha256, payload_sha256, name) SELECT 'abc', payload_sha256, 'x' FROM statements LIMIT 1"],
    ['half a signature', "INSERT INTO statement_signatures (payload_sha256, key_id, signature) SELECT payload_sha256, repeat('b', 64), '\\x00' FROM statements LIMIT 1"],
  ])('cannot have %s', async (_, sql) => {
    await expect(database.pool.query(sql)).rejects.toMatchObject({ code: '23514' });
  });

  it.each(['statements', 'statement_signatures', 'statement_subjects', 'log_entries'])('of the past is never changed (%s)', async (table) => {
    await expect(database.pool.query(`DELETE FROM ${table}`)).rejects.toMatchObject({ code: '23001' });
    await expect(database.pool.query(`TRUNCATE ${table} CASCADE`)).rejects.toMatchObject({ code: '23001' });
  });
});

async function appendAbout(log: Parameters<Parameters<Records['log']['transaction']>[0]>[0], digest: Sha256): Promise<void> {
  const entry = Buffer.from(`{"sha256":"${digest}","t":"statement"}`);
  await log.addEntries([{ index: await log.size(), entry, leafHash: Buffer.from(sha256(Buffer.concat([Buffer.of(0), entry])), 'hex'), loggedAt: '2026-01-01T00:00:00.123Z' }]);
}

describe('the log', () => {
  it('has one writer at a time, and its indices no gap', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => records.log.transaction((log) => appendAbout(log, digestOf(`log ${n}`)))));
    const size = await records.log.size();
    const entries = await records.log.entries(0, 1000);
    expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: size }, (_, n) => n));
    expect(await records.log.leafHashes(1, 3)).toEqual(Buffer.concat(entries.slice(1, 4).map(({ leafHash }) => leafHash)));
  });

  it('keeps nothing of a transaction that failed', async () => {
    const before = await records.log.size();
    await expect(records.log.transaction(async (log) => { await appendAbout(log, digestOf('lost')); throw new RangeError('no'); })).rejects.toThrow('no');
    expect(await records.log.size()).toBe(before);
  });

  it('refuses a leaf hash that is not that of the entry', async () => {
    await expect(records.log.transaction((log) => log.addEntries([{ index: 100_000, entry: Buffer.from('{}'), leafHash: Buffer.alloc(32), loggedAt: '2026-01-01T00:00:00.000Z' }])))
      .rejects.toMatchObject({ code: '23514' });
  });

  it('gives tiles by level and number, and the checkpoint of the largest tree', async () => {
    const hashes = (n: number): Buffer => Buffer.alloc(8192, n);
    await records.log.transaction(async (log) => {
      await log.addTiles([{ level: 0, number: 1, hashes: hashes(1) }, { level: 1, number: 0, hashes: hashes(2) }, { level: 0, number: 0, hashes: hashes(0) }]);
      for (const treeSize of [1, 300]) await log.addCheckpoint({ treeSize, rootHash: Buffer.alloc(32, treeSize), note: `n ${treeSize}\n`, issuedAt: '2026-01-01T00:00:01.000Z' });
    });
    expect(await records.log.tile(0, 1)).toEqual(hashes(1));
    expect(await records.log.tile(2, 0)).toBeUndefined();
    expect((await records.log.tiles(undefined, 2)).map(({ level, number }) => [level, number])).toEqual([[0, 0], [0, 1]]);
    expect((await records.log.tiles({ level: 0, number: 1 }, 9)).map(({ level, number }) => [level, number])).toEqual([[1, 0]]);
    expect(await records.log.latestCheckpoint()).toEqual({ treeSize: 300, rootHash: Buffer.alloc(32, 300), note: 'n 300\n', issuedAt: '2026-01-01T00:00:01.000Z' });
    expect((await records.log.checkpoints(-1, 9)).map(({ treeSize }) => treeSize)).toEqual([1, 300]);
    expect((await records.log.checkpoints(1, 9)).map(({ treeSize }) => treeSize)).toEqual([300]);
  });
});

describe('the root of trust', () => {
  it('has versions that never go back, and each stays what it was', async () => {
    const root = (version: number, word: string) => records.evidence.recordTrustRoot({ version, envelope: Buffer.from(word) });
    expect(await root(1, 'one')).toEqual({ unchanged: false });
    expect(await root(3, 'three')).toEqual({ unchanged: false });
    expect(await root(1, 'one')).toEqual({ unchanged: true });
    await expect(root(1, 'other')).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(root(2, 'two')).rejects.toMatchObject({ code: 'RECORDS.STALE', details: { newest: 3 } });
    expect(await records.evidence.trustRoots()).toMatchObject([{ version: 1, envelope: Buffer.from('one') }, { version: 3, sha256: sha256('three') }]);
  });
});

describe('a release', () => {
  it('is one build for ever', async () => {
    const buildId = await finishedBuild('released', '1');
    const { payloadSha256: statementSha256 } = await records.evidence.recordStatement(statement('released', { buildId }));
    const release = { product: 'kiosk', version: '1.4.0', buildId, statementSha256 };
    const { id } = await records.evidence.recordRelease(release);
    expect(await records.evidence.recordRelease(release)).toEqual({ id, unchanged: true });
    await expect(records.evidence.recordRelease({ ...release, buildId: await finishedBuild('released', '2') })).rejects.toMatchObject({ code: 'RECORDS.ALREADY_THERE' });
    expect(await records.evidence.release('kiosk', '1.4.0')).toMatchObject(release);
    expect(await records.evidence.release('kiosk', '1.4.1')).toBeUndefined();
  });

  it('keeps all that its build is made of, however many builds come after it', async () => {
    const buildId = await finishedBuild('kept', '1');
    await finishedBuild('kept', '2');
    const { payloadSha256: statementSha256 } = await records.evidence.recordStatement(statement('kept', { buildId, blobs: [{ name: 'manifest', sha256: digestOf('manifest kept') }] }));
    const before = await records.roots({ buildsPerTarget: 1 });
    for (const [kind, digest] of [['trees', 'out kept 1'], ['trees', 'root kept 1'], ['blobs', 'image kept 1']] as const) expect(before[kind].has(digestOf(digest))).toBe(false);
    expect(before.blobs).toContain(digestOf('manifest kept'));
    await records.evidence.recordRelease({ product: 'kept', version: '1', buildId, statementSha256 });
    const after = await records.roots({ buildsPerTarget: 1 });
    for (const digest of ['out kept 1', 'root kept 1']) expect(after.trees).toContain(digestOf(digest));
    for (const digest of ['image kept 1', 'a.tar', 'gcc.deb']) expect(after.blobs).toContain(digestOf(digest));
  });
});

describe('a quarantine', () => {
  const quarantine = (more: Partial<NewQuarantine> = {}): NewQuarantine => ({
    kind: 'image', scope: 'rootfs.squashfs', reason: 'hash order', url: 'https://bugs.example/1', openedBy: 'ann',
    expiresAt: new Date(systemClock.now().getTime() + 100 * DAY_MS), ...more,
  });
  const active = async (at = systemClock.now()): Promise<string[]> => (await records.evidence.activeQuarantines(at)).map(({ id }) => id);

  it('counts from its review by another until it expires or is closed', async () => {
    const { id } = await records.evidence.openQuarantine(quarantine());
    expect(await active()).not.toContain(id);
    await records.evidence.reviewQuarantine(id, 'bob');
    expect(await active()).toContain(id);
    expect(await active(new Date(systemClock.now().getTime() + 101 * DAY_MS))).not.toContain(id);
    await records.evidence.closeQuarantine(id, 'ann');
    expect(await active(new Date(systemClock.now().getTime() + 1000))).not.toContain(id);
    await expect(records.evidence.closeQuarantine(id, 'ann')).rejects.toMatchObject({ code: 'RECORDS.STALE' });
  });

  it('is not reviewed by who opened it, by whatever spelling, nor twice', async () => {
    const { id } = await records.evidence.openQuarantine(quarantine());
    for (const name of ['ann', ' Ann ', '']) await expect(records.evidence.reviewQuarantine(id, name)).rejects.toMatchObject({ code: 'RECORDS.BAD_QUARANTINE' });
    await expect(database.pool.query("UPDATE quarantines SET reviewed_by = 'ANN', reviewed_at = now() WHERE id = $1", [id])).rejects.toMatchObject({ code: '23514' });
    await records.evidence.reviewQuarantine(id, 'bob');
    await expect(records.evidence.reviewQuarantine(id, 'carl')).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.evidence.reviewQuarantine('nobody', 'carl')).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });

  it.each([181, 0, -1])('cannot last %i days', async (days) => {
    const expiresAt = new Date(systemClock.now().getTime() + days * DAY_MS);
    await expect(records.evidence.openQuarantine(quarantine({ expiresAt }))).rejects.toMatchObject({ code: 'RECORDS.BAD_QUARANTINE' });
    await expect(database.pool.query(`INSERT INTO quarantines (id, project_id, kind, scope, reason, url, opened_by, opened_at, expires_at)
      SELECT 'x', id, 'image', 's', 'r', 'u', 'o', now(), $1 FROM projects`, [expiresAt])).rejects.toMatchObject({ code: '23514' });
  });

  it('says reason, link and scope, and never another later', async () => {
    await expect(records.evidence.openQuarantine(quarantine({ reason: ' ' }))).rejects.toMatchObject({ code: 'RECORDS.BAD_QUARANTINE', place: 'reason' });
    const { id } = await records.evidence.openQuarantine(quarantine());
    await expect(database.pool.query("UPDATE quarantines SET expires_at = expires_at + interval '1 day' WHERE id = $1", [id])).rejects.toMatchObject({ code: '23001' });
    await expect(database.pool.query('DELETE FROM quarantines WHERE id = $1', [id])).rejects.toMatchObject({ code: '23001' });
  });
});
