import { deflateSync, gzipSync } from 'node:zlib';

import { ar } from './archives.ts';
import type { Build } from './build.ts';
import type { Draw } from './draw.ts';
import { ARM, ARM64, MIPS, MODULE, modinfo, program, X86, type Kind, type Routine } from './programs.ts';
import { family, shape } from './shape.ts';
import { gzip } from './times.ts';

const routines = (draw: Draw, count = 6): Routine[] => Array.from({ length: count }, (_, i) => ({ name: `${draw.word()}_${draw.word()}${i}`, code: draw.code(16 * draw.between(2, 6)) }));
const ordered = (kind: Kind) => (build: Build, draw: Draw): Buffer => program(kind, { text: draw.code(64), readOnly: draw.sentence(), routines: build.order(routines(draw)) });
const addresses = (list: readonly Routine[]): [number, Routine][] => { let at = 0x4000; return list.map((routine) => { at += routine.code.length; return [at - routine.code.length, routine]; }); };
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

export const LINK_ORDERS = family('link-order', [
  shape('routines of a program', 'usr/bin/ordered', ordered(X86)), shape('routines of a program of arm64', 'usr/bin/ordered64', ordered(ARM64)), shape('routines of a 32-bit program', 'usr/bin/ordered32', ordered(ARM)),
  shape('routines, most significant byte first', 'usr/bin/ordered-be', ordered(MIPS)), shape('routines of a module', 'lib/modules/6.1.55/one.ko', (build, draw) => program(MODULE, { text: draw.code(32), routines: build.order(routines(draw)), more: [modinfo({ license: 'GPL' })] })),
  shape('libraries that are needed', 'usr/bin/needing', (build, draw) => {
    const libraries = build.order(Array.from({ length: 4 }, (_, i) => `lib${draw.word()}${i}.so.${i}`));
    const texts = Buffer.from(`\0${libraries.toSorted().join('\0')}\0`);
    const rows = Buffer.concat([...libraries.map((library) => [1, texts.indexOf(`\0${library}\0`) + 1]), [0, 0]].map(([tag, value]) => { const row = Buffer.alloc(16); row.writeUInt32LE(tag!, 0); row.writeUInt32LE(value!, 8); return row; }));
    return program(X86, { text: draw.code(300), more: [{ name: '.dynstr', type: 3, flags: 2, content: texts }, { name: '.dynamic', type: 6, flags: 3, content: rows, link: 5, entryBytes: 16 }] });
  }),
  shape('map of a kernel', 'boot/System.map', (build, draw) => addresses(build.order(routines(draw, 12))).map(([at, { name }]) => `${hex(0xffff_8000 + at, 16)} T ${name}\n`).join('')),
  shape('map of the linker', 'usr/share/tool/tool.map', (build, draw) => `Memory map\n\n.text           0x4000\n${addresses(build.order(routines(draw, 8))).map(([at, { name, code }]) => ` .text          0x${hex(at, 16)}       0x${code.length.toString(16)} ${name}.o\n                0x${hex(at, 16)}                ${name}\n`).join('')}`),
  shape('objects in the debug information', 'usr/bin/with-units', (build, draw) => program(X86, { text: draw.code(32), routines: build.order(routines(draw, 8)), debug: { producer: 'GNU C17 12.2.0 -O2 -g', directory: '/usr/src', source: 'main.c' } })),
  shape('packed program', 'usr/share/tool/ordered.gz', (build, draw) => gzip(program(X86, { text: build.body(draw.code(64)), routines: build.order(routines(draw)) }))),
  shape('symbols of a listing', 'usr/share/tool/symbols.nm', (build, draw) => addresses(build.order(routines(draw, 9))).map(([at, { name, code }]) => `${hex(at, 16)} ${hex(code.length, 16)} T ${name}\n`).join('')),
]);

const debug = (build: Build, draw: Draw, kind = X86): Parameters<typeof program>[1]['debug'] => {
  const line = Buffer.concat([draw.bytes(60), build.chance.bytes(build.chance.between(20, 60))]);
  return { producer: kind === ARM ? 'GNU C11 10.2.1 -g -O2' : 'GNU C17 12.2.0 -g -O2', directory: '/usr/src/tool', source: 'main.c', line, more: build.chance.bytes(30) };
};
export const DEBUG_ONLY = family('debug-only', [
  shape('lines and entries', 'usr/bin/debugged', (build, draw) => program(X86, { text: draw.code(600), readOnly: draw.sentence(), debug: debug(build, draw)! })),
  shape('lines and entries, 32 bits', 'usr/bin/debugged32', (build, draw) => program(ARM, { text: draw.code(500), debug: debug(build, draw, ARM)! })),
  shape('with another build id for it', 'usr/bin/debugged-id', (build, draw) => program(X86, { text: draw.code(500), buildId: build.chance.bytes(20), debug: debug(build, draw)! })),
  shape('stripped once', 'usr/lib/libhalf.so', (build, draw) => program(X86, { text: draw.code(500), readOnly: draw.sentence(), ...(build.other ? {} : { debug: debug(build, draw)! }) })),
  shape('symbols stripped once', 'usr/bin/half', (build, draw) => { const all = routines(draw); const text = Buffer.concat([draw.code(64), ...all.map(({ code }) => code)]); return build.other ? program(ARM64, { text }) : program(ARM64, { text: text.subarray(0, 64), routines: all }); }),
  shape('packed sections', 'usr/bin/debugged-packed', (build, draw) => { const content = Buffer.concat([Buffer.from(draw.prose(30)), build.chance.bytes(20)]); const head = Buffer.alloc(24); head.writeUInt32LE(1, 0); head.writeUInt32LE(content.length, 8); head.writeUInt32LE(1, 16); return program(X86, { text: draw.code(400), more: [{ name: '.debug_loclists', type: 1, flags: 0x800, content: Buffer.concat([head, deflateSync(content)]) }] }); }),
  shape('module', 'lib/modules/6.1.55/debugged.ko', (build, draw) => program(MODULE, { text: draw.code(300), more: [modinfo({ license: 'GPL' })], debug: debug(build, draw)! })),
  shape('little debug information', 'usr/bin/mini', (build, draw) => program(X86, { text: draw.code(400), more: [{ name: '.gnu_debugdata', type: 1, content: Buffer.concat([Buffer.from('fd377a585a000004', 'hex'), build.chance.bytes(120)]) }] })),
  shape('packed program', 'usr/share/tool/debugged.gz', (build, draw) => gzipSync(program(X86, { text: build.body(draw.code(400)), debug: debug(build, draw)! }))),
  shape('objects of an archive', 'usr/lib/libdebugged.a', (build, draw) => ar([{ name: 'one.o', content: program(MODULE, { text: draw.code(90), debug: debug(build, draw)! }) }, { name: 'two.o', content: program(MODULE, { text: draw.code(90) }) }])),
  shape('stabs', 'usr/bin/stabs', (build, draw) => program(MIPS, { text: draw.code(300), more: [{ name: '.stab', type: 1, entryBytes: 12, content: build.chance.bytes(96) }, { name: '.stabstr', type: 3, content: Buffer.from(`\0main:F1${build.chance.letters(12)}\0`) }] })),
]);
