import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { ar } from '../../tests/support/tiny-deb.ts';
import { debFiles } from './read-deb.ts';

async function filesOf(deb: Uint8Array): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of debFiles(deb, 'thing')) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const BINARY = ['debian-binary', Buffer.from('2.0\n')] as const;
const content = Buffer.from('the files of a package, '.repeat(5000));
const packed = (command: string, ...argv: string[]): Buffer => execFileSync(command, argv, { input: content });

describe('a .deb', () => {
  it.each([
    ['data.tar', () => content], ['data.tar.gz', () => gzipSync(content)],
    ['data.tar.xz', () => packed('xz', '-c')], ['data.tar.zst', () => packed('zstd', '-cq')],
  ])('gives its files from %s', async (name, bytes) => {
    expect((await filesOf(ar([BINARY, ['control.tar.xz', Buffer.from('odd')], [name, bytes()]]))).equals(content)).toBe(true);
  });

  it.each([
    ['no ar archive', Buffer.from('PK not ar at all')],
    ['nothing', Buffer.alloc(0)],
    ['no files', ar([BINARY])],
    ['files of an unknown packing', ar([BINARY, ['data.tar.rar', Buffer.from('x')]])],
    ['a member longer than the file', ar([BINARY, ['data.tar.gz', Buffer.alloc(100)]]).subarray(0, -50)],
    ['files that are not what their name says', ar([BINARY, ['data.tar.xz', Buffer.from('not xz')]])],
    ['files that end early', ar([BINARY, ['data.tar.gz', gzipSync(content).subarray(0, 100)]])],
  ])('that holds %s is refused with the name of the package', async (_what, deb) => {
    await expect(filesOf(deb)).rejects.toMatchObject({ code: 'SANDBOX.BAD_PACKAGE', place: 'thing' });
  });

  it('that is any bytes is refused, never believed', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await expect(filesOf(Buffer.concat([Buffer.from('!<arch>\n'), bytes]))).rejects.toMatchObject({ code: 'SANDBOX.BAD_PACKAGE' });
    }), { numRuns: 50 });
  });

  it('may be left half read', async () => {
    const many = Buffer.alloc(8 * 2 ** 20, 'x');
    for await (const chunk of debFiles(ar([BINARY, ['data.tar.gz', gzipSync(many)]]), 'thing')) { expect(chunk.byteLength).toBeGreaterThan(0); break; }
  });
});
