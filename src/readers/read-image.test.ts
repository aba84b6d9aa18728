import { gzipSync, zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';

import { anyTree, bytesOf, everything, sampleTree } from '../../tests/support/sample-trees.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { sha256 } from '../foundation/digest.ts';
import { writeCpio } from '../image/write-cpio.ts';
import { writeExt4 } from '../image/write-ext4.ts';
import { writeTar } from '../image/write-tar.ts';
import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { detect } from './detect.ts';
import type { CompressedContent, ImageContent, LayeredContent, TreeContent } from './image-content.ts';
import { readImage } from './read-image.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };
const read = (bytes: Buffer): ImageContent => readImage(bufferSource(bytes));
const withoutXattrs = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }]));

it('gives back any tree that our tar writer can say', async () => {
  await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 30 }), async ({ tree, blobs }) => {
    const content = read(await bytesOf(writeTar(tree, blobs, EPOCH))) as TreeContent;
    expect(content.tree).toEqual(tree);
    expect(content.findings).toEqual([]);
  }), { numRuns: 30 });
});

it('gives back any tree that our cpio writer can say', async () => {
  await fc.assert(fc.asyncProperty(anyTree({ xattrs: false, maxEntries: 30 }), async ({ tree, blobs }) => {
    const content = read(await bytesOf(writeCpio(tree, blobs, EPOCH))) as TreeContent;
    expect(content.tree).toEqual(tree);
    expect(content.findings).toEqual([]);
  }), { numRuns: 30 });
});

it('gives one tree for one content, whichever format it is in and however it is wrapped', async () => {
  const { tree, blobs } = everything();
  const tar = await bytesOf(writeTar(tree, blobs, EPOCH));
  const ext4 = await bytesOf(writeExt4(tree, blobs, EPOCH));
  const wrapped = (bytes: Buffer): TreeContent => (read(bytes) as CompressedContent).content as TreeContent;
  for (const content of [read(tar) as TreeContent, read(ext4) as TreeContent, wrapped(gzipSync(tar)), wrapped(zstdCompressSync(ext4))]) expect(content.tree).toEqual(tree);
  const cpio = await bytesOf(writeCpio(withoutXattrs(tree), blobs, EPOCH));
  expect((read(cpio) as TreeContent).tree).toEqual(withoutXattrs(tree));
});

it('names a format by its content', async () => {
  const { tree, blobs } = everything();
  const tar = await bytesOf(writeTar(tree, blobs, EPOCH));
  expect(detect(bufferSource(tar))).toBe('tar');
  expect(detect(bufferSource(gzipSync(tar)))).toBe('gzip');
  expect(detect(bufferSource(await bytesOf(writeExt4(tree, blobs, EPOCH))))).toBe('ext');
  for (const other of [Buffer.alloc(0), Buffer.alloc(4096), Buffer.from('just text\n'), Buffer.alloc(100_000, 0xff)]) {
    expect(detect(bufferSource(other))).toBeUndefined();
    expect(read(other)).toMatchObject({ kind: 'opaque', sizeBytes: other.length, findings: [] });
  }
});

it('tells what follows a compressed image', () => {
  const content = read(Buffer.concat([gzipSync('text'), Buffer.from('more')]));
  expect(content).toMatchObject({ kind: 'compressed', compression: 'gzip', findings: [{ rule: 'trailing-bytes' }], content: { kind: 'opaque', sizeBytes: 4 } });
});

it('refuses a tar whose entries lie below a link, and one that names nothing as its link', async () => {
  const { blobs } = everything();
  const owned = { mode: 0o644, uid: 0, gid: 0 };
  const below = await bytesOf(writeTar(makeTree([['d' as PathBytes, { kind: 'symlink', ...owned, target: '/etc' as PathBytes }], ['e/f' as PathBytes, { kind: 'fifo', ...owned }]]), blobs, EPOCH));
  const at = below.lastIndexOf('e/f');
  below.write('d/f', at);
  // The checksum has one byte less: 'd' for 'e'.
  const header = at - (at % 512);
  below.write(`${(Number.parseInt(below.toString('latin1', header + 148, header + 154), 8) - 1).toString(8).padStart(6, '0')}`, header + 148);
  expect(read(below)).toMatchObject({ kind: 'opaque', format: 'tar', reason: { code: 'BYTES.DAMAGED', message: expect.stringContaining('lies below "d"') } });
});

describe('container images', () => {
  const owned = { mode: 0o644, uid: 0, gid: 0 };
  type Rows = Parameters<typeof sampleTree>[0];
  const tarOf = async (rows: Rows): Promise<Buffer> => { const { tree, blobs } = sampleTree(rows); return bytesOf(writeTar(tree, blobs, EPOCH)); };
  const file = (content: string | Buffer): Rows[number][1] => ({ kind: 'file', ...owned, content: Buffer.from(content) });
  const lower: Rows = [['etc/kept', file('kept')], ['etc/gone', file('gone')], ['etc/changed', file('before')], ['hidden/a', file('a')], ['hidden/b/c', file('c')], ['was/directory', file('x')]];
  const upper: Rows = [['etc/.wh.gone', file('')], ['etc/changed', file('after, longer')], ['hidden/.wh..wh..opq', file('')], ['hidden/new', file('new')], ['was', { kind: 'symlink', ...owned, target: 'etc' as PathBytes }]];
  const expected = sampleTree([['etc/kept', file('kept')], ['etc/changed', file('after, longer')], ['hidden/new', file('new')], ['was', { kind: 'symlink', ...owned, target: 'etc' as PathBytes }]]).tree;

  it('have their layers laid over each other, as docker saves them', async () => {
    const archive = await tarOf([['one/layer.tar', file(await tarOf(lower))], ['two/layer.tar', file(await tarOf(upper))], ['manifest.json', file('[{"Config":"c.json","Layers":["one/layer.tar","two/layer.tar"]}]')]]);
    const content = read(archive);
    expect(content).toMatchObject({ kind: 'layered', format: 'docker', layers: [{ path: 'one/layer.tar' }, { path: 'two/layer.tar' }], content: { findings: [] } });
    expect((content as LayeredContent).content.tree).toEqual(expected);
  });

  it('have their layers laid over each other, as OCI lays them out, compressed too', async () => {
    const blobs = new Map<string, Buffer>();
    const add = (bytes: Buffer): string => { const digest = sha256(bytes); blobs.set(`blobs/sha256/${digest}`, bytes); return `sha256:${digest}`; };
    const layers = [{ digest: add(gzipSync(await tarOf(lower))) }, { digest: add(zstdCompressSync(await tarOf(upper))) }];
    const manifest = add(Buffer.from(JSON.stringify({ schemaVersion: 2, layers })));
    const archive = await tarOf([...[...blobs].map(([path, bytes]): Rows[number] => [path, file(bytes)]), ['oci-layout', file('{"imageLayoutVersion":"1.0.0"}')], ['index.json', file(JSON.stringify({ manifests: [{ digest: manifest }] }))]]);
    const content = read(archive);
    expect(content).toMatchObject({ kind: 'layered', format: 'oci' });
    expect((content as LayeredContent).content.tree).toEqual(expected);
  });

  it('are opaque with a reason where a manifest names what is not there, or takes away what has no name', async () => {
    const missing = await tarOf([['manifest.json', file('[{"Layers":["../../etc/passwd"]}]')]]);
    expect(read(missing)).toMatchObject({ kind: 'opaque', reason: { code: 'BYTES.DAMAGED' } });
    const nameless = await tarOf([['l.tar', file(await tarOf([['etc/.wh...', file('')]]))], ['manifest.json', file('[{"Layers":["l.tar"]}]')]]);
    expect(read(nameless)).toMatchObject({ kind: 'opaque', reason: { code: 'BYTES.DAMAGED' } });
    expect(read(await tarOf([['manifest.json', file('no json')]]))).toMatchObject({ kind: 'opaque', reason: { code: 'BYTES.DAMAGED' } });
  });
});
