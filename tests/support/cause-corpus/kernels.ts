import { craftBzImage, craftDeviceTree, craftUImage } from '../crafted-content.ts';
import type { Build } from './build.ts';
import { ARM64, MODULE, modinfo, note, program, X86 } from './programs.ts';
import { family, shape } from './shape.ts';
import { gzip } from './times.ts';

const parts = ({ kernel }: Build): [number, number, number] => kernel.split(/[.-]/).slice(0, 3).map(Number) as [number, number, number];

export const KERNEL_FAMILY = family('kernel-version', [
  shape('vermagic of a module', 'lib/modules/extra/one.ko', (build, draw) => program(MODULE, { text: draw.code(300), more: [modinfo({ license: 'GPL', name: draw.word(), vermagic: `${build.kernel} SMP preempt mod_unload ` })] })),
  shape('vermagic of a packed module of arm64', 'lib/modules/extra/two.ko.gz', (build, draw) => gzip(program({ ...ARM64, type: 1 }, { text: build.body(draw.code(300)), more: [modinfo({ vermagic: `${build.kernel} SMP mod_unload aarch64`, depends: draw.word() })] }))),
  shape('version in the header of a kernel', 'boot/bzImage', (build, draw) => craftBzImage(gzip(build.body(draw.code(700))), `${build.kernel} (kbuild@kbuild) #1 SMP Thu Jan 1 00:00:00 UTC 2026`)),
  shape('banner in an unpacked kernel', 'boot/vmlinux', (build, draw) => program(X86, { text: draw.code(800), readOnly: `Linux version ${build.kernel} (kbuild@kbuild) (gcc (GNU) 12.2.0, GNU ld 2.40) #1 SMP Thu Jan 1 00:00:00 UTC 2026\n\0${draw.sentence()}\0` })),
  shape('release found by configure', 'usr/share/tool/config.log', (build, draw) => `## Platform. ##\n\nhostname = builder\nuname -m = x86_64\nuname -r = ${build.kernel}\nuname -s = Linux\n\n${draw.prose(4)}`),
  shape('settings of Perl', 'usr/lib/perl5/Config.pm', (build, draw) => `osname => 'linux',\nosvers => '${build.kernel}',\narchname => 'x86_64-linux',\nname => '${draw.word()}',\n`),
  shape('code of the version in a header', 'usr/include/linux/version.h', (build) => { const [a, b, c] = parts(build); return `#define LINUX_VERSION_CODE ${(a << 16) + (b << 8) + Math.min(c, 255)}\n#define KERNEL_VERSION(a,b,c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n#define LINUX_VERSION_MAJOR ${a}\n#define LINUX_VERSION_PATCHLEVEL ${b}\n#define LINUX_VERSION_SUBLEVEL ${c}\n`; }),
  shape('head of a kernel configuration', 'boot/config', (build, draw) => `#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 ${parts(build).join('.')} Kernel Configuration\n#\nCONFIG_64BIT=y\n${Array.from({ length: 12 }, () => `CONFIG_${draw.word().toUpperCase()}=y\n`).join('')}`),
  shape('paths of modules', 'usr/share/tool/modules.list', (build, draw) => Array.from({ length: 7 }, () => `/lib/modules/${build.kernel}/kernel/drivers/${draw.word()}/${draw.word()}.ko\n`).join('')),
  shape('oldest kernel of a program', 'usr/bin/abi', (build, draw) => { const bytes = Buffer.alloc(16); parts(build).forEach((part, i) => bytes.writeUInt32LE(part, 4 + 4 * i)); return program(X86, { text: draw.code(500), more: [{ name: '.note.ABI-tag', type: 7, flags: 2, alignment: 4, content: note(X86, 'GNU', 1, bytes) }] }); }),
  shape('name of a uImage', 'boot/uImage', (build, draw) => { const image = craftUImage(build.body(draw.code(600))); image.fill(0, 32, 64); image.write(`Linux-${build.kernel}`, 32, 'latin1'); return image; }),
  shape('text of a program', 'sbin/iptool', (build, draw) => program(X86, { text: draw.code(500), readOnly: `${draw.sentence()}\0compiled for Linux ${build.kernel}\0usage\0` })),
  shape('platform of Python', 'usr/lib/python3/_platform.py', (build, draw) => `# ${draw.sentence()}\nPLATFORM = 'Linux-${build.kernel}-x86_64-with-glibc2.36'\nNAME = '${draw.word()}'\n`),
  shape('description of a board', 'boot/board.dtb', (build, draw) => craftDeviceTree({ name: '', properties: { model: draw.sentence(), compatible: `vendor,${draw.word()}` }, children: [{ name: 'chosen', properties: { 'linux,version': `Linux ${build.kernel}` } }] })),
]);
