import fc from 'fast-check';

import { sha256 } from '../../src/foundation/digest.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { MemoryBlobs } from './memory-blobs.ts';

export interface SampleTree {
  tree: Tree;
  blobs: MemoryBlobs;
}

type Row = readonly [path: string, entry: TreeEntry | { kind: 'file'; mode: number; uid: number; gid: number; content: Uint8Array; xattrs?: Readonly<Record<string, string>> }];

/** A tree and the blobs that its files name. */
export function sampleTree(rows: readonly Row[]): SampleTree {
  const blobs = new MemoryBlobs();
  const entries = rows.map(([path, row]): [PathBytes, TreeEntry] => {
    if (!('content' in row)) return [path as PathBytes, row];
    const { content, ...owned } = row;
    const digest = sha256(content);
    blobs.blobs.set(digest, Buffer.from(content));
    return [path as PathBytes, { ...owned, kind: 'file', sha256: digest, sizeBytes: content.byteLength }];
  });
  return { tree: makeTree(entries), blobs };
}

export const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
};

const root = { uid: 0, gid: 0 };
const filler = (size: number): Uint8Array => Buffer.alloc(size, 'provenroot\n');

/** One of everything that a root file system can hold. */
export function everything(): SampleTree {
  return sampleTree([
    ['', { kind: 'directory', mode: 0o755, ...root }],
    ['bin/busybox', { kind: 'file', mode: 0o4755, ...root, content: filler(300_000), xattrs: { 'security.capability': '\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0' } }],
    ['bin/sh', { kind: 'hard-link', target: 'bin/busybox' as PathBytes }],
    ['bin/zcat', { kind: 'hard-link', target: 'bin/busybox' as PathBytes }],
    ['bin/vi', { kind: 'symlink', mode: 0o777, ...root, target: 'busybox' as PathBytes }],
    ['dev/console', { kind: 'character-device', mode: 0o600, uid: 0, gid: 5, major: 5, minor: 1 }],
    ['dev/big', { kind: 'block-device', mode: 0o660, ...root, major: 259, minor: 70_000 }],
    ['empty', { kind: 'file', mode: 0, uid: 70_000, gid: 4_000_000_000, content: new Uint8Array(0) }],
    ['etc/motd', { kind: 'file', mode: 0o644, ...root, content: filler(1), xattrs: { 'user.note': 'a=b\0\n', 'user.other': 'x'.repeat(200) } }],
    ['etc/' + 'long'.repeat(60), { kind: 'file', mode: 0o640, uid: 1, gid: 2, content: filler(4096) }],
    ['etc/slow', { kind: 'symlink', mode: 0o777, uid: 3, gid: 4, target: ('/' + 'far/'.repeat(500)) as PathBytes }],
    ['etc/slow2', { kind: 'hard-link', target: 'etc/slow' as PathBytes }],
    ['run/fifo', { kind: 'fifo', mode: 0o622, ...root }],
    [pathBytes('srv/æ/\u{1f427}'), { kind: 'file', mode: 0o644, ...root, content: filler(4095) }],
    ['srv/\xff\xfe', { kind: 'directory', mode: 0o2775, uid: 1000, gid: 1000 }],
    ['tmp', { kind: 'directory', mode: 0o1777, ...root, xattrs: { 'trusted.x': '1' } }],
  ]);
}

const owner = fc.record({ mode: fc.integer({ min: 0, max: 0o7777 }), uid: fc.oneof(fc.nat(3), fc.nat(0xffff_fffe)), gid: fc.oneof(fc.nat(3), fc.nat(0xffff_fffe)) });
const name = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.uint8Array({ minLength: 1, maxLength: 200 }))
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll(/[/\0]/g, 'x'))
  .filter((text) => text !== '.' && text !== '..' && text !== 'TRAILER!!!' && text !== 'lost+found');
const xattrs = fc.dictionary(fc.stringMatching(/^(user|trusted)\.[a-z]{1,12}$/), fc.uint8Array({ minLength: 1, maxLength: 120 }).map((bytes) => Buffer.from(bytes).toString('latin1')), { maxKeys: 3 });
type Leaf = Row[1];
const leaf = (withXattrs: boolean): fc.Arbitrary<Leaf> => fc.tuple(owner, withXattrs ? xattrs : fc.constant({}), fc.oneof(
  fc.uint8Array({ maxLength: 9000 }).map((content) => ({ kind: 'file' as const, content })),
  name.map((target) => ({ kind: 'symlink' as const, target: target as PathBytes })),
  fc.tuple(fc.constantFrom('block-device' as const, 'character-device' as const), fc.nat(0xfff), fc.nat(0xf_ffff)).map(([kind, major, minor]) => ({ kind, major, minor })),
  fc.constant({ kind: 'fifo' as const }),
  fc.constant({ kind: 'directory' as const }),
)).map(([owned, attributes, rest]) => ({ ...owned, ...rest, ...(Object.keys(attributes).length > 0 ? { xattrs: attributes } : {}) }));

/** Trees of every kind of entry, with hard links, odd names and (if wanted) extended attributes. */
export function anyTree(options: { xattrs: boolean; maxEntries?: number }): fc.Arbitrary<SampleTree> {
  const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
  return fc.array(fc.tuple(path, leaf(options.xattrs), fc.nat(3)), { maxLength: options.maxEntries ?? 12 }).map((drawn) => {
    const rows = new Map<string, Leaf>();
    let linkable: PathBytes | undefined;
    for (const [at, drawnLeaf, link] of drawn) {
      const clashes = [...rows].some(([other, row]) => other === at || (other.startsWith(`${at}/`) && drawnLeaf.kind !== 'directory') || (at.startsWith(`${other}/`) && row.kind !== 'directory'));
      if (clashes || [...rows.keys()].some((other) => other.startsWith(`${at}/`))) continue;
      if (link === 0 && linkable !== undefined) rows.set(at, { kind: 'hard-link', target: linkable });
      else { rows.set(at, drawnLeaf); if (drawnLeaf.kind !== 'directory') linkable = at as PathBytes; }
    }
    return sampleTree([...rows]);
  });
}
