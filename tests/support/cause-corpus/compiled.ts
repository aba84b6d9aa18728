import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { NOTHING_KNOWN, type KnownFacts } from '../../../src/causes/cause.ts';
import type { CauseSample } from './corpus.ts';
import type { CorpusCause } from './shape.ts';

/** Three files each, so that they can be linked in another order; what stands in capitals comes from the command line. */
const PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  daemon: {
    'main.c': '#include <assert.h>\n#include <stdio.h>\nint check(int); int table(int);\nconst char *told(void) { return BUILT; }\nint main(int argc, char **argv) { assert(argc > 0); if (check(argc) < LIMIT) printf("%s %s %d\\n", argv[0], told(), table(argc)); else puts(REFUSAL); return 0; }\n',
    'check.c': '#include <assert.h>\nstatic int twice(int a) { return a * 2; }\nint check(int user) { assert(user < 90); if (user COMPARE 0) return 1; return twice(user) + 7; }\nint check_all(const int *list, int n) { int sum = 0; for (int i = 0; i < n; i++) sum += check(list[i]); return sum; }\n',
    'table.c': 'static const int rows[] = { 3, 1, 4, 1, 5, 9, 2, 6 };\nint table(int at) { return rows[at & 7]; }\nint table_sum(void) { int s = 0; for (int i = 0; i < 8; i++) s += rows[i]; return s; }\n',
  },
  codec: {
    'main.c': '#include <stdio.h>\n#include <string.h>\nunsigned mix(const unsigned char *, unsigned); void scale(float *, int);\nconst char *built(void) { return "codec " BUILT; }\nint main(int argc, char **argv) { float v[64]; for (int i = 0; i < 64; i++) v[i] = i; scale(v, 64); if (argc > LIMIT) { fprintf(stderr, "%s: %s\\n", __FILE__, REFUSAL); return 1; } printf("%u %f\\n", mix((unsigned char *)argv[0], strlen(argv[0])), v[3]); return 0; }\n',
    'mix.c': 'unsigned mix(const unsigned char *p, unsigned n) { unsigned h = 2166136261u; while (n-- COMPARE 0) { h ^= *p++; h *= 16777619u; } return h; }\nunsigned mix_two(unsigned a, unsigned b) { return (a << 5) ^ (b >> 3) ^ 0x5bd1e995u; }\n',
    'scale.c': 'void scale(float *v, int n) { for (int i = 0; i < n; i++) v[i] = v[i] * 1.5f + 2.0f; }\nvoid add(float *a, const float *b, int n) { for (int i = 0; i < n; i++) a[i] += b[i]; }\n',
  },
  gate: {
    'main.c': '#include <stdio.h>\n#include <stdlib.h>\nint allowed(const char *, int); long count(const long *, int);\nint main(int argc, char **argv) { long l[5] = {1, 2, 3, 4, LIMIT}; if (!allowed(argc > 1 ? argv[1] : "", argc)) { puts(REFUSAL); abort(); } printf("%s %ld\\n", BUILT, count(l, 5)); return 0; }\n',
    'allowed.c': '#include <assert.h>\n#include <string.h>\nint allowed(const char *name, int level) { assert(name); return strcmp(name, "admin") == 0 && level COMPARE 2; }\nint forbidden(const char *name) { return !allowed(name, 3); }\n',
    'count.c': 'long count(const long *l, int n) { long s = 0; for (int i = 0; i < n; i++) s += l[i]; return s; }\nlong most(const long *l, int n) { long m = 0; for (int i = 0; i < n; i++) if (l[i] > m) m = l[i]; return m; }\n',
  },
};

/** How one side is made. */
interface Made { directory: string; flags: string; built: string; limit: number; compare: string; refusal: string; order: 'as written' | 'turned round'; link: string; epoch: number; after?: (path: string, run: Run) => void }
type Run = (tool: string, ...words: string[]) => void;

const EPOCH = 1_700_000_000;
const PLAIN: Made = { directory: 'one/src', flags: '-O2', built: '"1.0"', limit: 42, compare: '>', refusal: 'access denied', order: 'as written', link: '-Wl,--build-id=none', epoch: EPOCH };
const KINDS = { program: '', 'program with debug information': '-g', 'shared library': '-g -fPIC -shared', 'static program': '-static' } as const;

export interface CompiledPair { cause: CorpusCause; title: string; left: Partial<Made>; right: Partial<Made> }
const pair = (cause: CorpusCause, title: string, left: Partial<Made>, right: Partial<Made>): CompiledPair => ({ cause, title, left, right });
const told = (cause: CorpusCause, a: string, b: string): CompiledPair => pair(cause, `text "${a}"`, { built: `"${a}"` }, { built: `"${b}"` });
const stripDebug: NonNullable<Made['after']> = (path, run) => { run('strip', '--strip-debug', path); };
const stripAll: NonNullable<Made['after']> = (path, run) => { run('strip', '--strip-all', path); };

/** One thing is another on the right. */
export const COMPILED_PAIRS: readonly CompiledPair[] = [
  pair('build-path', 'a directory as long', {}, { directory: 'two/src' }), pair('build-path', 'a longer directory', {}, { directory: 'second/copy/of/src' }),
  pair('embedded-timestamp', '__DATE__ and __TIME__', { built: '__DATE__ " " __TIME__' }, { built: '__DATE__ " " __TIME__', epoch: EPOCH + 5_000_000 }), pair('embedded-timestamp', '__TIMESTAMP__-like text', { built: '"2023-11-14 22:13:20"' }, { built: '"2024-01-11 19:06:40"' }),
  told('time-zone', '2023-11-14 22:13:20 UTC', '2023-11-14 23:13:20 CET'), told('host-leak', 'built by alice@buildhost7', 'built by jenkins@ci-runner-19'), told('kernel-version', 'for Linux 6.1.55', 'for Linux 6.6.8-arch1'), told('parallelism', 'made with make -j8', 'made with make -j16'),
  told('random-id', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', '9b2d6a01-77aa-4c1e-b0a4-d1c5a3ab7e02'),
  ...['-O0', '-Os', '-O3'].map((flags) => pair('compiler-flags', `-O2 and ${flags}, on record in the file`, { flags: '-O2 -frecord-gcc-switches' }, { flags: `${flags} -frecord-gcc-switches` })), pair('compiler-flags', '-fstack-protector-all', { flags: '-O2 -frecord-gcc-switches' }, { flags: '-O2 -fstack-protector-all -frecord-gcc-switches' }),
  pair('cpu-feature', 'x86-64-v3', { flags: '-O3 -frecord-gcc-switches' }, { flags: '-O3 -march=x86-64-v3 -frecord-gcc-switches' }), pair('cpu-feature', 'haswell and znver3', { flags: '-O2 -march=haswell -frecord-gcc-switches' }, { flags: '-O2 -march=znver3 -frecord-gcc-switches' }),
  pair('link-order', 'objects the other way round', {}, { order: 'turned round' }), pair('build-id', 'uuid', { link: '-Wl,--build-id=uuid' }, { link: '-Wl,--build-id=uuid' }),
  pair('debug-only', 'stripped once', { flags: '-O2 -g' }, { flags: '-O2 -g', after: stripDebug }), pair('debug-only', 'symbols stripped once', {}, { after: stripAll }),
];

/** Changes that must never be noise; each also comes together with another directory, or another date. */
export const ATTACKS: readonly (readonly [title: string, made: Partial<Made>])[] = [
  ['a constant', { limit: 43 }], ['a larger constant', { limit: 100_000 }], ['a branch', { compare: '>=' }], ['a branch turned round', { compare: '<' }], ['a message', { refusal: 'access agreed' }], ['a longer message', { refusal: 'access denied, or not' }],
];
export const COVERS: readonly (readonly [title: string, left: Partial<Made>, right: Partial<Made>])[] = [
  ['alone', {}, {}], ['with another directory', {}, { directory: 'two/src' }], ['with a longer directory', {}, { directory: 'second/copy/of/src' }], ['with another date', { built: '__DATE__ " " __TIME__' }, { built: '__DATE__ " " __TIME__', epoch: EPOCH + 5_000_000 }], ['with another id', { link: '-Wl,--build-id=uuid' }, { link: '-Wl,--build-id=uuid' }],
];

/** Compiles on this machine, in directories of its own. */
export class Compiler {
  readonly #root: string;
  readonly #made = new Map<string, Buffer>();
  constructor(root: string) { this.#root = root; }

  readonly names = Object.keys(PROGRAMS);
  readonly kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

  /** What was made once is not made again; a linker that draws its id draws it anew. */
  make(program: string, kind: keyof typeof KINDS, change: Partial<Made>, number = 0): { bytes: Buffer; facts: KnownFacts } {
    const made = { ...PLAIN, ...change };
    const key = `${program} ${kind} ${JSON.stringify(made)} ${made.after?.name} ${made.link.includes('uuid') ? number : 0}`;
    const bytes = this.#made.get(key) ?? this.#compile(program, kind, made);
    this.#made.set(key, bytes);
    return { bytes, facts: { ...NOTHING_KNOWN, paths: [join(this.#root, made.directory)], hosts: ['buildhost7'], users: ['alice'], times: [{ from: made.epoch, to: made.epoch + 60 }] } };
  }

  #compile(program: string, kind: keyof typeof KINDS, { directory, flags, built, limit, compare, refusal, order, link, epoch, after }: Made): Buffer {
    const work = join(this.#root, directory, program);
    mkdirSync(work, { recursive: true });
    const run: Run = (tool, ...words) => { execFileSync(tool, words, { cwd: work, env: { ...process.env, LC_ALL: 'C', SOURCE_DATE_EPOCH: String(epoch) }, stdio: ['ignore', 'ignore', 'inherit'] }); };
    const sources = Object.entries(PROGRAMS[program]!);
    for (const [name, text] of sources) writeFileSync(join(work, name), text);
    const paths = sources.map(([name]) => join(work, name));
    const options = [...flags.split(' '), ...KINDS[kind].split(' ').filter((word) => word !== ''), ...link.split(' '), `-DBUILT=${built}`, `-DLIMIT=${limit}`, `-DCOMPARE=${compare}`, `-DREFUSAL="${refusal}"`];
    run('gcc', ...options, '-pipe', '-o', 'made', ...(order === 'as written' ? paths : paths.toReversed()));
    after?.(join(work, 'made'), run);
    const bytes = readFileSync(join(work, 'made'));
    rmSync(work, { recursive: true });
    return bytes;
  }

  sample({ cause, title, left, right }: CompiledPair, program: string, kind: keyof typeof KINDS, recorded: boolean): CauseSample {
    const [a, b] = [this.make(program, kind, left), this.make(program, kind, right, 1)];
    return {
      cause, shape: `${title}, ${kind}`, path: 'usr/bin/made', left: a.bytes, right: b.bytes, written: [EPOCH, EPOCH], attacks: [],
      known: recorded ? { left: a.facts, right: b.facts } : { left: NOTHING_KNOWN, right: NOTHING_KNOWN },
    };
  }
}
