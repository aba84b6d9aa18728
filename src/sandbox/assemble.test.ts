import { pathBytes, type TreeEntry } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { MemoryStore } from '../../tests/support/memory-store.ts';
import { tinyDeb, type TinyDeb } from '../../tests/support/tiny-deb.ts';
import { assembleSandbox, BUILD_UID } from './assemble.ts';

async function assembled(debs: readonly TinyDeb[], store = new MemoryStore()): Promise<Tree> {
  const fetch = async ({ sha256 }: { sha256: string }): Promise<void> => {
    await store.putBlob(debs.find(({ locked }) => locked.sha256 === sha256)!.bytes);
  };
  return assembleSandbox({ packages: debs.map(({ locked }) => locked) }, fetch, store);
}

const at = (tree: Tree, path: string): TreeEntry | undefined => tree.entries.get(pathBytes(path));
const link = (target: string): TreeEntry => ({ kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes(target) });

describe('a sandbox', () => {
  it('has merged /usr: what a package puts into /bin lies in /usr/bin', async () => {
    const tree = await assembled([await tinyDeb('a', { 'bin/tool': 'x', 'lib/libx.so': 'y' }), await tinyDeb('b', { 'usr/bin/other': 'z' })]);
    expect(at(tree, 'bin')).toMatchObject({ kind: 'symlink', target: 'usr/bin' });
    expect(at(tree, 'usr/bin/tool')).toMatchObject({ kind: 'file' });
    expect(at(tree, 'usr/lib/libx.so')).toMatchObject({ kind: 'file' });
  });

  it('moves hard links along', async () => {
    const tree = await assembled([await tinyDeb('a', { 'bin/tool': 'x', 'bin/zool': { kind: 'hard-link', target: pathBytes('bin/tool') } })]);
    expect(at(tree, 'usr/bin/zool')).toEqual({ kind: 'hard-link', target: 'usr/bin/tool' });
  });

  it('belongs to root and gives nobody rights', async () => {
    const file = async (): Promise<TreeEntry> => {
      const { sha256, sizeBytes } = await new MemoryStore().putBlob(Buffer.alloc(0));
      return { kind: 'file', mode: 0o6755, uid: 3, gid: 4, sha256, sizeBytes };
    };
    const deb = await tinyDeb('a', { 'usr/bin/empty': '', 'usr/bin/su': { ...(await file()), mode: 0o6755 } as TreeEntry });
    expect(at(await assembled([deb]), 'usr/bin/su')).toMatchObject({ mode: 0o755, uid: 0, gid: 0 });
  });

  it('leaves documentation and translations out, but no copyright file', async () => {
    const tree = await assembled([await tinyDeb('a', { 'usr/share/doc/a/README': 'x', 'usr/share/doc/a/copyright': 'GPL', 'usr/share/man/man1/a.1': 'x', 'usr/share/locale/de/a.mo': 'x' })]);
    expect([...tree.entries.keys()].filter((path) => path.startsWith('usr/'))).toEqual(['usr/share', 'usr/share/doc', 'usr/share/doc/a', 'usr/share/doc/a/copyright']);
  });

  it('has the links that maintainer scripts would make, where their targets are', async () => {
    const tree = await assembled([await tinyDeb('a', { 'usr/bin/mawk': 'x' })]);
    expect(at(tree, 'usr/bin/awk')).toMatchObject({ kind: 'symlink', target: 'mawk' });
    expect(at(tree, 'usr/bin/cc')).toBeUndefined();
  });

  it('gives /build and /out to the build user, and no directory else', async () => {
    const tree = await assembled([await tinyDeb('a', { 'usr/bin/x': 'x' })]);
    const theirs = [...tree.entries].filter(([, entry]) => 'uid' in entry && entry.uid !== 0);
    expect(theirs.map(([path, entry]) => [path, 'uid' in entry && entry.uid])).toEqual([['build', BUILD_UID], ['out', BUILD_UID]]);
  });

  it('is the same however often and in whatever order packages without overlap come', async () => {
    const debs = [await tinyDeb('a', { 'usr/bin/a': 'a', 'etc/same': 's' }), await tinyDeb('b', { 'usr/bin/b': 'b' }), await tinyDeb('c', { 'etc/same': 's' })];
    expect(treeDigest(await assembled(debs.toReversed()))).toBe(treeDigest(await assembled(debs)));
  });

  it.each<[string, Record<string, string | TreeEntry>, Record<string, string | TreeEntry>]>([
    ['two contents on one path', { 'usr/bin/x': 'one' }, { 'usr/bin/x': 'two' }],
    ['two contents on one path by way of merged /usr', { 'bin/x': 'one' }, { 'usr/bin/x': 'two' }],
    ['a file where a directory is', { 'usr/x/y': 'one' }, { 'usr/x': 'two' }],
    ['a directory where a file is', { 'usr/x': 'one' }, { 'usr/x/y': 'two' }],
    ['a file below a link', { 'usr/x': link('/etc') }, { 'usr/x/passwd': 'two' }],
  ])('with %s is refused, naming the package', async (_what, one, two) => {
    await expect(assembled([await tinyDeb('one', one), await tinyDeb('two', two)])).rejects.toMatchObject({ code: 'SANDBOX.BAD_PACKAGE', place: 'two' });
  });

  it('with a device is refused', async () => {
    const device: TreeEntry = { kind: 'character-device', mode: 0o666, uid: 0, gid: 0, major: 1, minor: 3 };
    await expect(assembled([await tinyDeb('a', { 'dev/null': device })])).rejects.toMatchObject({ code: 'IMAGE.DEVICE_REFUSED' });
  });
});
