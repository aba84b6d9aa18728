import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bufferSource } from '../bytes/byte-source.ts';
import { Budget } from '../bytes/caps.ts';
import { pathBytes, type PathBytes } from '../tree/entry.ts';
import type { ImageContent, TreeContent } from './image-content.ts';
import { readDirectory } from './read-directory.ts';
import { readTarImage } from './read-tar-image.ts';

let base: string;
beforeEach(() => { base = mkdtempSync(join(tmpdir(), 'directory-')); });
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

const treeOf = (content: ImageContent): TreeContent => {
  if (content.kind !== 'tree') throw new TypeError('no tree');
  return content;
};

/** One of everything that any account may make. */
function fill(): void {
  mkdirSync(join(base, 'etc/deep'), { recursive: true });
  writeFileSync(join(base, 'etc/deep/file'), 'x'.repeat(700_000));
  writeFileSync(join(base, 'etc/empty'), '');
  chmodSync(join(base, 'etc/empty'), 0o4711);
  linkSync(join(base, 'etc/deep/file'), join(base, 'etc/again'));
  symlinkSync('/etc/../loop', join(base, 'loop'));
  symlinkSync('soft', join(base, 'soft'));
  linkSync(join(base, 'soft'), join(base, 'soft too'));
  execFileSync('mkfifo', [join(base, 'pipe')]);
  writeFileSync(Buffer.concat([Buffer.from(`${base}/`), Buffer.from([0xff, 0x0a])]), 'no text');
  for (const path of ['etc/empty', '']) utimesSync(join(base, path), -5, 1_234_567_890);
}

it('has the tree that tar makes of the same directory, with every content and time', () => {
  fill();
  const archive = join(base, '..', `${base.split('/').at(-1)!}.tar`);
  try {
    execFileSync('tar', ['--format=posix', '--sort=name', '-C', base, '-cf', archive, '.']);
    const [read, told] = [treeOf(readDirectory(base)), readTarImage(bufferSource(readFileSync(archive)), new Budget())];
    expect(read.tree).toEqual(told.tree);
    const times = ({ facts, tree }: TreeContent): unknown => [...tree.entries.keys()].map((path) => [path, facts.get(path)?.modified]);
    expect(times(read)).toEqual(times(told));
    const bytes = Buffer.concat([...read.content(pathBytes('etc/deep/file')) as Iterable<Uint8Array>].map((piece) => Buffer.from(piece)));
    expect(bytes.equals(readFileSync(join(base, 'etc/deep/file')))).toBe(true);
    expect(read.tree.entries.get('\xff\n' as PathBytes)).toMatchObject({ kind: 'file', sizeBytes: 7 });
  } finally {
    rmSync(archive, { force: true });
  }
});

it('leaves sockets out, and says so', async () => {
  const server = createServer().listen(join(base, 'socket'));
  try {
    await new Promise((resolve) => { server.once('listening', resolve); });
    const { tree, findings } = treeOf(readDirectory(base));
    expect([[...tree.entries.keys()], findings.map(({ rule }) => rule)]).toEqual([[''], ['socket-skipped']]);
  } finally {
    server.close();
  }
});

it('holds what it reads to the caps', () => {
  fill();
  expect(() => readDirectory(base, { entries: 4 })).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
  expect(() => readDirectory(base, { fileBytes: 600_000 })).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT', message: expect.stringContaining('etc/') }));
});

it('reads nothing that took the place of a file after it was looked at', () => {
  fill();
  const { content } = treeOf(readDirectory(base));
  rmSync(join(base, 'etc/empty'));
  symlinkSync('/etc/passwd', join(base, 'etc/empty'));
  writeFileSync(join(base, 'etc/deep/file'), 'shorter');
  for (const path of ['etc/empty', 'etc/deep/file', 'etc/again']) expect(() => [...content(pathBytes(path)) as Iterable<Uint8Array>]).toThrow(expect.objectContaining({ code: 'BYTES.IO' }));
});

it('is the layers of an OCI layout that lies unpacked; where these cannot be read, the files as they are', () => {
  const layer = join(base, 'layer');
  mkdirSync(layer);
  writeFileSync(join(layer, 'hello'), 'hello');
  const image = join(base, 'image');
  mkdirSync(join(image, 'blobs/sha256'), { recursive: true });
  const [digest, manifest] = ['a'.repeat(64), 'b'.repeat(64)];
  execFileSync('tar', ['-C', layer, '-cf', join(image, 'blobs/sha256', digest), 'hello']);
  writeFileSync(join(image, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(image, 'index.json'), JSON.stringify({ manifests: [{ digest: `sha256:${manifest}` }] }));
  writeFileSync(join(image, 'blobs/sha256', manifest), JSON.stringify({ layers: [{ digest: `sha256:${digest}` }] }));
  const read = readDirectory(image);
  expect(read.kind === 'layered' ? [...read.content.tree.entries.keys()] : read.kind).toEqual(['', 'hello']);
  rmSync(join(image, 'blobs/sha256', digest));
  expect(treeOf(readDirectory(image)).findings).toMatchObject([{ rule: 'no-layers', severity: 'warning' }]);
});
