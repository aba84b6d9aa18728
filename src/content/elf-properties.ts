import type { ElfFile } from './elf.ts';
import type { ElfNote } from './elf-notes.ts';
import { View } from './view.ts';

/** One of `.note.gnu.property`, with the names of its bits. */
export interface GnuProperty {
  name: string;
  values: string[];
}

const GNU_PROPERTY = 5;
const ISA = ['x86-64-baseline', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4'];
const X86_FEATURES = ['IBT', 'SHSTK', 'LAM_U48', 'LAM_U57'];

type Names = Readonly<Record<number, { name: string; bits: readonly string[] }>>;

/** Linux Extensions to gABI, the x86 and the AArch64 psABI. */
const X86: Names = {
  0xc0000002: { name: 'x86 feature', bits: X86_FEATURES }, 0xc0008002: { name: 'x86 ISA needed', bits: ISA }, 0xc0010002: { name: 'x86 ISA used', bits: ISA },
  0xc0008001: { name: 'x86 feature needed', bits: ['x86', 'x87', 'MMX', 'XMM', 'YMM', 'ZMM', 'FXSR', 'XSAVE', 'XSAVEOPT', 'XSAVEC', 'TMM', 'MASK'] },
  0xc0010001: { name: 'x86 feature used', bits: ['x86', 'x87', 'MMX', 'XMM', 'YMM', 'ZMM', 'FXSR', 'XSAVE', 'XSAVEOPT', 'XSAVEC', 'TMM', 'MASK'] },
};
const AARCH64: Names = { 0xc0000000: { name: 'AArch64 feature', bits: ['BTI', 'PAC', 'GCS'] } };
const RISCV: Names = { 0xc0000000: { name: 'RISC-V feature', bits: ['CFI_LP_UNLABELED', 'CFI_SS', 'CFI_LP_FUNC_SIG'] } };
const MACHINES: Readonly<Record<string, Names>> = { x86_64: X86, i386: X86, aarch64: AARCH64, riscv: RISCV };

/** Those whose meaning is known here; of any other, its number and bytes. */
export function gnuProperties(elf: ElfFile, notes: readonly ElfNote[]): GnuProperty[] {
  return notes.filter(({ owner, type }) => owner === 'GNU' && type === GNU_PROPERTY).flatMap(({ description }) => propertiesIn(elf, description));
}

function propertiesIn(elf: ElfFile, description: Buffer): GnuProperty[] {
  const view = new View(description, elf.littleEndian, 'the note of properties');
  const alignment = elf.bits / 8;
  const found: GnuProperty[] = [];
  for (let at = 0; at + 8 <= view.sizeBytes;) {
    const [type, length] = [view.u32(at), view.u32(at + 4)];
    const known = MACHINES[elf.machine]?.[type];
    const data = view.slice(at + 8, length);
    found.push(known === undefined || length !== 4 ? { name: `property 0x${type.toString(16)}`, values: [data.toString('hex')] } : { name: known.name, values: bitsOf(view.u32(at + 8), known.bits) });
    at += 8 + Math.ceil(length / alignment) * alignment;
  }
  return found;
}

function bitsOf(value: number, names: readonly string[]): string[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (value >>> bit) & 1).map((bit) => names[bit] ?? `bit ${bit}`);
}

const OPEN = 0x100;
const FUNCTION = 0x101;
const BUILD_ATTRIBUTES: Readonly<Record<string, string>> = { '\x01': 'version', '\x02': 'stack protector', '\x03': 'relro', '\x04': 'stack size', '\x05': 'tool', '\x06': 'ABI', '\x07': 'PIC', '\x08': 'short enum' };
const MOST_BUILD_ATTRIBUTES = 1000;

/** What annobin and GCC's other plug-ins leave of how each function was compiled (`.gnu.build.attributes`): distinct, sorted; `name: value`. */
export function buildAttributes(notes: readonly ElfNote[]): string[] {
  const texts = notes.filter(({ owner, type }) => (type === OPEN || type === FUNCTION) && owner.startsWith('GA')).map(({ owner }) => attributeText(owner.slice(2)));
  return [...new Set(texts)].toSorted().slice(0, MOST_BUILD_ATTRIBUTES);
}

/** `$` a text, `*` a number, `+` true, `!` false; then a known name as one byte, or one that ends in NUL; then the value. */
function attributeText(text: string): string {
  const [kind, rest] = [text[0] ?? '', text.slice(1)];
  const known = BUILD_ATTRIBUTES[rest[0] ?? ''];
  const end = known === undefined ? rest.indexOf('\0') : 0;
  const name = known ?? (end < 0 ? rest : rest.slice(0, end));
  const value = end < 0 ? '' : rest.slice(end + 1);
  switch (kind) {
    case '$': return `${name}: ${value}`;
    case '*': return `${name}: 0x${Buffer.from(value, 'latin1').reverse().toString('hex').replace(/^0+(?=.)/, '') || '0'}`;
    case '+': return `${name}: true`;
    case '!': return `${name}: false`;
    default: return `${name}: ?`;
  }
}
