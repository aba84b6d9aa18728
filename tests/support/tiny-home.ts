import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type Docker from 'dockerode';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase } from '../../src/records/database.ts';
import { connectEngine } from '../../src/sandbox/docker-engine.ts';
import { HOME_LABEL } from '../../src/sandbox/leftovers.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { removeTree } from '../../src/store/remove-tree.ts';
import type { VerifyReport } from '../../src/store/store.ts';
import { TINY_CATALOG } from './planning.ts';
import { pinnedSandbox } from './pinned-sandbox.ts';
import { processesNaming } from './temporary-home.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const CLI = join(CHECKOUT, 'src/main/cli.mjs');

export interface RunWith {
  /** Words before the command: `unshare -n`. */
  before?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Text on its standard input; null leaves it open for whoever starts it. */
  input?: string | null;
}

export interface CliRun { code: number | null; stdout: string; stderr: string }

/** The one JSON object that `build --json` prints. */
export interface BuildJson {
  build: string;
  state: string;
  definitionDigest: string;
  images: { name: string; sha256: string; path: string | null }[];
  steps: { run: number; reused: number; failed: number };
  nondeterministic: string[];
  failures: { step: string; kind: string; code?: string; message: string; lastLines: string[] }[];
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false>, deadlineMs = 60_000): Promise<T> {
  for (const start = performance.now(); ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() - start > deadlineMs) throw new RangeError(`it did not come to this: ${what}`);
    await sleep(50);
  }
}

/** A home of its own with a copy of the tiny catalog, and the real command line, server and worker over it. */
export class TinyHome {
  readonly directory: string;
  readonly engine: Docker = connectEngine(undefined);
  readonly #running = new Set<ChildProcess>();

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Of another catalog, where one is given. */
  static async open(catalog = TINY_CATALOG): Promise<TinyHome> {
    await pinnedSandbox();
    // Below /var/tmp and open to all: Postgres runs as a user of its own where we are root.
    const directory = await mkdtemp('/var/tmp/provenroot-tiny-');
    await chmod(directory, 0o755);
    await cp(catalog, join(directory, 'catalog'), { recursive: true });
    return new TinyHome(directory);
  }

  get home(): string { return join(this.directory, 'home'); }

  async read(path: string): Promise<string> { return readFile(join(this.directory, 'catalog', path), 'utf8'); }

  write(path: string, text: string | Uint8Array): Promise<string> { return this.#put(`catalog/${path}`, text); }

  /** Served by the only Debian mirror that commands of this home know. */
  mirror(path: string, bytes: Uint8Array): Promise<string> { return this.#put(`mirror/${path}`, bytes); }

  /** A configuration as a file, for `build PATH`. */
  configuration(name: string, form: Record<string, unknown>): Promise<string> {
    return this.#put(`configurations/${name}.json`, JSON.stringify({ format: 1, board: 'tiny', ...form }));
  }

  async #put(path: string, bytes: string | Uint8Array): Promise<string> {
    const file = join(this.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    return file;
  }

  /** Changes one place of a catalog file; a text that is not there exactly once is a mistake of the test. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const parts = (await this.read(path)).split(from);
    if (parts.length !== 2) throw new RangeError(`${path} has ${JSON.stringify(from)} ${parts.length - 1} times`);
    await this.write(path, parts.join(to));
  }

  start(...argv: string[]): ChildProcess {
    return this.#spawn({}, argv);
  }

  #spawn({ before = [], environment = {}, input }: RunWith, argv: readonly string[]): ChildProcess {
    // eslint-disable-next-line node/no-process-env
    const { DATABASE_URL: _url, REDIS_URL: _redis, NODE_OPTIONS: _options, ...inherited } = process.env;
    const [command = '', ...words] = [...before, process.execPath, '--no-warnings', CLI, ...argv];
    const child = spawn(command, words, {
      env: {
        ...inherited, PROVENROOT_HOME: this.home, PROVENROOT_CATALOG: join(this.directory, 'catalog'), PROVENROOT_DEBIAN_MIRROR: `file://${this.directory}/mirror`, ...environment,
      },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], detached: true,
    });
    if (input !== null) child.stdin?.end(input);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  startWith(run: RunWith, ...argv: string[]): ChildProcess {
    return this.#spawn(run, argv);
  }

  async cliWith(run: RunWith, ...argv: string[]): Promise<CliRun> {
    return ended(this.#spawn(run, argv));
  }

  async cli(...argv: string[]): Promise<CliRun> {
    return ended(this.start(...argv));
  }

  async build(target = 'tiny', ...argv: string[]): Promise<BuildJson & { code: number | null; stderr: string }> {
    const run = await this.cli('build', target, '--json', ...argv);
    try {
      return { ...JSON.parse(run.stdout) as BuildJson, code: run.code, stderr: run.stderr };
    } catch {
      throw new TypeError(`build gave no JSON (exit code ${run.code}):\n${run.stdout}\n${run.stderr}`);
    }
  }

  serve(): Promise<TinyServer> { return this.serveWith({}); }

  serveWith(environment: Readonly<Record<string, string>>): Promise<TinyServer> {
    return TinyServer.start(this.#spawn({ environment }, ['serve', '--port', '0', '--json']));
  }

  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const database = await openDatabase({ home: this.home, clock: systemClock });
    try {
      return (await database.pool.query(sql, values)).rows as Row[];
    } finally {
      await database.close();
    }
  }

  async verifyStore(): Promise<VerifyReport> {
    return (await openLocalStore(join(this.home, 'store'), { clock: systemClock })).verify();
  }

  /** Numbers of the containers of this home that run. */
  async containers(all = false): Promise<string[]> {
    const filters = JSON.stringify({ label: [`${HOME_LABEL}=${this.home}`] });
    return (await this.engine.listContainers({ all, filters })).map(({ Id }) => Id);
  }

  /** What is in the engine for this home: nothing, unless something runs. */
  async leftovers(): Promise<string[]> {
    const filters = JSON.stringify({ label: [`${HOME_LABEL}=${this.home}`] });
    const { Volumes } = await this.engine.listVolumes({ filters });
    return [...await this.containers(true), ...(Volumes ?? []).map(({ Name }) => Name)];
  }

  /** Processes that work for this home: workers and Postgres too. */
  processes(): Promise<number[]> { return processesNaming(this.directory); }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGTERM');
    await until('every process of the home has ended', async () => this.#running.size === 0);
    removeTree(this.directory);
  }
}

export async function ended(child: ChildProcess): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const [code] = await once(child, 'close') as [number | null];
  return { code, stdout, stderr };
}

/** `provenroot serve` with its worker, at a free port. */
export class TinyServer {
  readonly child: ChildProcess;
  readonly address: string;
  /** What both processes wrote for the operator. */
  readonly notes: () => string;

  private constructor(child: ChildProcess, address: string, notes: () => string) {
    this.child = child;
    this.address = address;
    this.notes = notes;
  }

  /** Waits until a process of `serve` listens. */
  static async start(child: ChildProcess): Promise<TinyServer> {
    let notes = '';
    let stdout = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => { notes += text; });
    child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    const address = await until('the server listens', async () => {
      if (child.exitCode !== null) throw new RangeError(`the server ended: ${notes}`);
      return stdout.includes('}') && (JSON.parse(stdout) as { address: string }).address;
    });
    return new TinyServer(child, address, () => notes);
  }

  get port(): number { return Number(new URL(this.address).port); }

  /** Process number of its worker. */
  async worker(): Promise<number> {
    return until('the server has a worker', async () => {
      const children = (await readFile(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8')).trim().split(' ').filter((text) => text !== '');
      for (const child of children) if ((await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')).includes('worker.ts')) return Number(child);
      return undefined;
    });
  }

  /** The data of a document that must have no errors. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
    const answer = await fetch(`${this.address}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json() as { data?: unknown; errors?: unknown };
    if (errors !== undefined) throw new RangeError(JSON.stringify(errors));
    return data;
  }

  async startBuild(input: { board?: string; configuration?: string }): Promise<{ id: string; reused: boolean; state: string }> {
    const { startBuild } = await this.ask('mutation($input: StartBuildInput!) { startBuild(input: $input) { reused build { id state } userErrors { code message path } } }', { input });
    expect(startBuild.userErrors).toEqual([]);
    return { id: startBuild.build.id, state: startBuild.build.state, reused: startBuild.reused };
  }

  async state(id: string): Promise<string> {
    return (await this.ask('query($id: ID!) { build(id: $id) { state } }', { id })).build.state as string;
  }

  /** The state in which a build ends. */
  end(id: string): Promise<string> {
    return until(`build ${id} ends`, async () => {
      const state = await this.state(id);
      return state !== 'QUEUED' && state !== 'RUNNING' && state;
    }, 120_000);
  }

  /** Asks it to end in order; its exit code. */
  async stop(): Promise<number | null> {
    const gone = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill('SIGTERM');
    return (await gone)[0];
  }
}
