import { wholeOf } from '../bytes/byte-source.ts';
import { openFileSource } from '../bytes/file-source.ts';
import { treesOf, type OpenTree } from '../compare/explain-path.ts';
import { besideEntry } from '../compare/told.ts';
import type { Both } from '../foundation/both.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { openGiven } from './compare-directories.ts';
import type { Subject } from './compare-subjects.ts';
import { recordedInventory } from './recorded-inventory.ts';
import type { Workshop } from './workshop.ts';

/**
 * Runs with the trees of both subjects at hand, opened once somebody asks for them; of a build its root, and what lies beside it. `workshop` is
 * needed where one is a build. Throws BYTES.IO, ACTIONS.NOT_DOCUMENTED.
 */
export async function withOpenTrees<T>(subjects: Both<Subject>, workshop: Workshop | undefined, run: (open: () => Promise<Both<readonly OpenTree[]>>) => Promise<T>): Promise<T> {
  const closing: (() => void)[] = [];
  const opened = async (subject: Subject): Promise<readonly OpenTree[]> => {
    if (subject.kind === 'build') return treesOfBuild(subject.buildId, workshop!);
    const { content, close } = openGiven(subject.path);
    closing.push(close);
    return treesOf(content);
  };
  let trees: Promise<Both<readonly OpenTree[]>> | undefined;
  try {
    return await run(() => trees ??= (async () => ({ left: await opened(subjects.left), right: await opened(subjects.right) }))());
  } finally {
    for (const close of closing) close();
  }
}

/** The root, and what lies beside it. */
async function treesOfBuild(buildId: string, workshop: Workshop): Promise<OpenTree[]> {
  const { store } = workshop;
  const { build, components } = await recordedInventory(buildId, workshop);
  const beside = components.flatMap(({ name, image, hashes, sizeBytes = 0 }): [PathBytes, TreeEntry][] =>
    (image?.format === 'kernel' && hashes !== undefined ? [[pathBytes(name), besideEntry(hashes.sha256, sizeBytes)!]] : []));
  return [await store.getTree(build.rootTree), makeTree(beside)].map((tree) => ({
    tree, content: (path) => { const entry = tree.entries.get(path); return entry?.kind === 'file' ? store.readBlob(entry.sha256) : undefined; },
  }));
}

/** Two files as they are, where both are and neither is larger than `maxBytes`. */
export function wholeFiles({ left, right }: Both<Subject>, maxBytes: number): Both<Buffer> | undefined {
  const [a, b] = [wholeFile(left, maxBytes), wholeFile(right, maxBytes)];
  return a === undefined || b === undefined ? undefined : { left: a, right: b };
}

function wholeFile(subject: Subject, maxBytes: number): Buffer | undefined {
  if (subject.kind !== 'file') return undefined;
  const source = openFileSource(subject.path);
  try {
    return source.sizeBytes > maxBytes ? undefined : wholeOf(source);
  } finally {
    source.close();
  }
}
