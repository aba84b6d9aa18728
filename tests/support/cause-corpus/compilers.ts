import { craftBzImage } from '../crafted-content.ts';
import { zip } from './archives.ts';
import type { Build } from './build.ts';
import { Draw } from './draw.ts';
import { ARM, ARM64, MIPS, note, program, X86, type Debug, type Kind } from './programs.ts';
import { family, shape } from './shape.ts';
import { gzip } from './times.ts';

const gcc = ({ compiler }: Build): string => `GCC: (${compiler.distribution}) ${compiler.version}`;
/** Code of another compiler, of other flags or for another processor is other code. */
const compiled = (build: Build, draw: Draw, count: number): Buffer => Buffer.concat([draw.code(count), build.chance.code(build.chance.between(40, 200))]);
const debug = (producer: string): Debug => ({ producer, directory: '/usr/src/tool', source: 'main.c' });

export const TOOLCHAINS = family('toolchain', [
  shape('comment of a program', 'usr/bin/one', (build, draw) => program(X86, { text: compiled(build, draw, 600), readOnly: draw.sentence(), comment: gcc(build) })),
  shape('comment of a program, the code the same', 'usr/bin/same', (build, draw) => program(ARM64, { text: draw.code(600), comment: gcc(build) })),
  shape('producer of debug information', 'usr/lib/libdebug.so', (build, draw) => program(X86, { text: compiled(build, draw, 500), comment: '', debug: debug(`GNU C17 ${build.compiler.version} -mtune=generic -march=x86-64 -g -O2`) })),
  shape('version of Python', 'usr/lib/libpython.so', (build, draw) => program(X86, { text: draw.code(500), readOnly: `3.11.2\0[GCC ${build.compiler.version}]\0${draw.sentence()}\0`, comment: '' })),
  shape('settings of Perl', 'usr/lib/perl5/Config.pm', (build, draw) => `ccname='gcc'\nccversion=''\ngccversion='${build.compiler.version}'\nname='${draw.word()}'\n`),
  shape('version of Go', 'usr/bin/go-tool', (build, draw) => program(X86, { text: compiled(build, draw, 600), comment: '', more: [{ name: '.go.buildinfo', type: 1, flags: 3, content: Buffer.from(`\xff Go buildinf:\x08\x02${'\0'.repeat(16)}${String.fromCharCode(build.compiler.go.length)}${build.compiler.go}\x20path\ttool\n`, 'latin1') }] })),
  shape('banner of a kernel', 'boot/bzImage', (build, draw) => craftBzImage(gzip(build.body(Buffer.concat([draw.code(700), Buffer.from(`\0Linux version 6.1.55 (kbuild@kbuild) (gcc (${build.compiler.distribution}) ${build.compiler.version}, GNU ld (GNU Binutils) ${build.compiler.binutils}) #1 SMP Thu Jan 1 00:00:00 UTC 2026\n\0`), draw.code(90)]))))),
  shape('settings of a header', 'usr/include/tool/config.h', (build, draw) => `#define TOOL_VERSION "${draw.version()}"\n#define COMPILER "gcc version ${build.compiler.version} (${build.compiler.distribution})"\n`),
  shape('comment of Rust', 'usr/bin/rust-tool', (build, draw) => program(X86, { text: compiled(build, draw, 500), comment: `rustc version ${build.compiler.rust}` })),
  shape('comment of clang', 'usr/lib/libclang.so', (build, draw) => program(ARM, { text: compiled(build, draw, 400), comment: `clang version ${build.compiler.clang}` })),
  shape('note of the linker', 'usr/bin/gold', (build, draw) => program(X86, { text: draw.code(400), more: [{ name: '.note.gnu.gold-version', type: 7, content: note(X86, 'GNU', 4, Buffer.from(`gold ${build.compiler.binutils}\0`)) }] })),
  shape('manifest of a jar', 'usr/share/java/made.jar', (build, draw) => zip([{ name: 'META-INF/MANIFEST.MF', content: `Manifest-Version: 1.0\nCreated-By: ${build.compiler.java} (Debian)\nBuild-Jdk-Spec: ${build.compiler.java.split('.')[0]}\n` }, { name: 'Main.class', content: draw.code(80) }])),
  shape('source of a generator', 'usr/include/tool/parser.h', (build, draw) => `/* A Bison parser, made by GNU Bison ${build.compiler.generator}.  */\n\n/* ${draw.sentence()} */\n#define YYBISON_VERSION "${build.compiler.generator}"\nint yyparse (void);\n`),
  shape('report of configure', 'usr/share/tool/build-info.txt', (build, draw) => `name: ${draw.word()}\ncompiler: gcc (${build.compiler.distribution}) ${build.compiler.version}\nlinker: GNU ld (GNU Binutils) ${build.compiler.binutils}\ntests: ${draw.below(900)} passed\n`),
]);

export const FLAG_FAMILY = family('compiler-flags', [
  shape('producer of debug information', 'usr/bin/flagged', (build, draw) => program(X86, { text: compiled(build, draw, 500), debug: debug(`GNU C17 12.2.0 -mtune=generic -march=x86-64 -g ${build.flags}`) })),
  shape('producer, 32 bits', 'usr/sbin/flagged32', (build, draw) => program(ARM, { text: compiled(build, draw, 300), debug: debug(`GNU C11 10.2.1 -mfloat-abi=hard -mthumb -g ${build.flags}`) })),
  shape('recorded command line', 'usr/lib/librecorded.so', (build, draw) => program(X86, { text: compiled(build, draw, 500), more: [{ name: '.GCC.command.line', type: 1, flags: 0x30, entryBytes: 1, content: Buffer.from(`GNU C17 12.2.0 -mtune=generic -march=x86-64 ${build.flags} -frecord-gcc-switches\0`) }] })),
  shape('settings of Python', 'usr/lib/python3/_sysconfigdata.py', (build, draw) => `build_time_vars = {'CC': 'gcc',\n 'CFLAGS': '-Wall -g ${build.flags}',\n 'OPT': '-DNDEBUG ${build.flags}',\n 'VERSION': '${draw.version()}'}\n`),
  shape('settings of Perl', 'usr/lib/perl5/Config_heavy.pl', (build, draw) => `name='${draw.word()}'\nccflags='-D_REENTRANT -fwrapv'\noptimize='${build.flags} -g'\nuidsize='4'\n`),
  shape('version text of a library', 'usr/lib/libcrypt.so', (build, draw) => program(X86, { text: compiled(build, draw, 600), readOnly: `${draw.sentence()}\0compiler: gcc -fPIC -pthread -Wall ${build.flags} -DOPENSSL_PIC\0built\0` })),
  shape('variables of a Makefile', 'usr/lib/tool/Makefile.global', (build, draw) => `VERSION = ${draw.version()}\nCC = gcc\nCFLAGS = -Wall ${build.flags}\nLDFLAGS = -Wl,--as-needed\n`),
  shape('description of a library', 'usr/lib/pkgconfig/tool.pc', (build, draw) => `prefix=/usr\nName: ${draw.word()}\nVersion: ${draw.version()}\nLibs: -L\${libdir} -ltool\nCflags: -I\${includedir} ${build.flags}\n`),
  shape('configure line of a program', 'usr/bin/pg_like', (build, draw) => program(X86, { text: draw.code(400), readOnly: `'--prefix=/usr' 'CFLAGS=-g ${build.flags}'\0${draw.sentence()}\0` })),
  shape('script that tells', 'usr/bin/tool-config', (build, draw) => `#!/bin/sh\n# ${draw.sentence()}\ncase "$1" in\n--cflags) echo "-I/usr/include ${build.flags}" ;;\n--version) echo ${draw.version()} ;;\nesac\n`),
  shape('producer of clang', 'usr/lib/libcl.so', (build, draw) => program(ARM64, { text: compiled(build, draw, 400), comment: 'clang version 14.0.6', more: [{ name: '.GCC.command.line', type: 1, flags: 0x30, entryBytes: 1, content: Buffer.from(`/usr/bin/clang -c ${build.flags} -g main.c -o main.o\0`) }] })),
  shape('macros of a header', 'usr/include/pg_like.h', (build, draw) => `#define VAL_CC "gcc"\n#define VAL_CFLAGS "-Wall ${build.flags}"\n#define VAL_LDFLAGS "-Wl,--as-needed"\n#define PG_VERSION "${draw.version()}"\n`),
]);

const level = ({ processor }: Build): number => ['x86-64', 'x86-64-v2', 'x86-64-v3', 'haswell', 'skylake', 'znver3', 'core2', 'alderlake'].indexOf(processor);
const property = (kind: Kind, build: Build): Buffer => {
  const content = Buffer.alloc(16);
  content.writeUInt32LE(0xc0008002, 0);
  content.writeUInt32LE(4, 4);
  content.writeUInt32LE((2 << level(build)) - 1, 8);
  return note(kind, 'GNU', 5, content);
};
/** The section that the ARM ABI has for it: Tag_CPU_name and Tag_CPU_arch. */
function armAttributes(name: string): Buffer {
  const sized = (before: Buffer, content: Buffer, counted: number): Buffer => { const length = Buffer.alloc(4); length.writeUInt32LE(content.length + counted); return Buffer.concat([before, length, content]); };
  const tags = sized(Buffer.from([1]), Buffer.from(`\x05${name}\0\x06\x0a`), 5);
  return sized(Buffer.from('A'), Buffer.concat([Buffer.from('aeabi\0'), tags]), 4);
}
export const PROCESSOR_FAMILY = family('cpu-feature', [
  shape('note of what it needs', 'usr/lib/libneeds.so', (build, draw) => program(X86, { text: compiled(build, draw, 500), more: [{ name: '.note.gnu.property', type: 7, flags: 2, alignment: 8, content: property(X86, build) }] })),
  shape('-march of the producer', 'usr/bin/tuned', (build, draw) => program(X86, { text: compiled(build, draw, 500), debug: debug(`GNU C17 12.2.0 -march=${build.processor} -g -O2`) })),
  shape('attributes of ARM', 'usr/bin/arm-tuned', (build, draw) => program(ARM, { text: compiled(build, draw, 300), more: [{ name: '.ARM.attributes', type: 0x70000003, content: armAttributes(['Cortex-A7', 'Cortex-A9', '7-A', 'Cortex-A15', 'ARM926EJ-S', 'Cortex-A53', '6', 'Cortex-A72'][level(build)]!) }] })),
  shape('recorded command line', 'usr/lib/libarch.so', (build, draw) => program(X86, { text: compiled(build, draw, 500), more: [{ name: '.GCC.command.line', type: 1, flags: 0x30, entryBytes: 1, content: Buffer.from(`GNU C17 12.2.0 -mtune=${build.processor} -march=${build.processor} -O2\0`) }] })),
  shape('found by configure', 'usr/include/tool/cpu.h', (build, draw) => `/* ${draw.sentence()} */\n#define VERSION "${draw.version()}"\n${['SSE4_2', 'AVX', 'AVX2', 'AVX512F'].map((name, i) => (level(build) > i * 1.5 ? `#define HAVE_${name} 1\n` : `/* #undef HAVE_${name} */\n`)).join('')}`),
  shape('level of Go', 'usr/bin/go-level', (build, draw) => { const v = `v${1 + level(build) % 4}`; return program(X86, { text: Buffer.concat([draw.code(400), new Draw(`code for ${v}`).code(90)]), comment: '', more: [{ name: '.go.buildinfo', type: 1, flags: 3, content: Buffer.from(`\xff Go buildinf:\x08\x02${'\0'.repeat(16)}\x08go1.21.6\x60path\ttool\nbuild\tGOARCH=amd64\nbuild\tGOAMD64=${v}\n`, 'latin1') }] }); }),
  shape('version text of a library', 'usr/lib/libssl-like.so', (build, draw) => program(X86, { text: compiled(build, draw, 400), readOnly: `${draw.sentence()}\0compiler: gcc -fPIC -O2 -march=${build.processor} -Wall\0` })),
  shape('processor of the builder, in a report', 'usr/share/tool/bench.txt', (build, draw) => `name: ${draw.word()}\nmodel name\t: ${['Intel(R) Xeon(R) CPU E5-2670', 'Intel(R) Core(TM) i7-3770', 'Intel(R) Xeon(R) Gold 6248', 'Intel(R) Core(TM) i5-4590', 'Intel(R) Core(TM) i7-6700K', 'AMD EPYC 7763 64-Core Processor', 'Intel(R) Core(TM)2 Duo E8400', '12th Gen Intel(R) Core(TM) i9-12900K'][level(build)]}\nflags\t\t: fpu sse2${[' sse4_2', ' avx', ' avx2', ' bmi2', ' adx', ' vaes'].slice(0, level(build)).join('')}\nresult: ${draw.below(999)}\n`),
  shape('flags of Rust', 'usr/share/tool/cargo.toml', (build, draw) => `[build]\nname = "${draw.word()}"\nrustflags = ["-C", "target-cpu=${build.processor}"]\n`),
  shape('settings of a numeric library', 'usr/include/blas_config.h', (build, draw) => `#define ${build.processor.toUpperCase().replaceAll('-', '_')} 1\n#define CORE_${build.processor.toUpperCase().replaceAll('-', '_')}\n#define CHAR_CORENAME "${build.processor.toUpperCase()}"\n#define L1_DATA_SIZE 32768\n/* ${draw.sentence()} */\n`),
  shape('flags of the header', 'usr/bin/mips-tuned', (build, draw) => { const file = program(MIPS, { text: compiled(build, draw, 300) }); file.writeUInt32BE(0x1005 | (level(build) << 28), 36); return file; }),
  shape('flags of a Makefile', 'usr/lib/tool/arch.mk', (build, draw) => `VERSION = ${draw.version()}\nARCH_FLAGS = -march=${build.processor} -mtune=${build.processor}\n`),
]);

export const PARALLEL_FAMILY = family('parallelism', [
  shape('flags of make in a log', 'usr/share/tool/build.log', (build, draw) => `MAKEFLAGS= -j${build.jobs} --jobserver-auth=3,4\n${draw.prose(5)}`),
  shape('parts of link-time optimisation', 'usr/lib/libparts.so', (build, draw) => program(X86, { text: draw.code(300), routines: Array.from({ length: 4 }, (_, i) => ({ name: `${draw.word()}${i}.lto_priv.${i * build.jobs}`, code: draw.code(32) })) })),
  shape('jobs of link-time optimisation in the producer', 'usr/bin/lto-tool', (build, draw) => program(X86, { text: draw.code(400), debug: debug(`GNU GIMPLE 12.2.0 -g -O2 -flto=${build.jobs} -fno-openmp`) })),
  shape('processors found', 'usr/share/tool/config.status', (build, draw) => `#! /bin/sh\n# ${draw.sentence()}\nnproc=${build.jobs}\nname=${draw.word()}\n`),
  shape('workers of a documentation', 'usr/share/doc/tool/output.txt', (build, draw) => `building [html]: ${draw.below(90)} source files\nusing ${build.jobs} parallel workers\n${draw.prose(4)}`),
  shape('level of CMake', 'usr/share/tool/CMakeCache.txt', (build, draw) => `CMAKE_BUILD_TYPE:STRING=Release\nCMAKE_BUILD_PARALLEL_LEVEL:STRING=${build.jobs}\nPROJECT_NAME:STATIC=${draw.word()}\n`),
  shape('flags of ninja in a script', 'usr/lib/tool/rebuild.sh', (build, draw) => `#!/bin/sh\n# ${draw.sentence()}\nexec ninja -j ${build.jobs} -C build "$@"\n`),
  shape('threads in a header', 'usr/include/tool/threads.h', (build, draw) => `#define TOOL_VERSION "${draw.version()}"\n#define BUILD_THREADS ${build.jobs}\n`),
  shape('jobs in JSON', 'usr/share/tool/run.json', (build, draw) => `${JSON.stringify({ name: draw.word(), concurrency: build.jobs, tests: draw.below(999), parallel: true })}\n`),
  shape('partitions in the names of sections', 'usr/lib/split.o', (build, draw) => program({ ...X86, type: 1 }, { text: draw.code(200), more: Array.from({ length: 3 }, (_, i) => ({ name: `.text.ltrans${i * build.jobs}`, type: 1, flags: 6, content: draw.code(60) })) })),
  shape('settings of OpenMP', 'usr/share/tool/environment', (build, draw) => `NAME=${draw.word()}\nOMP_NUM_THREADS=${build.jobs}\nVERSION=${draw.version()}\n`),
  shape('units of Rust', 'usr/lib/librust.so', (build, draw) => program(X86, { text: draw.code(300), readOnly: Array.from({ length: 3 }, (_, i) => `${draw.word()}.7rcbfp3g-cgu.${i * build.jobs}\0`).join('') })),
]);
