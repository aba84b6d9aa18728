import { storedPart, type ContentPart } from './description.ts';
import type { ElfFile, ElfSection } from './elf.ts';
import { SHT } from './elf-names.ts';
import { compressionOf, sectionBytes } from './elf-section.ts';
import { tolerate } from './problem.ts';

/** Headers, sections and what lies between them: every byte of the file stands in one part at least. */
export function elfParts(elf: ElfFile): ContentPart[] {
  const file = elf.view.bytes;
  const headers = elf.headers.filter(({ sizeBytes }) => sizeBytes > 0)
    .map(({ name, offset, sizeBytes }) => storedPart(file, 'header', name, offset, sizeBytes));
  const sections = elf.sections.filter(({ typeCode, offset, sizeBytes }) => typeCode !== SHT.nobits && offset + sizeBytes <= file.length).map((section) => sectionPart(elf, section));
  const known = [...headers, ...sections];
  return [...known, ...gaps(file, known.map(({ offset, storedBytes }) => ({ start: offset!, end: offset! + storedBytes })))];
}

function sectionPart(elf: ElfFile, section: ElfSection): ContentPart {
  const packed = tolerate(elf.problems, () => compressionOf(elf, section));
  return {
    name: section.name, role: 'section', offset: section.offset, storedBytes: section.sizeBytes,
    attributes: {
      number: section.index, type: section.type, flags: `0x${section.flags.toString(16)}`, address: `0x${section.address.toString(16)}`,
      ...(packed === undefined ? {} : { compression: packed.compression }),
    },
    content: () => sectionBytes(elf, section),
  };
}

interface Range { start: number; end: number }

function gaps(file: Buffer, covered: readonly Range[]): ContentPart[] {
  const found: ContentPart[] = [];
  let at = 0;
  for (const { start, end } of [...covered.toSorted((a, b) => a.start - b.start), { start: file.length, end: file.length }]) {
    if (start > at) found.push(storedPart(file, 'gap', start === file.length ? 'after the last section' : `between sections at ${at}`, at, start - at));
    at = Math.max(at, end);
  }
  return found;
}
