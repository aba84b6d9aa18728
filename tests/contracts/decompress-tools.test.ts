import { execFileSync } from 'node:child_process';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { decompress, detectCompression } from '../../src/bytes/decompress.ts';
import { itWith, scratchDirectory } from '../support/tools.ts';

/** Half a megabyte of machine code, which filters and long matches have something to do with. */
const CODE = readFileSync(process.execPath).subarray(20 * 2 ** 20, 20.5 * 2 ** 20);
const CONTENTS: readonly (readonly [string, Buffer])[] = [['machine code', CODE], ['nothing', Buffer.alloc(0)], ['one byte', Buffer.from('a')], ['zeros', Buffer.alloc(3_000_000)]];

const COMMANDS: readonly string[] = [
  'gzip -9n', 'gzip -1',
  'xz -6', 'xz -1 --check=sha256', 'xz -1 --check=none', 'xz --x86 --lzma2=dict=32MiB --check=crc32', 'xz --arm64 --lzma2=preset=1', 'xz --arm --lzma2=preset=1',
  'xz --armthumb --lzma2=preset=1', 'xz --powerpc --lzma2=preset=1', 'xz --sparc --lzma2=preset=1', 'xz --delta=dist=4 --lzma2=preset=1', 'xz -1 -T2 --block-size=128KiB',
  'xz --format=lzma -1', 'xz --format=lzma --lzma1=lc=0,lp=2,pb=1',
  'zstd -q -3', 'zstd -q -19 --long=27', 'zstd -q --no-check', 'zstd -q -1 --no-content-size',
  'bzip2 -9', 'bzip2 -1',
  'lz4 -q', 'lz4 -q -9 -B4 -BD', 'lz4 -q -BX --content-size', 'lz4 -q -l',
];

const directory = scratchDirectory();
const pack = (tool: string, argv: readonly string[], input: Buffer): Buffer =>
  execFileSync(tool, [...argv, '-c'], { input, maxBuffer: 2 ** 26, stdio: ['pipe', 'pipe', 'ignore'] });

for (const command of COMMANDS) {
  const [tool, ...argv] = command.split(' ') as [string, ...string[]];
  for (const [what, content] of CONTENTS) {
    itWith(tool)(`unpacks what ${command} makes of ${what}`, () => {
      const packed = pack(tool, argv, content);
      const out = decompress(packed, detectCompression(packed)!, { place: command, maxBytes: content.length });
      expect(out.bytes.equals(content)).toBe(true);
      expect(out.packedBytes).toBe(packed.length);
    });
  }
}

itWith('xz')('agrees with xz about blocks, sizes and check', () => {
  const path = join(directory, 'blocks.xz');
  writeFileSync(path, pack('xz', ['-1', '-T2', '--block-size=128KiB', '--check=crc32'], CODE));
  const { facts } = decompress(readFileSync(path), 'xz', { place: 'x', maxBytes: CODE.length });
  const totals = execFileSync('xz', ['--robot', '--list', path], { encoding: 'utf8' }).split('\n').find((line) => line.startsWith('file'))!.split('\t');
  const [, streams, blocks, packedBytes, sizeBytes, , check] = totals;
  expect(facts).toMatchObject({
    streamCount: Number(streams),
    streams: [{ check: check!.toLowerCase(), blockCount: Number(blocks), packedBytes: Number(packedBytes), sizeBytes: Number(sizeBytes) }],
  });
});

itWith('gzip')('reads the name and the time that gzip keeps', () => {
  const path = join(directory, 'named file.txt');
  writeFileSync(path, 'content');
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  const packed = execFileSync('gzip', ['-c', '-9', path]);
  expect(decompress(packed, 'gzip', { place: 'x', maxBytes: 100 }).facts).toMatchObject({ members: [{ name: 'named file.txt', mtime: 1_600_000_000, extraFlags: 2, operatingSystem: 3 }] });
});
