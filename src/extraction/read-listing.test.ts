import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree } from '../tree/tree.ts';
import type { PathBytes } from '../tree/entry.ts';
import { parseListing, type Listing } from './read-listing.ts';

const HEAD = { tool: 'tool 1.0' };
const owned = { mode: 0o755, uid: 0, gid: 0 };
const ROOT = { path: '', kind: 'directory', inode: 0, ...owned };
const FILE = { path: 'a', kind: 'file', inode: 1, ...owned, size: 1, sha256: sha256('x') };

/** ASCII alone, as Python writes JSON. */
const escaped = (text: string): string => text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const textOf = (lines: readonly unknown[]): Buffer => Buffer.from(lines.map((line) => `${escaped(JSON.stringify(line))}\n`).join(''));
async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const parsed = (bytes: Buffer, size = 7): Promise<Listing> => parseListing(inPieces(bytes, size), 'image');
const listing = (...entries: readonly object[]): Buffer => textOf([HEAD, ...entries, { entries: entries.length }]);

describe('a listing', () => {
  test('of every kind of entry is a tree, whatever the order of its lines', async () => {
    const lines = [
      ROOT, FILE, { ...FILE, path: 'b' }, { path: 'd', kind: 'directory', inode: 2, ...owned, xattrs: { 'user.x': '\u00ff\0' } },
      { path: 'd/\u00ff', kind: 'symlink', inode: 3, ...owned, target: 'a' }, { path: 'd/f', kind: 'fifo', inode: 4, ...owned },
      { path: 'd/c', kind: 'character-device', inode: 5, ...owned, major: 5, minor: 1 }, { path: 'd/k', kind: 'block-device', inode: 6, ...owned, major: 259, minor: 70_000 },
    ];
    const expected = makeTree([
      ['a' as PathBytes, { kind: 'file', ...owned, sha256: sha256('x'), sizeBytes: 1 }], ['b' as PathBytes, { kind: 'hard-link', target: 'a' as PathBytes }],
      ['d' as PathBytes, { kind: 'directory', ...owned, xattrs: { 'user.x': '\u00ff\0' } }], ['d/\u00ff' as PathBytes, { kind: 'symlink', ...owned, target: 'a' as PathBytes }],
      ['d/f' as PathBytes, { kind: 'fifo', ...owned }], ['d/c' as PathBytes, { kind: 'character-device', ...owned, major: 5, minor: 1 }],
      ['d/k' as PathBytes, { kind: 'block-device', ...owned, major: 259, minor: 70_000 }],
    ]);
    for (const order of [lines, lines.toReversed()]) {
      const found = await parsed(listing(...order));
      expect('tree' in found && treeDigest(found.tree)).toBe(treeDigest(expected));
    }
  });

  test('of an image that could not be unpacked says why', async () => {
    expect(await parsed(textOf([{ failed: 'no such image' }]))).toEqual({ failed: 'no such image' });
  });

  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'empty'],
    ['no end', textOf([HEAD, ROOT]), 'no end'],
    ['a last line that is cut', listing(ROOT).subarray(0, -1), 'no end'],
    ['fewer paths than it says', textOf([HEAD, ROOT, { entries: 2 }]), 'says 2'],
    ['something behind its end', textOf([HEAD, ROOT, { entries: 1 }, FILE]), 'follows its end'],
    ['something behind a failure', textOf([{ failed: 'x' }, ROOT]), 'follows its end'],
    ['no tool', textOf([ROOT, { entries: 1 }]), 'Invalid'],
    ['a tool that a terminal would obey', textOf([{ tool: '\u001b[2J' }, ROOT, { entries: 1 }]), 'Invalid'],
    ['a line that is not JSON', Buffer.concat([textOf([HEAD]), Buffer.from('{"path":\n')]), 'not JSON'],
    ['a path twice', listing(ROOT, FILE, { ...FILE, inode: 2 }), 'twice'],
    ['a path that climbs', listing(ROOT, { ...FILE, path: '../a' }), '".."'],
    ['a path below a file', listing(ROOT, FILE, { ...FILE, path: 'a/b', inode: 2 }), 'lies below'],
    ['a directory that is not listed', listing(ROOT, { ...FILE, path: 'd/a' }), 'not listed'],
    ['no root', listing(FILE), 'not listed'],
    ['two contents of one inode', listing(ROOT, FILE, { ...FILE, path: 'b', sha256: sha256('y') }), 'one inode'],
    ['two owners of one inode', listing(ROOT, FILE, { ...FILE, path: 'b', uid: 1 }), 'one inode'],
    ['two directories of one inode', listing(ROOT, { ...ROOT, path: 'd' }), 'one inode'],
    ['a socket', listing(ROOT, { path: 's', kind: 'socket', inode: 1, ...owned }), 'kind'],
    ['a digest that is cut', listing(ROOT, { ...FILE, sha256: sha256('x').slice(0, 63) }), 'sha256'],
    ['a mode with type bits', listing(ROOT, { ...FILE, mode: 0o100644 }), 'mode'],
    ['a negative size', listing(ROOT, { ...FILE, size: -1 }), 'size'],
    ['a name that is no bytes', listing(ROOT, { ...FILE, path: '\u0100' }), 'path'],
    ['a field too many', listing(ROOT, { ...FILE, owner: 'x' }), 'owner'],
    ['a line without end', Buffer.concat([textOf([HEAD]), Buffer.alloc(1024 * 1024 + 1, 'x')]), 'more than a MiB'],
  ])('with %s is refused', async (_what, bytes, why) => {
    await expect(parsed(bytes, 65_536)).rejects.toMatchObject({ code: 'EXTRACTION.BAD_LISTING', place: 'image', message: expect.stringContaining(why) });
  });

  test('that is damaged anywhere is refused with a code, or is a tree', async () => {
    const whole = listing(ROOT, FILE, { ...FILE, path: 'b' }, { path: 'l', kind: 'symlink', inode: 3, ...owned, target: 'a' });
    await fc.assert(fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      const outcome = await parsed(bytes).catch((error: unknown) => error);
      expect(outcome).toMatchObject(outcome instanceof Object && 'tool' in outcome ? { tree: {} } : { code: 'EXTRACTION.BAD_LISTING' });
    }));
  });
});
