import { canonicalJson } from '../foundation/canonical-json.ts';
import { sortedEntries } from '../foundation/order.ts';
import { pathToBuffer, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/**
 * Every path of a tree with all that its digest covers, one JSON object a line in the tree's order. Names that are no
 * UTF-8 stand as `pathHex` and `targetHex`.
 */
export function fileManifest({ entries }: Tree): Buffer {
  return Buffer.from([...entries].map(([path, entry]) => `${canonicalJson({ ...named('path', path), ...entryFields(entry) })}\n`).join(''));
}

function entryFields(entry: TreeEntry): Record<string, unknown> {
  if (entry.kind === 'hard-link') return { kind: entry.kind, ...named('target', entry.target) };
  const { kind, mode, uid, gid, xattrs } = entry;
  const owned = { kind, mode, uid, gid, ...(xattrs === undefined ? {} : { xattrs: Object.fromEntries(sortedEntries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('hex')])) }) };
  switch (entry.kind) {
    case 'file': return { ...owned, sha256: entry.sha256, sizeBytes: entry.sizeBytes };
    case 'symlink': return { ...owned, ...named('target', entry.target) };
    case 'character-device': case 'block-device': return { ...owned, major: entry.major, minor: entry.minor };
    case 'directory': case 'fifo': return owned;
  }
}

function named(field: string, path: PathBytes): Record<string, string> {
  const bytes = pathToBuffer(path);
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? { [field]: text } : { [`${field}Hex`]: bytes.toString('hex') };
}
