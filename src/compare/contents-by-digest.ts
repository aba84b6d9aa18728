import type { Sha256 } from '../foundation/digest.ts';
import type { Content } from '../readers/image-content.ts';
import type { OpenTree } from './explain-path.ts';

export interface FoundContent {
  sizeBytes: number;
  read(): Promise<Buffer>;
}

/** Those of the contents that a file of the trees has, wherever it lies: a digest is of one content. Looks at each entry once. */
export function contentsByDigest(trees: readonly OpenTree[], wanted: ReadonlySet<Sha256>): ReadonlyMap<Sha256, FoundContent> {
  const found = new Map<Sha256, FoundContent>();
  for (const { tree, content } of trees) {
    for (const [path, entry] of tree.entries) {
      if (entry.kind !== 'file' || !wanted.has(entry.sha256) || found.has(entry.sha256)) continue;
      found.set(entry.sha256, { sizeBytes: entry.sizeBytes, read: () => gathered(content(path)!) });
    }
  }
  return found;
}

async function gathered(content: Content): Promise<Buffer> {
  const pieces: Buffer[] = [];
  // A piece is valid until the next is asked for.
  for await (const piece of content) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}
