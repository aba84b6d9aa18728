import { DwarfCursor } from './dwarf-forms.ts';
import type { ElfFile } from './elf.ts';
import { findSection, sectionView } from './elf-section.ts';
import { tolerate } from './problem.ts';
import type { View } from './view.ts';

/** Where a piece of code lies that can be unwound: a function, or a part of one. */
export interface CodeFrame {
  address: bigint;
  sizeBytes: bigint;
}

const ENCODING = { pointer: 0x00, uleb: 0x01, u16: 0x02, u32: 0x03, u64: 0x04, sleb: 0x09, s16: 0x0a, s32: 0x0b, s64: 0x0c, relative: 0x10, omitted: 0xff } as const;
/** Of a kernel there may be 100,000. */
const MAX_FRAMES = 500_000;

/**
 * The frames of `.eh_frame` (LSB 5.0, 10.6.1), in its order: what is left of where functions begin and end once the symbols
 * are stripped. None of a relocatable file, whose addresses are not filled in.
 */
export function codeFrames(elf: ElfFile): CodeFrame[] {
  const section = findSection(elf, '.eh_frame');
  if (section === undefined || elf.type === 'relocatable') return [];
  const frames: CodeFrame[] = [];
  tolerate(elf.problems, () => readFrames(elf, sectionView(elf, section), section.address, frames));
  return frames;
}

function readFrames(elf: ElfFile, view: View, base: bigint, frames: CodeFrame[]): void {
  const encodings = new Map<number, number>();
  for (let at = 0; at + 4 <= view.sizeBytes && frames.length < MAX_FRAMES;) {
    const cursor = new DwarfCursor(view, at);
    const first = cursor.u32();
    if (first === 0) return;
    const length = first === 0xffffffff ? cursor.offset(8) : first;
    const start = cursor.at;
    const owner = cursor.u32();
    if (owner !== 0) {
      const ownerAt = start - owner;
      const encoding = encodings.get(ownerAt) ?? encodingOf(view, ownerAt);
      encodings.set(ownerAt, encoding);
      const frame = readFrame(elf, cursor, encoding, base);
      if (frame !== undefined) frames.push(frame);
    }
    at = start + length;
  }
}

/** How the entries of one common entry write their addresses. */
function encodingOf(view: View, at: number): number {
  const cursor = new DwarfCursor(view, at);
  if (cursor.u32() === 0xffffffff) cursor.skip(8);
  cursor.skip(4);
  const version = cursor.u8();
  const augmentation = cursor.text();
  if (augmentation.startsWith('eh')) return ENCODING.omitted;
  cursor.unsigned();
  cursor.unsigned();
  if (version === 1) cursor.u8(); else cursor.unsigned();
  if (!augmentation.startsWith('z')) return ENCODING.pointer;
  cursor.unsigned();
  for (const letter of augmentation.slice(1)) {
    if (letter === 'R') return cursor.u8();
    if (letter === 'L') cursor.u8();
    else if (letter === 'P') skipPointer(cursor, cursor.u8());
  }
  return ENCODING.pointer;
}

const SIZES: Readonly<Partial<Record<number, number>>> = { [ENCODING.u16]: 2, [ENCODING.s16]: 2, [ENCODING.u32]: 4, [ENCODING.s32]: 4, [ENCODING.u64]: 8, [ENCODING.s64]: 8 };

function skipPointer(cursor: DwarfCursor, encoding: number): void {
  const size = SIZES[encoding & 15];
  // Only the pointer of a routine stands here; of its own width where nothing else is said.
  cursor.skip(size ?? 8);
}

function readFrame(elf: ElfFile, cursor: DwarfCursor, encoding: number, base: bigint): CodeFrame | undefined {
  const size = (encoding & 15) === ENCODING.pointer ? elf.bits / 8 : SIZES[encoding & 15];
  const application = encoding & 0x70;
  if (size === undefined || (application !== 0 && application !== ENCODING.relative)) return undefined;
  const at = cursor.at;
  const value = readSigned(cursor, size);
  const length = BigInt.asUintN(size * 8, readSigned(cursor, size));
  const address = BigInt.asUintN(elf.bits, application === ENCODING.relative ? base + BigInt(at) + value : value);
  return length === 0n ? undefined : { address, sizeBytes: length };
}

function readSigned(cursor: DwarfCursor, size: number): bigint {
  const { view, at } = cursor;
  cursor.skip(size);
  return size === 8 ? BigInt.asIntN(64, view.u64(at)) : size === 4 ? BigInt(view.i32(at)) : BigInt.asIntN(16, BigInt(view.u16(at)));
}
