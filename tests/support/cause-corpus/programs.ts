import { craftElf, type CraftedElf } from '../crafted-content.ts';

type Section = CraftedElf['sections'][number];
export interface Routine { name: string; code: Buffer }
export interface Kind { wide: boolean; littleEndian: boolean; machine: number; type: number }

export const X86: Kind = { wide: true, littleEndian: true, machine: 62, type: 3 };
export const ARM64: Kind = { wide: true, littleEndian: true, machine: 183, type: 3 };
export const ARM: Kind = { wide: false, littleEndian: true, machine: 40, type: 2 };
export const MIPS: Kind = { wide: false, littleEndian: false, machine: 8, type: 2 };
export const MODULE: Kind = { ...X86, type: 1 };

const [ALLOC, CODE] = [2, 6];
const number = (kind: Kind, bytes: 2 | 4 | 8, value: number): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntLE(value, 0, Math.min(bytes, 6));
  return kind.littleEndian ? out : out.reverse();
};

/** A note as the linker aligns it. */
export function note(kind: Kind, owner: string, type: number, content: Buffer): Buffer {
  const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - bytes.length % 4) % 4)]);
  return Buffer.concat([number(kind, 4, owner.length + 1), number(kind, 4, content.length), number(kind, 4, type), pad(Buffer.from(`${owner}\0`)), pad(content)]);
}

export interface Debug { producer: string; directory: string; source: string; line?: Buffer; more?: Buffer }

/** One compilation unit of DWARF 4: producer, language, name, directory, by `.debug_str`. */
function debugSections(kind: Kind, { producer, directory, source, line = Buffer.from('\x01\x02\x03\x04'), more = Buffer.alloc(0) }: Debug): Section[] {
  const texts = Buffer.from(`${producer}\0${source}\0${directory}\0int\0main\0argc\0`);
  const at = (text: string): Buffer => number(kind, 4, texts.indexOf(`${text}\0`));
  const abbreviations = Buffer.from([1, 0x11, 0, 0x25, 0x0e, 0x13, 0x0b, 0x03, 0x0e, 0x1b, 0x0e, 0, 0, 0]);
  const unit = Buffer.concat([number(kind, 2, 4), number(kind, 4, 0), Buffer.from([kind.wide ? 8 : 4, 1]), at(producer), Buffer.from([12]), at(source), at(directory), Buffer.from([0])]);
  return [
    { name: '.debug_info', type: 1, content: Buffer.concat([number(kind, 4, unit.length), unit, more]) }, { name: '.debug_abbrev', type: 1, content: abbreviations },
    { name: '.debug_line', type: 1, content: line }, { name: '.debug_str', type: 1, flags: 0x30, entryBytes: 1, content: texts },
  ];
}

export interface ProgramParts {
  text: Buffer;
  readOnly?: Buffer | string;
  data?: Buffer;
  comment?: string;
  buildId?: Buffer;
  debug?: Debug;
  routines?: readonly Routine[];
  more?: readonly Section[];
}

/** A program with what a linker gives it, little as it does; sections are read, it is never run. */
export function program(kind: Kind, { text, readOnly = '', data = Buffer.alloc(32), comment = 'GCC: (GNU) 12.2.0', buildId, debug, routines = [], more = [] }: ProgramParts): Buffer {
  const sections: Section[] = [
    ...(buildId === undefined ? [] : [{ name: '.note.gnu.build-id', type: 7, flags: ALLOC, alignment: 4, content: note(kind, 'GNU', 3, buildId) }]),
    { name: '.text', type: 1, flags: CODE, alignment: 16, content: Buffer.concat([text, ...routines.map(({ code }) => code)]) },
    { name: '.rodata', type: 1, flags: ALLOC, alignment: 8, content: Buffer.from(readOnly as string, 'latin1') }, { name: '.data', type: 1, flags: 3, content: data },
    { name: '.comment', type: 1, flags: 0x30, entryBytes: 1, content: Buffer.from(`${comment}\0`) }, ...more, ...(debug === undefined ? [] : debugSections(kind, debug)),
  ];
  return craftElf({ ...kind, sections: routines.length === 0 ? sections : [...sections, ...symbolSections(kind, sections, text.length, routines)] });
}

function symbolSections(kind: Kind, before: readonly Section[], start: number, routines: readonly Routine[]): Section[] {
  const names = Buffer.from(`\0${routines.map(({ name }) => name).join('\0')}\0`);
  const textIndex = before.findIndex(({ name }) => name === '.text') + 1;
  let address = start;
  const rows = routines.map(({ name, code }) => {
    const at = address;
    address += code.length;
    const nameAt = number(kind, 4, names.indexOf(`\0${name}\0`) + 1);
    const info = Buffer.from([0x12, 0]);
    return kind.wide ? Buffer.concat([nameAt, info, number(kind, 2, textIndex), number(kind, 8, at), number(kind, 8, code.length)]) : Buffer.concat([nameAt, number(kind, 4, at), number(kind, 4, code.length), info, number(kind, 2, textIndex)]);
  });
  const entryBytes = kind.wide ? 24 : 16;
  return [
    { name: '.symtab', type: 2, content: Buffer.concat([Buffer.alloc(entryBytes), ...rows]), link: before.length + 2, info: 1, entryBytes, alignment: kind.wide ? 8 : 4 },
    { name: '.strtab', type: 3, content: names },
  ];
}

export const modinfo = (fields: Readonly<Record<string, string>>): Section => ({ name: '.modinfo', type: 1, flags: ALLOC, content: Buffer.from(Object.entries(fields).map(([key, value]) => `${key}=${value}\0`).join('')) });

/** A program of Windows, as EFI has it: one section, the time in its header. */
export function windowsProgram(time: number, code: Buffer): Buffer {
  const file = Buffer.alloc(0x400);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(0x80, 0x3c);
  file.write('PE\0\0', 0x80, 'latin1');
  file.writeUInt16LE(0x8664, 0x84);
  file.writeUInt16LE(1, 0x86);
  file.writeUInt32LE(time, 0x88);
  file.writeUInt16LE(240, 0x94);
  file.writeUInt16LE(0x2022, 0x96);
  file.writeUInt16LE(0x20b, 0x98);
  file.write('.text\0\0\0', 0x98 + 240, 'latin1');
  file.writeUInt32LE(code.length, 0x98 + 248);
  file.writeUInt32LE(0x1000, 0x98 + 252);
  file.writeUInt32LE(code.length, 0x98 + 256);
  file.writeUInt32LE(0x400, 0x98 + 260);
  return Buffer.concat([file, code]);
}
