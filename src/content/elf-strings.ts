import type { ElfFile, ElfSection } from './elf.ts';
import { SHF, SHT } from './elf-names.ts';
import { sectionBytes } from './elf-section.ts';
import { tolerate } from './problem.ts';

const FEWEST_BYTES = 4;
/** A kernel has 300,000. */
const MAX_STRINGS = 1_000_000;
const MAX_SECTION_BYTES = 2 ** 28;

/** What a program is loaded with that reads as text, section by section in the file's order. Code, names of symbols and debug information are left out. */
export function elfStrings(elf: ElfFile): string[] {
  const found: string[] = [];
  for (const section of elf.sections.filter(holdsStrings)) {
    const bytes = tolerate(elf.problems, () => sectionBytes(elf, section));
    if (bytes !== undefined && bytes.length <= MAX_SECTION_BYTES) for (const text of stringsIn(bytes)) if (found.push(text) >= MAX_STRINGS) return found;
  }
  return found;
}

/** Texts that end in NUL, of four bytes or more: as `strings` finds them, less what only happens to be printable. */
export function* stringsIn(bytes: Buffer): Generator<string> {
  let least = 0;
  // Byte by byte: a pattern over a run of many megabytes overflows the stack of the engine that matches it.
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, end + 1)) {
    let start = end;
    while (start > least && isOfText(bytes[start - 1]!)) start--;
    least = end + 1;
    if (end - start < FEWEST_BYTES) continue;
    // Numbers that lie right before a text may look like the middle of a letter.
    const text = bytes.toString('utf8', start, end).split('\ufffd').at(-1)!;
    if (text.length >= FEWEST_BYTES) yield text;
  }
}

function isOfText(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x1b;
}

const SYSTEM_SECTIONS = /^\.(?:eh_frame|gcc_except_table|modinfo|comment|interp|dynstr|shstrtab|strtab|gnu_debug|hash|gnu\.)/;

function holdsStrings({ name, typeCode, flags }: ElfSection): boolean {
  return typeCode === SHT.progbits && (flags & BigInt(SHF.alloc)) !== 0n && (flags & BigInt(SHF.exec)) === 0n && !SYSTEM_SECTIONS.test(name);
}
