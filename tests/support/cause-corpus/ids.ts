import { ar } from './archives.ts';
import { ARM, ARM64, MODULE, modinfo, note, program, X86, type Kind } from './programs.ts';
import { family, shape } from './shape.ts';
import { gzip } from './times.ts';

export const RANDOM_IDS = family('random-id', [
  shape('id of a machine', 'etc/machine-id', (build) => `${build.chance.hex(32)}\n`),
  shape('UUID in fstab', 'etc/fstab', (build, draw) => `# /etc/fstab\nUUID=${build.chance.uuid()} / ext4 ro,noatime 0 1\ntmpfs /tmp tmpfs size=${draw.between(8, 64)}m 0 0\n`),
  shape('UUID of a document', 'usr/share/tool/book.opf', (build, draw) => `<package>\n<dc:identifier id="book">urn:uuid:${build.chance.uuid()}</dc:identifier>\n<dc:title>${draw.sentence()}</dc:title>\n</package>\n`),
  shape('name of a temporary file', 'usr/share/doc/tool/log.txt', (build, draw) => `${draw.prose(3)}reading /tmp/tmp${build.chance.letters(8, 'abcdefghijklmnopqrstuvwxyz0123456789_')}/input.xml\n${draw.prose(2)}`),
  shape('name of a temporary directory in a program', 'usr/bin/tmpdir', (build, draw) => program(X86, { text: draw.code(400), readOnly: `${draw.sentence()}\0/tmp/cc${build.chance.letters(6)}.o\0done\0` })),
  shape('nonce in JSON', 'usr/share/tool/state.json', (build, draw) => `${JSON.stringify({ name: draw.word(), nonce: build.chance.bytes(24).toString('base64'), version: draw.version() })}\n`),
  shape('seed', 'var/lib/systemd/random-seed', (build) => build.chance.bytes(512)),
  shape('names of symbols made unique', 'usr/lib/libunique.so', (build, draw) => { const id = `_GLOBAL__N_${draw.word()}_${build.chance.hex(16)}`; return program(X86, { text: draw.code(300), routines: [{ name: 'main', code: draw.code(64) }, { name: id, code: draw.code(32) }] }); }),
  shape('section of link-time optimisation', 'usr/lib/lto.o', (build, draw) => program(MODULE, { text: draw.code(100), more: [{ name: `.gnu.lto_.opts.${build.chance.hex(16)}`, type: 1, content: draw.bytes(60) }] })),
  shape('id in a document', 'usr/share/doc/tool/chapter.html', (build, draw) => { const start = 0x7f00_0000 + build.chance.below(1 << 24); return Array.from({ length: 5 }, (_, i) => `<h2 id="idp${start + i * 2048}">${draw.sentence()}</h2>\n<a href="#idp${start + i * 2048}">top</a>\n`).join(''); }),
  shape('salted password', 'etc/shadow', (build) => `root:$6$${build.chance.letters(16)}$${build.chance.letters(86)}:19000::::::\ndaemon:*:19000::::::\n`),
  shape('id of a document of TeX', 'usr/share/doc/id.pdf', (build, draw) => { const id = build.chance.hex(32).toUpperCase(); return `%PDF-1.5\n1 0 obj\n<< /Title (${draw.word()}) >>\nendobj\ntrailer\n<< /Size 2 /ID [<${id}> <${id}>] >>\nstartxref\n${draw.below(99)}\n%%EOF\n`; }),
  shape('guard of a header', 'usr/include/generated.h', (build, draw) => { const guard = `GEN_${build.chance.hex(32)}`; return `#ifndef ${guard}\n#define ${guard}\nint ${draw.word()}(void);\n#endif\n`; }),
  shape('GUID of debug information', 'boot/efi/loader.efi', (build, draw) => Buffer.concat([Buffer.from('MZ'), draw.code(300), Buffer.from('RSDS'), build.chance.bytes(16), Buffer.from(`\x01\0\0\0${draw.word()}.pdb\0`, 'latin1')])),
  shape('UUID of a machine in a packed description', 'usr/share/tool/machine.xml.gz', (build, draw) => gzip(build.body(Buffer.from(`<domain>\n<name>${draw.word()}</name>\n<uuid>${build.chance.uuid()}</uuid>\n</domain>\n`)))),
  shape('id of a boot entry', 'boot/grub/grub.cfg', (build, draw) => { const id = build.chance.uuid(); return `set timeout=${draw.below(9)}\nsearch --no-floppy --fs-uuid --set=root ${id}\nlinux /vmlinuz root=UUID=${id} ro\n`; }),
]);

const withId = (kind: Kind, bytes: number) => shape(`${bytes} bytes in a ${kind.wide ? 64 : 32}-bit program of machine ${kind.machine}`, 'usr/bin/with-id', (build, draw) => program(kind, { text: draw.code(700), readOnly: draw.sentence(), buildId: build.chance.bytes(bytes) }));
export const BUILD_IDS = family('build-id', [
  withId(X86, 20), withId(X86, 16), withId(ARM64, 20), withId(ARM, 20), withId(X86, 8),
  shape('id and link to debug information', 'usr/lib/liblinked.so', (build, draw) => { const id = build.chance.bytes(20); return program(X86, { text: draw.code(600), buildId: id, more: [{ name: '.gnu_debuglink', type: 1, alignment: 4, content: Buffer.concat([Buffer.from(`${id.toString('hex').slice(2)}.debug\0\0`), build.chance.bytes(4)]) }] }); }),
  shape('id of Go', 'usr/bin/gopher', (build, draw) => program(X86, { text: draw.code(900), more: [{ name: '.note.go.buildid', type: 7, flags: 2, alignment: 4, content: note(X86, 'Go', 4, Buffer.from(`${build.chance.letters(20)}/${build.chance.letters(20)}/${build.chance.letters(20)}/${build.chance.letters(20)}`)) }] })),
  shape('id of a module', 'lib/modules/6.1.55/kernel/drivers/one.ko', (build, draw) => program(MODULE, { text: draw.code(300), buildId: build.chance.bytes(20), more: [modinfo({ license: 'GPL', name: draw.word() })] })),
  shape('packed program', 'usr/share/tool/helper.gz', (build, draw) => gzip(program(X86, { text: build.body(draw.code(600)), buildId: build.chance.bytes(20) }))),
  shape('member of an archive', 'usr/lib/libid.a', (build, draw) => ar([{ name: 'one.o', content: program(MODULE, { text: draw.code(90), buildId: build.chance.bytes(20) }) }, { name: 'two.o', content: program(MODULE, { text: draw.code(90) }) }])),
  shape('id beside the compiler\'s note', 'usr/sbin/noted', (build, draw) => program(X86, { text: draw.code(500), buildId: build.chance.bytes(20), debug: { producer: 'GNU C17 12.2.0 -O2 -g', directory: '/usr/src/tool', source: 'main.c' } })),
]);
