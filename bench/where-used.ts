/**
 * `node bench/where-used.ts [BUILDS]`: in which of 1,000 builds something is used, each of 100 components and 2,000 files, in an
 * embedded Postgres of its own, warm, one caller, pages of 50. Components: 60 packages of 19 versions in turn, 40 that are the
 * same in all builds; half of the files are the same in all, the empty one lies at 20 paths of each build. Per question the
 * median and the 99th percentile, first pages and later ones mixed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../src/foundation/digest.ts';
import type { InventoryComponentRow } from '../src/records/inventory-records.ts';
import { openDatabase } from '../src/records/database.ts';
import type { PathOwner } from '../src/records/owned-directories.ts';
import { applyMigrations } from '../src/records/migrations.ts';
import { createReads } from '../src/records/reads/reads.ts';
import type { WhereUsedQuestion } from '../src/records/reads/where-used-reads.ts';
import { createRecords } from '../src/records/records.ts';
import type { PathBytes, TreeEntry } from '../src/tree/entry.ts';
import { makeTree } from '../src/tree/tree.ts';

const BUILDS = Number(process.argv[2] ?? 1_000);
const COMPONENTS = 100;
const SAME = 40;
const VERSIONS = 19;
const FILES = 2_000;
const PAGE = 50;
const RUNS = 500;

/** The same numbers in each run. */
let state = 20_260_101;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state % limit;
}

const home = await mkdtemp(join(tmpdir(), 'provenroot-bench-'));
const database = await openDatabase({ home, clock: systemClock });
const records = createRecords(database.pool, systemClock);
try {
  await applyMigrations(database.pool, join(import.meta.dirname, '../prisma/migrations'));
  await loadBuilds();
  await loadInventories();
  await database.pool.query('VACUUM ANALYZE');
  await tellSizes();
  await measure();
} finally {
  await records.close();
  await database.close();
  await rm(home, { recursive: true, force: true });
}

function buildId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;
}

/** Roots by the writer itself; builds and images by the server, unchecked: as the writers would have left them, in less time. */
async function loadBuilds(): Promise<void> {
  const started = performance.now();
  const sets: number[] = [];
  for (let n = 0; n < BUILDS; n++) sets.push(await recordRoot(n));
  const client = await database.pool.connect();
  const hex = (text: string): string => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;
  try {
    await client.query("SET synchronous_commit = off; SET session_replication_role = replica; SET work_mem = '256MB'");
    await client.query(`INSERT INTO builds (id, project_id, actor_id, purpose, target_name, board_name, board_digest, architecture, definition_digest, revision_digest, sandbox_digest, state, root_tree, file_set_id, finished_at)
      SELECT lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000', p.id, 'nobody', CASE WHEN n % 10 = 9 THEN 'verify' ELSE 'build' END, 'target' || n % 20, 'board' || n % 5, ${hex("'b'")}, 'x86_64',
        ${hex("'definition ' || n")}, ${hex("'r'")}, ${hex("'s'")}, 'SUCCEEDED', ${hex("'root ' || n")}, set_id, now() FROM unnest($1::bigint[]) WITH ORDINALITY AS s(set_id, number), LATERAL (SELECT number - 1 AS n) x, projects p`, [sets]);
    await client.query(`INSERT INTO images (id, build_id, name, format, sha256, size_bytes, writer_version, root_tree)
      SELECT b.id || i, b.id, 'image' || i, 'ext4', ${hex("'image ' || i || ' ' || b.id")}, 1, '1', b.root_tree FROM builds b, generate_series(0, 3) i`);
  } finally {
    client.release(true);
  }
  console.log(`loaded ${BUILDS} builds with ${FILES} files each in ${seconds(started)} s`);
}

/** A directory a component: half of its files are the same in all builds. */
function recordRoot(n: number): Promise<number> {
  const contentOf = (f: number): Sha256 => f < 20 ? sha256('') : sha256(f % 2 === 0 ? `file ${f}` : `file ${f} of ${n}`);
  const tree = makeTree(Array.from({ length: FILES }, (_, f): [PathBytes, TreeEntry] => [
    `usr/lib/part${f % COMPONENTS}/${sha256(`f${f}`).slice(0, 24)}` as PathBytes, { kind: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: f < 20 ? 0 : 1000, sha256: contentOf(f) },
  ]));
  const owners = new Map([...tree.entries.keys()].map((path): [PathBytes, PathOwner] => [path, { kind: 'package', name: path.split('/')[2] ?? 'part0', reason: 'installs it' }]));
  return records.trees.recordFiles(tree, owners);
}

/** By the writers themselves. */
async function loadInventories(): Promise<void> {
  const started = performance.now();
  for (let n = 0; n < BUILDS; n++) {
    const digest = sha256(`inventory ${n}`);
    await records.contents.recordInventory({ digest, definitionDigest: sha256(`definition ${n}`), rootTree: sha256(`root ${n}`), components: Array.from({ length: COMPONENTS }, (_, c) => component(n, c)) });
    await records.contents.linkInventory(buildId(n), digest);
  }
  console.log(`wrote ${BUILDS} inventories of ${COMPONENTS} components in ${seconds(started)} s`);
}

function versionOf(n: number, c: number): string {
  return c < SAME ? '1.0' : `2.${(n + c) % VERSIONS}`;
}

function sourceOf(name: string, version: string): Sha256 {
  return sha256(`${name}-${version}.tar`);
}

function component(n: number, c: number): InventoryComponentRow {
  const name = `part${c}`;
  const version = versionOf(n, c);
  const licenses = [c % 2 === 0 ? 'MIT' : 'GPL-2.0-only', ...(c % 50 === 0 ? [`LicenseRef-${c}-${n % VERSIONS}`] : [])];
  return {
    ref: `package:${sha256(`${name} ${n}`)}`, kind: 'package', scope: c % 5 === 0 ? 'host' : 'ships', name, version, license: licenses.join(' AND '), licenses,
    purls: [`pkg:github/example/${name}@${version}`, `pkg:generic/${name}@${version}?download_url=https://example.org/${name}-${version}.tar.xz&checksum=sha256:${sourceOf(name, version)}`],
    cpes: [`cpe:2.3:a:${name}_project:${name}:${version}:*:*:*:*:*:*:*`], sourceSha256s: [sourceOf(name, version)],
  };
}

async function tellSizes(): Promise<void> {
  const { rows } = await database.pool.query<{ t: string; mib: string }>(`SELECT relname AS t, round(pg_total_relation_size(oid) / 1048576.0) AS mib FROM pg_class
    WHERE relname IN ('component_uses', 'inventory_components', 'root_entries') ORDER BY 1`);
  console.log(rows.map(({ t, mib }) => `${t} ${mib} MiB`).join(', '));
}

async function measure(): Promise<void> {
  const rare = (): [string, string] => { const c = SAME + below(COMPONENTS - SAME); return [`part${c}`, versionOf(below(BUILDS), c)]; };
  const cpe = ([name, version]: [string, string]): string => `cpe:2.3:a:${name}_project:${name}:${version}:*:*:*:*:*:*:*`;
  await told('purl, one version (1 build of 19)', () => { const [name, version] = rare(); return { purl: `pkg:generic/${name}@${version}` }; });
  await told('purl, every version (all builds)', () => ({ purl: `pkg:github/example/part${below(COMPONENTS)}` }));
  await told('cpe, one version', () => ({ cpe: cpe(rare()) }));
  await told('cpe, vendor and product', () => ({ cpe: cpe([`part${below(COMPONENTS)}`, '*']) }));
  await told('source', () => ({ sourceSha256: sourceOf(...rare()) }));
  await told('license, half of all components', () => ({ license: below(2) === 0 ? 'MIT' : 'GPL-2.0-only' }));
  await told('license, seldom', () => ({ license: `LicenseRef-${50 * below(2)}-${below(VERSIONS)}` }));
  await told('file, of one build', () => ({ fileSha256: sha256(`file ${21 + 2 * below(900)} of ${1 + 10 * below(Math.ceil(BUILDS / 10))}`) }));
  await told('file, of all builds', () => ({ fileSha256: sha256(`file ${20 + 2 * below(900)}`) }));
  await told('file, the empty one, 20 times in all builds', () => ({ fileSha256: sha256('') }));
  await toldOfConnections('the same, first on a connection', { fileSha256: sha256('') });
  await told('image', () => ({ fileSha256: sha256(`image ${below(4)} ${buildId(10 * below(Math.ceil(BUILDS / 10)))}`) }));
  await told('nothing', () => ({ purl: `pkg:generic/nobody${below(1e9)}` }), RUNS, 0);
}

async function told(what: string, question: () => WhereUsedQuestion, runs = RUNS, atLeast = 1): Promise<void> {
  const reads = createReads(database.pool);
  const times: number[] = [];
  for (let run = -50; run < runs; run++) {
    const asked = question();
    // Every other one is a later page: behind a build in the middle.
    const after = run % 2 === 0 ? {} : { after: [buildId(Math.ceil(BUILDS / 2) + below(BUILDS / 2)), 'package:8'] };
    const started = performance.now();
    const found = await reads.contents.whereUsed(asked, { first: PAGE, ...after });
    if (run >= 0) times.push(performance.now() - started);
    if (run % 2 === 0 && found.length < atLeast) throw new RangeError(`${JSON.stringify(asked)} is not found`);
  }
  tell(what, times);
}

/** A connection plans a statement for what is asked the first five times, by what it knows of that; later once for all. */
async function toldOfConnections(what: string, question: WhereUsedQuestion): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < 10; run++) {
    const client = await database.pool.connect();
    const started = performance.now();
    await createReads(client).contents.whereUsed(question, { first: PAGE });
    times.push(performance.now() - started);
    client.release(true);
  }
  tell(what, times);
}

function tell(what: string, times: number[]): void {
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(2);
  console.log(`${what}: median ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
