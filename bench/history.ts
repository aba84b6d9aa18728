/**
 * `node bench/history.ts [BUILDS] [FILES]`: what 100 builds of 15,000 files take in an embedded Postgres of its own, and what is
 * answered from it, warm, one caller. Roots are put on record by the product's own writers, packages and inventories are not. Most builds change a few files, some a
 * package, some 5 % of all files at random. Median, 99th percentile and goal.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readHistory } from '../src/actions/read-history.ts';
import { systemClock } from '../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../src/foundation/digest.ts';
import { openDatabase } from '../src/records/database.ts';
import type { PathOwner } from '../src/records/owned-directories.ts';
import { applyMigrations } from '../src/records/migrations.ts';
import { createReads } from '../src/records/reads/reads.ts';
import { createRecords } from '../src/records/records.ts';
import type { PathBytes, TreeEntry } from '../src/tree/entry.ts';
import { differingTrees } from '../src/tree/differing-trees.ts';
import { decodeNode, encodeTree } from '../src/tree/node.ts';
import { makeTree, type Tree } from '../src/tree/tree.ts';

const BUILDS = Number(process.argv[2] ?? 100);
const FILES = Number(process.argv[3] ?? 15_000);
const PACKAGES = 60;
const TARGET = 'target';
const TABLES = ['root_entries', 'root_directories', 'path_owners', 'file_sets', 'tree_entries', 'tree_nodes'];

/** The same numbers in each run. */
let state = 20_260_101;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor(state / 2 ** 32 * limit);
}

const packageOf = (file: number): number => file % PACKAGES;

/** As in a Debian root: a fifteenth in two flat directories, the rest some thirteen in each of a package's own. */
function pathOf(file: number): PathBytes {
  const name = sha256(`name ${file}`).slice(0, 9);
  const of = `pkg${packageOf(file)}`;
  if (file % 15 === 0) return `usr/${file % 2 === 0 ? 'bin' : 'lib'}/${name}` as PathBytes;
  if (file % 50 === 1) return `etc/${of}/${name}.conf` as PathBytes;
  return `usr/share/${of}/d${Math.floor(file / (13 * PACKAGES))}/${name}` as PathBytes;
}

/** Versions of the contents of each file; each build raises some. */
const versions = new Uint16Array(FILES);
/** No history but a symbol's asks it. */
function treeNow(): Tree {
  return makeTree(Array.from(versions, (version, file): [PathBytes, TreeEntry] => [pathOf(file), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: 1000 + file, sha256: sha256(`${file} ${version}`) }]));
}

function ownersOf(tree: Tree): Map<PathBytes, PathOwner> {
  const byPath = new Map(Array.from(versions, (_, file) => [pathOf(file), `pkg${packageOf(file)}`]));
  return new Map([...tree.entries.keys()].map((path) => [path, { kind: 'package', name: byPath.get(path) ?? 'skeleton', reason: byPath.has(path) ? 'installs it' : 'makes it' }]));
}

/** Of twenty builds fifteen change one to five files, four a package, one 5 % of all. */
function change(build: number): void {
  const kind = build % 20;
  if (kind === 19) for (let n = 0; n < FILES / 20; n++) versions[below(FILES)]!++;
  else if (kind % 5 === 4) { const one = below(PACKAGES); for (let file = one; file < FILES; file += PACKAGES) versions[file]!++; }
  else for (let n = 0; n <= below(5); n++) versions[below(FILES)]!++;
}

/** As a store has them. */
const directories = new Map<Sha256, Uint8Array>();
const roots: Sha256[] = [];

const home = await mkdtemp(join(tmpdir(), 'provenroot-bench-'));
const database = await openDatabase({ home, clock: systemClock });
const records = createRecords(database.pool, systemClock);
const reads = createReads(database.pool);
try {
  await applyMigrations(database.pool, join(import.meta.dirname, '../prisma/migrations'));
  const sets = await load();
  await database.pool.query('VACUUM ANALYZE');
  await measureFiles(sets);
} finally {
  await records.close();
  await database.close();
  await rm(home, { recursive: true, force: true });
}

async function load(): Promise<string[]> {
  const sets: string[] = [];
  const started = performance.now();
  let first: Counts | undefined;
  for (let build = 0; build < BUILDS; build++) {
    if (build > 0) change(build);
    const tree = treeNow();
    const rootTree = await records.trees.record(tree);
    roots.push(rootTree);
    for (const [digest, bytes] of encodeTree(tree).nodes) directories.set(digest, bytes);
    sets.push(String(await records.trees.recordFiles(tree, ownersOf(tree))));
    await recordBuild(build, rootTree, sets.at(-1)!);
    first ??= await counts();
  }
  const all = await counts();
  console.log(`put ${BUILDS} builds of ${FILES} files on record in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const sum = (of: Counts, names: readonly string[]): number => names.reduce((total, name) => total + of[name]!.rows, 0);
  const bytes = (of: Counts, names: readonly string[]): number => names.reduce((total, name) => total + of[name]!.bytes, 0);
  for (const [what, names] of [['files with owners', TABLES.slice(0, 4)], ['trees', TABLES.slice(4)], ['together', TABLES]] as const) {
    console.log(`${what}: rows of one ${sum(first!, names)}, of all ${sum(all, names)}: ${(sum(all, names) / sum(first!, names)).toFixed(2)} times (goal 5); ${(bytes(first!, names) / 1e6).toFixed(1)} MB, ${(bytes(all, names) / 1e6).toFixed(1)} MB`);
  }
  return sets;
}

type Counts = Record<string, { rows: number; bytes: number }>;
async function counts(): Promise<Counts> {
  const found: Counts = {};
  for (const table of TABLES) found[table] = (await database.pool.query<{ rows: number; bytes: number }>(`SELECT count(*)::float8 AS rows, pg_total_relation_size('${table}')::float8 AS bytes FROM ${table}`)).rows[0]!;
  return found;
}

/** The row alone, unchecked: its definition, steps and packages are not read here. */
async function recordBuild(n: number, rootTree: Sha256, fileSet: string): Promise<void> {
  const client = await database.pool.connect();
  const digest = sha256('any');
  try {
    await client.query('SET session_replication_role = replica');
    await client.query(`INSERT INTO builds (id, project_id, actor_id, target_name, board_name, board_digest, architecture, definition_digest, revision_digest, sandbox_digest, state, root_tree, file_set_id, created_at, finished_at)
      VALUES ($1, '00000000-0000-7000-8000-000000000001', 'nobody', $2, 'board', $3, 'x86_64', $4, $3, $3, 'SUCCEEDED', $5, $6, now(), now())`, [buildId(n), TARGET, digest, sha256(`definition ${n}`), rootTree, fileSet]);
  } finally {
    await client.query('RESET session_replication_role');
    client.release();
  }
}

function buildId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;
}

async function measureFiles(sets: readonly string[]): Promise<void> {
  const any = (): string => sets[below(sets.length)]!;
  const paths = treeNow();
  const all = [...paths.entries.keys()].toSorted();
  const page = (filter: object, after?: string) => reads.files.ofSets([any()], filter, { first: 50, ...(after === undefined ? {} : { after: [Buffer.from(after, 'latin1')] }) });
  await told('a page of 50 files, anywhere', 5, () => page({}, all[below(all.length)]));
  await told('a page of 50 files below a directory', 5, () => page({ pathPrefix: Buffer.from(`usr/share/pkg${below(PACKAGES)}/`) }));
  await told('a page of 50 files of one owner', 30, () => page({ owner: `pkg${below(PACKAGES)}` }));
  await told('a file of a build by its digest', 30, () => page({ sha256: sha256(`${below(FILES)} 0`) }));
  await told('owners of 1 path in two builds', 5, () => reads.files.ownersOf([any(), any()], [pathOf(below(FILES))]));
  await told('owners of 750 paths in two builds', 30, () => reads.files.ownersOf([any(), any()], Array.from({ length: 750 }, () => pathOf(below(FILES)))));
  const anyRoot = (): Sha256 => roots[below(roots.length)]!;
  await told('what of two roots is not the same, directories in memory', 50, async () => differingTrees(anyRoot(), anyRoot(), (digest) => decodeNode(directories.get(digest)!)));
  const target = { target: TARGET };
  await told('history of a path over all builds', 30, () => reads.history.path(target, pathOf(below(FILES)), BUILDS));
  await told('the same in spans with their causes', 30, () => readHistory({ scope: target, subject: { path: pathOf(below(FILES)) }, last: BUILDS }, { workshop: { reads }, comparers: { filesDefining: async () => ({ digests: [], unread: 0 }) } }));
  await told('history of a path that is in none', 30, () => reads.history.path(target, 'usr/share/no/such' as PathBytes, BUILDS));
  await told('history of a package over all builds', 30, () => reads.history.package(target, `pkg${below(PACKAGES)}`, BUILDS));
  await told('files with code of all builds', 100, () => reads.history.codeFiles(target, BUILDS), 20);
  await told('where a file is used, first page of 50', 30, () => reads.contents.whereUsed({ fileSha256: sha256(`${below(FILES)} 0`) }, { first: 50 }));
  await told('uses of an artifact, 20 of each kind', 30, () => reads.artifacts.usesOf([sha256(`${below(FILES)} 0`)], 20));
}

/** Wall times say little on a machine that does other things as well: the processor's time of this process and of the server's, on average, beside them. */
async function told(what: string, goalMs: number, ask: () => Promise<unknown>, runs = 200): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < 20; run++) await ask();
  const before = await processorMs();
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  const used = await processorMs() - before;
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(times.length * share))]!.toFixed(1);
  console.log(`${what}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, processor ${(used / runs).toFixed(1)} ms (goal ${goalMs} ms)`);
}

/** Of this process and the server's for its connections: field 14 and 15 of /proc/PID/stat, in hundredths of a second. */
async function processorMs(): Promise<number> {
  const { rows } = await database.pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE backend_type = $1', ['client backend']);
  const own = process.cpuUsage();
  const server = rows.map(({ pid }) => { const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return 10 * (Number(fields[11]) + Number(fields[12])); });
  return (own.user + own.system) / 1000 + server.reduce((sum, each) => sum + each, 0);
}
