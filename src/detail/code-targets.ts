import { codeBytes, rangeAt, type CodeRange } from '../content/elf-code.ts';
import { relocations } from '../content/elf-relocations.ts';
import { elfSymbols, type ElfSymbol } from '../content/elf-symbols.ts';
import type { ElfFile, ElfSection } from '../content/elf.ts';
import { tolerate } from '../content/problem.ts';

const EXECUTABLE = 4n;
const WRITABLE = 1n;
const ALLOCATED = 2n;
const NOBITS = 8;

/**
 * What an address of a loaded program leads to, told without addresses, so that two programs can be compared: a function
 * by the pair that it is one of, data by what they are. Undefined where nothing tells two things apart.
 */
export class CodeTargets {
  readonly #elf: ElfFile;
  readonly #functions: readonly CodeRange[];
  readonly #numbers: ReadonlyMap<CodeRange, number>;
  readonly #filled = new Map<bigint, { symbol: string; addend: bigint }>();
  readonly #objects: readonly CodeRange[];
  readonly #sections: readonly ElfSection[];
  #textsLeft = MOST_TEXT_BYTES;
  #lookupsLeft = MOST_LOOKUPS;
  readonly #known = new Map<bigint, string | undefined>();

  /** `numbers`: what the functions of both sides are paired by. */
  constructor(elf: ElfFile, functions: readonly CodeRange[], numbers: ReadonlyMap<CodeRange, number>) {
    this.#elf = elf;
    this.#functions = functions.toSorted(byAddress);
    this.#numbers = numbers;
    this.#objects = objectsOf(elf);
    this.#sections = elf.sections.filter(({ flags, sizeBytes }) => (flags & ALLOCATED) !== 0n && sizeBytes > 0).slice(0, MOST_SECTIONS);
    for (const { offset, symbol, addend, section } of relocations(elf)) if (section === 0) this.#filled.set(offset, { symbol, addend });
  }

  /** `accessBytes`: how many bytes are read there, where it is read at once. */
  at(address: bigint, accessBytes?: number): string | undefined {
    const value = accessBytes === undefined ? undefined : this.#value(address, accessBytes);
    if (value !== undefined) return value;
    const known = this.#known.get(address);
    if (known !== undefined || this.#known.has(address)) return known;
    if (this.#lookupsLeft-- <= 0) return undefined;
    const found = this.#find(address, 0);
    if (this.#known.size < MOST_KNOWN && (found?.length ?? 0) < LONGEST_KNOWN) this.#known.set(address, found);
    return found;
  }

  /** What nobody can write to, and no loader fills in, is what it is. */
  #value(address: bigint, accessBytes: number): string | undefined {
    const section = this.#sections.find((one) => address >= one.address && address < one.address + BigInt(one.sizeBytes));
    if (section === undefined || section.typeCode === NOBITS || (section.flags & (WRITABLE | EXECUTABLE)) !== 0n) return undefined;
    const bytes = codeAt(this.#elf, section, address, accessBytes);
    return bytes.length < accessBytes || this.#filled.has(address) ? undefined : `value ${bytes.toString('hex')}`;
  }

  #find(address: bigint, depth: number): string | undefined {
    const section = this.#sections.find((one) => address >= one.address && address < one.address + BigInt(one.sizeBytes));
    if (section === undefined) return undefined;
    if ((section.flags & EXECUTABLE) !== 0n) return this.#function(address) ?? this.#import(address);
    const slot = this.#filled.get(address);
    if (slot !== undefined && slot.symbol !== '') return `slot of ${slot.symbol}+${slot.addend}`;
    const object = rangeAt(this.#objects, address);
    if (object !== undefined) return `object ${object.name}+${address - object.address}`;
    return this.#data(section, address, depth);
  }

  #function(address: bigint): string | undefined {
    const found = rangeAt(this.#functions, address);
    const number = found === undefined ? undefined : this.#numbers.get(found);
    return number === undefined ? undefined : `function ${number}+${address - found!.address}`;
  }

  /** A stub of the linker that jumps to where another slot says. */
  #import(address: bigint): string | undefined {
    const section = this.#sections.find((one) => address >= one.address && address < one.address + BigInt(one.sizeBytes))!;
    const slot = slotOf(this.#elf, codeAt(this.#elf, section, address, STUB_BYTES), address);
    const filled = slot === undefined ? undefined : this.#filled.get(slot);
    return filled === undefined || filled.symbol === '' ? undefined : `import of ${filled.symbol}`;
  }

  #data(section: ElfSection, address: bigint, depth: number): string | undefined {
    const inSection = `${section.name} of ${section.sizeBytes}+${address - section.address}`;
    if (section.typeCode === NOBITS) return inSection;
    const bytes = codeAt(this.#elf, section, address, COMPARED_BYTES);
    const isWritable = (section.flags & WRITABLE) !== 0n;
    const text = isWritable || this.#textsLeft <= 0 ? undefined : textOf(codeAt(this.#elf, section, address, LONGEST_TEXT));
    this.#textsLeft -= text?.length ?? 0;
    if (text !== undefined) return `text ${text}`;
    return (isWritable ? undefined : this.#jumpTable(bytes, address)) ?? this.#words(bytes, address, depth) ?? inSection;
  }

  /** Distances from its own start to places of one function: how a `switch` is compiled to be position independent. */
  #jumpTable(bytes: Buffer, address: bigint): string | undefined {
    const entry = (i: number): number => (this.#elf.littleEndian ? bytes.readInt32LE(i * ENTRY_BYTES) : bytes.readInt32BE(i * ENTRY_BYTES));
    const first = bytes.length < ENTRY_BYTES ? undefined : rangeAt(this.#functions, address + BigInt(entry(0)));
    if (first === undefined) return undefined;
    const distances = Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, i) => entry(i));
    const places = distances.map((distance) => rangeAt(this.#functions, address + BigInt(distance)));
    const number = this.#numbers.get(first);
    const length = places.findIndex((place) => place !== first);
    if (number === undefined || length >= 0 && length < FEWEST_ENTRIES) return undefined;
    return `table of function ${number}: ${distances.slice(0, length < 0 ? undefined : length).map((distance) => address + BigInt(distance) - first.address).join(' ')}`;
  }

  /** Words with what they lead to in their place; undefined where they are too few, or all nothing. */
  #words(bytes: Buffer, address: bigint, depth: number): string | undefined {
    if (bytes.length < COMPARED_BYTES) return undefined;
    const words: string[] = [];
    for (let at = 0; at < bytes.length; at += WORD_BYTES) {
      const filled = this.#filled.get(address + BigInt(at));
      words.push(filled === undefined ? bytes.toString('hex', at, at + WORD_BYTES) : filled.symbol !== '' ? `→ ${filled.symbol}` : depth >= DEEPEST ? '→' : `→ ${this.#find(filled.addend, depth + 1) ?? '?'}`);
    }
    return words.every((word) => /^0*$/.test(word) || word === '→ ?') ? undefined : `data ${words.join(' ')}`;
  }
}

/** A linked program has 30 to 100; each address is looked for in all of them. */
const MOST_SECTIONS = 500;
/** Code may lead to millions of places, all of them long texts. */
const MOST_KNOWN = 200_000;
/** Addresses that are followed; of those behind nothing is told. openssl's library has 50,000. */
const MOST_LOOKUPS = 500_000;
/** Of all that were read; what comes behind is not told by its text. openssl's library has 2 MB. */
const MOST_TEXT_BYTES = 32 * 2 ** 20;
const LONGEST_KNOWN = 256;
const COMPARED_BYTES = 32;
const LONGEST_TEXT = 4096;
const WORD_BYTES = 8;
const ENTRY_BYTES = 4;
const FEWEST_ENTRIES = 2;
const DEEPEST = 2;
const STUB_BYTES = 16;
const FEWEST_LETTERS = 4;

function byAddress(a: CodeRange, b: CodeRange): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}

const MOST_OBJECTS = 500_000;

function objectsOf(elf: ElfFile): CodeRange[] {
  const found: CodeRange[] = [];
  const isObject = ({ type, sizeBytes, section, name }: ElfSymbol): boolean => type === 'object' && sizeBytes > 0n && typeof section === 'number' && name !== '';
  for (const table of ['symtab', 'dynsym'] as const) {
    tolerate(elf.problems, () => {
      for (const symbol of elfSymbols(elf, table)) {
        if (isObject(symbol) && found.push({ name: symbol.name, address: symbol.value, sizeBytes: Number(symbol.sizeBytes), section: 0, offset: 0 }) >= MOST_OBJECTS) return;
      }
    });
    if (found.length > 0) break;
  }
  return found.toSorted((a, b) => byAddress(a, b) || (a.name! < b.name! ? -1 : 1));
}

function codeAt(elf: ElfFile, section: ElfSection, address: bigint, most: number): Buffer {
  const start = Number(address - section.address);
  const sizeBytes = Math.min(most, section.sizeBytes - start);
  return section.offset + start + sizeBytes > elf.view.sizeBytes ? Buffer.alloc(0) : codeBytes(elf, { address, section: section.index, offset: section.offset + start, sizeBytes });
}

/** Up to its end. Shorter ones are numbers as often as texts. */
function textOf(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(0);
  const text = bytes.subarray(0, Math.max(0, end));
  const letters = text.toString('latin1');
  return letters.length >= FEWEST_LETTERS && /^[\t\n\x20-\x7e]*$/.test(letters) ? letters : undefined;
}

/** `jmp [rip + …]` up to the distance, as linkers begin a stub with it: with or without `endbr64` and `bnd`. */
const JUMPS = ['ff25', 'f2ff25', 'f30f1efaff25', 'f30f1efaf2ff25'].map((hex) => Buffer.from(hex, 'hex'));

/** The slot that a stub of a procedure linkage table jumps through: `jmp [rip + x]` on x86-64, `adrp; ldr` on AArch64. */
function slotOf({ machine }: ElfFile, stub: Buffer, address: bigint): bigint | undefined {
  if (machine === 'x86_64') {
    const at = JUMPS.find((start) => start.equals(stub.subarray(0, start.length)))?.length;
    return at === undefined || at + 4 > stub.length ? undefined : address + BigInt(at + 4 + stub.readInt32LE(at));
  }
  if (machine !== 'aarch64' || stub.length < STUB_BYTES) return undefined;
  const [page, load] = [stub.readUInt32LE(0), stub.readUInt32LE(4)];
  if ((page & 0x9f000000) >>> 0 !== 0x90000000 || (load & 0xffc00000) >>> 0 !== 0xf9400000) return undefined;
  return pageOf(page, address) + BigInt((load >>> 10 & 0xfff) * 8);
}

/** What `adrp` gives. */
export function pageOf(instruction: number, address: bigint): bigint {
  const pages = BigInt.asIntN(21, BigInt((instruction >>> 5 & 0x7ffff) << 2 | instruction >>> 29 & 3));
  return (address & ~0xfffn) + (pages << 12n);
}
