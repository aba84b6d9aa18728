import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeCpio } from '../../src/image/write-cpio.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { bytesOf, everything } from '../support/sample-trees.ts';
import { treeOnDisk } from '../support/unpacked.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };

/** As root, the way a user of the archive would do it. */
describe('archives unpacked by other people\'s tools', () => {
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'image-archives-')); mkdirSync(join(directory, 'root')); });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const root = (): string => join(directory, 'root');

  test('GNU tar unpacks the whole tree', async () => {
    const { tree, blobs } = everything();
    execFileSync('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '-xpf', '-', '-C', root()], { input: await bytesOf(writeTar(tree, blobs, EPOCH)) });
    expect(await treeOnDisk(root(), blobs)).toEqual(tree);
  });

  test('GNU cpio unpacks the whole tree, symlinks one by one', async () => {
    const { tree: full, blobs } = everything();
    const tree: Tree = makeTree([...full.entries].map(([path, entry]) => {
      const target = entry.kind === 'hard-link' ? full.entries.get(entry.target)! : entry;
      return [path, target.kind === 'symlink' ? target : entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }];
    }));
    execFileSync('cpio', ['-idm', '--quiet'], { cwd: root(), input: await bytesOf(writeCpio(tree, blobs, EPOCH)) });
    expect(await treeOnDisk(root(), blobs)).toEqual(tree);
  });
});
