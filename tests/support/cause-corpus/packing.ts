import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

import { craftBzImage } from '../crafted-content.ts';
import { ar, cpio, png, tar, zip, type Member } from './archives.ts';
import type { Build } from './build.ts';
import type { Draw } from './draw.ts';
import { program, X86 } from './programs.ts';
import { family, shape } from './shape.ts';

const squeeze = (build: Build, content: Buffer | string): Buffer => gzipSync(build.body(Buffer.from(content as string)), { level: build.level });
const zstandard = (build: Build, content: Buffer): Buffer => zstdCompressSync(build.body(content), { params: { 100: build.level * 2 } });
const members = (draw: Draw): Member[] => Array.from({ length: 4 }, (_, i) => ({ name: `${draw.word()}${i}`, content: draw.prose(40) }));
const text = (draw: Draw): Buffer => Buffer.from(draw.prose(120));

/** As pigz does it: each block a member of its own. */
const blocks = (build: Build, content: Buffer): Buffer => { const bytes = build.body(content); const size = 900 + 400 * build.level; return Buffer.concat(Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => gzipSync(bytes.subarray(i * size, (i + 1) * size)))); };

/** A frame of LZ4 with its blocks stored; how long a block is, the packer chooses. */
function lz4(build: Build, content: Buffer): Buffer {
  const bytes = build.body(content);
  const size = 512 * build.level;
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), ...pieces.flatMap((piece) => { const length = Buffer.alloc(4); length.writeUInt32LE((0x8000_0000 | piece.length) >>> 0); return [length, piece]; }), Buffer.alloc(4)]);
}

export const PACKING = family('compression', [
  shape('document packed with gzip', 'usr/share/doc/tool/README.gz', (build, draw) => squeeze(build, text(draw))),
  shape('page of a manual', 'usr/share/man/man1/tool.1.gz', (build, draw) => squeeze(build, `.TH ${draw.word()} 1\n.SH NAME\n${draw.prose(60)}`)),
  shape('document packed with zstd', 'usr/share/tool/data.zst', (build, draw) => zstandard(build, text(draw))),
  shape('blocks packed side by side', 'usr/share/tool/blocks.gz', (build, draw) => blocks(build, text(draw))),
  shape('blocks of LZ4', 'usr/share/tool/data.lz4', (build, draw) => lz4(build, text(draw))),
  shape('packed initramfs', 'boot/initrd.img', (build, draw) => squeeze(build, cpio(members(draw)))),
  shape('initramfs packed with zstd', 'boot/initrd.zst', (build, draw) => zstandard(build, cpio(members(draw)))),
  shape('packed tar', 'usr/share/tool/examples.tar.gz', (build, draw) => squeeze(build, tar(members(draw)))),
  shape('kernel\'s own payload', 'boot/bzImage', (build, draw) => craftBzImage(squeeze(build, Buffer.concat([draw.code(3000), text(draw)])))),
  shape('members of a zip', 'usr/share/java/packed.jar', (build, draw) => zip(members(draw), { level: build.level })),
  shape('member of a package', 'usr/share/tool/one.deb', (build, draw) => ar([{ name: 'debian-binary', content: '2.0\n' }, { name: 'control.tar.gz', content: squeeze(build, tar(members(draw))) }])),
  shape('picture', 'usr/share/icons/one.png', (build, draw) => png([['IHDR', Buffer.from('00000040000000400800000000', 'hex')], ['IDAT', deflateSync(Buffer.from(draw.prose(60)), { level: build.level })], ['IEND', Buffer.alloc(0)]])),
  shape('debug information', 'usr/lib/debug/packed.debug', (build, draw) => { const content = Buffer.from(draw.prose(80)); const head = Buffer.alloc(24); head.writeUInt32LE(1, 0); head.writeUInt32LE(content.length, 8); head.writeUInt32LE(1, 16); return program(X86, { text: draw.code(300), more: [{ name: '.debug_str', type: 1, flags: 0x800, content: Buffer.concat([head, deflateSync(content, { level: build.level })]) }] }); }),
  shape('drawing', 'usr/share/icons/one.svgz', (build, draw) => squeeze(build, `<svg>\n${Array.from({ length: 60 }, () => `<rect id="${draw.word()}" x="${draw.below(99)}"/>\n`).join('')}</svg>\n`)),
  shape('firmware packed twice', 'lib/firmware/one.bin.gz', (build, draw) => squeeze(build, gzipSync(Buffer.concat([draw.code(2000), text(draw)])))),
  shape('database packed with zlib', 'usr/share/tool/index.z', (build, draw) => deflateSync(build.body(text(draw)), { level: build.level })),
]);
