import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { bufferSource } from '../bytes/byte-source.ts';
import { compareImages } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { exitOf } from './verdict.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'accounts-'));
  mkdirSync(join(base, 'src/etc'), { recursive: true });
  writeFileSync(join(base, 'src/etc/shadow'), 'x');
  writeFileSync(join(base, 'src', 'n'.repeat(150)), 'long');
  writeFileSync(join(base, 'src/holes'), 'x');
  truncateSync(join(base, 'src/holes'), 2 ** 20);
});
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

const tar = (format: string, owner: string, ...more: string[]): Buffer => {
  execFileSync('tar', [`--format=${format}`, '--sparse', '--sort=name', `--owner=${owner}`, `--group=${owner}`, '-C', join(base, 'src'), '-cf', join(base, 'out.tar'), ...more, '.']);
  return readFileSync(join(base, 'out.tar'));
};
const compared = (left: Buffer, right: Buffer): Promise<Comparison> => compareImages(bufferSource(left), bufferSource(right));

test.each(['gnu', 'posix'])('a tar (%s) that names another account of the system for the same ids has other owners; of people it has not', async (format) => {
  const told = await compared(tar(format, 'root:0'), tar(format, 'joe:0'));
  expect([exitOf(told), told.layout.filter(({ noise }) => !noise).map(({ key, left, right }) => [key, left, right])]).toEqual([1, [['ownerNames of /', 'root:root', 'joe:joe']]]);
  expect(exitOf(await compared(tar(format, 'joe:1000'), tar(format, 'daemon:1000')))).toBe(1);
  expect(exitOf(await compared(gzipSync(tar(format, 'root:0')), gzipSync(tar(format, 'games:0'))))).toBe(1);
  expect(exitOf(await compared(tar(format, 'joe:1000'), tar(format, 'ann:1000')))).toBe(3);
  expect(exitOf(await compared(tar(format, 'root:0'), tar(format, 'root:0', '--numeric-owner')))).toBe(3);
});
