import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import fc from 'fast-check';
import pg from 'pg';

import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { recordFileSet } from '../../src/records/file-set-records.ts';
import { applyMigrations } from '../../src/records/migrations.ts';
import { ownedDirectories, type PathOwner } from '../../src/records/owned-directories.ts';
import { createReads, type Reads } from '../../src/records/reads/reads.ts';
import type { FileFilter, FileRow } from '../../src/records/reads/file-reads.ts';
import { createRecords } from '../../src/records/records.ts';
import { pathToBuffer, type HardLinkEntry, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { oldFileSet } from '../support/old-file-sets.ts';
import { anyTree } from '../support/sample-trees.ts';
import { MIGRATIONS, openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

let database: TestDatabase;
let reads: Reads;
beforeAll(async () => {
  database = await openTestDatabase();
  reads = createReads(database.pool);
});
afterAll(async () => { await database.close(); });

const file = (content: string): TreeEntry => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(content), sizeBytes: content.length });
const treeOf = (files: Readonly<Record<string, string>>): Tree => makeTree(Object.entries(files).map(([path, content]): [PathBytes, TreeEntry] => [path as PathBytes, file(content)]));
const paths = (tree: Tree): PathBytes[] => [...tree.entries.keys()].filter((path) => path !== '');
/** One of three, by the length of the path. */
const ownerAt = (path: string): PathOwner => ({ kind: 'package', name: `p${path.length % 3}`, reason: path.length % 2 === 0 ? 'installs it' : 'its own' });
/** Large enough to be cut, with directories whose content comes after their neighbours: `a`, `a-`, `a/x`. */
const largeTree = fc.array(fc.tuple(fc.array(fc.constantFrom('a', 'b', '-', '!', 'z', '\xff'), { minLength: 1, maxLength: 4 }).map((units) => units.join('')), fc.boolean()), { minLength: 120, maxLength: 400 })
  .map((rows) => treeOf(Object.fromEntries([...new Map(rows)].map(([name, inside]) => [inside ? `d/${name}/x` : `d/${name}`, name]))));
const ownersOf = (tree: Tree): Map<PathBytes, PathOwner> => new Map(paths(tree).map((path) => [path, ownerAt(path)]));
const record = (tree: Tree): Promise<number> => recordFileSet(database.pool, tree, ownersOf(tree));
const count = async (table: string): Promise<number> => (await database.pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]!.n;

/** What a walk over the tree itself tells, in byte order of path. */
function expected(tree: Tree): Omit<FileRow, 'uid' | 'gid'>[] {
  return paths(tree).toSorted().map((path) => {
    const entry = tree.entries.get(path)!;
    const inode = (entry.kind === 'hard-link' ? tree.entries.get(entry.target) : entry) as Exclude<TreeEntry, HardLinkEntry>;
    const { name, kind, reason } = ownerAt(path);
    return {
      path: pathToBuffer(path), kind: entry.kind, mode: inode.mode, sizeBytes: inode.kind === 'file' ? inode.sizeBytes : null, sha256: inode.kind === 'file' ? inode.sha256 : null,
      target: 'target' in entry ? pathToBuffer(entry.target) : null, owner: name, ownerKind: kind, ownerReason: reason,
    };
  });
}

async function paged(id: number, filter: FileFilter, first: number): Promise<FileRow[]> {
  const found: FileRow[] = [];
  for (let after: unknown[] | undefined; ;) {
    const page = (await reads.files.ofSets([String(id)], filter, { first, ...(after === undefined ? {} : { after }) })).get(String(id))!;
    expect(page.length).toBeLessThanOrEqual(first + 1);
    found.push(...page.slice(0, first));
    if (page.length <= first) return found;
    after = [page[first - 1]!.path];
  }
}

const names = (rows: readonly { path: Buffer }[]): string[] => rows.map(({ path }) => path.toString('latin1'));

describe('the files of a final root', () => {
  it('are told page by page in byte order of path, as the tree has them, whatever its names are', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 20 }), fc.integer({ min: 1, max: 7 }), async ({ tree }, first) => {
      expect(await paged(await record(tree), {}, first)).toEqual(expected(tree).map((row) => ({ ...row, uid: expect.any(Number), gid: expect.any(Number), parentKey: expect.any(String) })));
    }), { numRuns: 60 });
  });

  it('are told page by page from large directories too, wherever a page begins', async () => {
    await fc.assert(fc.asyncProperty(largeTree, fc.integer({ min: 20, max: 60 }), fc.array(fc.nat(), { maxLength: 5 }), async (tree, first, places) => {
      const id = await record(tree);
      expect(names(await paged(id, {}, first))).toEqual(names(expected(tree)));
      for (const place of places) {
        const behind = names(expected(tree)).at(place % paths(tree).length)!;
        for (const after of [behind, `${behind}-`, `${behind}/`, `${behind}/x/y`]) {
          const found = (await reads.files.ofSets([String(id)], {}, { first: 3, after: [Buffer.from(after, 'latin1')] })).get(String(id))!;
          expect(names(found)).toEqual(names(expected(tree)).filter((path) => path > after).slice(0, 4));
        }
      }
      expect([...(await reads.files.ownersOf([String(id)], [...paths(tree), 'd/no' as PathBytes])).get(String(id))!.keys()].toSorted()).toEqual(paths(tree).toSorted());
      const last = expected(tree).findLast((row) => row.sha256 !== null)!;
      expect(names(await paged(id, { sha256: last.sha256! }, 9))).toEqual(names(expected(tree).filter((row) => row.sha256 === last.sha256)));
    }), { numRuns: 15 });
  });

  it('are told from a beginning of their path on, of an owner, of a digest, in any mixture', async () => {
    const prefix = fc.array(fc.constantFrom('a', 'b', '/', '-', '\xff'), { maxLength: 4 }).map((units) => units.join(''));
    const path = fc.array(fc.array(fc.constantFrom('a', 'b', '-', '\xff'), { minLength: 1, maxLength: 2 }).map((units) => units.join('')), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const content = fc.constantFrom('one', 'two');
    await fc.assert(fc.asyncProperty(fc.dictionary(path, content, { maxKeys: 25 }), prefix, fc.option(fc.constantFrom('p0', 'p1', 'nobody'), { nil: undefined }), fc.option(content, { nil: undefined }), fc.integer({ min: 1, max: 4 }), async (drawn, from, owner, bytes, first) => {
      const kept = Object.entries(drawn).filter(([one]) => !Object.keys(drawn).some((other) => other.startsWith(`${one}/`)));
      const tree = treeOf(Object.fromEntries(kept));
      const filter: FileFilter = { pathPrefix: Buffer.from(from, 'latin1'), ...(owner === undefined ? {} : { owner }), ...(bytes === undefined ? {} : { sha256: sha256(bytes) }) };
      const wanted = expected(tree).filter((row) => row.path.toString('latin1').startsWith(from) && (owner === undefined || row.owner === owner) && (bytes === undefined || row.sha256 === sha256(bytes)));
      expect(names(await paged(await record(tree), filter, first))).toEqual(names(wanted));
    }), { numRuns: 120 });
  });

  it('go on behind a path that is not among them', async () => {
    const id = await record(treeOf({ 'a/b': '1', 'a-b': '2', 'a/c/d': '3', 'ab': '4' }));
    const from = async (after: string): Promise<string[]> => names((await reads.files.ofSets([String(id)], {}, { first: 9, after: [Buffer.from(after)] })).get(String(id))!);
    expect(await from('a')).toEqual(['a-b', 'a/b', 'a/c', 'a/c/d', 'ab']);
    expect(await from('a-')).toEqual(['a-b', 'a/b', 'a/c', 'a/c/d', 'ab']);
    expect(await from('a/')).toEqual(['a/b', 'a/c', 'a/c/d', 'ab']);
    expect(await from('a/b/x')).toEqual(['a/c', 'a/c/d', 'ab']);
    expect(await from('a/c/e')).toEqual(['ab']);
    expect(await from('zz/zz')).toEqual([]);
  });

  it('are told of many roots in one statement, at most a page of each', async () => {
    const ids = [await record(treeOf({ a: '1', b: '2', c: '3' })), await record(treeOf({ x: '1' })), await record(makeTree([]))].map(String);
    const found = await reads.files.ofSets(ids, {}, { first: 1 });
    expect(ids.map((id) => names(found.get(id)!))).toEqual([['a', 'b'], ['x'], []]);
  });

  it('have their owners told path by path; what is no path of a root is left out', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: false, maxEntries: 12 }), anyTree({ xattrs: false, maxEntries: 4 }), async ({ tree }, other) => {
      const [id, otherId] = [await record(tree), await record(other.tree)];
      const asked = [...paths(tree), ...paths(other.tree), '' as PathBytes, 'no/such/path' as PathBytes];
      const found = await reads.files.ownersOf([String(id), String(otherId)], asked);
      for (const [of, key] of [[tree, id], [other.tree, otherId]] as const) {
        expect(found.get(String(key))).toEqual(new Map(paths(of).map((path) => { const { name, kind, reason } = ownerAt(path); return [path, { owner: name, ownerKind: kind, ownerReason: reason }]; })));
      }
    }), { numRuns: 25 });
  });
});

describe('directories of final roots', () => {
  it('are on record once for all roots and places that have them: a changed file adds the directories above it', async () => {
    const shared = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`usr/share/d${i % 6}/f${i}`, `${i}`]));
    await record(treeOf({ ...shared, 'etc/motd': 'one' }));
    const before = [await count('root_entries'), await count('root_directories')];
    await record(treeOf({ ...shared, 'etc/motd': 'two' }));
    expect([await count('root_entries') - before[0]!, await count('root_directories') - before[1]!]).toEqual([3, 2]);
  });

  it('are cut where they are large: one file more among a thousand adds few rows', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`usr/bin/tool${i}`, `tool ${i}`]));
    await record(treeOf(many));
    const before = await count('root_entries');
    await record(treeOf({ ...many, 'usr/bin/tool500a': 'new' }));
    const added = await count('root_entries') - before;
    expect(added).toBeGreaterThan(10);
    expect(added).toBeLessThan(200);
  });

  it('are others where an owner is another', () => {
    const tree = treeOf({ 'a/b': '1', 'c/b': '1' });
    const own = (name: string): Map<PathBytes, PathOwner> => new Map(paths(tree).map((path) => [path, { kind: 'package', name: path === 'a/b' ? name : 'p', reason: 'r' }]));
    expect(ownedDirectories(tree, own('p')).distinct.size).toBe(2);
    expect(ownedDirectories(tree, own('q')).distinct.size).toBe(3);
  });

  it('are recorded once where many record the same and overlapping ones at the same moment', async () => {
    const trees = Array.from({ length: 8 }, (_, n) => treeOf(Object.fromEntries(Array.from({ length: 40 }, (__, i) => [`r${i % 7}/race${i}`, `race ${i === 0 ? n : i}`]))));
    const ids = await Promise.all([...trees, ...trees].map(record));
    expect(new Set(ids).size).toBe(8);
    for (const [index, tree] of trees.entries()) expect(names(await paged(ids[index]!, {}, 100))).toEqual(names(expected(tree)));
  });
});

describe('sets of files from before directories were shared', () => {
  it('are told as before, and share their directories with those that are recorded after', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'provenroot-migrations-'));
    await database.pool.query('CREATE DATABASE moved');
    const url = new URL(database.url);
    const pool = new pg.Pool({ host: url.searchParams.get('host')!, user: url.username, database: 'moved', types: { getTypeParser: ((oid: number) => oid === 20 ? Number : pg.types.getTypeParser(oid)) as typeof pg.types.getTypeParser } });
    const records = createRecords(pool, systemClock);
    try {
      await cp(MIGRATIONS, folder, { recursive: true, filter: (path) => !/^0\d{3}_/.test(basename(path)) || basename(path) < '0006' });
      await applyMigrations(pool, folder);
      const trees = [...fc.sample(anyTree({ xattrs: true, maxEntries: 20 }), { numRuns: 40, seed: 1 }).map(({ tree }) => tree), ...fc.sample(largeTree, { numRuns: 4, seed: 1 }), makeTree([])];
      const olds: number[] = [];
      for (const tree of trees) {
        await records.trees.record(tree);
        olds.push(await oldFileSet(pool, tree, ownersOf(tree)));
      }
      await applyMigrations(pool, MIGRATIONS);
      const stored = (): Promise<unknown> => pool.query('SELECT r.digest, r.path_count, e.name, e.rank, e.below_rank, e.below_count FROM root_directories r LEFT JOIN root_entries e ON e.directory_id = r.id ORDER BY r.digest, e.name').then(({ rows }) => rows);
      const moved = await stored();
      for (const [index, tree] of trees.entries()) {
        const id = olds[index]!;
        expect(names((await createReads(pool).files.ofSets([String(id)], {}, { first: 999 })).get(String(id))!)).toEqual(names(expected(tree)));
        expect(await recordFileSet(pool, tree, ownersOf(tree))).toBe(id);
      }
      // The same sets, as if they had never been on record: no directory of theirs is new.
      await pool.query('ALTER TABLE builds DISABLE TRIGGER ALL; ALTER TABLE file_sets DISABLE TRIGGER ALL; DELETE FROM file_sets');
      for (const tree of trees) await recordFileSet(pool, tree, ownersOf(tree));
      expect(await stored()).toEqual(moved);
    } finally {
      await records.close();
      await pool.end();
      await rm(folder, { recursive: true });
    }
  });
});
