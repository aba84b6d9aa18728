import { damaged } from '../bytes/read-failure.ts';
import { payloadAt, searchPayload, type KernelPayload } from './kernel-payload.ts';
import { View } from './view.ts';

export type KernelImageFormat = 'x86-bzimage' | 'arm-zimage' | 'arm64-image' | 'riscv-image' | 'efi-zboot';

/** The wrapping of a kernel, as its boot protocol describes it; plain JSON. */
export interface KernelImage {
  format: KernelImageFormat;
  /** Where the header has it in plain text (x86): release, maker, build. */
  versionText?: string;
  /** The header's fields, by the names that the kernel's documentation gives them. */
  header: Readonly<Record<string, number | string>>;
  /** The image can be started by EFI: it has a PE header. */
  efiStub: boolean;
  payload?: { offset: number; packedBytes: number };
}

/** By magic number; undefined for anything else. */
export function kernelImageFormat(bytes: Buffer): KernelImageFormat | undefined {
  if (bytes.toString('latin1', 0x202, 0x206) === 'HdrS' && bytes[0x1fe] === 0x55 && bytes[0x1ff] === 0xaa) return 'x86-bzimage';
  if (bytes.toString('latin1', 0, 2) === 'MZ' && bytes.toString('latin1', 4, 8) === 'zimg') return 'efi-zboot';
  if (bytes.length >= 64 && bytes.readUInt32LE(0x24) === 0x016f2818) return 'arm-zimage';
  if (bytes.toString('latin1', 56, 60) === 'ARM\x64') return 'arm64-image';
  return bytes.toString('latin1', 56, 60) === 'RSC\x05' ? 'riscv-image' : undefined;
}

export function parseKernelImage(bytes: Buffer, format: KernelImageFormat): KernelImage {
  const view = new View(bytes, true, format);
  switch (format) {
    case 'x86-bzimage': return parseX86(view);
    case 'efi-zboot': return parseZboot(view);
    case 'arm-zimage': return parseArm(view);
    case 'arm64-image': case 'riscv-image': return parseFlat(view, format);
  }
}

/** The kernel that an image wraps; undefined for those that are the kernel themselves. */
export function unwrapKernel(bytes: Buffer, { format, payload }: KernelImage): KernelPayload | undefined {
  if (payload !== undefined) return payloadAt(bytes, payload.offset, payload.packedBytes);
  if (format !== 'arm-zimage') return undefined;
  return searchPayload(bytes, 0x34) ?? damaged('the zImage', 'holds no compressed kernel');
}

/** Documentation/arch/x86/boot.rst: the setup header at 0x1f1. */
function parseX86(view: View): KernelImage {
  const version = view.u16(0x206);
  const setupSectors = view.u8(0x1f1) === 0 ? 4 : view.u8(0x1f1);
  const since = (least: number, fields: () => Record<string, number | string>): Record<string, number | string> => (version >= least ? fields() : {});
  const header = {
    protocol: `${version >> 8}.${String(version & 255).padStart(2, '0')}`, setup_sects: setupSectors, root_flags: view.u16(0x1f2), syssize: view.u32(0x1f4), vid_mode: view.u16(0x1fa),
    loadflags: view.u8(0x211), code32_start: view.u32(0x214),
    ...since(0x202, () => ({ initrd_addr_max: view.u32(0x22c) })),
    ...since(0x205, () => ({ kernel_alignment: view.u32(0x230), relocatable_kernel: view.u8(0x234), cmdline_size: view.u32(0x238) })),
    ...since(0x20a, () => ({ min_alignment: view.u8(0x235), pref_address: `0x${view.u64(0x258).toString(16)}`, init_size: view.u32(0x260) })),
    ...since(0x20c, () => ({ xloadflags: view.u16(0x236) })),
  };
  const versionAt = view.u16(0x20e);
  const kernelStart = (setupSectors + 1) * 512;
  const payload = version >= 0x208 ? { offset: kernelStart + view.u32(0x248), packedBytes: view.u32(0x24c) } : undefined;
  if (payload !== undefined) view.slice(payload.offset, payload.packedBytes);
  return {
    format: 'x86-bzimage', header, efiStub: hasPeHeader(view), ...(versionAt === 0 ? {} : { versionText: view.text(versionAt + 0x200) }), ...(payload === undefined ? {} : { payload }),
  };
}

/** drivers/firmware/efi/libstub/zboot-header.S: a PE file around a compressed Image. */
function parseZboot(view: View): KernelImage {
  const payload = { offset: view.u32(8), packedBytes: view.u32(12) };
  view.slice(payload.offset, payload.packedBytes);
  return { format: 'efi-zboot', header: { compression: view.slice(24, 32).toString('latin1').replace(/\0.*$/s, '') }, efiStub: true, payload };
}

/** arch/arm/boot/compressed/head.S: start, end and byte order after the magic number. */
function parseArm(view: View): KernelImage {
  const byteOrder = view.u32(0x30) === 0x04030201 ? 'little' : 'big';
  return { format: 'arm-zimage', header: { start: view.u32(0x28), end: view.u32(0x2c), byteOrder }, efiStub: hasPeHeader(view) };
}

/** Documentation/arch/arm64/booting.rst, Documentation/arch/riscv/boot-image-header.rst: one layout. */
function parseFlat(view: View, format: 'arm64-image' | 'riscv-image'): KernelImage {
  const header = { text_offset: view.size64(8), image_size: view.size64(16), flags: `0x${view.u64(24).toString(16)}`, ...(format === 'riscv-image' ? { version: view.u32(32) } : {}) };
  return { format, header, efiStub: hasPeHeader(view) };
}

function hasPeHeader(view: View): boolean {
  if (view.slice(0, 2).toString('latin1') !== 'MZ') return false;
  const at = view.u32(0x3c);
  return view.bytes.toString('latin1', at, at + 4) === 'PE\0\0';
}
