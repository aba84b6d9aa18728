import { damaged, overLimit } from '../bytes/read-failure.ts';
import { DwarfCursor, readForm, type FormValue, type UnitEncoding } from './dwarf-forms.ts';
import { relocatedBytes } from './elf-relocation.ts';
import type { ElfFile } from './elf.ts';
import { findSection, sectionBytes } from './elf-section.ts';
import { tolerate } from './problem.ts';
import { View } from './view.ts';

/** One compilation unit: what the compiler says of itself and of where it ran. */
export interface CompilationUnit {
  /** Of DWARF. */
  version: number;
  producer?: string;
  name?: string;
  directory?: string;
}

const AT = { name: 0x03, compDir: 0x1b, producer: 0x25, strOffsetsBase: 0x72 } as const;
const IMPLICIT_CONST = 0x21;
/** A kernel with debug information has 3,000 to 30,000 of them. */
const MAX_UNITS = 100_000;
const MAX_LOOKUPS = 1_500_000;
/** Attributes of one kind of entry; compilers write a dozen. */
const MAX_ATTRIBUTES = 256;
const UNIT_TYPES = { compile: 1, type: 2, skeleton: 4, splitCompile: 5, splitType: 6 } as const;

/**
 * The units of `.debug_info`, DWARF 2 to 5, sections compressed or not; addresses in relocatable files applied.
 * Only the first entry of each unit is read: the cost is a few hundred bytes a unit, not the size of the section.
 */
export function compilationUnits(elf: ElfFile): CompilationUnit[] {
  const sections = debugSections(elf);
  if (sections === undefined) return [];
  const units: CompilationUnit[] = [];
  for (let at = 0; at < sections.info.sizeBytes;) {
    const header = tolerate(elf.problems, () => readUnitHeader(sections.info, at));
    if (header === undefined) break;
    if (units.length >= MAX_UNITS) { tolerate(elf.problems, () => overLimit('.debug_info', `has more than ${MAX_UNITS} units`, MAX_UNITS, units.length)); break; }
    const unit = header.isType ? undefined : tolerate(elf.problems, () => readUnit(sections, header));
    if (unit !== undefined) units.push(unit);
    at = header.end;
  }
  return units;
}

type StringTable = 'debug_str' | 'debug_line_str';
interface DebugSections extends Record<StringTable, View> {
  info: View;
  abbrev: View;
  offsets: View;
  /** Abbreviations that may still be looked at: units that each want the last one of a long table would cost its square. */
  lookups: { left: number };
}

function debugSections(elf: ElfFile): DebugSections | undefined {
  const open = (name: string): View => {
    const section = findSection(elf, `.${name}`) ?? findSection(elf, `.z${name}`);
    const bytes = section === undefined ? undefined : tolerate(elf.problems, () => relocatedBytes(elf, section, sectionBytes(elf, section)));
    return new View(bytes ?? Buffer.alloc(0), elf.littleEndian, `.${name}`);
  };
  const info = open('debug_info');
  if (info.sizeBytes === 0) return undefined;
  return { info, abbrev: open('debug_abbrev'), offsets: open('debug_str_offsets'), debug_str: open('debug_str'), debug_line_str: open('debug_line_str'), lookups: { left: MAX_LOOKUPS } };
}

interface UnitHeader extends UnitEncoding { abbrevOffset: number; start: number; end: number; isType: boolean }

function readUnitHeader(info: View, at: number): UnitHeader {
  const cursor = new DwarfCursor(info, at);
  const first = cursor.u32();
  const offsetBytes = first === 0xffffffff ? 8 : 4;
  const length = offsetBytes === 8 ? cursor.offset(8) : first;
  const end = cursor.at + length;
  if (end > info.sizeBytes || (first >= 0xfffffff0 && offsetBytes === 4)) damaged('.debug_info', `has a unit at byte ${at} that is longer than the section`);
  const version = cursor.u16();
  if (version < 2 || version > 5) damaged('.debug_info', `has a unit of version ${version} at byte ${at}`);
  const type = version >= 5 ? cursor.u8() : UNIT_TYPES.compile;
  const [before, addressBytes] = version >= 5 ? [undefined, cursor.u8()] as const : [cursor.offset(offsetBytes), cursor.u8()] as const;
  const abbrevOffset = before ?? cursor.offset(offsetBytes);
  if (type === UNIT_TYPES.skeleton || type === UNIT_TYPES.splitCompile) cursor.skip(8);
  const isType = type === UNIT_TYPES.type || type === UNIT_TYPES.splitType;
  return { version, offsetBytes, addressBytes, abbrevOffset, start: cursor.at, end, isType };
}

interface Attribute { name: number; form: number }

function readUnit(sections: DebugSections, header: UnitHeader): CompilationUnit {
  const cursor = new DwarfCursor(sections.info, header.start);
  const code = cursor.unsigned();
  const values = new Map<number, FormValue>();
  for (const { name, form } of attributesOf(sections, header.abbrevOffset, code)) values.set(name, readForm(cursor, form, header));
  const base = values.get(AT.strOffsetsBase);
  const text = (name: number): string | undefined => textOf(sections, values.get(name), header, base?.kind === 'number' ? base.value : undefined);
  const [producer, name, directory] = [text(AT.producer), text(AT.name), text(AT.compDir)];
  return { version: header.version, ...(producer === undefined ? {} : { producer }), ...(name === undefined ? {} : { name }), ...(directory === undefined ? {} : { directory }) };
}

/** The attributes of one abbreviation; the first one of a unit's table is nearly always asked for. */
function attributesOf({ abbrev, lookups }: DebugSections, offset: number, wanted: number): Attribute[] {
  const cursor = new DwarfCursor(abbrev, offset);
  for (let code = cursor.unsigned(); code !== 0; code = cursor.unsigned()) {
    cursor.unsigned();
    cursor.u8();
    const attributes = readAttributes(cursor);
    lookups.left -= 1 + attributes.length;
    if (lookups.left < 0) overLimit('.debug_abbrev', `takes more than ${MAX_LOOKUPS} look-ups`, MAX_LOOKUPS, MAX_LOOKUPS);
    if (code === wanted) return attributes;
  }
  return damaged('.debug_abbrev', `does not describe code ${wanted} of the table at byte ${offset}`);
}

function readAttributes(cursor: DwarfCursor): Attribute[] {
  const attributes: Attribute[] = [];
  for (;;) {
    const [name, form] = [cursor.unsigned(), cursor.unsigned()];
    if (form === IMPLICIT_CONST) cursor.unsigned();
    if (name === 0 && form === 0) return attributes;
    if (attributes.length >= MAX_ATTRIBUTES) damaged(cursor.view.place, `has an entry with more than ${MAX_ATTRIBUTES} attributes`);
    attributes.push({ name, form });
  }
}

function textOf(sections: DebugSections, value: FormValue | undefined, { offsetBytes, version }: UnitHeader, base: number | undefined): string | undefined {
  switch (value?.kind) {
    case 'text': return value.text;
    case 'string-offset': return sections[value.table].textIfAny(value.offset);
    case 'string-index': {
      // Split units have no base of their own; the table's header is as long as this.
      const start = base ?? (version >= 5 ? 2 * offsetBytes : 0);
      return sections.debug_str.textIfAny(new DwarfCursor(sections.offsets, start + value.index * offsetBytes).offset(offsetBytes));
    }
    case 'number': case 'other': case undefined: return undefined;
  }
}
