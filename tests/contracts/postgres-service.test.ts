import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { processesNaming, removeHome, temporaryHome } from '../support/temporary-home.ts';

const USER = join(import.meta.dirname, '../support/database-user.ts');

interface User { child: ChildProcess; said: string; leave(): Promise<void>; kill(): Promise<void> }

async function startUser(home: string): Promise<User> {
  const child = spawn(process.execPath, ['--no-warnings', USER, home], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [chunk] = await once(child.stdout, 'data') as [Buffer];
  const exited = once(child, 'exit');
  return {
    child, said: chunk.toString().trim(),
    leave: async () => { child.stdin.end(); await exited; },
    kill: async () => { child.kill('SIGKILL'); await exited; },
  };
}

async function postmaster(home: string): Promise<number | undefined> {
  const text = await readFile(join(home, 'postgres/18/postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split('\n')[0]);
}

async function until(holds: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < deadlineMs;) {
    if (await holds()) return true;
    await sleep(100);
  }
  return false;
}

let home: string;
const open = (): Promise<Database> => openDatabase({ home, clock: systemClock });

beforeEach(async () => { home = await temporaryHome(); });
afterEach(async () => {
  const pid = await postmaster(home);
  if (pid !== undefined) { try { process.kill(pid, 'SIGINT'); } catch { /* gone already */ } }
  await until(async () => (await postmaster(home)) === undefined, 10_000);
  await removeHome(home);
});

/** One of the users applies all of them. */
const MIGRATIONS = readdirSync(join(import.meta.dirname, '../../prisma/migrations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).length;

describe('the embedded Postgres of a home', () => {
  it('is made once and migrated once where two processes start at the same moment', async () => {
    const users = await Promise.all([startUser(home), startUser(home), startUser(home)]);
    expect(users.map((user) => user.said).toSorted()).toEqual(['ready 0', 'ready 0', `ready ${MIGRATIONS}`]);
    const running = (await processesNaming(join(home, 'postgres/18'))).length;
    expect(running).toBeGreaterThan(0);
    await Promise.all(users.map((user) => user.leave()));
    expect(await postmaster(home)).toBeUndefined();
  });

  it('goes on while one user is left and stops with the last', async () => {
    const [first, second] = [await open(), await startUser(home)];
    await first.close();
    expect(await postmaster(home)).toBeGreaterThan(1);
    await second.leave();
    expect(await postmaster(home)).toBeUndefined();
    expect(await until(async () => (await processesNaming(join(home, 'postgres/18'))).length === 0, 5_000)).toBe(true);
  });

  it('keeps what was committed when it is killed, and comes back at the next open', async () => {
    const before = await open();
    await before.pool.query('CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
    process.kill((await postmaster(home))!, 'SIGKILL');
    const after = await open();
    expect((await after.pool.query('SELECT n FROM kept')).rows).toEqual([{ n: 7 }]);
    await after.close();
    await before.close();
    expect(await postmaster(home)).toBeUndefined();
  });

  it('is brought back by a user that goes on living, without any other', async () => {
    const database = await open();
    const killed = (await postmaster(home))!;
    process.kill(killed, 'SIGKILL');
    expect(await until(async () => database.pool.query('SELECT 1').then(() => true, () => false), 20_000)).toBe(true);
    expect(await postmaster(home)).not.toBe(killed);
    await database.close();
  });

  it('starts although a stale lock file names a living process of another program', async () => {
    const first = await open();
    await first.pool.query('CREATE TABLE kept (n int)');
    await first.close();
    await writeFile(join(home, 'postgres/18/postmaster.pid'), `${process.pid}\n${join(home, 'postgres/18')}\n1\n5432\n\n\n       1         1\nready   \n`);
    const second = await open();
    expect((await second.pool.query('SELECT count(*) AS n FROM kept')).rows).toEqual([{ n: 0 }]);
    await second.close();
  });

  it('is not kept alive by a user that was killed: the next to leave stops it', async () => {
    const [killed, other] = await Promise.all([startUser(home), open()]);
    await killed.kill();
    await until(async () => (await other.pool.query("SELECT FROM pg_stat_activity WHERE application_name = 'provenroot presence'")).rowCount === 1, 10_000);
    await other.close();
    expect(await postmaster(home)).toBeUndefined();
  });

  it('stops by itself where its only user was killed', async () => {
    const user = await startUser(home);
    await user.kill();
    expect(await until(async () => (await postmaster(home)) === undefined, 40_000)).toBe(true);
  });

  it('is not half made by a process that was killed while making it', async () => {
    const child = spawn(process.execPath, ['--no-warnings', USER, home], { stdio: 'ignore' });
    await until(async () => stat(join(home, 'postgres')).then(() => true, () => false), 10_000);
    await sleep(250);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const database = await open();
    expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('speaks UTF-8, sorts by bytes, lives in UTC and listens on no network', async () => {
    const database = await open();
    const { rows } = await database.pool.query("SELECT current_setting('server_encoding') e, current_setting('TimeZone') z, current_setting('listen_addresses') l, 'a' < 'B' AS folded");
    expect(rows).toEqual([{ e: 'UTF8', z: 'UTC', l: '', folded: false }]);
    await database.close();
  });

  it('lets nobody in but its own account and whoever started it', async () => {
    const database = await open();
    expect((await stat(join(home, 'postgres/socket'))).mode & 0o777).toBe(0o700);
    const { rows } = await database.pool.query('SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    expect(rows).toEqual([{ auth_method: 'peer' }]);
    await database.close();
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('says what to do where the account cannot enter the home', async () => {
    const closed = join(home, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await expect(openDatabase({ home: join(closed, 'inner'), clock: systemClock })).rejects.toMatchObject({ code: 'RECORDS.HOME_UNREACHABLE' });
  });
});
