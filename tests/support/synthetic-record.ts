import type pg from 'pg';

import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { sha256, type BlobDigests, type Sha256 } from '../../src/foundation/digest.ts';
import { recordFileSet } from '../../src/records/file-set-records.ts';
import type { PathOwner } from '../../src/records/owned-directories.ts';
import type { Store } from '../../src/store/store.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';

const PROJECT = '00000000-0000-7000-8000-000000000001';
const ACTOR = '00000000-0000-7000-8000-000000000002';
const BEGIN_MS = Date.UTC(2025, 0, 1);

/** A UUIDv7-shaped id that sorts by `number`; `kind` keeps tables apart. */
export function syntheticId(kind: number, number: number): string {
  return `${number.toString(16).padStart(8, '0')}-${kind.toString(16).padStart(4, '0')}-7000-8000-000000000000`;
}

export const timeOf = (number: number): Date => new Date(BEGIN_MS + number * 60_000);
export const buildIdOf = (number: number): string => syntheticId(0xb, number);

export interface SyntheticBuild {
  number: number;
  board?: string;
  configuration?: string;
  state?: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  packages?: number;
  /** Paths of the final root. */
  files?: readonly string[];
  image?: Uint8Array;
  /** What was asked for. */
  request?: object;
  finishedAt?: Date;
}

/** Rows as a real build would leave them, made up: for tests of what reads them. */
export class SyntheticRecord {
  readonly #pool: pg.Pool;
  readonly #store: Store;

  constructor(pool: pg.Pool, store: Store) {
    this.#pool = pool;
    this.#store = store;
  }

  async insert(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = Object.keys(rows[0]!);
    const values: unknown[] = [];
    const tuples = rows.map((row) => `(${columns.map((column) => `$${values.push(sqlValue(row[column]))}`).join(', ')})`);
    await this.#pool.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')} ON CONFLICT DO NOTHING`, values);
  }

  async blob(bytes: Uint8Array): Promise<BlobDigests> {
    const digests = await this.#store.putBlob(bytes);
    await this.insert('blobs', [{ sha256: digests.sha256, sha512: digests.sha512, size_bytes: digests.sizeBytes }]);
    return digests;
  }

  async catalogItem(kind: 'board' | 'recipe', name: string, definition: object, versions: readonly string[] = ['1']): Promise<Sha256> {
    const item = syntheticId(kind === 'board' ? 0xc0 : 0xc1, hash(name));
    await this.insert('catalog_items', [{ id: item, project_id: PROJECT, kind, name }]);
    const digests = versions.map((version) => sha256(`${kind} ${name} ${version}`));
    await this.insert('catalog_versions', versions.map((version, i) => ({
      digest: digests[i], item_id: item, sequence: i + 1, kind, name, version, summary: `about ${name}`, license: 'MIT', definition,
      origin: 'test', actor_id: ACTOR, published_at: timeOf(i),
    })));
    await this.#pool.query('UPDATE catalog_items SET current_digest = $1 WHERE id = $2', [digests.at(-1), item]);
    return digests.at(-1)!;
  }

  async configuration(name: string, board: string, contents: readonly object[]): Promise<{ id: string; revisions: string[] }> {
    const id = syntheticId(0xcf, hash(name));
    await this.insert('configurations', [{ id, project_id: PROJECT, name, board_name: board, head_number: contents.length, actor_id: ACTOR, created_at: timeOf(0) }]);
    const revisions: string[] = [];
    for (const [i, content] of contents.entries()) {
      const digest = await this.document('configuration', content);
      const revision = syntheticId(0xce00 + i, hash(name));
      await this.insert('configuration_revisions', [{ id: revision, configuration_id: id, number: i + 1, digest, message: `r${i + 1}`, actor_id: ACTOR, created_at: timeOf(i) }]);
      revisions.push(revision);
    }
    return { id, revisions };
  }

  async document(kind: string, content: object): Promise<Sha256> {
    const document = canonicalJson(content);
    const digest = sha256(document);
    await this.insert('documents', [{ digest, kind, document }]);
    return digest;
  }

  async build(given: SyntheticBuild): Promise<{ id: string; image: BlobDigests; log: BlobDigests }> {
    const { number, board = 'tiny', state = 'SUCCEEDED', packages = 3 } = given;
    const id = buildIdOf(number);
    await this.#buildRow(id, board, state, given);
    await this.#packages(id, packages);
    const log = await this.blob(Buffer.from(`configuring ${number}\ncompiling ${number}\n`));
    await this.#steps(id, number, state, log);
    const image = await this.blob(given.image ?? Buffer.from(`image of build ${number}`));
    await this.insert('images', [{
      id: syntheticId(0x16, number), build_id: id, name: 'rootfs.ext4', format: 'ext4', sha256: image.sha256, size_bytes: image.sizeBytes,
      writer_version: '1', root_tree: sha256('root'),
    }]);
    await this.insert('build_inputs', [
      { build_id: id, role: 'source', name: 'one.tar.gz', digest: sha256('one'), size_bytes: 3, url: 'https://example.org/one.tar.gz' },
      { build_id: id, role: 'recipe', name: 'p000', digest: sha256('recipe p000 1'), size_bytes: null, url: null },
    ]);
    await this.events(id, 1, 3);
    return { id, image, log };
  }

  async events(buildId: string, from: number, to: number): Promise<void> {
    const rows = Array.from({ length: to - from + 1 }, (_, i) => from + i).map((sequence) => ({
      build_id: buildId, sequence, type: sequence === 1 ? 'build-started' : 'step-finished', step_name: sequence === 1 ? null : 'p000', data: { sequence }, at: timeOf(sequence),
    }));
    await this.insert('build_events', rows);
    await this.#pool.query('UPDATE builds SET last_sequence = $1 WHERE id = $2', [to, buildId]);
  }

  async logChunk(buildId: string, step: string, offset: number, bytes: Uint8Array): Promise<void> {
    await this.insert('log_chunks', [{ build_id: buildId, step_name: step, offset_bytes: offset, bytes, at: timeOf(1) }]);
  }

  /** As the engine does it: the whole log becomes a blob, then its rows go. */
  async finishStep(buildId: string, step: string, log: BlobDigests): Promise<void> {
    const execution = syntheticId(0xe000 + hash(step) % 0xfff, hash(buildId));
    await this.insert('executions', [{
      id: execution, build_id: buildId, step_name: step, plan_key: sha256(step), action_key: sha256(buildId + step), sandbox_digest: sha256('sandbox'), outcome: 'succeeded', standing: 'first',
      outputs_digest: sha256('outputs'), cpu_ms: 1, wall_ms: 1, peak_memory_bytes: 1, log_sha256: log.sha256, log_size_bytes: log.sizeBytes, started_at: timeOf(1), finished_at: timeOf(1),
    }]);
    await this.#pool.query(`UPDATE build_steps SET state = 'SUCCEEDED', execution_id = $1, outcome = 'run' WHERE build_id = $2 AND name = $3`, [execution, buildId, step]);
    await this.#pool.query('DELETE FROM log_chunks WHERE build_id = $1 AND step_name = $2', [buildId, step]);
  }

  async endBuild(buildId: string, state: string): Promise<void> {
    await this.#pool.query(`UPDATE build_steps SET state = 'SUCCEEDED' WHERE build_id = $1`, [buildId]);
    await this.#pool.query('UPDATE builds SET state = $1::build_state WHERE id = $2', [state, buildId]);
  }

  async #buildRow(id: string, board: string, state: string, { number, configuration, files, request, finishedAt }: SyntheticBuild): Promise<void> {
    const definition = await this.document('build', { board, number });
    await this.insert('sandboxes', [{ digest: sha256('sandbox'), lock_digest: sha256('lock'), architecture: 'amd64', definition: {} }]);
    const owner = configuration === undefined ? undefined : await this.configuration(configuration, board, [{ board }]);
    await this.insert('builds', [{
      id, project_id: PROJECT, actor_id: ACTOR, configuration_id: owner?.id ?? null, revision_id: owner?.revisions[0] ?? null,
      target_name: configuration ?? board, board_name: board, board_digest: sha256(`board ${board} 1`), architecture: 'x86_64', definition_digest: definition,
      revision_digest: sha256('revision'), sandbox_digest: sha256('sandbox'), state, steps_total: 2, steps_run: 1, steps_reused: 1,
      failure_code: state === 'FAILED' ? 'BUILD.STEP_FAILED' : null, failure_message: state === 'FAILED' ? 'it broke' : null, failure_step: state === 'FAILED' ? 'p000' : null,
      root_tree: sha256('root'), file_set_id: files === undefined ? null : await this.#fileSet(files), created_at: timeOf(number),
      ...(request === undefined ? {} : { request }), ...(finishedAt === undefined ? {} : { finished_at: finishedAt }),
    }]);
  }

  /** By the writer itself; a path without bytes of its own has those of its name. */
  async #fileSet(paths: readonly string[]): Promise<number> {
    const tree = makeTree(paths.map((path): [PathBytes, TreeEntry] => [path as PathBytes, { kind: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: path.length, sha256: sha256(path) }]));
    const ownerOf = (path: string): PathOwner => path.startsWith('etc/') ? { kind: 'generator', name: 'passwd', reason: 'writes it' } : { kind: 'package', name: 'p000', reason: 'installs it' };
    return recordFileSet(this.#pool, tree, new Map([...tree.entries.keys()].map((path) => [path, ownerOf(path)])));
  }

  async #packages(buildId: string, count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, i) => `p${String(i).padStart(3, '0')}`);
    await this.insert('build_packages', names.map((name, i) => ({
      build_id: buildId, name, version: `1.${i}`, recipe_digest: sha256(`recipe ${name} 1`), role: i === 0 ? 'kernel' : 'package', license: 'MIT AND Zlib',
      options: {}, reasons: [{ kind: 'board' }, { kind: 'run-need', by: 'p000' }], step_name: name,
    })));
  }

  async #steps(buildId: string, number: number, state: string, log: BlobDigests): Promise<void> {
    const execution = syntheticId(0xe0, number);
    const running = state === 'RUNNING' || state === 'QUEUED';
    const plan = (name: string): Sha256 => sha256(`plan ${number} ${name}`);
    if (!running) {
      await this.insert('executions', [{
        id: execution, build_id: buildId, step_name: 'p000', plan_key: plan('p000'), action_key: sha256(`action ${number}`), sandbox_digest: sha256('sandbox'), outcome: 'succeeded',
        standing: 'first', outputs_digest: sha256('outputs'), cpu_ms: 1500, wall_ms: 2000, peak_memory_bytes: 5_000_000_000, log_sha256: log.sha256, log_size_bytes: log.sizeBytes,
        started_at: timeOf(number), finished_at: timeOf(number),
      }]);
      await this.insert('execution_outputs', [{ execution_id: execution, name: 'target', tree_digest: sha256(`tree ${number}`) }]);
    }
    const stepState = running ? 'RUNNING' : state === 'FAILED' ? 'FAILED' : 'SUCCEEDED';
    await this.insert('build_steps', ['p000', 'root'].map((name, position) => ({
      build_id: buildId, name, position, kind: position === 0 ? 'container' : 'root', recipe: position === 0 ? 'p000' : null, stage: position === 0 ? 'main' : null,
      plan_key: plan(name), state: stepState, outcome: running ? null : 'run', execution_id: running || position > 0 ? null : execution,
    })));
    await this.insert('build_step_needs', [{ build_id: buildId, step_name: 'root', need: 'p000', kind: 'run' }]);
  }
}

function sqlValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !(value instanceof Date) ? JSON.stringify(value) : value;
}

/** Spreads names over ids. */
function hash(name: string): number {
  return Number.parseInt(sha256(name).slice(0, 7), 16);
}
