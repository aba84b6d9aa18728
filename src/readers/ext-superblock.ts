import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { CRC32C_START, crc32c } from '../bytes/crc32c.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';
import type { LayoutFacts, TreeFormat } from './image-content.ts';
import { uuidText } from './id-text.ts';

/** ext2, ext3, ext4: the superblock, Linux Documentation/filesystems/ext4/super.rst. */
export interface ExtSuperblock {
  format: TreeFormat & ('ext2' | 'ext3' | 'ext4');
  blockBytes: number;
  blocks: number;
  firstDataBlock: number;
  blocksPerGroup: number;
  inodes: number;
  inodesPerGroup: number;
  inodeBytes: number;
  descriptorBytes: number;
  /** The first meta group whose descriptors lie in the group itself; absent: all lie behind the superblock. */
  firstMetaGroup: number | undefined;
  sparseSuper: boolean;
  sharedBlocks: boolean;
  hasFileTypes: boolean;
  hasJournal: boolean;
  needsRecovery: boolean;
  cleanlyUnmounted: boolean;
  hasErrors: boolean;
  hasOrphans: boolean;
  /** Seed of all metadata checksums; absent: there are none. */
  checksumSeed: number | undefined;
  checksumMatches: boolean;
  layout: LayoutFacts;
}

const SUPERBLOCK_AT = 1024;
const SUPERBLOCK_BYTES = 1024;
const MAGIC = 0xef53;

const COMPAT = { hasJournal: 0x4 } as const;
const INCOMPAT = {
  compression: 0x1, fileType: 0x2, recover: 0x4, journalDevice: 0x8, metaGroups: 0x10, extents: 0x40, bits64: 0x80, mmp: 0x100,
  flexGroups: 0x200, attributeInodes: 0x400, directoryData: 0x1000, checksumSeed: 0x2000, largeDirectories: 0x4000, inlineData: 0x8000,
  encryption: 0x1_0000, casefold: 0x2_0000,
} as const;
const RO_COMPAT = { sparseSuper: 0x1, groupChecksums: 0x10, metadataChecksums: 0x400, sharedBlocks: 0x4000 } as const;

const REFUSED = [['compression', 'ext compression'], ['journalDevice', 'an ext journal device'], ['directoryData', 'ext data in directories (dirdata)']] as const;
const KNOWN_INCOMPAT = Object.values(INCOMPAT).reduce((all, bit) => all | bit, 0);

export function looksLikeExt(source: ByteSource): boolean {
  const bytes = peek(source, SUPERBLOCK_AT, 60);
  return bytes.byteLength === 60 && bytes.readUInt16LE(56) === MAGIC && bytes.readUInt32LE(24) <= 6;
}

export function parseExtSuperblock(source: ByteSource): ExtSuperblock {
  if (source.sizeBytes < SUPERBLOCK_AT + SUPERBLOCK_BYTES) truncated('ext superblock', `is cut off: the image ends at byte ${source.sizeBytes}`);
  const bytes = source.read(SUPERBLOCK_AT, SUPERBLOCK_BYTES);
  const u16 = (at: number): number => bytes.readUInt16LE(at);
  const u32 = (at: number): number => bytes.readUInt32LE(at);
  if (u16(56) !== MAGIC) damaged('ext superblock', 'has no magic number');
  const [compat, incompat, roCompat] = [u32(92), u32(96), u32(100)] as const;
  checkFeatures(incompat);
  const bits64 = (incompat & INCOMPAT.bits64) !== 0;
  const hasChecksums = (roCompat & RO_COMPAT.metadataChecksums) !== 0;
  const checksumSeed = !hasChecksums ? undefined
    : (incompat & INCOMPAT.checksumSeed) !== 0 ? u32(0x270) : crc32c(CRC32C_START, bytes.subarray(104, 120));
  const dynamic = u32(76) !== 0;
  const parsed: ExtSuperblock = {
    format: (incompat & (INCOMPAT.extents | INCOMPAT.bits64 | INCOMPAT.flexGroups | INCOMPAT.inlineData)) !== 0 || hasChecksums ? 'ext4'
      : (compat & COMPAT.hasJournal) !== 0 ? 'ext3' : 'ext2',
    blockBytes: blockBytes(u32(24)),
    blocks: u32(4) + (bits64 ? u32(336) * 2 ** 32 : 0),
    firstDataBlock: u32(20),
    blocksPerGroup: u32(32),
    inodes: u32(0),
    inodesPerGroup: u32(40),
    inodeBytes: dynamic ? u16(88) : 128,
    descriptorBytes: bits64 ? u16(254) : 32,
    firstMetaGroup: (incompat & INCOMPAT.metaGroups) === 0 ? undefined : u32(260),
    sparseSuper: (roCompat & RO_COMPAT.sparseSuper) !== 0,
    sharedBlocks: (roCompat & RO_COMPAT.sharedBlocks) !== 0,
    hasFileTypes: (incompat & INCOMPAT.fileType) !== 0,
    hasJournal: (compat & COMPAT.hasJournal) !== 0,
    needsRecovery: (incompat & INCOMPAT.recover) !== 0,
    cleanlyUnmounted: (u16(58) & 1) !== 0,
    hasErrors: (u16(58) & 2) !== 0,
    hasOrphans: u32(232) !== 0 || (roCompat & 0x1_0000) !== 0,
    checksumSeed,
    checksumMatches: !hasChecksums || crc32c(CRC32C_START, bytes.subarray(0, 0x3fc)) === u32(0x3fc),
    layout: {},
  };
  checkGeometry(parsed);
  return { ...parsed, layout: layoutFacts(bytes, parsed, [compat, incompat, roCompat]) };
}

function checkFeatures(incompat: number): void {
  for (const [name, words] of REFUSED) if ((incompat & INCOMPAT[name]) !== 0) unsupported('ext superblock', words);
  const unknown = incompat & ~KNOWN_INCOMPAT;
  if (unknown !== 0) unsupported('ext superblock', `the incompatible ext feature 0x${(unknown >>> 0).toString(16)}`);
}

function blockBytes(log: number): number {
  return log <= 6 ? 1024 << log : damaged('ext superblock', `has blocks of 2^${log + 10} bytes`);
}

function checkGeometry(ext: ExtSuperblock): void {
  const refuse = (why: string): never => damaged('ext superblock', why);
  const { blockBytes: size, inodeBytes, descriptorBytes } = ext;
  if (inodeBytes < 128 || inodeBytes > size || (inodeBytes & (inodeBytes - 1)) !== 0) refuse(`has inodes of ${inodeBytes} bytes`);
  if (descriptorBytes < 32 || descriptorBytes > size || (descriptorBytes & (descriptorBytes - 1)) !== 0) refuse(`has group descriptors of ${descriptorBytes} bytes`);
  if (ext.blocksPerGroup === 0 || ext.inodesPerGroup === 0) refuse('has empty groups');
  if (ext.firstDataBlock >= ext.blocks || !Number.isSafeInteger(ext.blocks * size)) refuse(`has ${ext.blocks} blocks of ${size} bytes from block ${ext.firstDataBlock}`);
}

function layoutFacts(bytes: Buffer, ext: ExtSuperblock, [compat, incompat, roCompat]: readonly [number, number, number]): LayoutFacts {
  const text = (from: number, to: number): string => bytes.subarray(from, to).toString('latin1').replace(/\0.*$/s, '');
  return {
    uuid: uuidText(bytes.subarray(104, 120)), volumeName: text(120, 136), lastMounted: text(136, 200), hashSeed: uuidText(bytes.subarray(236, 252)),
    blockBytes: ext.blockBytes, blocks: ext.blocks, freeBlocks: bytes.readUInt32LE(12), inodes: ext.inodes, freeInodes: bytes.readUInt32LE(16),
    inodeBytes: ext.inodeBytes, blocksPerGroup: ext.blocksPerGroup, reservedBlocks: bytes.readUInt32LE(8),
    featuresCompatible: hex(compat), featuresIncompatible: hex(incompat), featuresReadOnly: hex(roCompat),
    madeAt: bytes.readUInt32LE(264), mountedAt: bytes.readUInt32LE(44), writtenAt: bytes.readUInt32LE(48), checkedAt: bytes.readUInt32LE(64),
    mounts: bytes.readUInt16LE(52), journal: ext.needsRecovery ? 'not replayed' : ext.hasJournal ? 'clean' : 'none',
  };
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
