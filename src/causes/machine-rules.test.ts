import { describeContent } from '../content/describe-content.ts';
import type { PathBytes } from '../tree/entry.ts';
import { NOTHING_KNOWN, type Cause } from './cause.ts';
import { undoCauses } from './undo-causes.ts';

interface Around { path?: string; jobs?: readonly [number, number] }

function causes(left: string | Buffer, right: string | Buffer, { path = 'usr/share/info', jobs }: Around = {}): { proved: boolean; causes: Cause[] } {
  const pair = { left: Buffer.from(left), right: Buffer.from(right) };
  const described = { left: describeContent(pair.left), right: describeContent(pair.right) };
  const known = { left: { ...NOTHING_KNOWN, ...(jobs === undefined ? {} : { jobs: [jobs[0]] }) }, right: { ...NOTHING_KNOWN, ...(jobs === undefined ? {} : { jobs: [jobs[1]] }) } };
  return undoCauses(pair, { path: path as PathBytes, written: { left: undefined, right: undefined }, isInImage: () => false, described, known, isText: described.left.kind === 'text' && described.right.kind === 'text' });
}
const codes = (found: { causes: Cause[] }): string[] => found.causes.map(({ code }) => code);

describe('how many jobs ran', () => {
  test.each([
    ['MAKEFLAGS=-w -j8', 'MAKEFLAGS=-w -j16'], ['export MAKEFLAGS=" -j4"', 'export MAKEFLAGS=" -j64"'], ['DEB_BUILD_OPTIONS="nocheck parallel=2"', 'DEB_BUILD_OPTIONS="nocheck parallel=12"'],
    ['CMAKE_BUILD_PARALLEL_LEVEL=4', 'CMAKE_BUILD_PARALLEL_LEVEL=8'], ['MAKEFLAGS= -j2 --jobserver-auth=3,4 -- V=1', 'MAKEFLAGS= -j2 --jobserver-auth=fifo:/tmp/GMfifo77 -- V=1'],
  ])('is noise where nothing else can stand: %s', (left, right) => {
    expect(causes(`built with ${left}\n`, `built with ${right}\n`)).toMatchObject({ proved: true, causes: [{ code: 'parallelism', confidence: 1, coverage: 1 }] });
  });

  test.each([['built on 8 CPUs', 'built on 16 CPUs'], ['nproc: 8', 'nproc: 16'], ['make -j8 all', 'make -j16 all'], ['"num_cpus": 8', '"num_cpus": 16'], ['Number of processors: 8', 'Number of processors: 16']])(
    'is noise where the record has just these numbers, else a suspicion: %s', (left, right) => {
      expect(causes(`${left}\n`, `${right}\n`, { jobs: [8, 16] })).toMatchObject({ proved: true, causes: [{ code: 'parallelism', confidence: 1 }] });
      const alone = causes(`${left}\n`, `${right}\n`);
      expect([alone.proved, codes(alone), alone.causes[0]!.confidence < 1]).toEqual([false, ['parallelism'], true]);
      expect(causes(`${left}\n`, `${right}\n`, { jobs: [8, 15] }).proved).toBe(false);
    });

  test.each([['usr/bin/build', '#!/bin/sh\nmake -j8\n', '#!/bin/sh\nmake -j16\n'], ['etc/make.conf', 'MAKEFLAGS=-j8\n', 'MAKEFLAGS=-j16\n'], ['usr/src/Makefile', 'MAKEFLAGS = -j8\n', 'MAKEFLAGS = -j16\n']])(
    'is none where it says what is to be done: %s', (path, left, right) => {
      const found = causes(left, right, { path, jobs: [8, 16] });
      expect([found.proved, codes(found)]).toEqual([false, ['parallelism']]);
    });

  test.each([['port 8', 'port 16'], ['version-j8', 'version-j16'], ['x-j8.1', 'x-j16.1'], ['limit=8', 'limit=16'], ['scores: 8', 'scores: 16']])('is nothing that just any number tells: %s', (left, right) => {
    expect(codes(causes(`${left}\n`, `${right}\n`, { jobs: [8, 16] }))).toEqual([]);
  });
});

describe('another processor', () => {
  test.each([['gcc -O2 -march=x86-64', 'gcc -O2 -march=x86-64-v3'], ['-mcpu=cortex-a53', '-mcpu=cortex-a72'], ['CFLAGS=-mtune=generic -mfpu=vfpv3', 'CFLAGS=-mtune=native -mfpu=neon'], ['-mavx', '-mavx2']])(
    'is told by options of compilers, and is never noise: %s', (left, right) => {
      expect(codes(causes(`${left} -c\n`, `${right} -c\n`))).toEqual(['cpu-feature']);
    });

  test('is told within programs and other files, too', () => {
    const made = (options: string): Buffer => Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(`\0compiler: gcc -march=${options} -O2\0`)]);
    expect(causes(made('haswell'), made('skylake'))).toMatchObject({ causes: [{ code: 'cpu-feature', evidence: ['-march=haswell → -march=skylake'] }] });
  });

  test('is no option of another kind', () => {
    expect(codes(causes('--march=one -model=a\n', '--march=two -model=b\n'))).not.toContain('cpu-feature');
  });
});
