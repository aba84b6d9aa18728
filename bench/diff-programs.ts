/** Programs that benchmarks compile, from sources that are generated: the same compiler gives the same bytes. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { tool } from './diff-measured.ts';

export interface Program {
  /** In the tree. */
  path: string;
  flags: string;
  functions: number;
  /** Of a thousand functions, how many say something else than in the first version. */
  changed: number;
  files: number;
}

export const PROGRAMS: readonly Program[] = [
  { path: 'usr/bin/bench-hello', flags: '-g -O2', functions: 4, changed: 0, files: 1 },
  { path: 'usr/bin/bench-server', flags: '-g -O2', functions: 900, changed: 0, files: 3 },
];

/** A library of the size of libcrypto's smaller sisters, stripped as a distribution does. */
export const LIBRARY_V1: Program = { path: 'usr/lib/libbench.so.1.0', flags: '-O2 -fPIC -shared -s', functions: 4_000, changed: 0, files: 8 };
/** Fixes here and there, one more function in a hundred, other flags. */
export const LIBRARY_V2: Program = { ...LIBRARY_V1, flags: '-O2 -fPIC -shared -s -fstack-protector-strong', functions: 4_040, changed: 30 };

const EPOCH = 1_700_000_000;

/** `buildPath` is where the compiler believes its sources to lie; it ends up in what is made. */
export function compileProgram(program: Program, to: string, scratch: string, buildPath: string): void {
  const sources = join(scratch, 'src');
  mkdirSync(sources, { recursive: true });
  mkdirSync(dirname(to), { recursive: true });
  const names = Array.from({ length: program.files }, (_, i) => `part${i}.c`);
  for (const [i, name] of names.entries()) writeFileSync(join(sources, name), source(program, i));
  tool(`cd ${sources} && gcc ${program.flags} -ffile-prefix-map=${sources}=${buildPath}/src -o ${to} ${names.map((name) => join(sources, name)).join(' ')}`);
  utimesSync(to, EPOCH, EPOCH);
  rmSync(scratch, { recursive: true });
}

function source({ functions, changed, files, flags }: Program, file: number): string {
  const own = Array.from({ length: functions }, (_, i) => i).filter((i) => i % files === file);
  const isLibrary = flags.includes('-shared');
  const main = file === 0 && !isLibrary ? `int main(int argc, char **argv) { assert(argc < 9); puts(argv[0]); puts(__FILE__); return bench_${own[0]}(argc, 1, 2) & 1; }\n` : '';
  return `#include <assert.h>\n#include <stdio.h>\n#include <string.h>\n${own.map((i) => body(i, i % 1000 < changed)).join('')}${main}`;
}

function body(i: number, isChanged: boolean): string {
  const [a, b, c] = [(i * 7919) % 1009 + 2, (i * 104_729) % 257 + 3, isChanged ? 77 : 11];
  return `int bench_${i}(int x, int y, int z) {
  static const char *names[] = { "bench.${i}.first", "bench.${i}.second", "${isChanged ? 'corrected' : 'message'} number ${i}" };
  int sum = x * ${a} + y / ${b} - z;
  for (int k = 0; k < ${(i % 13) + 3}; k++) {
    if ((sum ^ k) % ${b} == ${i % 5}) sum += (int) strlen(names[k % 3]) * ${c};
    else sum -= y << (k & 7);
    assert(sum != ${i * 31 + 1});
  }
  if (sum == ${a * b}) puts(names[2]);
  return sum;
}
`;
}
