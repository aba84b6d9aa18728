import type { Sha256 } from '../foundation/digest.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { treeFromTar } from '../image/tree-from-tar.ts';
import type { Store } from '../store/store.ts';
import { displayPath, pathBytes, ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { subtree } from '../tree/merge.ts';
import { fileAt, type Tree } from '../tree/tree.ts';

/** Grows when the rules below change what is collected; part of every action key. */
export const COLLECTOR_VERSION = 1;

/** A step gives at most this much; the rest of the archive is not read. */
const LIMITS = { entries: 400_000, totalBytes: 16 * 1024 ** 3, fileBytes: 8 * 1024 ** 3 };

export interface CollectedOutputs {
  outputs: Record<string, Sha256>;
  status: string;
  /** Counters that the step runner left. */
  counters: string;
}

const STEP_DIRECTORY = '.step';
const OUTPUT_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * Reads the archive of `/out` (hostile: the step wrote it). Every entry belongs to 0:0 and loses setuid, setgid and
 * sticky bits and all attributes: rights come from a recipe's tables alone, and `note` says what was dropped. Devices
 * and fifos are refused: they come from tables too. One tree per directory below `/out`.
 */
export async function collectOutputs(archive: AsyncIterable<Uint8Array>, store: Store, note: (text: string) => void): Promise<CollectedOutputs> {
  const adjust = (path: PathBytes, entry: TreeEntry): TreeEntry => {
    if (entry.kind === 'fifo') throw new Failure('SANDBOX.BAD_OUTPUT', `/${displayPath(path)} is a fifo: declare it in the table of devices`, { place: `/${displayPath(path)}` });
    const kept = plain(path, entry);
    for (const right of droppedRights(entry)) note(`/${displayPath(path)}: ${right} is dropped, rights come from the recipe's tables`);
    return kept;
  };
  const all = await treeFromTar(archive, store, { devices: 'refuse', limits: LIMITS, adjust });
  const out = subtree(all, pathBytes('out'));
  const names = [...out.entries].flatMap(([path, entry]) => path !== ROOT_PATH && !path.includes('/') ? [{ path, entry }] : []);
  const outputs: Record<string, Sha256> = {};
  for (const { path, entry } of names) {
    if (entry.kind !== 'directory' || (path !== STEP_DIRECTORY && !OUTPUT_NAME.test(path))) refuse(path, entry);
    if (path === STEP_DIRECTORY) continue;
    outputs[path] = await store.putTree(subtree(out, path));
  }
  return { outputs, ...await stepNotes(subtree(out, pathBytes(STEP_DIRECTORY)), store) };
}

/** Of a step that failed only what its step runner noted is read; nothing where it left nothing. */
export async function readStatus(archive: () => Promise<AsyncIterable<Uint8Array>>, store: Store): Promise<CollectedOutputs> {
  try {
    const notes = await treeFromTar(await archive(), store, { devices: 'refuse', limits: { entries: 16, totalBytes: 1024 * 1024 }, adjust: plain });
    return { outputs: {}, ...await stepNotes(subtree(notes, pathBytes(STEP_DIRECTORY)), store) };
  } catch (error) {
    // It failed before the first phase, or broke its own notes: how it ended is known all the same.
    if (!isCoded(error)) throw error;
    return { outputs: {}, status: '', counters: '' };
  }
}

async function stepNotes(notes: Tree, store: Store): Promise<{ status: string; counters: string }> {
  const text = async (name: string): Promise<string> => {
    const file = fileAt(notes, pathBytes(name));
    return file === undefined || file.sizeBytes > 64 * 1024 ? '' : Buffer.from(await store.readBlobBytes(file.sha256)).toString('utf8');
  };
  return { status: await text('status'), counters: await text('counters') };
}

function plain(_path: PathBytes, entry: TreeEntry): TreeEntry {
  if (entry.kind === 'hard-link') return entry;
  const { xattrs: _none, ...rest } = entry;
  return { ...rest, mode: entry.kind === 'symlink' ? 0o777 : entry.mode & 0o777, uid: 0, gid: 0 };
}

/** What would give a file more rights than its owner has; set-group-id of a directory gives none. */
function droppedRights(entry: TreeEntry): string[] {
  if (entry.kind !== 'file') return [];
  const capability = entry.xattrs?.['security.capability'] !== undefined;
  return [...(entry.mode & 0o4000 ? ['setuid'] : []), ...(entry.mode & 0o2000 ? ['setgid'] : []), ...(capability ? ['a capability'] : [])];
}

function refuse(path: PathBytes, entry: TreeEntry): never {
  throw new Failure('SANDBOX.BAD_OUTPUT', `/out/${displayPath(path)} is a ${entry.kind}: below /out stand only directories named ${OUTPUT_NAME.source}`, {
    place: `/out/${displayPath(path)}`,
  });
}
