import { gzipSync } from 'node:zlib';

import { ar, cpio, messageCatalog, tar, zip } from './archives.ts';
import type { Build } from './build.ts';
import type { Draw } from './draw.ts';
import { ARM64, program, X86 } from './programs.ts';
import { family, shape, type Shape } from './shape.ts';

const whole = (bytes: Buffer | string, { other, chance }: Build, least = 0.1): Buffer => { const all = Buffer.from(bytes as string); return other ? all.subarray(0, Math.floor(all.length * (least + chance.below(80) / 100))) : all; };
const cut = (name: string, at: string, made: (draw: Draw) => Buffer | string): Shape => shape(name, at, (build, draw) => whole(made(draw), build));

export const TRUNCATED = family('truncated', [
  cut('text', 'usr/share/doc/tool/NEWS', (draw) => draw.prose(40)),
  cut('program', 'usr/bin/cut', (draw) => program(X86, { text: draw.code(2000), readOnly: draw.sentence() })),
  cut('packed document', 'usr/share/doc/tool/cut.gz', (draw) => gzipSync(draw.prose(60))),
  cut('tar', 'usr/share/tool/cut.tar', (draw) => tar(Array.from({ length: 4 }, (_, i) => ({ name: `${draw.word()}${i}`, content: draw.prose(20) })))),
  cut('zip', 'usr/share/java/cut.jar', (draw) => zip(Array.from({ length: 4 }, (_, i) => ({ name: `${draw.word()}${i}`, content: draw.prose(20) })))),
  cut('firmware', 'lib/firmware/cut.bin', (draw) => draw.bytes(3000)),
  shape('nothing is left', 'usr/share/tool/empty.conf', (build, draw) => (build.other ? '' : draw.prose(5))),
  cut('picture', 'usr/share/icons/cut.png', (draw) => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), draw.bytes(1500)])),
  cut('library of objects', 'usr/lib/libcut.a', (draw) => ar(Array.from({ length: 3 }, (_, i) => ({ name: `${i}.o`, content: draw.code(200) })))),
  cut('initramfs', 'boot/cut.cpio', (draw) => cpio(Array.from({ length: 3 }, (_, i) => ({ name: `${draw.word()}${i}`, content: draw.prose(9) })))),
  cut('table of JSON', 'usr/share/tool/cut.json', (draw) => JSON.stringify(Array.from({ length: 30 }, () => draw.word()))),
]);

const either = <T>({ other }: Build, one: T, two: T): T => (other ? two : one);
const settings = (draw: Draw, changed: string): string => { const lines = draw.prose(6).replaceAll(/^/gm, '# ').split('\n'); lines.splice(draw.below(lines.length), 0, changed); return lines.join('\n'); };
/** Some look like noise and are none: a date that ends a license, a directory that is read, a zone that is set. */
export const REAL_CHANGES = family('real-change', [
  shape('value of a setting', 'etc/tool.conf', (build, draw) => settings(draw, `max_clients = ${either(build, 10, 10 + draw.between(1, 99))}`)),
  shape('limit in a program', 'usr/bin/limited', (build, draw) => { const limit = Buffer.alloc(8); limit.writeUInt32LE(either(build, 100, 100 + draw.between(1, 9999))); return program(X86, { text: draw.code(700), readOnly: Buffer.concat([limit, Buffer.from(`${draw.sentence()}\0`)]) }); }),
  shape('branch in a program', 'usr/bin/branched', (build, draw) => { const text = draw.code(700); text[300] = either(build, 0x74, 0x75); return program(X86, { text, readOnly: draw.sentence() }); }),
  shape('line of a script', 'usr/bin/tool.sh', (build, draw) => `#!/bin/sh\n${settings(draw, either(build, 'exec tool --safe', `exec tool --${draw.word()}`))}`),
  shape('version of a program', 'usr/share/tool/VERSION', (build, draw) => either(build, '1.4.2\n', `1.4.${draw.between(3, 30)}\n`)),
  shape('server that is asked', 'etc/updates.conf', (build, draw) => settings(draw, `server = ${either(build, 'updates.example.org', `${draw.word()}.example.net`)}`)),
  shape('day until which it is valid', 'usr/share/tool/license.txt', (build, draw) => settings(draw, `expires = ${either(build, '2031-01-01', `20${draw.between(32, 60)}-01-01`)}`)),
  shape('directory that is read', 'usr/lib/tool/paths.conf', (build, draw) => settings(draw, `plugins = ${either(build, '/usr/lib/tool/plugins', `/home/${draw.word()}/plugins`)}`)),
  shape('zone that is set', 'etc/default/clock', (build, draw) => settings(draw, `TZ=${either(build, 'UTC', 'Europe/Berlin')}`)),
  shape('message of a program', 'usr/bin/speaking', (build, draw) => program(ARM64, { text: draw.code(600), readOnly: `${draw.sentence()}\0${either(build, 'access denied', 'access allowed')}\0${draw.sentence()}\0` })),
  shape('translation', 'usr/share/locale/de/LC_MESSAGES/said.mo', (build, draw) => messageCatalog([['', 'Content-Type: text/plain; charset=UTF-8\n'], ['yes', either(build, 'ja', 'jawohl')], ['no', draw.word()]])),
  shape('firmware', 'lib/firmware/board.bin', (build, draw) => { const bytes = draw.code(2000); if (build.other) draw.code(40).copy(bytes, 900); return bytes; }),
  shape('member of a tar', 'usr/share/tool/real.tar', (build, draw) => tar([{ name: 'one', content: draw.prose(4) }, { name: 'two', content: `${draw.prose(2)}${either(build, 'allow = none', 'allow = all')}\n` }])),
  shape('packed document', 'usr/share/doc/tool/real.gz', (build, draw) => gzipSync(`${draw.prose(9)}${either(build, draw.sentence(), draw.sentence().toUpperCase())}\n${draw.prose(9)}`)),
  shape('numbers in JSON', 'usr/share/tool/limits.json', (build, draw) => JSON.stringify({ name: draw.word(), retries: either(build, 3, draw.between(4, 99)), strict: either(build, true, false) })),
  shape('routine that came', 'usr/lib/libgrown.so', (build, draw) => { const routines = Array.from({ length: 4 }, (_, i) => ({ name: `${draw.word()}${i}`, code: draw.code(48) })); return program(X86, { text: draw.code(64), routines: either(build, routines, [...routines, { name: 'hidden_door', code: draw.code(64) }]) }); }),
  shape('page', 'usr/share/www/index.html', (build, draw) => `<html><body>\n${draw.prose(3)}<p>${either(build, draw.sentence(), 'Everything is new.')}</p>\n${draw.prose(2)}</body></html>\n`),
  shape('account', 'etc/passwd', (build, draw) => `root:x:0:0:root:/root:/bin/sh\n${draw.word()}:x:1000:1000::/home:/bin/sh\n${either(build, '', 'guest:x:0:0::/:/bin/sh\n')}`),
]);
