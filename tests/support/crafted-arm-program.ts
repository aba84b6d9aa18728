import { craftElf } from './crafted-content.ts';

/** A small program for AArch64 whose every instruction is known: `caller` loads the address of a text and calls, `number` gives a constant, `other` another. */
export interface CraftedArmProgram {
  /** The one that is loaded stands last. */
  texts: readonly string[];
  calls: 'number' | 'other';
  constant: number;
  /** Instructions that do nothing before `caller`. */
  padding: number;
}

export const CRAFTED_ARM: CraftedArmProgram = { texts: ['a text', 'the text that is loaded'], calls: 'number', constant: 5, padding: 0 };

const [TEXT_AT, DATA_AT] = [0x1000, 0x2000];
/** In bytes. */
const SIZES = { caller: 24, number: 8, other: 8 } as const;
type Name = keyof typeof SIZES;
const NAMES = Object.keys(SIZES) as Name[];
const WORD = 4;
const AARCH64 = 183;

/** Words of A64 (Arm ARM, C6.2), as the GNU assembler writes them. */
const A64 = {
  push: 0xa9bf7bfd, pop: 0xa8c17bfd, return: 0xd65f03c0, nothing: 0xd503201f,
  /** `adrp x0, page` */
  page: (pages: number): number => (0x90000000 | (pages & 3) << 29 | (pages >> 2 & 0x7ffff) << 5) >>> 0,
  /** `add x0, x0, #low` */
  add: (low: number): number => (0x91000000 | low << 10) >>> 0,
  /** `bl target` */
  call: (distance: number): number => (0x94000000 | distance / WORD & 0x3ffffff) >>> 0,
  /** `mov w0, #value` */
  move: (value: number): number => (0x52800000 | value << 5) >>> 0,
};

/** Where each function starts. */
function armPlaces({ padding }: CraftedArmProgram): Record<Name, number> {
  const caller = TEXT_AT + padding * WORD;
  return { caller, number: caller + SIZES.caller, other: caller + SIZES.caller + SIZES.number };
}

export function craftArmProgram(changed: Partial<CraftedArmProgram> = {}): Buffer {
  const program = { ...CRAFTED_ARM, ...changed };
  const sections = [
    { name: '.text', type: 1, flags: 6, address: TEXT_AT, content: armCode(program) },
    { name: '.rodata', type: 1, flags: 2, address: DATA_AT, content: Buffer.from(`${program.texts.join('\0')}\0`) },
  ];
  return craftElf({ wide: true, littleEndian: true, machine: AARCH64, type: 3, sections: [...sections, ...symbolsOf(armPlaces(program), sections.length + 1)] });
}

/** `.text` alone. */
export function armCode(program: CraftedArmProgram): Buffer {
  const { texts, calls, constant, padding } = program;
  const places = armPlaces(program);
  const textAt = DATA_AT + texts.slice(0, -1).reduce((sum, text) => sum + text.length + 1, 0);
  const words = [
    ...Array.from({ length: padding }, () => A64.nothing),
    A64.push, A64.page((textAt >> 12) - (places.caller + WORD >> 12)), A64.add(textAt & 0xfff), A64.call(places[calls] - places.caller - 3 * WORD), A64.pop, A64.return,
    A64.move(constant), A64.return, A64.move(6), A64.return,
  ];
  const code = Buffer.alloc(words.length * WORD);
  for (const [i, word] of words.entries()) code.writeUInt32LE(word, i * WORD);
  return code;
}

function symbolsOf(places: Record<Name, number>, table: number): Parameters<typeof craftElf>[0]['sections'] {
  const entries = Buffer.alloc(24 * (NAMES.length + 1));
  let at = 1;
  for (const [i, name] of NAMES.entries()) {
    const start = 24 * (i + 1);
    entries.writeUInt32LE(at, start);
    entries[start + 4] = 0x12;
    entries.writeUInt16LE(1, start + 6);
    entries.writeBigUInt64LE(BigInt(places[name]), start + 8);
    entries.writeBigUInt64LE(BigInt(SIZES[name]), start + 16);
    at += name.length + 1;
  }
  return [{ name: '.symtab', type: 2, content: entries, link: table + 1, entryBytes: 24 }, { name: '.strtab', type: 3, content: Buffer.from(`\0${NAMES.join('\0')}\0`) }];
}
