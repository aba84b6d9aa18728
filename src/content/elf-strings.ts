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
  // The NUL is taken along, not looked ahead for: of a long run without an end that would cost the square.
  for (const [run] of bytes.toString('latin1').matchAll(/[\t\n\r\x1b\x20-\x7e\x80-\xff]+\0?/g)) {
    if (!run.endsWith('\0') || run.length <= FEWEST_BYTES) continue;
    // Numbers that lie right before a text may look like the middle of a letter.
    const text = Buffer.from(run.slice(0, -1), 'latin1').toString('utf8').split('\ufffd').at(-1)!;
    if (text.length >= FEWEST_BYTES) yield text;
  }
}

const SYSTEM_SECTIONS = /^\.(?:eh_frame|gcc_except_table|modinfo|comment|interp|dynstr|shstrtab|strtab|gnu_debug|hash|gnu\.)/;

function holdsStrings({ name, typeCode, flags }: ElfSection): boolean {
  return typeCode === SHT.progbits && (flags & BigInt(SHF.alloc)) !== 0n && (flags & BigInt(SHF.exec)) === 0n && !SYSTEM_SECTIONS.test(name);
}
