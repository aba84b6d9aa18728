import { DwarfCursor } from './dwarf-forms.ts';
import type { ElfFile } from './elf.ts';
import { findSection, sectionView } from './elf-section.ts';
import { View } from './view.ts';

/** Of the object as a whole, by the maker of the format (`aeabi`, `riscv`, `gnu`): which processor it was made for, and how it calls. */
export interface ObjectAttribute {
  vendor: string;
  /** As readelf has it, or `tag N`. */
  name: string;
  value: string;
}

const SECTIONS = ['.ARM.attributes', '.riscv.attributes', '.gnu.attributes'];
const FILE = 1;
const COMPATIBILITY = 32;
const MOST_ATTRIBUTES = 500;

/** ARM IHI 0045, RISC-V psABI; those that tell processors apart, the rest by number. */
const NAMES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  aeabi: {
    4: 'Tag_CPU_raw_name', 5: 'Tag_CPU_name', 6: 'Tag_CPU_arch', 7: 'Tag_CPU_arch_profile', 8: 'Tag_ARM_ISA_use', 9: 'Tag_THUMB_ISA_use', 10: 'Tag_FP_arch', 12: 'Tag_Advanced_SIMD_arch',
    28: 'Tag_ABI_VFP_args', 30: 'Tag_ABI_optimization_goals', 34: 'Tag_CPU_unaligned_access', 44: 'Tag_DIV_use', 68: 'Tag_Virtualization_use',
  },
  riscv: { 4: 'Tag_RISCV_stack_align', 5: 'Tag_RISCV_arch', 6: 'Tag_RISCV_unaligned_access', 14: 'Tag_RISCV_atomic_abi' },
  gnu: {},
};
/** Texts although their number is even. */
const TEXTS: Readonly<Record<string, readonly number[]>> = { aeabi: [4, 5, 67] };

/** In the file's order. Throws BYTES.* where the section is damaged. */
export function objectAttributes(elf: ElfFile): ObjectAttribute[] {
  const section = SECTIONS.map((name) => findSection(elf, name)).find((found) => found !== undefined);
  if (section === undefined) return [];
  const view = sectionView(elf, section);
  // Format version `A`: there is no other.
  if (view.sizeBytes === 0 || view.u8(0) !== 0x41) return [];
  const found: ObjectAttribute[] = [];
  for (let at = 1; at + 4 <= view.sizeBytes;) {
    const length = view.u32(at);
    readVendor(new View(view.slice(at, Math.max(4, length)), elf.littleEndian, view.place), found);
    at += Math.max(4, length);
  }
  return found;
}

function readVendor(view: View, found: ObjectAttribute[]): void {
  const vendor = view.text(4);
  for (let at = 4 + vendor.length + 1; at + 5 <= view.sizeBytes;) {
    const cursor = new DwarfCursor(view, at);
    const scope = cursor.unsigned();
    const length = Math.max(5, cursor.u32());
    const end = Math.min(view.sizeBytes, at + length);
    if (scope === FILE) while (cursor.at < end && found.length < MOST_ATTRIBUTES) found.push(readAttribute(cursor, vendor));
    at = end;
  }
}

function readAttribute(cursor: DwarfCursor, vendor: string): ObjectAttribute {
  const tag = cursor.unsigned();
  const name = NAMES[vendor]?.[tag] ?? `tag ${tag}`;
  if (tag === COMPATIBILITY) return { vendor, name, value: `${cursor.unsigned()} ${cursor.text()}` };
  const isText = TEXTS[vendor]?.includes(tag) === true || (tag % 2 === 1 && (vendor !== 'aeabi' || tag > COMPATIBILITY));
  return { vendor, name, value: isText ? cursor.text() : String(cursor.unsigned()) };
}
