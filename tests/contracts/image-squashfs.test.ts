import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { imageStep } from '../../src/image/image-formats.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { anyTree, bytesOf, everything, type SampleTree } from '../support/sample-trees.ts';
import { treeOnDisk } from '../support/unpacked.ts';

const EPOCH = 1_700_000_000;

/** The phase as the sandbox runs it, with its fixed directories moved into a scratch one. */
describe('images that a pinned tool finishes', () => {
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'image-finish-')); });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const finished = async ({ tree, blobs }: SampleTree, format: 'squashfs' | 'cpio.gz', environment: Record<string, string> = {}, change = (phase: string): string => phase): Promise<string> => {
    const step = imageStep({ format }, tree, EPOCH);
    writeFileSync(join(directory, step.inputName), await bytesOf(step.write(blobs)));
    rmSync(join(directory, 'images'), { recursive: true, force: true });
    const phase = change(step.phase!).replaceAll('/src/', `${directory}/`).replaceAll('/out/', `${directory}/`);
    execFileSync('sh', ['-euc', phase], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
    return join(directory, 'images', step.fileName);
  };

  const unsquashed = async (image: string, blobs: SampleTree['blobs']): Promise<Tree> => {
    const root = join(directory, 'root');
    rmSync(root, { recursive: true, force: true });
    execFileSync('unsquashfs', ['-quiet', '-no-progress', '-xattrs', '-d', root, image], { stdio: ['ignore', 'ignore', 'pipe'] });
    return treeOnDisk(root, blobs);
  };

  /** unsquashfs sets no user attributes but of files and directories; a symlink on disk is 0777; GNU tar sees hard links of files and symlinks only. */
  const visible = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, given]): [PathBytes, TreeEntry] => {
    const target = given.kind === 'hard-link' ? tree.entries.get(given.target)! : given;
    const entry = target.kind === 'file' || target.kind === 'symlink' ? given : target;
    if (entry.kind === 'hard-link' || entry.kind === 'file' || entry.kind === 'directory') return [path, entry];
    return [path, { ...entry, mode: entry.kind === 'symlink' ? 0o777 : entry.mode, xattrs: Object.fromEntries(Object.entries(entry.xattrs ?? {}).filter(([name]) => !name.startsWith('user.'))) }];
  }));

  test('squashfs: unsquashfs gives back one of everything', async () => {
    const sample = everything();
    expect(await unsquashed(await finished(sample, 'squashfs'), sample.blobs)).toEqual(sample.tree);
  });

  test('squashfs: unsquashfs gives back any tree', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 30 }), async (drawn) => {
      const tree = visible(drawn.tree);
      expect(await unsquashed(await finished({ ...drawn, tree }, 'squashfs'), drawn.blobs)).toEqual(tree);
    }), { numRuns: 20 });
  });

  test('squashfs: the mode of the root is that of the tree', async () => {
    for (const mode of [0o1751, 0o755, 0o700]) {
      const tree = makeTree([['' as PathBytes, { kind: 'directory', mode, uid: 0, gid: 0 }], ['f' as PathBytes, { kind: 'fifo', mode: 0, uid: 5, gid: 6 }]]);
      expect(await unsquashed(await finished({ ...everything(), tree }, 'squashfs'), everything().blobs)).toEqual(tree);
    }
  });

  test('squashfs: the same bytes with one, two and eight processors, another memory limit, zone and locale', async () => {
    const sample = everything();
    const digest = async (...given: [Record<string, string>?, ((phase: string) => string)?]): Promise<string> => sha256(readFileSync(await finished(sample, 'squashfs', ...given)));
    const plain = await digest();
    expect(await digest({ TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8', SOURCE_DATE_EPOCH: '1' })).toBe(plain);
    for (const processors of [1, 2, 8]) expect(await digest({}, (phase) => phase.replace('sqfstar ', `sqfstar -processors ${processors} `))).toBe(plain);
    expect(await digest({}, (phase) => phase.replace('256M', '64M'))).toBe(plain);
  });

  /** Another user is root's to become. */
  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('squashfs: the root belongs to 0:0, whoever runs the tool (needs root)', async () => {
    const sample = everything();
    const plain = sha256(readFileSync(await finished(sample, 'squashfs')));
    chmodSync(directory, 0o777);
    const image = await finished(sample, 'squashfs', {}, (phase) => phase.replace('fakeroot ', 'setpriv --reuid=1000 --regid=1000 --clear-groups fakeroot ').replace('mkdir -p /out/images', 'mkdir -m 777 -p /out/images'));
    const [root] = execFileSync('unsquashfs', ['-lln', image], { encoding: 'latin1' }).split('\n').filter((line) => line.endsWith(' squashfs-root'));
    expect(root).toMatch(/^\S+ 0\/0 /);
    expect(sha256(readFileSync(image))).toBe(plain);
  });

  test('squashfs: every time is the epoch', async () => {
    const image = await finished(everything(), 'squashfs');
    const listed = execFileSync('unsquashfs', ['-UTC', '-lln', image], { encoding: 'latin1' }).trimEnd().split('\n');
    expect(listed.filter((line) => !line.includes('2023-11-14 22:13'))).toEqual([]);
    expect(execFileSync('unsquashfs', ['-UTC', '-s', image], { encoding: 'latin1' })).toContain('Tue Nov 14 22:13:20 2023');
  });

  test('cpio.gz: gunzip gives back what the writer wrote, no name or time is in the header', async () => {
    const { tree, blobs } = everything();
    const sample = { blobs, tree: makeTree([...tree.entries].map(([path, entry]) => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }])) };
    const bytes = readFileSync(await finished(sample, 'cpio.gz'));
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
    expect(execFileSync('gunzip', { input: bytes, maxBuffer: 2 ** 28 })).toEqual(readFileSync(join(directory, 'rootfs.cpio')));
  });
});
