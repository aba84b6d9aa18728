/**
 * `node bench/compare-record.ts [PACKAGES]`: builds of 80 packages and 12,000 paths that differ in one file or two, compared
 * by a running server: GraphQL over HTTP, an embedded Postgres, a store on disk, the thread that compares, which the server
 * has had loaded. Each pair is asked for once, so that no answer is one that was kept; and once more, for those that are. Of
 * builds that were not compared before, in pairs that share no program that differs, some have the outline of their inventory on
 * record, and some get it then, as those that were put on record before there were any. Statements are counted.
 */
import { readFile } from 'node:fs/promises';

import { compareBuilds } from '../src/actions/compare-subjects.ts';
import { comparisonThreads } from '../src/actions/comparison-threads.ts';
import { inventoryRows } from '../src/actions/inventory-rows.ts';
import { encodeOutline, OUTLINE_FORMAT, outlineOf } from '../src/compare/inventory-outline.ts';
import { canonicalJson } from '../src/foundation/canonical-json.ts';
import { systemClock } from '../src/foundation/clock.ts';
import { sha256 } from '../src/foundation/digest.ts';
import type { InventoryFacts, OwnedEntry } from '../src/inventory/inventory-facts.ts';
import { inventoryOf } from '../src/inventory/inventory-of.ts';
import { createReads } from '../src/records/reads/reads.ts';
import { createRecords } from '../src/records/records.ts';
import { treeDigest } from '../src/tree/node.ts';
import { makeTree } from '../src/tree/tree.ts';
import { TestApi } from '../tests/support/api-server.ts';
import { syntheticFacts } from '../tests/support/synthetic-facts.ts';
import { buildIdOf } from '../tests/support/synthetic-record.ts';

const PACKAGES = Number(process.argv[2] ?? 80);
const BUILDS = 12;
const OUTLINED_LATER = 4;
/** Of these each is compared with each. */
const PAIRED = 8;
const GOAL_MS = 20;
/** Of any two of 100 builds. */
const FRESH_GOAL_MS = 50;
const GOAL_STATEMENTS = 5;
const QUERY = `query($left: ID!, $right: ID!) { compare(left: $left, right: $right) {
  exit verdict { bytesEqual contentEqual } counts { added removed changed moved } causes { code count } packages { nodes { name files reasons { reason } } }
  changes(first: 20) { nodes { path classes owner causes { code confidence coverage evidence } parts { name } } } } }`;

const program = await readFile('/bin/bash');
const api = await TestApi.open();
const records = createRecords(api.database.pool, systemClock);
const workshop = { reads: createReads(api.database.pool), store: api.store, records } as unknown as Parameters<typeof compareBuilds>[2]['workshop'];
let sent = 0;
countStatements();
const comparers = comparisonThreads(new URL('../src/main/compare-thread.ts', import.meta.url), { home: api.database.home });
api.actions.answers = { compareBuilds: ({ left, right }) => compareBuilds(left, right, { workshop, comparers }) };
try {
  await comparers.warm();
  await load();
  await measure();
} finally {
  await comparers.close();
  await records.close();
  await api.close();
}

/** Whoever sends them. */
function countStatements(): void {
  const { pool } = api.database;
  const query = pool.query.bind(pool) as (...given: unknown[]) => unknown;
  pool.query = ((...given: unknown[]) => { sent++; return query(...given); }) as never;
}

/** Build `number` with a line of its own in one file, and every second one with another byte of code in one program. */
async function load(): Promise<void> {
  const base = syntheticFacts(PACKAGES);
  for (const { entry, path } of base.files) if (entry.kind === 'file') await api.store.putBlob(Buffer.from(path, 'latin1'));
  for (let number = 1; number <= BUILDS + OUTLINED_LATER; number++) await loadBuild(number, base);
  await api.database.pool.query('VACUUM ANALYZE');
  console.log(`${BUILDS + OUTLINED_LATER} builds of ${base.files.length} paths, ${base.packages.length} packages`);
}

async function loadBuild(number: number, base: InventoryFacts): Promise<void> {
  const line = Buffer.from(`one line of build ${number}\n`);
  const code = Buffer.from(program);
  code.writeUInt8(number % 2, 0x40_000);
  for (const bytes of [line, code]) await api.store.putBlob(bytes);
  const others = new Map([['usr/share/package-0007/doc/text-0.txt', line], ['usr/bin/package-0007-0', code]]);
  const files = base.files.map((one): OwnedEntry => {
    const bytes = others.get(one.path);
    return bytes === undefined || one.entry.kind !== 'file' ? one : { ...one, entry: { ...one.entry, sha256: sha256(bytes), sizeBytes: bytes.length } };
  });
  const contents = { ...base.contents, ...Object.fromEntries([...others.values()].map((bytes) => [sha256(bytes), { sha512: sha256(bytes).repeat(2), content: { kind: 'data' as const } }])) };
  const tree = makeTree(files.map(({ path, entry }) => [path, entry]));
  const rootTree = treeDigest(tree);
  await api.store.putTree(tree);
  const images = base.images.map((image) => ({ ...image, hashes: { sha256: sha256(image.name + rootTree), sha512: sha256(rootTree).repeat(2) } }));
  const inventory = inventoryOf({ ...base, files, contents, images, rootTree });
  await api.record.build({ number, packages: 0 });
  const { sha256: digest } = await api.record.blob(Buffer.from(canonicalJson(inventory)));
  await records.contents.recordInventory({ digest, definitionDigest: inventory.build.definitionDigest, rootTree, components: inventoryRows(inventory) });
  if (number <= BUILDS) await records.contents.keepOutlines([{ inventory: digest, format: OUTLINE_FORMAT, sha256: (await api.store.putBlob(encodeOutline(outlineOf(inventory)))).sha256 }]);
  await records.contents.linkInventory(buildIdOf(number), digest);
}

type What = 'the first of all' | 'two builds that were not compared before' | 'the same, put on record without an outline' | 'one changed file' | 'one changed file and one changed program' | 'kept';

async function measure(): Promise<void> {
  const times = new Map<What, number[]>();
  let statements = 0;
  const measured = async (what: What, [left, right]: readonly [number, number]): Promise<void> => {
    sent = 0;
    const ms = await ask(left, right);
    statements = Math.max(statements, sent);
    times.set(what, [...times.get(what) ?? [], ms]);
  };
  // Of the same parity: no program is another.
  const fresh = (first: number, last: number): [number, number][] => Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((number) => (number - first) % 4 < 2).map((number) => [number, number + 2]);
  for (const [i, pair] of fresh(1, BUILDS).entries()) await measured(i === 0 ? 'the first of all' : 'two builds that were not compared before', pair);
  for (const pair of fresh(BUILDS + 1, BUILDS + OUTLINED_LATER)) await measured('the same, put on record without an outline', pair);
  const asked = new Set(fresh(1, BUILDS).map(String));
  const pairs = Array.from({ length: PAIRED * PAIRED }, (_, i): [number, number] => [1 + Math.floor(i / PAIRED), 1 + i % PAIRED]).filter((pair) => pair[0] !== pair[1] && !asked.has(String(pair)));
  for (const pair of pairs) await measured(pair[0] % 2 === pair[1] % 2 ? 'one changed file' : 'one changed file and one changed program', pair);
  for (let i = 0; i < 50; i++) await measured('kept', pairs.at(-1)!);
  for (const [what, all] of times) tell(what, all);
  console.log(`statements: at most ${statements}, goal ${GOAL_STATEMENTS}: ${statements <= GOAL_STATEMENTS ? 'met' : 'MISSED'}`);
}

async function ask(left: number, right: number): Promise<number> {
  const began = performance.now();
  const { compare } = await api.data(QUERY, { left: buildIdOf(left), right: buildIdOf(right) }) as { compare: { counts: { changed: number } } };
  const ms = performance.now() - began;
  const expected = left % 2 === right % 2 ? 1 : 2;
  if (compare.counts.changed !== expected) throw new Error(`builds ${left} and ${right}: ${compare.counts.changed} changes, not ${expected}`);
  return ms;
}

function tell(what: What, measured: readonly number[]): void {
  const sorted = measured.toSorted((a, b) => a - b);
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  const goal = what === 'the first of all' || what.startsWith('two builds') ? FRESH_GOAL_MS : what.startsWith('the same') ? undefined : GOAL_MS;
  const judged = goal === undefined ? 'no goal' : `goal ${goal} ms: ${median <= goal ? 'met' : 'MISSED'}`;
  console.log(`${what}: median ${median.toFixed(1)} ms, at most ${worst.toFixed(1)} ms, of ${sorted.length}; ${judged}`);
}
