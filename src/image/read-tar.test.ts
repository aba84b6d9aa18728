import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { archive, END, header, inPieces, member, pax, padded } from '../../tests/support/crafted-tar.ts';
import { MemoryBlobs } from '../../tests/support/memory-blobs.ts';
import { sha256 } from '../foundation/digest.ts';
import { pathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { readTar } from './read-tar.ts';
import { treeFromTar, type TarPolicy } from './tree-from-tar.ts';

const read = (bytes: Uint8Array, policy: Partial<TarPolicy> = {}, size?: number) =>
  treeFromTar(inPieces(bytes, size), new MemoryBlobs(), { devices: 'refuse', ...policy });

const symlink = (name: string, link: string) => member({ name, type: '2', link });
const hardLink = (name: string, link: string) => member({ name, type: '1', link });
const base256 = (...bytes: number[]) => Uint8Array.from([...bytes.slice(0, 1), ...Array<number>(12 - bytes.length).fill(bytes[0] === 0xff ? 0xff : 0), ...bytes.slice(1)]);

/** title, archive, code, what the place must name, policy */
const HOSTILE: [string, Uint8Array, string, string, Partial<TarPolicy>?][] = [
  ['an absolute path', archive(member({ name: '/etc/passwd' })), 'BAD_PATH', 'entry 1 "/etc/passwd" at byte 0'],
  ['an absolute path behind "./"', archive(member({ name: './/etc/passwd' })), 'BAD_PATH', 'entry 1'],
  ['an absolute path in an extended header', archive(pax({ path: '/x' }), member({})), 'BAD_PATH', 'entry 1 "/x"'],
  ['an absolute path in a GNU long name', archive(member({ type: 'L', magic: 'ustar  \0' }, '/x\0'), member({})), 'BAD_PATH', 'entry 1 "/x"'],
  ['".." in front', archive(member({ name: '../x' })), 'BAD_PATH', '"../x"'],
  ['".." in the middle', archive(member({ name: 'ok' }), member({ name: 'a/../../x' })), 'BAD_PATH', 'entry 2 "a/../../x" at byte 512'],
  ['".." put together from prefix and name', archive(member({ prefix: 'a/..', name: 'x' })), 'BAD_PATH', '"a/../x"'],
  ['"." in the middle', archive(member({ name: 'a/./x' })), 'BAD_PATH', '"a/./x"'],
  ['an empty component', archive(member({ name: 'a//x' })), 'BAD_PATH', '"a//x"'],
  ['a NUL in an extended path', archive(pax({ path: 'a\0b' }), member({})), 'BAD_PATH', String.raw`"a\x00b"`],
  ['an empty name', archive(member({ name: '\0' })), 'BAD_PATH', 'entry 1 ""'],
  ['a file that is the root', archive(member({ name: './', type: '2', link: 'x' })), 'BAD_PATH', 'entry 1'],
  ['a component of 256 bytes', archive(pax({ path: 'a'.repeat(256) }), member({})), 'BAD_PATH', 'entry 1'],
  ['a path of 5,000 bytes', archive(pax({ path: 'a/'.repeat(2500) }), member({})), 'LIMIT', 'entry 1'],
  ['one path twice', archive(member({ name: 'a' }), member({ name: 'a' })), 'DUPLICATE', 'entry 2 "a" at byte 512'],
  ['one path twice, spelled differently', archive(member({ name: './a' }), member({ name: 'a' })), 'DUPLICATE', 'entry 2 "a"'],
  ['one directory twice', archive(member({ name: 'a/', type: '5' }), member({ name: 'a/', type: '5' })), 'DUPLICATE', 'entry 2'],
  ['a file where a link stood', archive(symlink('a', 'b'), member({ name: 'a' })), 'DUPLICATE', 'entry 2'],
  ['a file written through a symlink', archive(symlink('a', '/etc'), member({ name: 'a/passwd' })), 'THROUGH_LINK', 'entry 2 "a/passwd"'],
  ['a file written through a symlink two levels up', archive(symlink('a', '/'), member({ name: 'a/b/c' })), 'THROUGH_LINK', 'entry 2 "a/b/c"'],
  ['a file written through a hard link', archive(member({ name: 'f' }), hardLink('h', 'f'), member({ name: 'h/x' })), 'THROUGH_LINK', 'entry 3'],
  ['a symlink that replaces a directory with content', archive(member({ name: 'a/b' }), symlink('a', '/etc')), 'THROUGH_LINK', 'entry 2 "a"'],
  ['a hard link out of the tree', archive(hardLink('a', '../../etc/shadow')), 'BAD_LINK', 'entry 1 "a"'],
  ['a hard link to an absolute path', archive(hardLink('a', '/etc/shadow')), 'BAD_LINK', 'entry 1 "a"'],
  ['a hard link to nothing', archive(hardLink('a', 'b')), 'BAD_LINK', 'entry 1 "a"'],
  ['a hard link to a later file', archive(hardLink('a', 'b'), member({ name: 'b' })), 'BAD_LINK', 'entry 1 "a"'],
  ['a hard link to itself', archive(hardLink('a', 'a')), 'BAD_LINK', 'entry 1 "a"'],
  ['a hard link to a directory', archive(member({ name: 'd/', type: '5' }), hardLink('a', 'd')), 'BAD_LINK', 'entry 2 "a"'],
  ['a hard link to a directory that is only implied', archive(member({ name: 'd/x' }), hardLink('a', 'd')), 'BAD_LINK', 'entry 2 "a"'],
  ['a hard link with content', archive(member({ name: 'f' }), member({ name: 'a', type: '1', link: 'f' }, 'x')), 'BAD_HEADER', 'entry 2 "a"'],
  ['a directory with content', archive(member({ name: 'a/', type: '5' }, 'x')), 'BAD_HEADER', 'entry 1 "a/"'],
  ['a symlink without a target', archive(symlink('a', '')), 'BAD_LINK', 'entry 1 "a"'],
  ['an absolute symlink where none may leave', archive(symlink('a', '/etc')), 'BAD_LINK', 'entry 1 "a"', { escapingSymlinks: 'refuse' }],
  ['a symlink that climbs out where none may', archive(symlink('d/a', '../../x')), 'BAD_LINK', 'entry 1 "d/a"', { escapingSymlinks: 'refuse' }],
  ['a symlink that climbs out through another', archive(symlink('a', '.'), symlink('b', 'a/..')), 'BAD_LINK', 'entry 2 "b"', { escapingSymlinks: 'refuse' }],
  ['a character device', archive(member({ name: 'dev/mem', type: '3', major: '0000001\0', minor: '0000001\0' })), 'DEVICE_REFUSED', 'entry 1 "dev/mem"'],
  ['a block device', archive(member({ name: 'sda', type: '4', major: '0000010\0' })), 'DEVICE_REFUSED', 'entry 1 "sda"'],
  ['more entries than allowed', archive(...Array.from({ length: 5 }, (_, i) => member({ name: `f${i}` }))), 'LIMIT', 'entry 5', { limits: { entries: 5 } }],
  ['directories that are only implied, by the thousand', archive(pax({ path: 'a/'.repeat(2000) + 'x' }), member({})), 'LIMIT', 'entry 1', { limits: { entries: 1000 } }],
  ['a file that states more than allowed', archive(member({ size: '00077777777\0' })), 'LIMIT', 'entry 1 "file"', { limits: { fileBytes: 1000 } }],
  ['a file of nine exabytes', archive(member({ size: base256(0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) })), 'BAD_HEADER', 'entry 1'],
  ['an archive longer than allowed', archive(member({}, 'x'.repeat(2000))), 'LIMIT', 'entry 1', { limits: { totalBytes: 1500 } }],
  ['zeros without end behind the end', archive(Buffer.alloc(100_000)), 'LIMIT', 'byte', { limits: { totalBytes: 50_000 } }],
  ['an extended header of 2 MiB', archive(header({ type: 'x', size: '00010000000\0' })), 'LIMIT', 'entry 1'],
  ['a long name of 2 MiB', archive(header({ type: 'L', size: '00010000000\0' })), 'LIMIT', 'entry 1'],
  ['attributes without end', archive(pax({ 'SCHILY.xattr.user.a': 'x'.repeat(500) }), member({ name: 'a' }), pax({ 'SCHILY.xattr.user.a': 'x'.repeat(500) }), member({ name: 'b' })), 'LIMIT', 'entry 2 "b"', { limits: { metadataBytes: 800 } }],
  ['a header cut off', member({}).subarray(0, 300), 'TRUNCATED', 'entry 1 at byte 0'],
  ['content cut off', member({}, 'x'.repeat(600)).subarray(0, 700), 'TRUNCATED', 'entry 1 "file"'],
  ['padding cut off', member({}, 'xyz').subarray(0, 600), 'TRUNCATED', 'entry 1 "file"'],
  ['no end', member({}), 'TRUNCATED', 'entry 2 at byte 512'],
  ['half an end', Buffer.concat([member({}), END.subarray(0, 512)]), 'TRUNCATED', 'entry 2'],
  ['an empty stream', Buffer.alloc(0), 'TRUNCATED', 'entry 1 at byte 0'],
  ['an extended header cut off', pax({ path: 'a' }).subarray(0, 600), 'TRUNCATED', 'entry 1'],
  ['a bad checksum', archive(member({ checksum: '000000\0 ' })), 'BAD_HEADER', 'entry 1 at byte 0'],
  ['random bytes', Buffer.concat([sha256('x'), sha256('y')].map((hex) => Buffer.from(hex.repeat(8)))), 'BAD_HEADER', 'entry 1'],
  ['no magic', archive(member({ magic: '\0\0\0\0\0\0\0\0' })), 'BAD_HEADER', 'entry 1'],
  ['a size that is no number', archive(member({ size: '12x\0' })), 'BAD_HEADER', 'entry 1'],
  ['a negative size', archive(member({ size: base256(0xff, 0xff) })), 'BAD_HEADER', 'entry 1'],
  ['an extended size that is negative', archive(pax({ size: '-1' }), member({})), 'BAD_HEADER', 'entry 1'],
  ['an extended owner of more than 32 bits', archive(pax({ uid: '4294967296' }), member({})), 'BAD_HEADER', 'entry 1'],
  ['an extended record without a length', archive(member({ type: 'x' }, 'path=a\n'), member({})), 'BAD_HEADER', 'entry 1'],
  ['an extended record longer than its header', archive(member({ type: 'x' }, '99 path=a\n'), member({})), 'BAD_HEADER', 'entry 1'],
  ['an extended record that ends in the middle', archive(member({ type: 'x' }, '9 path=abc\n'), member({})), 'BAD_HEADER', 'entry 1'],
  ['an extended record without a keyword', archive(member({ type: 'x' }, '6 =ab\n'), member({})), 'BAD_HEADER', 'entry 1'],
  ['an extended header that nothing follows', archive(pax({ path: 'a' })), 'BAD_HEADER', 'entry 1'],
  ['a second archive behind the end', Buffer.concat([archive(member({})), archive(member({ name: 'hidden' }))]), 'BAD_HEADER', 'byte 1536'],
  ['a header behind one block of zeros', Buffer.concat([member({}), Buffer.alloc(512), member({ name: 'hidden' }), END]), 'BAD_HEADER', 'entry 2'],
  ['an old sparse file', archive(member({ type: 'S', magic: 'ustar  \0' })), 'UNSUPPORTED', 'entry 1'],
  ['a pax sparse file', archive(pax({ 'GNU.sparse.major': '1' }), member({})), 'UNSUPPORTED', 'entry 1'],
  ['a global sparse record', archive(pax({ 'GNU.sparse.size': '1' }, 'g'), member({})), 'UNSUPPORTED', 'entry 1'],
  ['a multi-volume archive', archive(member({ type: 'M', magic: 'ustar  \0' })), 'UNSUPPORTED', 'entry 1'],
  ['an unknown type', archive(member({ type: 'Q' })), 'UNSUPPORTED', 'entry 1'],
];

describe('reading a hostile tar', () => {
  test.each(HOSTILE)('refuses %s', async (...[, bytes, code, place, policy]) => {
    await expect(read(bytes, policy)).rejects.toMatchObject({ name: 'Failure', code: `IMAGE.${code}`, place: expect.stringContaining(place) as string });
  });

  test('refuses or reads any mutation of an honest archive, and never throws anything but a coded error', async () => {
    const honest = archive(member({ name: 'd/', type: '5' }), pax({ 'SCHILY.xattr.user.a': 'b' }), member({ name: 'd/f' }, 'content'), symlink('d/s', '../x'), hardLink('h', 'd/f'));
    await fc.assert(fc.asyncProperty(fc.nat(honest.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(honest.length), async (at, byte, cut) => {
      const mutated = Buffer.from(honest);
      mutated[at] = byte;
      await read(mutated.subarray(0, cut)).then(() => undefined, (error: unknown) => {
        expect(error).toMatchObject({ name: 'Failure', code: expect.stringMatching(/^IMAGE\./) as string, place: expect.any(String) as string });
      });
    }), { numRuns: 400 });
  });

  test('lets go of its source when it refuses', async () => {
    let released = false;
    const source = async function* (): AsyncIterable<Uint8Array> {
      try { yield archive(member({ name: '/x' })); yield END; } finally { released = true; }
    };
    await expect(treeFromTar(source(), new MemoryBlobs(), { devices: 'refuse' })).rejects.toMatchObject({ code: 'IMAGE.BAD_PATH' });
    expect(released).toBe(true);
  });
});

describe('reading a tar', () => {
  const file = (text: string, mode = 0o644): TreeEntry => ({ kind: 'file', mode, uid: 0, gid: 0, sizeBytes: text.length, sha256: sha256(text) });

  test('keeps symlinks that point out of the tree, as data, unless told otherwise', async () => {
    const tree = await read(archive(symlink('a', '/etc/passwd'), symlink('b', '../../x')));
    expect([...tree.entries.values()].map((entry) => entry.kind === 'symlink' && entry.target)).toEqual([false, '/etc/passwd', '../../x']);
    await expect(read(archive(symlink('d/a', '../x/y')), { escapingSymlinks: 'refuse' })).resolves.toBeDefined();
  });

  test('understands prefix, extended and GNU long names, base-256 numbers, global records and their withdrawal', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}`;
    const tree = await read(archive(
      pax({ uid: '70000', gid: '5' }, 'g'),
      member({ prefix: 'p/q', name: 'r' }, '1'),
      pax({ gid: '' }, 'g'),
      pax({ path: long, 'SCHILY.xattr.user.k': 'a=b\0\n' }), member({}, '2'),
      member({ type: 'K', magic: 'ustar  \0', name: '././@LongLink' }, `${long}\0`), member({ name: 'link', type: '2', magic: 'ustar  \0' }),
      pax({ uid: '1' }), member({ name: 'b', gid: Buffer.from([0x80, 0, 0, 0, 0x80, 0, 0, 1]).toString('latin1'), size: base256(0x80, 3) }), padded('abc'),
    ));
    expect(tree).toEqual(makeTree([
      [pathBytes('p/q/r'), { ...file('1'), uid: 70_000, gid: 5 } as TreeEntry],
      [pathBytes(long), { ...file('2'), uid: 70_000, xattrs: { 'user.k': 'a=b\0\n' } } as TreeEntry],
      [pathBytes('link'), { kind: 'symlink', mode: 0o644, uid: 70_000, gid: 0, target: pathBytes(long) }],
      [pathBytes('b'), { ...file('abc'), uid: 1, gid: 0x8000_0001 } as TreeEntry],
    ]));
  });

  test('gives the same tree however the stream is cut', async () => {
    const bytes = archive(member({ name: 'a' }, 'x'.repeat(3000)), pax({ path: 'b' }), member({}, 'y'), hardLink('c', 'a'));
    const whole = await read(bytes, {}, bytes.length);
    for (const size of [1, 7, 511, 512, 513]) expect(await read(bytes, {}, size)).toEqual(whole);
  });

  test('skips what the taker of a file leaves unread', async () => {
    const seen: string[] = [];
    for await (const { path } of readTar(inPieces(archive(member({ name: 'a' }, 'x'.repeat(5000)), member({ name: 'b' }))), { devices: 'keep' },
      async (given) => ({ sha256: sha256(''), sizeBytes: given.sizeBytes }))) seen.push(path);
    expect(seen).toEqual(['a', 'b']);
  });

  test('fails with the error of the store', async () => {
    const failing = { putBlob: () => Promise.reject(new TypeError('disk')) };
    await expect(treeFromTar(inPieces(archive(member({}, 'x'))), failing, { devices: 'refuse' })).rejects.toThrow('disk');
  });
});

describe('reading what GNU tar writes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'image-tar-'));
  const root = join(directory, 'root');
  const long = 'n'.repeat(120);
  beforeAll(() => {
    mkdirSync(join(root, 'd', long), { recursive: true });
    chmodSync(join(root, 'd'), 0o1777);
    writeFileSync(join(root, 'd', long, 'file'), 'x'.repeat(100_000));
    writeFileSync(join(root, 'd/äöü'), '');
    writeFileSync(join(root, 'tool'), 'setuid');
    chmodSync(join(root, 'tool'), 0o4755);
    linkSync(join(root, 'tool'), join(root, 'also'));
    symlinkSync(`/${long}/${long}`, join(root, 'link'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    execFileSync('mkfifo', ['-m', '0600', join(root, 'z')]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(['gnu', 'pax', 'oldgnu', 'posix'])('format %s', async (format) => {
    const bytes = execFileSync('tar', [`--format=${format}`, '-C', root, '--owner=7', '--group=8', '-cf', '-', '.'], { maxBuffer: 2 ** 26 });
    const tree = await read(bytes);
    const owned = { uid: 7, gid: 8 };
    expect(tree.entries.get(pathBytes('d'))).toEqual({ kind: 'directory', mode: 0o1777, ...owned });
    expect(tree.entries.get(pathBytes(`d/${long}/file`))).toMatchObject({ kind: 'file', sizeBytes: 100_000, sha256: sha256('x'.repeat(100_000)), ...owned });
    expect(tree.entries.get(pathBytes('d/äöü'))).toMatchObject({ kind: 'file', sizeBytes: 0 });
    expect(tree.entries.get(pathBytes('also'))).toEqual({ kind: 'file', mode: 0o4755, ...owned, sizeBytes: 6, sha256: sha256('setuid') });
    expect(tree.entries.get(pathBytes('tool'))).toEqual({ kind: 'hard-link', target: 'also' });
    expect(tree.entries.get(pathBytes('link'))).toMatchObject({ kind: 'symlink', target: `/${long}/${long}` });
    expect(tree.entries.get(pathBytes('z'))).toEqual({ kind: 'fifo', mode: 0o600, ...owned });
  });

  test('refuses its sparse files by name', async () => {
    writeFileSync(join(directory, 'holes'), 'x');
    truncateSync(join(directory, 'holes'), 2 ** 20);
    for (const format of ['gnu', 'posix']) {
      const bytes = execFileSync('tar', [`--format=${format}`, '--sparse', '-C', directory, '-cf', '-', 'holes'], { maxBuffer: 2 ** 26 });
      await expect(read(bytes)).rejects.toMatchObject({ code: 'IMAGE.UNSUPPORTED' });
    }
  });
});
