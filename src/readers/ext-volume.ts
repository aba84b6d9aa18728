import { borrow, type ByteSource } from '../bytes/byte-source.ts';
import { crc32c, crc32cOfNumber } from '../bytes/crc32c.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { ExtSuperblock } from './ext-superblock.ts';
import type { TreeCollector } from './tree-collector.ts';

/** Blocks and inode records of one ext file system; checks what carries a checksum and reports what does not match. */
export class ExtVolume {
  readonly ext: ExtSuperblock;
  readonly collector: TreeCollector;
  readonly #source: ByteSource;
  readonly #tables = new Map<number, number>();
  readonly #reported = new Set<string>();

  constructor(source: ByteSource, ext: ExtSuperblock, collector: TreeCollector) {
    this.#source = source;
    this.ext = ext;
    this.collector = collector;
  }

  /** `count` blocks that lie together. */
  blocks(first: number, count: number, place: string): Buffer {
    const { blockBytes } = this.ext;
    this.#check(first, count, place);
    return this.#source.read(first * blockBytes, count * blockBytes);
  }

  /** Bytes from a block on, good until `room` is used again. */
  content(first: number, length: number, place: string, room: Buffer): Buffer {
    const { blockBytes } = this.ext;
    this.#check(first, Math.ceil(length / blockBytes), place);
    return borrow(this.#source, first * blockBytes, length, room);
  }

  /** Whether all of them can be read. */
  has(first: number, count: number): boolean {
    const { blocks, firstDataBlock, blockBytes } = this.ext;
    return first >= firstDataBlock && first + count <= blocks && (first + count) * blockBytes <= this.#source.sizeBytes;
  }

  #check(first: number, count: number, place: string): void {
    const { blocks, firstDataBlock } = this.ext;
    if (first < firstDataBlock || first + count > blocks) damaged(place, `lies in block ${first + count - 1}, the file system has ${blocks}`);
  }

  block(number: number, place: string): Buffer {
    return this.blocks(number, 1, place);
  }

  inodeRecord(inode: number, place: () => string): Buffer {
    const { inodes, inodesPerGroup, inodeBytes, blockBytes, blocks } = this.ext;
    if (inode < 1 || inode > inodes) damaged(place(), `names inode ${inode}, the file system has ${inodes}`);
    const group = Math.floor((inode - 1) / inodesPerGroup);
    const at = this.#inodeTable(group) * blockBytes + ((inode - 1) % inodesPerGroup) * inodeBytes;
    if (at + inodeBytes > blocks * blockBytes) damaged(`group ${group}`, 'has its inodes behind the end of the file system');
    return this.#source.read(at, inodeBytes);
  }

  /** One finding for a structure whose checksum is not that of its bytes. */
  reportChecksum(structure: string): void {
    if (this.#reported.has(structure)) return;
    this.#reported.add(structure);
    this.collector.finding('error', structure, 'checksum-mismatch', 'its checksum is not that of its bytes');
  }

  /** The first block of a group's inode table, from the group's descriptor. */
  #inodeTable(group: number): number {
    const known = this.#tables.get(group);
    if (known !== undefined) return known;
    const { descriptorBytes, blockBytes } = this.ext;
    const perBlock = blockBytes / descriptorBytes;
    const block = this.block(this.#descriptorBlock(Math.floor(group / perBlock)), `descriptor of group ${group}`);
    const at = (group % perBlock) * descriptorBytes;
    const descriptor = block.subarray(at, at + descriptorBytes);
    this.#checkDescriptor(descriptor, group);
    const table = descriptor.readUInt32LE(8) + (descriptorBytes >= 64 ? descriptor.readUInt32LE(40) * 2 ** 32 : 0);
    this.#tables.set(group, table);
    return table;
  }

  #descriptorBlock(index: number): number {
    const { firstDataBlock, firstMetaGroup, descriptorBytes, blockBytes, blocksPerGroup } = this.ext;
    // The superblock lies at byte 1024 even where clusters make block 0 of 1 KiB the first of the data.
    const superblock = Math.floor(1024 / blockBytes);
    if (firstMetaGroup === undefined || index < firstMetaGroup) return superblock + 1 + index;
    const group = index * (blockBytes / descriptorBytes);
    return firstDataBlock + group * blocksPerGroup + (this.#hasSuperblock(group) ? 1 : 0) + (group === 0 ? superblock - firstDataBlock : 0);
  }

  #hasSuperblock(group: number): boolean {
    if (!this.ext.sparseSuper || group <= 1) return true;
    return [3, 5, 7].some((base) => {
      let power = base;
      while (power < group) power *= base;
      return power === group;
    });
  }

  #checkDescriptor(descriptor: Buffer, group: number): void {
    const { checksumSeed } = this.ext;
    if (checksumSeed === undefined) return;
    const cleared = Buffer.from(descriptor);
    cleared.writeUInt16LE(0, 30);
    if ((crc32c(crc32cOfNumber(checksumSeed, group), cleared) & 0xffff) !== descriptor.readUInt16LE(30)) this.reportChecksum(`descriptor of group ${group}`);
  }
}
