import { craftElf } from './crafted-content.ts';

/** A small program for x86-64, whose every byte is known: three functions, a table of texts, symbols or frames. */
export interface CraftedProgram {
  /** Texts that `first` and `second` load the address of; others may stand between them. */
  texts: readonly string[];
  /** Which of them each loads. */
  loads: readonly [number, number];
  /** Which of `constant` and `other` `first` calls. */
  calls: 'constant' | 'other';
  constant: number;
  /** Instructions of one byte before `first` begins. */
  padding: number;
  symbols: boolean;
  frames: boolean;
  names: Readonly<Record<'first' | 'second' | 'constant' | 'other', string>>;
}

export const CRAFTED: CraftedProgram = {
  texts: ['a text', 'another text', 'the third one'], loads: [0, 2], calls: 'constant', constant: 5, padding: 0, symbols: true, frames: true,
  names: { first: 'first', second: 'second', constant: 'constant', other: 'other' },
};

const TEXT_AT = 0x1000;
const DATA_AT = 0x2000;
const FRAMES_AT = 0x3000;
/** Of x86-64: `lea rdi, [rip + …]`, `call …`, `mov eax, …`, `ret`, `nop`. */
const LEA = [0x48, 0x8d, 0x3d];
const [CALL, MOVE, RETURN, NOTHING] = [0xe8, 0xb8, 0xc3, 0x90];
const SIZES = { first: 13, second: 8, constant: 6, other: 6 } as const;
type Name = keyof typeof SIZES;

export function craftProgram(changed: Partial<CraftedProgram> = {}): Buffer {
  const program = { ...CRAFTED, ...changed };
  const places = placesOf(program.padding);
  const sections = [
    { name: '.text', type: 1, flags: 6, address: TEXT_AT, content: codeOf(program, places) },
    { name: '.rodata', type: 1, flags: 2, address: DATA_AT, content: Buffer.from(`${program.texts.join('\0')}\0${'\0'.repeat(64)}`) },
    ...(program.frames ? [{ name: '.eh_frame', type: 1, flags: 2, address: FRAMES_AT, content: framesOf(places) }] : []),
  ];
  const table = sections.length + 1;
  return craftElf({ wide: true, littleEndian: true, machine: 62, type: 3, sections: [...sections, ...(program.symbols ? symbolsOf(program, places, table) : [])] });
}

function placesOf(padding: number): Record<Name, number> {
  const first = TEXT_AT + padding;
  const second = first + SIZES.first;
  const constant = second + SIZES.second;
  return { first, second, constant, other: constant + SIZES.constant };
}

function codeOf({ texts, loads, calls, constant, padding }: CraftedProgram, places: Record<Name, number>): Buffer {
  const textAt = (number: number): number => DATA_AT + texts.slice(0, number).reduce((sum, text) => sum + text.length + 1, 0);
  const distance = (target: number, end: number): number[] => { const bytes = Buffer.alloc(4); bytes.writeInt32LE(target - end); return [...bytes]; };
  const load = (number: number, at: number): number[] => [...LEA, ...distance(textAt(number), at + 7)];
  return Buffer.from([
    ...Array.from({ length: padding }, () => NOTHING), ...load(loads[0], places.first), CALL, ...distance(places[calls], places.first + 12), RETURN,
    ...load(loads[1], places.second), RETURN, MOVE, ...distance(constant, 0), RETURN, MOVE, ...distance(6, 0), RETURN,
  ]);
}

function symbolsOf({ names }: CraftedProgram, places: Record<Name, number>, table: number): Parameters<typeof craftElf>[0]['sections'] {
  const all = Object.keys(SIZES) as Name[];
  const strings = Buffer.from(`\0${all.map((name) => names[name]).join('\0')}\0`);
  const entries = Buffer.alloc(24 * (all.length + 1));
  let at = 1;
  for (const [i, name] of all.entries()) {
    const start = 24 * (i + 1);
    entries.writeUInt32LE(at, start);
    entries[start + 4] = 0x12;
    entries.writeUInt16LE(1, start + 6);
    entries.writeBigUInt64LE(BigInt(places[name]), start + 8);
    entries.writeBigUInt64LE(BigInt(SIZES[name]), start + 16);
    at += names[name].length + 1;
  }
  return [{ name: '.symtab', type: 2, content: entries, link: table + 1, entryBytes: 24 }, { name: '.strtab', type: 3, content: strings }];
}

/** One common entry, `zR` with distances of four bytes, then one a function. */
function framesOf(places: Record<Name, number>): Buffer {
  const common = Buffer.from([16, 0, 0, 0, 0, 0, 0, 0, 1, 0x7a, 0x52, 0, 1, 0x78, 16, 1, 0x1b, 0, 0, 0]);
  const frames = (Object.keys(SIZES) as Name[]).map((name, i) => {
    const frame = Buffer.alloc(20);
    const at = common.length + i * frame.length;
    frame.writeUInt32LE(16, 0);
    frame.writeUInt32LE(at + 4, 4);
    frame.writeInt32LE(places[name] - (FRAMES_AT + at + 8), 8);
    frame.writeUInt32LE(SIZES[name], 12);
    return frame;
  });
  return Buffer.concat([common, ...frames, Buffer.alloc(4)]);
}
