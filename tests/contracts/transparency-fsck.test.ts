import { sign } from 'node:crypto';

import pg from 'pg';

import { loggedRows } from '../../src/actions/logged-rows.ts';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { encodeEnvelope, payloadDigest } from '../../src/signing/envelope-files.ts';
import { preAuthenticationEncoding } from '../../src/signing/envelope.ts';
import type { NoteKey } from '../../src/signing/note.ts';
import { logKeys, trustedRoot } from '../../src/signing/trust-root.ts';
import { parseCheckpoint, type Checkpoint } from '../../src/transparency/checkpoint.ts';
import { checkLog, type LogFinding } from '../../src/transparency/fsck.ts';
import { openLog } from '../../src/transparency/log.ts';
import { digestOf } from '../support/sample-records.ts';
import { testKey, testRing, type TestRing } from '../support/signing-fixture.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

const TYPE = 'application/vnd.in-toto+json';
const PROVENANCE = 'https://slsa.dev/provenance/v1';
const REBUILD = 'https://provenroot.dev/rebuild/v1';
const STATEMENTS = 300;
/** Sizes at which a checkpoint was signed. */
const BATCHES = [1, 40, 120, 255, 257, 290, STATEMENTS];
/** Rounds of ten, and changes tried alone: 1,000 together. */
const ROWS = 80;
const WHOLES = 200;

let database: TestDatabase;
let keys: TestRing;
let tampered: pg.Pool;
let records: Records;
let origin: string;
let noteKeys: NoteKey[];
let seen: Checkpoint;
const builder = testKey();

beforeAll(async () => {
  database = await openTestDatabase();
  keys = await testRing();
  await fillLog();
  // What a superuser can do: no trigger and no check stands in the way.
  await database.pool.query(`DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid::regclass::text ~ '^(log_|statement|trust_)' LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', c.t, c.conname);
    END LOOP; END $$`);
  for (const table of ['log_entries', 'log_tiles', 'log_checkpoints', 'statements', 'statement_signatures', 'statement_subjects', 'trust_roots']) await database.pool.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
  // One connection: what is tampered with in its transaction is what fsck reads, and a rollback mends it.
  tampered = new pg.Pool({ ...database.pool.options, max: 1 });
  records = createRecords(tampered, systemClock);
});
afterAll(async () => {
  await records.close();
  await tampered.end();
  await keys.remove();
  await database.close();
});

async function fillLog(): Promise<void> {
  const writer = createRecords(database.pool, systemClock);
  const [envelope] = await keys.ring.roots();
  const root = trustedRoot(envelope!, 'root');
  ({ origin } = root.content.log);
  noteKeys = logKeys(root, origin, keys.clock.now().toISOString());
  const log = openLog({ storage: writer.log, signer: keys.ring, origin, clock: keys.clock });
  await writer.evidence.recordTrustRoot({ version: 1, envelope: Buffer.from(encodeEnvelope(envelope!)) });
  await log.record([{ t: 'root', sha256: payloadDigest(envelope!), version: 1 }]);
  for (let n = 0; n < STATEMENTS;) {
    const upTo = BATCHES.find((size) => size > n)!;
    const entries = [];
    for (; n < upTo; n++) {
      keys.clock.forward(10);
      const { digest, type } = await recordStatement(writer, n);
      entries.push({ t: 'statement' as const, sha256: digest, type, keys: [builder.keyId] });
    }
    await log.record(entries);
  }
  seen = parseCheckpoint(Buffer.from((await writer.log.latestCheckpoint())!.note), 'the checkpoint that was kept').checkpoint;
  await writer.close();
}

async function recordStatement(writer: Records, n: number): Promise<{ digest: Sha256; type: string }> {
  const isRebuild = n % 4 === 3;
  const subject = [{ name: 'rootfs.squashfs', digest: { sha256: digestOf(`image ${n}`) } }, { name: 'kernel', digest: { sha256: digestOf(`kernel ${n % 7}`) } }];
  const predicate = isRebuild ? { definitionDigest: digestOf(`definition ${n}`), artifacts: [{ name: 'rootfs.squashfs', verdict: 'NOT_REPRODUCED' }, { name: 'kernel', verdict: 'REPRODUCED' }] }
    : { runDetails: { metadata: { provenroot_definitionDigest: digestOf(`definition ${n}`) } } };
  const predicateType = isRebuild ? REBUILD : PROVENANCE;
  const payload = Buffer.from(canonicalJson({ _type: 'https://in-toto.io/Statement/v1', predicateType, subject, predicate }));
  const { payloadSha256 } = await writer.evidence.recordStatement({
    payloadType: TYPE, payload, predicateType, definitionDigest: digestOf(`definition ${n}`), origin: 'own',
    signatures: [{ keyId: builder.keyId, signature: sign(null, preAuthenticationEncoding(TYPE, payload), builder.private) }],
    subjects: subject.map(({ name, digest }) => ({ name, sha256: digest.sha256, ...(isRebuild ? { verdict: name === 'kernel' ? 'REPRODUCED' : 'NOT_REPRODUCED' } : {}) })),
  });
  return { digest: payloadSha256, type: predicateType };
}

async function fsck(): Promise<readonly LogFinding[]> {
  const { findings } = await checkLog(records.log, { origin, keys: noteKeys, seen: [seen], rows: loggedRows(records, [builder]) });
  return findings;
}

/** The same numbers in each run, so that what was missed once is missed again. */
let state = 20_260_101;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % limit;
}

const leaf = "sha256('\\x00'::bytea || entry)";
const flip = (column: string): string => `set_byte(${column}, $1::int % octet_length(${column}), get_byte(${column}, $1::int % octet_length(${column})) # (1 + $2::int % 255))`;
const statementAt = '(SELECT about FROM log_entries WHERE index = $3)';

type Tamper = (index: number) => [sql: string, values: unknown[]];
/** Each changes one row, which is found under its own entry whatever else was changed. */
const OF_A_ROW: Record<string, Tamper> = {
  'a byte of an entry': (i) => [`UPDATE log_entries SET entry = ${flip('entry')} WHERE index = $3`, [below(1e6), below(1e6), i]],
  'a leaf hash': (i) => [`UPDATE log_entries SET leaf_hash = ${flip('leaf_hash')} WHERE index = $3`, [below(1e6), below(1e6), i]],
  'the time of an entry': (i) => ["UPDATE log_entries SET logged_at = logged_at + ($1::int - 500) * interval '1 millisecond' WHERE index = $2", [below(500), i]],
  'a byte of a statement': (i) => [`UPDATE statements SET payload = ${flip('payload')} WHERE payload_sha256 = ${statementAt}`, [below(1e6), below(1e6), i]],
  'a statement under the digest of other bytes': (i) => ["UPDATE statements SET payload_sha256 = encode(sha256(payload || $1::text::bytea), 'hex') WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)", [String(below(1e6)), i]],
  'the media type of a statement': (i) => ["UPDATE statements SET payload_type = payload_type || $1 WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)", ['x', i]],
  'the kind of a statement': (i) => ["UPDATE statements SET predicate_type = predicate_type || $1 WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)", ['x', i]],
  'the definition of a statement': (i) => ['UPDATE statements SET definition_digest = $1 WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)', [below(3) === 0 ? null : digestOf(String(below(1e6))), i]],
  'a statement gone': (i) => ['DELETE FROM statements WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $1)', [i]],
  'a byte of a signature': (i) => [`UPDATE statement_signatures SET signature = ${flip('signature')} WHERE payload_sha256 = ${statementAt}`, [below(1e6), below(1e6), i]],
  'a signature gone': (i) => ['DELETE FROM statement_signatures WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $1)', [i]],
  'a signature of another statement': (i) => ['UPDATE statement_signatures g SET signature = o.signature FROM statement_signatures o WHERE g.payload_sha256 = (SELECT about FROM log_entries WHERE index = $1) AND o.payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)', [i, i === STATEMENTS ? 1 : i + 1]],
  'a signature under another key': (i) => ['UPDATE statement_signatures SET key_id = $1 WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)', [digestOf('stranger'), i]],
  'a subject under another digest': (i) => ["UPDATE statement_subjects SET sha256 = $1 WHERE name = 'kernel' AND payload_sha256 = (SELECT about FROM log_entries WHERE index = $2)", [digestOf(String(below(1e6))), i]],
  'a subject gone': (i) => ["DELETE FROM statement_subjects WHERE name = 'kernel' AND payload_sha256 = (SELECT about FROM log_entries WHERE index = $1)", [i]],
  'a subject too many': (i) => ["INSERT INTO statement_subjects (sha256, payload_sha256, name) SELECT $1, about, 'more' FROM log_entries WHERE index = $2", [digestOf(String(below(1e6))), i]],
  'the name of a subject': (i) => ["UPDATE statement_subjects SET name = 'other' WHERE name = 'kernel' AND payload_sha256 = (SELECT about FROM log_entries WHERE index = $1)", [i]],
  'a verdict': (i) => ["UPDATE statement_subjects SET verdict = CASE WHEN verdict = 'REPRODUCED' THEN 'NOT_REPRODUCED' ELSE 'REPRODUCED' END WHERE name = 'rootfs.squashfs' AND payload_sha256 = (SELECT about FROM log_entries WHERE index = $1)", [i]],
};
/** Each makes others look wrong too, and so is tried alone. */
const OF_THE_WHOLE: Record<string, Tamper> = {
  'an entry, its leaf hash made to fit': (i) => [`WITH other AS (SELECT ${flip('entry')} AS entry FROM log_entries WHERE index = $3) UPDATE log_entries SET entry = other.entry, leaf_hash = sha256('\\x00'::bytea || other.entry) FROM other WHERE index = $3`, [below(1e6), below(1e6), i]],
  'another statement in an entry, its leaf hash made to fit': (i) => [`WITH other AS (SELECT convert_to(replace(convert_from(entry, 'UTF8'), about, encode(sha256(entry), 'hex')), 'UTF8') AS entry FROM log_entries WHERE index = $1) UPDATE log_entries SET entry = other.entry, leaf_hash = sha256('\\x00'::bytea || other.entry) FROM other WHERE index = $1`, [i]],
  'two entries in place of each other': (i) => ['UPDATE log_entries a SET entry = b.entry, leaf_hash = b.leaf_hash, logged_at = b.logged_at FROM log_entries b WHERE a.index IN ($1::int, $2::int) AND b.index = $1::int + $2::int - a.index', [i, i === STATEMENTS ? 1 : i + 1]],
  'an entry gone': (i) => ['DELETE FROM log_entries WHERE index = $1', [i]],
  'the end gone, with its checkpoints': (i) => ['WITH gone AS (DELETE FROM log_checkpoints WHERE tree_size > $1::int), more AS (DELETE FROM log_tiles WHERE number >= $1::int / 256) DELETE FROM log_entries WHERE index >= $1::int', [i]],
  'an entry moved behind the end': (i) => ['UPDATE log_entries SET index = $1 WHERE index = $2', [STATEMENTS + 1 + below(50), i]],
  'a forged entry at the end': () => [`INSERT INTO log_entries (index, entry, leaf_hash, logged_at) SELECT ${STATEMENTS + 1}, entry, ${leaf}, logged_at FROM log_entries WHERE index = ${STATEMENTS}`, []],
  'a byte of a tile': () => [`UPDATE log_tiles SET hashes = ${flip('hashes')} WHERE level = 0 AND number = 0`, [below(1e6), below(1e6)]],
  'a tile gone': () => ['DELETE FROM log_tiles', []],
  'a tile too many': () => ['INSERT INTO log_tiles (level, number, hashes) SELECT $1, $2, hashes FROM log_tiles WHERE level = 0 AND number = 0', [below(3), 1 + below(9)]],
  'a tile moved': () => ['UPDATE log_tiles SET number = $1, level = $2', [below(9), 1 + below(3)]],
  'the root of a checkpoint': () => [`UPDATE log_checkpoints SET root_hash = ${flip('root_hash')} WHERE tree_size = $3`, [below(1e6), below(1e6), aCheckpoint()]],
  'a byte of a checkpoint\'s note': () => ["UPDATE log_checkpoints SET note = overlay(note placing chr(33 + (ascii(substr(note, 1 + $1::int % length(note), 1)) - 32 + $2::int) % 93) from 1 + $1::int % length(note) for 1) WHERE tree_size = $3", [below(1e6), below(91), aCheckpoint()]],
  'the size of a checkpoint': () => ['UPDATE log_checkpoints SET tree_size = tree_size + $1 WHERE tree_size = $2', [1 + below(30) + STATEMENTS, aCheckpoint()]],
  'a statement, its digest made to fit': (i) => [`WITH other AS (SELECT payload_sha256, ${flip('payload')} AS payload FROM statements WHERE payload_sha256 = ${statementAt}) UPDATE statements s SET payload = other.payload, payload_sha256 = encode(sha256(other.payload), 'hex') FROM other WHERE s.payload_sha256 = other.payload_sha256`, [below(1e6), below(1e6), i]],
  'a statement that nobody logged': () => ["INSERT INTO statements (payload_sha256, payload_type, payload, predicate_type, origin) SELECT encode(sha256(bytes), 'hex'), 't', bytes, 'p', 'own' FROM (SELECT $1::text::bytea AS bytes) given", [`unlogged ${below(1e6)}`]],
  'a byte of the root of trust': () => [`UPDATE trust_roots SET envelope = ${flip('envelope')}`, [below(1e6), below(1e6)]],
  'the version of the root of trust': () => ['UPDATE trust_roots SET version = $1', [2 + below(50)]],
  'the root of trust gone': () => ['DELETE FROM trust_roots', []],
};
const aCheckpoint = (): number => BATCHES[below(BATCHES.length)]! + 1;

/** Changes rows, runs fsck over what is left, and takes it back. */
async function tamper(changes: readonly (readonly [sql: string, values: unknown[]])[]): Promise<readonly LogFinding[]> {
  await tampered.query('BEGIN');
  try {
    for (const [sql, values] of changes) expect((await tampered.query(sql, values)).rowCount).toBeGreaterThan(0);
    return await fsck();
  } finally {
    await tampered.query('ROLLBACK');
  }
}

it('finds nothing in a log that nobody touched', async () => {
  expect(await fsck()).toEqual([]);
  expect(await records.log.size()).toBe(STATEMENTS + 1);
});

const AT_ONCE = 10;

it(`finds each of ${ROWS * AT_ONCE} random changes of rows and names the row, though triggers and checks were switched off`, async () => {
  const ways = Object.keys(OF_A_ROW);
  const missed: string[] = [];
  for (let n = 0; n < ROWS; n++) {
    // Apart from each other: one of them takes something of its neighbour.
    const first = below(2);
    const chosen = Array.from({ length: AT_ONCE }, (_, i) => ({ way: ways[(n * AT_ONCE + i) % ways.length]!, index: first + 1 + i * 30 + 2 * below(14) }));
    const findings = await tamper(chosen.map(({ way, index }) => OF_A_ROW[way]!(index)));
    missed.push(...chosen.filter(({ index }) => !findings.some(({ place }) => place.split(',')[0] === `entry ${index}`)).map(({ way, index }) => `${way} at ${index}`));
  }
  expect(missed).toEqual([]);
}, 1_200_000);

it(`finds each of ${WHOLES} random changes that make a consistent lie of the log, of tiles, checkpoints and roots`, async () => {
  const ways = Object.keys(OF_THE_WHOLE);
  const missed: string[] = [];
  for (let n = 0; n < WHOLES; n++) {
    const way = ways[n % ways.length]!;
    const before = state;
    if ((await tamper([OF_THE_WHOLE[way]!(1 + below(STATEMENTS))])).length === 0) missed.push(`${way} (${before})`);
  }
  expect(missed).toEqual([]);
  expect(await fsck()).toEqual([]);
}, 1_200_000);

it('says what is wrong with it', async () => {
  const found = async (ways: Record<string, Tamper>, way: string): Promise<string> => (await tamper([ways[way]!(1 + below(STATEMENTS))])).map(({ flaw, place }) => `${flaw}: ${place}`).join('\n');
  expect(await found(OF_A_ROW, 'a leaf hash')).toMatch(/^leaf-differs: entry \d+$/m);
  const [another] = await tamper([["UPDATE statements SET build_id = 'another' WHERE payload_sha256 = (SELECT about FROM log_entries WHERE index = 1)", []]]);
  expect([another!.flaw, another!.place.split(',')[0]]).toEqual(['row-differs', 'entry 1']);
  expect(await found(OF_THE_WHOLE, 'a tile gone')).toBe('tile-missing: tile 0/0');
  expect(await found(OF_A_ROW, 'a verdict')).toMatch(/^row-differs: entry \d+, statement [0-9a-f]{64}$/);
  expect(await found(OF_A_ROW, 'a byte of a signature')).toMatch(/^signature-missing: entry \d+, statement [0-9a-f]{64}$/);
  expect(await found(OF_THE_WHOLE, 'the end gone, with its checkpoints')).toMatch(/^rolled-back: checkpoint 301 that was handed in$/m);
});
