import { jffs2Crc } from '../../src/readers/jffs2-node.ts';
import { headerChecksum } from '../../src/readers/tar-header.ts';
import { TABLE_VOLUME, ubiCrc } from '../../src/readers/ubi-header.ts';

const TAR_BLOCK = 512;

/** Every block that looks like a header has the checksum of its bytes. */
export function repairTar(image: Buffer): void {
  for (let at = 0; at + TAR_BLOCK <= image.length; at += TAR_BLOCK) {
    const block = image.subarray(at, at + TAR_BLOCK);
    if (block.toString('latin1', 257, 260) !== 'ust') continue;
    block.write(`${headerChecksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
}

const erasedHeader = (image: Buffer, at: number): boolean => ['UBI#', 'UBI!'].includes(image.toString('latin1', at, at + 4));

/** Both headers of every block, and the rows of what looks like a volume table. */
export function repairUbi(image: Buffer): void {
  for (let at = 0; at + 64 <= image.length; at += 64) if (erasedHeader(image, at)) image.writeUInt32BE(ubiCrc(image.subarray(at, at + 60)), at + 60);
  const table = image.indexOf('UBI!\x01\x01', 0, 'latin1');
  if (table < 0 || image.readUInt32BE(table + 8) !== TABLE_VOLUME) return;
  for (let copy = 0, block = 0; copy < 2; copy++, block += UBI_TEST_BLOCK) {
    for (let row = 0, at = block + 4096; row < 128 && at + 172 <= image.length; row++, at += 172) image.writeUInt32BE(ubiCrc(image.subarray(at, at + 168)), at + 168);
  }
}

/** Of the images that the tests make. */
const UBI_TEST_BLOCK = 128 * 1024;

/** Every node of UBIFS whose length can be believed. */
export function repairUbifs(image: Buffer): void {
  for (let at = 0; at + 24 <= image.length; at += 8) {
    if (image.readUInt32LE(at) !== 0x0610_1831) continue;
    const length = image.readUInt32LE(at + 16);
    if (length >= 24 && at + length <= image.length) image.writeUInt32LE(ubiCrc(image.subarray(at + 8, at + length)), at + 4);
  }
}

/** Header, fixed part, name and content of every little-endian node of JFFS2. */
export function repairJffs2(image: Buffer): void {
  for (let at = 0; at + 12 <= image.length; at += 4) {
    if (image.readUInt16LE(at) !== 0x1985) continue;
    const crc = (from: number, to: number, target: number): void => { if (at + to <= image.length && at + target + 4 <= image.length) image.writeUInt32LE(jffs2Crc(image.subarray(at + from, at + to)), at + target); };
    crc(0, 8, 8);
    switch (image.readUInt16LE(at + 2)) {
      case 0xe001: if (at + 40 <= image.length) crc(40, 40 + image[at + 28]!, 36); crc(0, 32, 32); break;
      case 0xe002: if (at + 68 <= image.length && image.readUInt32LE(at + 48) < image.length) crc(68, 68 + image.readUInt32LE(at + 48), 60); crc(0, 60, 64); break;
      case 0xe008: if (at + 32 <= image.length) crc(32, 33 + image[at + 21]! + image.readUInt16LE(at + 22), 24); crc(0, 28, 28); break;
      case 0xe009: crc(0, 24, 24); break;
      default:
    }
  }
}
