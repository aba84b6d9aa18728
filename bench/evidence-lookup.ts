/**
 * `node bench/evidence-lookup.ts [STATEMENTS]`: what is known of some bytes, out of 1,000,000 signed and logged statements
 * about 3,000,000 subjects (400 bytes each: payloads are not read), in an embedded Postgres of its own, warm, one caller.
 *
 *   one digest       `reads.evidence.bySubject`, 5,000 digests chosen at random: median and 99th percentile
 *   1,000 digests    the same with a thousand at once, 50 times; every tenth is known to nobody
 *   envelopes        the payload and signatures of one statement
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../src/foundation/clock.ts';
import { sha256 } from '../src/foundation/digest.ts';
import { openDatabase } from '../src/records/database.ts';
import { applyMigrations } from '../src/records/migrations.ts';
import { createReads } from '../src/records/reads/reads.ts';

const STATEMENTS = Number(process.argv[2] ?? 1_000_000);
const SUBJECTS = 3;

/** The same numbers in each run. */
let state = 20_260_101;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % limit;
}

const home = await mkdtemp(join(tmpdir(), 'provenroot-bench-'));
const database = await openDatabase({ home, clock: systemClock });
try {
  await applyMigrations(database.pool, join(import.meta.dirname, '../prisma/migrations'));
  const started = performance.now();
  await load();
  await database.pool.query('ANALYZE');
  console.log(`loaded ${STATEMENTS} statements in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  await measure();
} finally {
  await database.close();
  await rm(home, { recursive: true, force: true });
}

/** Made by the server itself, in the order of the keys and unchecked: as the writers would have left them, in less time. */
async function load(): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query("SET synchronous_commit = off; SET session_replication_role = replica; SET work_mem = '256MB'");
    await client.query("DO $$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype = 'c' AND conrelid::regclass::text ~ '^(log_|statement)' LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP; END $$");
    await client.query(`CREATE TEMP TABLE made AS SELECT n, payload, encode(sha256(payload), 'hex') AS digest
      FROM (SELECT n, convert_to('{"n":' || n || ',"pad":"' || repeat('x', 380) || '"}', 'UTF8') AS payload FROM generate_series(0, ${STATEMENTS - 1}) n) p`);
    await client.query(`INSERT INTO statements (payload_sha256, payload_type, payload, predicate_type, origin, recorded_at)
      SELECT digest, 'application/vnd.in-toto+json', payload, 'https://slsa.dev/provenance/v1', 'own', now() FROM made ORDER BY digest`);
    await client.query("INSERT INTO statement_signatures (payload_sha256, key_id, signature) SELECT digest, repeat('a', 64), decode(repeat('00', 64), 'hex') FROM made ORDER BY digest");
    await client.query(`INSERT INTO statement_subjects (sha256, payload_sha256, name)
      SELECT encode(sha256(convert_to('subject ' || n || ' ' || i, 'UTF8')), 'hex') AS subject, digest, 'image-' || i FROM made, generate_series(0, ${SUBJECTS - 1}) i ORDER BY subject`);
    await client.query(`INSERT INTO log_entries (index, entry, leaf_hash, logged_at) SELECT n, entry, sha256('\\x00'::bytea || entry), now()
      FROM (SELECT n, convert_to('{"at":"2026-01-01T00:00:00.000Z","keys":[],"sha256":"' || digest || '","t":"statement"}', 'UTF8') AS entry FROM made) e ORDER BY n`);
    await client.query('DROP TABLE made');
  } finally {
    client.release(true);
  }
}

async function measure(): Promise<void> {
  const reads = createReads(database.pool);
  const subject = (): string => sha256(`subject ${below(STATEMENTS)} ${below(SUBJECTS)}`);
  const oneDigest = async (): Promise<void> => {
    const digest = subject();
    if ((await reads.evidence.bySubject([digest], 20)).get(digest)?.length !== 1) throw new RangeError(`${digest} is not found`);
  };
  const manyDigests = async (): Promise<void> => {
    const digests = Array.from({ length: 1000 }, (_, i) => i % 10 === 9 ? sha256(`nobody ${below(1e9)}`) : subject());
    const found = await reads.evidence.bySubject(digests, 20);
    if ([...found.values()].filter((rows) => rows.length > 0).length < 890) throw new RangeError('too few are found');
  };
  const payload = async (): Promise<void> => {
    const [row] = (await reads.evidence.bySubject([subject()], 20)).values();
    await reads.evidence.payloads([row![0]!.payloadSha256]);
  };
  await told('one digest', oneDigest, 2000, 5000);
  await told('1,000 digests', manyDigests, 20, 50);
  await told('one digest and its envelope', payload, 200, 1000);
}

async function told(what: string, work: () => Promise<void>, warm: number, runs: number): Promise<void> {
  for (let run = 0; run < warm; run++) await work();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(2);
  console.log(`${what}: median ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}
