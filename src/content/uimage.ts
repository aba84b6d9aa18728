import { crc32 } from 'node:zlib';

import { damaged } from '../bytes/read-failure.ts';
import { View } from './view.ts';

/** U-Boot's legacy header (include/image.h); plain JSON. */
export interface UImageFacts {
  /** At most 32 characters, Latin-1. */
  name: string;
  /** Seconds since 1970. */
  time: number;
  loadAddress: number;
  entry: number;
  operatingSystem: string;
  architecture: string;
  type: string;
  compression: string;
  dataBytes: number;
  headerChecksumMatches: boolean;
  dataChecksumMatches: boolean;
  /** Where the data, or each file of a multi-file image, lies. */
  parts: { offset: number; sizeBytes: number }[];
}

export const UIMAGE_HEADER_BYTES = 64;
const MAGIC = 0x27051956;
const MULTI = 4;
const MAX_PARTS = 10_000;

const named = (names: Readonly<Record<number, string>>) => (code: number): string => names[code] ?? String(code);
const operatingSystem = named({ 1: 'openbsd', 2: 'netbsd', 3: 'freebsd', 5: 'linux', 14: 'vxworks', 17: 'u-boot', 18: 'rtems', 22: 'ose', 23: 'plan9', 25: 'arm-trusted-firmware', 26: 'tee', 27: 'opensbi', 28: 'efi' });
const architecture = named({ 1: 'alpha', 2: 'arm', 3: 'x86', 4: 'ia64', 5: 'mips', 6: 'mips64', 7: 'powerpc', 8: 's390', 9: 'superh', 10: 'sparc', 11: 'sparc64', 12: 'm68k', 14: 'microblaze', 15: 'nios2', 16: 'blackfin', 17: 'avr32', 19: 'sandbox', 20: 'nds32', 21: 'openrisc', 22: 'arm64', 23: 'arc', 24: 'x86_64', 25: 'xtensa', 26: 'riscv' });
const type = named({ 1: 'standalone', 2: 'kernel', 3: 'ramdisk', 4: 'multi', 5: 'firmware', 6: 'script', 7: 'filesystem', 8: 'flat_dt', 14: 'kernel_noload' });
const compression = named({ 0: 'none', 1: 'gzip', 2: 'bzip2', 3: 'lzma', 4: 'lzo', 5: 'lz4', 6: 'zstd' });

export function isUImage(bytes: Buffer): boolean {
  return bytes.length >= UIMAGE_HEADER_BYTES && bytes.readUInt32BE(0) === MAGIC;
}

export function uImageFacts(bytes: Buffer): UImageFacts {
  if (!isUImage(bytes)) damaged('the image', 'has no uImage header');
  const view = new View(bytes, false, 'the uImage');
  const dataBytes = view.u32(12);
  const data = view.slice(UIMAGE_HEADER_BYTES, dataBytes);
  const header = Buffer.from(view.slice(0, UIMAGE_HEADER_BYTES)).fill(0, 4, 8);
  return {
    name: view.slice(32, 32).toString('latin1').replace(/\0.*$/s, ''), time: view.u32(8), loadAddress: view.u32(16), entry: view.u32(20),
    operatingSystem: operatingSystem(view.u8(28)), architecture: architecture(view.u8(29)), type: type(view.u8(30)), compression: compression(view.u8(31)), dataBytes,
    headerChecksumMatches: crc32(header) === view.u32(4), dataChecksumMatches: crc32(data) === view.u32(24),
    parts: view.u8(30) === MULTI ? multiParts(view, dataBytes) : [{ offset: UIMAGE_HEADER_BYTES, sizeBytes: dataBytes }],
  };
}

/** A list of lengths that ends in 0, then the files, each starting at a multiple of four. */
function multiParts(view: View, dataBytes: number): UImageFacts['parts'] {
  const sizes: number[] = [];
  let at = UIMAGE_HEADER_BYTES;
  for (let size = view.u32(at); size !== 0; size = view.u32(at)) {
    if (sizes.length >= MAX_PARTS) damaged('the uImage', `has more than ${MAX_PARTS} parts`);
    sizes.push(size);
    at += 4;
  }
  let offset = at + 4;
  return sizes.map((sizeBytes) => {
    if (offset + sizeBytes > UIMAGE_HEADER_BYTES + dataBytes) damaged('the uImage', 'has parts that are longer than its data');
    const part = { offset, sizeBytes };
    offset += Math.ceil(sizeBytes / 4) * 4;
    return part;
  });
}
