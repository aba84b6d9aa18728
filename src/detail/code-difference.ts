import type { Disassembler, Instruction } from '../content/disassembler.ts';
import { codeBytes, type CodeRange } from '../content/elf-code.ts';
import type { ElfFile } from '../content/elf.ts';
import type { Both } from '../foundation/both.ts';
import { ArmOperands } from './arm-operands.ts';
import type { CodeTargets } from './code-targets.ts';

/** One side of a program whose functions are compared. */
export interface CodeSide {
  elf: ElfFile;
  targets: CodeTargets;
}

/** How two functions of one size differ, instruction by instruction; undefined where not all of them can be read. */
export interface CodeDifference {
  /** Other instructions, or other registers. */
  changed: number;
  /** The same instruction with another operand that is no address, or leads elsewhere, or nobody can tell where. */
  operands: number;
  /** Another address of what is the same thing, as far as can be told. */
  shifted: number;
}

export function codeDifference(sides: Both<CodeSide>, ranges: Both<CodeRange>, reader: Disassembler): CodeDifference | undefined {
  const code = { left: codeBytes(sides.left.elf, ranges.left), right: codeBytes(sides.right.elf, ranges.right) };
  const sizes = reader.sizes(code.left, ranges.left.address);
  if (sizes.reduce((sum, size) => sum + size, 0) !== code.left.length) return undefined;
  const comparer = new CodeComparer(sides, ranges, code, reader);
  if (sides.left.elf.machine === 'aarch64') return comparer.words();
  const found = { changed: 0, operands: 0, shifted: 0 };
  let at = 0;
  for (const size of sizes) {
    const fate = comparer.fate(at, size);
    if (fate === 'other') return { ...found, changed: found.changed + 1 };
    if (fate !== undefined) found[fate]++;
    at += size;
  }
  return found;
}

class CodeComparer {
  readonly #sides: Both<CodeSide>;
  readonly #ranges: Both<CodeRange>;
  readonly #code: Both<Buffer>;
  readonly #reader: Disassembler;
  readonly #isX86: boolean;

  constructor(sides: Both<CodeSide>, ranges: Both<CodeRange>, code: Both<Buffer>, reader: Disassembler) {
    this.#sides = sides;
    this.#ranges = ranges;
    this.#code = code;
    this.#reader = reader;
    this.#isX86 = sides.left.elf.machine === 'x86_64';
  }

  /** Of the instruction of the left at a place; `other` where the right has none there of that size, and nothing behind it is in its place. */
  fate(at: number, size: number): keyof CodeDifference | 'other' | undefined {
    const { left, right } = this.#code;
    const ends = { left: this.#ranges.left.address + BigInt(at + size), right: this.#ranges.right.address + BigInt(at + size) };
    const distances = this.#isX86 ? commonDistances(this.#code, at, size) : undefined;
    if (left.compare(right, at, at + size, at, at + size) === 0) return distances !== undefined && this.#leadsElsewhere(ends, distances) ? 'operands' : undefined;
    if (distances !== undefined) return isSame({ left: ends.left + distances.left, right: ends.right + distances.right }, this.#sides, distances.accessBytes) ? 'shifted' : 'operands';
    const [a, b] = [this.#reader.instruction(left, at, this.#ranges.left.address), this.#reader.instruction(right, at, this.#ranges.right.address)];
    if (a?.sizeBytes !== size || b?.sizeBytes !== size) return 'other';
    return fateOf({ left: { ...a, bytes: left.subarray(at, at + size) }, right: { ...b, bytes: right.subarray(at, at + size) } }, ends, this.#sides);
  }

  /** Of AArch64: every instruction has four bytes, and an address is often made by two of them. */
  words(): CodeDifference {
    const { left, right } = this.#code;
    const found = { changed: 0, operands: 0, shifted: 0 };
    const operands = new ArmOperands();
    for (let at = 0; at + 4 <= left.length; at += 4) {
      const words = { left: left.readUInt32LE(at), right: right.readUInt32LE(at) };
      const { targets, accessBytes, unexplained, isPage } = operands.next(words, { left: this.#ranges.left.address + BigInt(at), right: this.#ranges.right.address + BigInt(at) });
      const fate = words.left === words.right ? targets !== undefined && this.#areApart(targets) ? 'operands' : undefined
        : isPage === true ? 'shifted' : targets === undefined ? this.#byText(at) : isSame(targets, this.#sides, accessBytes) ? 'shifted' : 'operands';
      if (fate !== undefined) found[fate]++;
      found.operands += unexplained;
    }
    return { ...found, operands: found.operands + operands.end() };
  }

  #byText(at: number): 'changed' | 'operands' {
    const [a, b] = [this.#reader.instruction(this.#code.left, at, this.#ranges.left.address), this.#reader.instruction(this.#code.right, at, this.#ranges.right.address)];
    return a !== undefined && b !== undefined && a.mnemonic === b.mnemonic && shape(a.operands) === shape(b.operands) ? 'operands' : 'changed';
  }

  /** The same bytes, and what lay at that distance has moved away. What nobody can tell apart is not held against it. */
  #leadsElsewhere(ends: Both<bigint>, distances: Both<bigint>): boolean {
    return this.#areApart({ left: ends.left + distances.left, right: ends.right + distances.right });
  }

  #areApart(targets: Both<bigint>): boolean {
    if (targets.left === targets.right) return false;
    const [a, b] = [this.#sides.left.targets.at(targets.left), this.#sides.right.targets.at(targets.right)];
    return a !== undefined && b !== undefined && a !== b;
  }
}

/**
 * Calls, jumps, and loads of an address or from one, as nearly all of them are encoded on x86-64: the last four bytes are the
 * distance, the others are the same on both sides. Told from the bytes, for their text takes five times as long.
 */
function commonDistances({ left, right }: Both<Buffer>, at: number, size: number): Both<bigint> & { accessBytes?: number } | undefined {
  const field = at + size - 4;
  if (size < 5 || left.compare(right, at, field, at, field) !== 0) return undefined;
  const [first, second, third] = [left[at]!, left[at + 1]!, left[at + 2]!];
  const isBranch = size === 5 && (first === 0xe8 || first === 0xe9) || size === 6 && first === 0x0f && (second & 0xf0) === 0x80;
  const isLoad = size === 7 && (first & 0xf8) === 0x48 && (second === 0x8d || second === 0x8b) && (third & 0xc7) === 0x05;
  return isBranch || isLoad ? { left: BigInt(left.readInt32LE(field)), right: BigInt(right.readInt32LE(field)), ...(isLoad && second === 0x8b ? { accessBytes: 8 } : {}) } : undefined;
}

function isSame(targets: Both<bigint>, { left, right }: Both<CodeSide>, accessBytes?: number): boolean {
  const [a, b] = [left.targets.at(targets.left, accessBytes), right.targets.at(targets.right, accessBytes)];
  return a !== undefined && a === b;
}

const NUMBER = /(?<![\w.])-?(?:0x[0-9a-f]+|\d+)(?!\w)/g;

const shape = (operands: string): string => operands.replaceAll(/ [+-] (?=\d|0x)/g, ' + ').replaceAll(NUMBER, '#');

type EncodedInstruction = Instruction & { bytes: Buffer };

function fateOf({ left, right }: Both<EncodedInstruction>, ends: Both<bigint>, sides: Both<CodeSide>): keyof CodeDifference {
  if (left.mnemonic !== right.mnemonic) return 'changed';
  if (shape(left.operands) !== shape(right.operands)) return 'changed';
  const targets = { left: targetOf(left, ends.left), right: targetOf(right, ends.right) };
  if (targets.left === undefined || targets.right === undefined || targets.left.rest !== targets.right.rest) return 'operands';
  const distances = { left: Number(targets.left.address - ends.left), right: Number(targets.right.address - ends.right) };
  if (!differInDistanceAlone(left.bytes, right.bytes, distances)) return 'operands';
  return isSame({ left: targets.left.address, right: targets.right.address }, sides, targets.left.accessBytes) ? 'shifted' : 'operands';
}

/** Two encodings of one instruction differ in more: nothing that comes of addresses alone. */
function differInDistanceAlone(left: Buffer, right: Buffer, distances: Both<number>): boolean {
  for (let at = left.length - 4; at > 0; at--) {
    if (left.readInt32LE(at) !== distances.left || right.readInt32LE(at) !== distances.right) continue;
    return left.compare(right, 0, at, 0, at) === 0 && left.compare(right, at + 4, right.length, at + 4, left.length) === 0;
  }
  return false;
}

const BRANCH = /^(?:j\w+|call|loop\w*|xbegin)$/;
interface Target { address: bigint; rest: string; accessBytes?: number }

const WIDTHS: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4, qword: 8, xmmword: 16, ymmword: 32 };
const RELATIVE = /(?:(?<width>\w+) ptr )?\[rip (?<sign>[+-]) (?<distance>0x[0-9a-f]+|\d+)\]/;

/** The one address in it, and what else its operands say; undefined where there is none. */
function targetOf({ mnemonic, operands }: Instruction, end: bigint): Target | undefined {
  if (BRANCH.test(mnemonic.replace(/^(?:bnd|notrack) /, ''))) return /^(?:0x[0-9a-f]+|\d+)$/.test(operands) ? { address: BigInt(operands), rest: '' } : relative(operands, end);
  return relative(operands, end);
}

function relative(operands: string, end: bigint): Target | undefined {
  const { width = '', sign, distance } = RELATIVE.exec(operands)?.groups ?? {};
  if (distance === undefined) return undefined;
  const accessBytes = WIDTHS[width];
  return { address: sign === '-' ? end - BigInt(distance) : end + BigInt(distance), rest: operands.replace(RELATIVE, `${width} []`), ...(accessBytes === undefined ? {} : { accessBytes }) };
}
