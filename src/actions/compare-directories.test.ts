import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exitOf } from '../compare/verdict.ts';
import type { Comparison } from '../compare/comparison.ts';
import { compareDirectories } from './compare-directories.ts';
import { compareFilesHere } from './comparers.ts';

let base: string;
const at = (path: string): string => join(base, path);
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'compared-'));
  mkdirSync(at('left/etc'), { recursive: true });
  writeFileSync(at('left/etc/issue'), 'one\n');
  execFileSync('cp', ['-a', at('left'), at('right')]);
});
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

const compared = (left: string, right: string): Promise<Comparison> => compareFilesHere(at(left), at(right));
const tar = (name: string): void => { execFileSync('tar', ['-C', at('left'), '-cf', at(name), '.']); };

it('finds nothing between a directory and its copy, and one line where one line is another', async () => {
  expect((await compared('left', 'right')).verdict.bytesEqual).toBe(true);
  writeFileSync(at('right/etc/issue'), 'two\n');
  const { changes, layout } = await compared('left', 'right');
  expect([changes.filter(({ classes }) => classes.includes('content')).map(({ path }) => path), layout]).toEqual([['etc/issue'], []]);
});

it('holds a directory against any image with one tree: the format alone differs', async () => {
  tar('a.tar');
  execFileSync('gzip', ['-kn', at('a.tar')]);
  execFileSync('mksquashfs', [at('left'), at('a.squashfs'), '-quiet', '-no-progress']);
  for (const image of ['a.tar', 'a.tar.gz', 'a.squashfs']) {
    const comparison = await compared('left', image);
    expect([image, exitOf(comparison), comparison.changes, comparison.layout.some(({ key, left }) => key === 'format' && left === 'directory')]).toEqual([image, 3, [], true]);
    expect((await compared(image, 'right')).changes).toEqual([]);
  }
});

it('refuses to hold a directory against what has no tree, by its path', async () => {
  writeFileSync(at('text'), 'no image');
  tar('a.tar');
  execFileSync('truncate', ['-s', '700', at('a.tar')]);
  for (const [other, why] of [['text', 'is no image'], ['a.tar', 'cannot be read']] as const) {
    await expect(compared('left', other)).rejects.toMatchObject({ code: 'COMPARE.NO_TREE', place: at(other), message: expect.stringContaining(why) as string });
    await expect(compared(other, 'left')).rejects.toMatchObject({ code: 'COMPARE.NO_TREE' });
    // Before the directory is read, which may take long.
    await expect(compareDirectories(at('left'), at(other), { entries: 2 })).rejects.toMatchObject({ code: 'COMPARE.NO_TREE' });
  }
});
