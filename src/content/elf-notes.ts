import type { ElfFile } from './elf.ts';
import { PT, SHT } from './elf-names.ts';
import { storedBytes } from './elf-section.ts';
import { tolerate } from './problem.ts';
import { View } from './view.ts';

export interface ElfNote {
  /** `GNU`, `Linux`, `Go`, `stapsdt` … */
  owner: string;
  type: number;
  description: Buffer;
}

const GNU = { abiTag: 1, buildId: 3 } as const;
const SYSTEMS: Readonly<Record<number, string>> = { 0: 'linux', 1: 'hurd', 2: 'solaris', 3: 'freebsd' };

/** From the sections of that type, where there are none from the segments: a stripped section table takes no note away. */
export function elfNotes(elf: ElfFile): ElfNote[] {
  const sections = elf.sections.filter(({ typeCode }) => typeCode === SHT.note);
  const areas = sections.length > 0
    ? sections.map((section) => ({ alignment: section.alignment, read: () => storedBytes(elf, section) }))
    : elf.segments.filter(({ typeCode }) => typeCode === PT.note)
      .map(({ offset, fileBytes, alignment }) => ({ alignment, read: () => elf.view.slice(offset, fileBytes) }));
  return areas.flatMap(({ alignment, read }) => tolerate(elf.problems, () => notesIn(new View(read(), elf.littleEndian, elf.view.place), alignment === 8n ? 8 : 4)) ?? []);
}

function notesIn(view: View, alignment: number): ElfNote[] {
  const notes: ElfNote[] = [];
  const aligned = (at: number): number => Math.ceil(at / alignment) * alignment;
  for (let at = 0; at + 12 <= view.sizeBytes;) {
    const [nameBytes, descriptionBytes, type] = [view.u32(at), view.u32(at + 4), view.u32(at + 8)];
    const owner = view.slice(at + 12, nameBytes).toString('latin1').replace(/\0+$/, '');
    const start = aligned(at + 12 + nameBytes);
    notes.push({ owner, type, description: view.slice(start, descriptionBytes) });
    at = aligned(start + descriptionBytes);
  }
  return notes;
}

/** Lower-case hexadecimal digits. */
export function buildIdOf(notes: readonly ElfNote[]): string | undefined {
  return notes.find(({ owner, type }) => owner === 'GNU' && type === GNU.buildId)?.description.toString('hex');
}

/** The oldest kernel that a program or library runs on, as the C library's notes say: `linux 3.2.0`. */
export function abiTagOf(notes: readonly ElfNote[], littleEndian: boolean): string | undefined {
  const note = notes.find(({ owner, type, description }) => owner === 'GNU' && type === GNU.abiTag && description.length >= 16);
  if (note === undefined) return undefined;
  const words = [0, 4, 8, 12].map((at) => (littleEndian ? note.description.readUInt32LE(at) : note.description.readUInt32BE(at)));
  return `${SYSTEMS[words[0]!] ?? words[0]} ${words.slice(1).join('.')}`;
}
