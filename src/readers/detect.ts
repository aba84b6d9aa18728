import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { detectCompression } from '../bytes/decompress.ts';
import { looksLikeCpio } from './cpio-header.ts';
import { looksLikeErofs } from './erofs-superblock.ts';
import { looksLikeExt } from './ext-superblock.ts';
import { looksLikeFat } from './fat-boot-sector.ts';
import { looksLikeGpt } from './gpt.ts';
import type { ImageFormat } from './image-content.ts';
import { looksLikeJffs2 } from './jffs2-node.ts';
import { looksLikeMbr } from './mbr.ts';
import { looksLikeSquashfs } from './squashfs-superblock.ts';
import { looksLikeTar } from './tar-header.ts';
import { looksLikeUbi } from './ubi-header.ts';
import { looksLikeUbifs } from './ubifs-node.ts';

/** Strong marks first: an MBR's two bytes stand in every FAT, and a boot loader may stand before an ext. */
const MARKS: readonly (readonly [ImageFormat, (source: ByteSource) => boolean])[] = [
  ['squashfs', looksLikeSquashfs], ['ubi', looksLikeUbi], ['ubifs', looksLikeUbifs], ['jffs2', looksLikeJffs2], ['cpio', looksLikeCpio], ['gpt', looksLikeGpt], ['erofs', looksLikeErofs], ['tar', looksLikeTar],
  ['ext', looksLikeExt], ['fat', looksLikeFat], ['mbr', looksLikeMbr],
];

/** By content alone; undefined: nothing that is read here. */
export function detect(source: ByteSource): ImageFormat | undefined {
  return MARKS.find(([, looksLike]) => looksLike(source))?.[0] ?? detectCompression(peek(source, 0, 512));
}
