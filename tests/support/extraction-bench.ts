import type { ImageFormat } from '../../src/catalog/model.ts';
import type { ExtractionMeans } from '../../src/extraction/extraction-means.ts';
import type { ExtractableImage } from '../../src/extraction/re-extract.ts';
import { imageStep } from '../../src/image/image-formats.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { fileAt, makeTree, type Tree } from '../../src/tree/tree.ts';
import { openSandboxBench, type SandboxBench } from './sandbox-bench.ts';
import { everything, sampleTree, type SampleTree } from './sample-trees.ts';

const EPOCH = 1_700_000_000;

export interface ExtractionBench extends SandboxBench {
  means: ExtractionMeans;
  /** The image as a build makes it, in the store. */
  image(sample: SampleTree, format: ImageFormat): Promise<ExtractableImage & { format: ImageFormat }>;
}

export async function openExtractionBench(): Promise<ExtractionBench> {
  const bench = await openSandboxBench();
  const { sandbox } = bench.command(['/bin/true']);
  const means: ExtractionMeans = {
    runner: bench.runner, sandbox, store: bench.store, signal: new AbortController().signal, prepareSandbox: async () => undefined,
  };
  const image = async ({ tree, blobs }: SampleTree, format: ImageFormat): Promise<ExtractableImage & { format: ImageFormat }> => {
    const { phase, write, inputName, fileName } = imageStep({ format }, tree, EPOCH);
    const written = await bench.store.putBlob(write(blobs));
    if (phase === undefined) return { name: fileName, format, sha256: written.sha256 };
    const input: TreeEntry = { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: written.sha256, sizeBytes: written.sizeBytes };
    const { outputs, log } = await bench.step([phase], { [inputName]: input });
    if (outputs['images'] === undefined) throw new Error(log);
    return { name: fileName, format, sha256: fileAt(await bench.store.getTree(outputs['images']), pathBytes(fileName))!.sha256 };
  };
  return { ...bench, means, image };
}

/** One of everything, under names that a shell, a list or a terminal could trip over, and rights that keep its owner out. */
export function difficult(): SampleTree {
  const { tree, blobs } = everything();
  const more = sampleTree([
    ['odd/with space', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('space') }],
    ['odd/new\nline', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('line') }],
    ['odd/"quoted" \\back\\x41 $(x) `y` *', { kind: 'file', mode: 0o600, uid: 7, gid: 8, content: Buffer.from('quotes'), xattrs: { 'user.with space': 'v', 'user.empty-looking': '\0' } }],
    ['odd/-rf', { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: 'a "b"\nFast link dest: "c"' as PathBytes }],
    ['odd/debugfs: ls -p <2>', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('#mark\n') }],
    ['closed', { kind: 'directory', mode: 0, uid: 0, gid: 0 }],
    ['closed/inner', { kind: 'directory', mode: 0, uid: 5, gid: 5 }],
    ['closed/inner/file', { kind: 'file', mode: 0, uid: 5, gid: 5, content: Buffer.from('closed') }],
    ['d/'.repeat(300) + 'deep', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('deep') }],
    ['usr/bin/passwd', { kind: 'file', mode: 0o6755, uid: 0, gid: 42, content: Buffer.from('setuid') }],
    ['large', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.alloc(3_000_000, 'much ') }],
    ['zeros', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.alloc(1_000_000) }],
  ]);
  const entries = new Map([...tree.entries, ...[...more.tree.entries].filter(([path]) => path !== '')]);
  for (const [digest, content] of more.blobs.blobs) blobs.blobs.set(digest, content);
  return { tree: makeTree(entries), blobs };
}

export function withoutXattrs(tree: Tree): Tree {
  return makeTree([...tree.entries].map(([path, entry]) => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }]));
}
