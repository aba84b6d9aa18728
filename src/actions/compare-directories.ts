import { bufferSource } from '../bytes/byte-source.ts';
import type { Caps } from '../bytes/caps.ts';
import { openFileSource } from '../bytes/file-source.ts';
import type { ImageNode } from '../compare/compare-content.ts';
import { compareContents } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import { layoutRow } from '../compare/layout-rows.ts';
import type { Both } from '../foundation/both.ts';
import { Failure } from '../foundation/failure.ts';
import type { ImageContent } from '../readers/image-content.ts';
import { readDirectory } from '../readers/read-directory.ts';
import { readImage } from '../readers/read-image.ts';
import { isDirectory } from './is-directory.ts';

interface OpenImage extends ImageNode { close(): void }

/** What lies at a path: a directory as its tree, a file as the image that it is. Throws BYTES.IO; of a directory BYTES.LIMIT too. */
export function openGiven(path: string, caps: Partial<Caps> = {}): OpenImage {
  // A directory has no bytes of its own.
  if (isDirectory(path)) return { content: readDirectory(path, caps), source: () => bufferSource(Buffer.alloc(0)), close: () => undefined };
  const source = openFileSource(path);
  return { content: readImage(source, caps), source: () => source, close: () => { source.close(); } };
}

/** Of which one at least is a directory. Throws BYTES.IO, BYTES.LIMIT, and COMPARE.NO_TREE where the other is no one tree. */
export async function compareDirectories(left: string, right: string, caps: Partial<Caps> = {}): Promise<Comparison> {
  const open = new Map<string, OpenImage>();
  try {
    // A directory may be large: it is read once the other is known to be something to compare it with.
    for (const path of [left, right].toSorted((x, y) => Number(isDirectory(x)) - Number(isDirectory(y)))) {
      const one = open.get(path) ?? openGiven(path, caps);
      open.set(path, one);
      mustBeTree(path, one.content);
    }
    const nodes: Both<OpenImage> = { left: open.get(left)!, right: open.get(right)! };
    const [a, b] = [containerOf(left), containerOf(right)];
    return await compareContents(nodes.left, nodes.right, a === b ? [] : [layoutRow('', 'container', a, b)], caps);
  } finally {
    for (const { close } of open.values()) close();
  }
}

function containerOf(path: string): string {
  return isDirectory(path) ? 'directory' : 'file';
}

/** Bytes and disks of several partitions stand against no directory. */
function mustBeTree(path: string, content: ImageContent): void {
  const why = whyNoTree(content);
  if (why !== undefined) throw new Failure('COMPARE.NO_TREE', `${path} ${why}: a directory is not to be compared with that`, { place: path });
}

function whyNoTree(content: ImageContent): string | undefined {
  switch (content.kind) {
    case 'tree': case 'layered': return undefined;
    case 'compressed': return whyNoTree(content.content);
    case 'disk': return content.partitions.length === 1 ? whyNoTree(content.partitions[0]!.content) : `has ${content.partitions.length} partitions`;
    case 'opaque': return content.reason === undefined ? 'is no image, and no archive' : `cannot be read as an image (${content.reason.message})`;
  }
}
