import { join } from 'node:path';
import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http';

import { createApi, type Api, type ApiDeps } from '../../src/api/server.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import type { Store } from '../../src/store/store.ts';
import { ScriptedActions } from './scripted-actions.ts';
import { SyntheticRecord } from './synthetic-record.ts';
import { openTestDatabase, type TestDatabase } from './temporary-home.ts';

export interface Answer { status: number; headers: IncomingHttpHeaders; bytes: Buffer; text: string; json: GraphqlAnswer }

// What a test asked for it knows the shape of.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export interface GraphqlAnswer { data?: any; errors?: { message: string; path?: (string | number)[]; extensions: { code: string; hint?: string; requestId: string; findings?: object[] } }[] }

type Options = Partial<Pick<ApiDeps, 'limits' | 'origins' | 'publicAddress' | 'store' | 'reads' | 'feed'>>;

/** The API over a real database and a real store, at a free port. */
export class TestApi {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly record: SyntheticRecord;
  readonly actions = new ScriptedActions();
  /** What only the operator is told. */
  readonly logged: unknown[] = [];
  /** Names of the SQL statements sent. */
  statements: string[] = [];
  port = 0;
  #api: Api | undefined;

  constructor(database: TestDatabase, store: Store) {
    this.database = database;
    this.store = store;
    this.record = new SyntheticRecord(database.pool, store);
  }

  static async open(options: Options = {}): Promise<TestApi> {
    const database = await openTestDatabase();
    const test = new TestApi(database, await openLocalStore(join(database.home, 'store'), { clock: systemClock }));
    await test.serve(options);
    return test;
  }

  async serve(options: Options = {}): Promise<void> {
    const counted = { query: (statement: { name: string; text: string; values: unknown[] }) => { this.statements.push(statement.name); return this.database.pool.query(statement); } };
    this.#api = await createApi({
      reads: createReads(counted), actions: this.actions, store: this.store, clock: systemClock, version: '0.0.0-test',
      log: { error: ({ error }) => { this.logged.push(error); } }, ...options,
    });
    this.port = (await this.#api.listen('127.0.0.1', 0)).port;
  }

  get address(): string { return `http://127.0.0.1:${this.port}`; }
  get routes(): Api['routes'] { return this.#api!.routes; }

  async stop(): Promise<void> { await this.#api?.close(); this.#api = undefined; }

  async close(): Promise<void> {
    await this.stop();
    await this.database.close();
  }

  /** Raw, so that any Host, Origin or body can be sent. */
  ask(path: string, options: RequestOptions & { body?: string | Buffer } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { body, ...rest } = options;
      const sent = request({ host: '127.0.0.1', port: this.port, path, agent: false, ...rest }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          resolve({ status: response.statusCode!, headers: response.headers, bytes, text, get json() { return JSON.parse(text) as GraphqlAnswer; } });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  post(body: unknown, path = '/graphql', headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  }

  async query(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer> {
    return (await this.post({ query, variables })).json;
  }

  /** The data of a query that must have no errors. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async data(query: string, variables: Record<string, unknown> = {}): Promise<any> {
    const { data, errors } = await this.query(query, variables);
    if (errors !== undefined) expect(errors).toEqual([]);
    return data;
  }
}
