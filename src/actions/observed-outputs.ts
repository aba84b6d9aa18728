import { statusField } from '../build/failure-kind.ts';
import type { Outputs } from '../build/journal.ts';
import type { VariationName } from '../catalog/variation-name.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sortedEntries } from '../foundation/order.ts';
import type { SandboxRun } from '../sandbox/runner.ts';
import { marksOf } from '../sandbox/variation.ts';
import type { Store } from '../store/store.ts';
import { displayPath, ROOT_PATH, type TreeEntry } from '../tree/entry.ts';
import { stateOf, type Files, type Observation } from '../variation/observation.ts';

type Trees = Pick<Store, 'getTree'>;

/** Output trees as one list of paths, each with its whole entry. */
export async function filesOf(outputs: Outputs, store: Trees): Promise<Files> {
  const files = new Map<string, string>();
  for (const [name, digest] of sortedEntries(outputs)) {
    for (const [path, entry] of (await store.getTree(digest)).entries) files.set(path === ROOT_PATH ? name : `${name}/${displayPath(path)}`, canonicalJson(entry));
  }
  return files;
}

export async function observationOf(run: SandboxRun, store: Trees): Promise<Observation> {
  const { exit } = run;
  const phase = statusField(run.status, 'phase');
  const where = phase === undefined ? '' : `phase ${phase}: `;
  switch (exit.kind) {
    case 'exited': return exit.code === 0 ? { kind: 'outputs', files: await filesOf(run.outputs, store) } : { kind: 'failed', message: `${where}exited with ${statusField(run.status, 'exit') ?? exit.code}` };
    case 'out-of-memory': return { kind: 'unresolved', message: `${where}ran out of memory` };
    case 'time-limit': return { kind: 'unresolved', message: `${where}took longer than its time limit` };
    case 'disk-full': return { kind: 'unresolved', message: `${where}the disk is full` };
    case 'cancelled': throw new DOMException('the varied runs were stopped', 'AbortError');
  }
}

/** Larger files are not looked through. */
const LOOKED_THROUGH_BYTES = 32 * 1024 * 1024;

/** Conditions of which a varied file shows a mark that the standing one does not; only a hint which to try first. */
export async function suspectsIn(path: string, varied: Observation, standing: Files, conditions: readonly VariationName[], store: Pick<Store, 'readBlobBytes'>): Promise<VariationName[]> {
  const now = entryIn(stateOf(varied, path));
  const before = entryIn(standing.get(path));
  if (now === undefined || before === undefined || now.kind === 'hard-link' || before.kind === 'hard-link') return [];
  const [bytes, other] = await Promise.all([contentOf(now, store), contentOf(before, store)]);
  return conditions.filter((name) => marksOf(name).some((mark) => bytes.includes(mark) && !other.includes(mark)));
}

function entryIn(state: string | undefined): TreeEntry | undefined {
  return state?.startsWith('{') === true ? JSON.parse(state) as TreeEntry : undefined;
}

async function contentOf(entry: TreeEntry, store: Pick<Store, 'readBlobBytes'>): Promise<Buffer> {
  if (entry.kind === 'symlink') return Buffer.from(entry.target, 'latin1');
  const isSmall = entry.kind === 'file' && entry.sizeBytes <= LOOKED_THROUGH_BYTES;
  return isSmall ? Buffer.from(await store.readBlobBytes(entry.sha256)) : Buffer.alloc(0);
}
