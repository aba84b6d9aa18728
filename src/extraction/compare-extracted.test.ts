import { sha256 } from '../foundation/digest.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { compareExtracted } from './compare-extracted.ts';

const owned = { mode: 0o644, uid: 0, gid: 0 };
const file = (content: string): TreeEntry => ({ kind: 'file', ...owned, sha256: sha256(content), sizeBytes: content.length });
const treeOf = (entries: Readonly<Record<string, TreeEntry>>): Tree => makeTree(Object.entries(entries).map(([path, entry]) => [path as PathBytes, entry]));
const extracted = (format: string, tree: Tree): Parameters<typeof compareExtracted>[1] => ({ image: 'image', format, tool: 'tool', tree });

const LINKED: Readonly<Record<string, TreeEntry>> = {
  'a': { kind: 'symlink', ...owned, mode: 0o600, target: pathBytes('x') }, 'b': { kind: 'hard-link', target: pathBytes('a') },
};
const UNLINKED: Readonly<Record<string, TreeEntry>> = Object.fromEntries(['a', 'b'].map((name) => [name, { kind: 'symlink', ...owned, mode: 0o777, target: pathBytes('x') }]));

describe('what an image was found to hold', () => {
  test('is no finding where it is the record', () => {
    const tree = treeOf({ a: file('x'), ...UNLINKED });
    for (const format of ['tar', 'cpio.gz', 'squashfs', 'ext4']) expect(compareExtracted(tree, extracted(format, tree))).toEqual([]);
  });

  test('is not compared where the format cannot tell, and that is said wherever the record has it', () => {
    const findings = compareExtracted(treeOf(LINKED), extracted('cpio.gz', treeOf(UNLINKED)));
    expect(findings).toEqual([
      { severity: 'note', path: 'image', line: 0, rule: 'image-cannot-tell', message: expect.stringMatching(/^not compared: hard links of symbolic links, at 1 path: /) },
      { severity: 'note', path: 'image', line: 0, rule: 'image-cannot-tell', message: expect.stringMatching(/^not compared: modes of symbolic links, at 2 paths: /) },
    ]);
  });

  test('is compared where another format can tell', () => {
    expect(compareExtracted(treeOf(LINKED), extracted('ext4', treeOf(UNLINKED))).map(({ path, severity }) => [path, severity])).toEqual([['image:/a', 'error'], ['image:/b', 'error']]);
    expect(compareExtracted(treeOf(LINKED), extracted('tar', treeOf(UNLINKED))).filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual(['image:/b']);
  });

  test('may have the lost+found of ext4, empty and closed, and no other', () => {
    const lost: TreeEntry = { kind: 'directory', mode: 0o700, uid: 0, gid: 0 };
    const paths = (found: Readonly<Record<string, TreeEntry>>, format = 'ext4'): string[] =>
      compareExtracted(treeOf({ a: file('x') }), extracted(format, treeOf({ a: file('x'), ...found }))).map(({ path }) => path);
    expect(paths({ 'lost+found': lost })).toEqual([]);
    expect(paths({ 'lost+found': lost, 'lost+found/x': file('x') })).toEqual(['image:/lost+found', 'image:/lost+found/x']);
    expect(paths({ 'lost+found': { ...lost, mode: 0o755 } })).toEqual(['image:/lost+found']);
    expect(paths({ 'lost+found': lost }, 'tar')).toEqual(['image:/lost+found']);
  });

  test('is told in 51 lines where everything differs, in words that no terminal obeys', () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`\u001b${i}`, file('x')]));
    const findings = compareExtracted(treeOf({}), extracted('tar', treeOf(many)));
    expect(findings).toHaveLength(51);
    expect(findings.map(({ message }) => message)).toContain('30 more paths differ');
    expect(JSON.stringify(findings)).not.toContain('\\u001b');
  });

  test('is one finding where it could not be unpacked', () => {
    expect(compareExtracted(treeOf({}), { image: 'image', format: 'tar', failed: 'tar ended\u001b[2J' })).toEqual([
      { severity: 'error', path: 'image', line: 0, rule: 'image-not-unpacked', message: 'tar ended\\x1b[2J' },
    ]);
  });
});
