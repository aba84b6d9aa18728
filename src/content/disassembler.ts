import type { CapstoneModule } from '@alexaltea/capstone-js';

import { Bug } from '../foundation/failure.ts';
import type { ElfFile } from './elf.ts';

/** As the processor's maker writes it; addresses that an instruction leads to stand in it as such, but for those counted from the instruction. */
export interface Instruction {
  sizeBytes: number;
  mnemonic: string;
  operands: string;
}

/** One instruction after the other, of one processor. Code is only read, never run. */
export interface Disassembler {
  /** Sizes of the instructions from the start on; what cannot be read ends the list early. */
  sizes(code: Buffer, address: bigint): number[];
  /** Undefined where there is none that can be read. */
  instruction(code: Buffer, offset: number, address: bigint): Instruction | undefined;
}

/** capstone.h, version 5. */
const ARCHITECTURES = { arm64: 1, x86: 3 } as const;
const MODES: Readonly<Record<string, readonly [architecture: number, mode: number]>> = {
  x86_64: [ARCHITECTURES.x86, 1 << 3], i386: [ARCHITECTURES.x86, 1 << 2], aarch64: [ARCHITECTURES.arm64, 0],
};
/** cs_insn, for 32-bit pointers. */
const INSTRUCTION = { size: 16, mnemonic: 42, mnemonicBytes: 32, operands: 74, operandsBytes: 160 } as const;
const LONGEST_INSTRUCTION = 16;

let loading: Promise<CapstoneModule> | undefined;
const opened = new Map<string, Promise<Disassembler>>();

/** Undefined for a processor whose operands are not understood here. Loaded when first asked for (0.1 s, 40 MB), and kept. */
export async function disassemblerOf({ machine, littleEndian }: ElfFile): Promise<Disassembler | undefined> {
  const mode = littleEndian ? MODES[machine] : undefined;
  if (mode === undefined) return undefined;
  const known = opened.get(machine) ?? open(...mode);
  opened.set(machine, known);
  return known;
}

async function open(architecture: number, mode: number): Promise<Disassembler> {
  loading ??= import('@alexaltea/capstone-js').then(({ default: load }) => load());
  const capstone = await loading;
  const at = capstone._malloc(4);
  if (capstone._cs_open(architecture, mode, at) !== 0) throw new Bug(`Capstone does not know architecture ${architecture}, mode ${mode}`);
  return new CapstoneDisassembler(capstone, capstone.getValue(at, 'i32'));
}

class CapstoneDisassembler implements Disassembler {
  readonly #capstone: CapstoneModule;
  readonly #handle: number;
  /** In Capstone's memory: code pointer, size, address (8 bytes), the instruction. */
  readonly #cursor: { code: number; size: number; address: number; instruction: number };
  #room = { at: 0, bytes: 0 };

  constructor(capstone: CapstoneModule, handle: number) {
    this.#capstone = capstone;
    this.#handle = handle;
    this.#cursor = { code: capstone._malloc(4), size: capstone._malloc(4), address: capstone._malloc(8), instruction: capstone._cs_malloc(handle) };
  }

  sizes(code: Buffer, address: bigint): number[] {
    this.#load(code, address);
    const sizes: number[] = [];
    while (this.#next()) sizes.push(this.#capstone.getValue(this.#cursor.instruction + INSTRUCTION.size, 'i16'));
    return sizes;
  }

  instruction(code: Buffer, offset: number, address: bigint): Instruction | undefined {
    this.#load(code.subarray(offset, offset + LONGEST_INSTRUCTION), address + BigInt(offset));
    if (!this.#next()) return undefined;
    const { instruction } = this.#cursor;
    return {
      sizeBytes: this.#capstone.getValue(instruction + INSTRUCTION.size, 'i16'), mnemonic: this.#text(instruction + INSTRUCTION.mnemonic, INSTRUCTION.mnemonicBytes),
      operands: this.#text(instruction + INSTRUCTION.operands, INSTRUCTION.operandsBytes),
    };
  }

  #load(code: Buffer, address: bigint): void {
    if (code.length > this.#room.bytes) {
      if (this.#room.bytes > 0) this.#capstone._free(this.#room.at);
      const bytes = Math.max(4096, code.length * 2);
      this.#room = { at: this.#capstone._malloc(bytes), bytes };
    }
    this.#capstone.writeArrayToMemory(code, this.#room.at);
    this.#capstone.setValue(this.#cursor.code, this.#room.at, 'i32');
    this.#capstone.setValue(this.#cursor.size, code.length, 'i32');
    this.#capstone.setValue(this.#cursor.address, BigInt.asIntN(64, address), 'i64');
  }

  #next(): boolean {
    const { code, size, address, instruction } = this.#cursor;
    return (this.#capstone._cs_disasm_iter(this.#handle, code, size, address, instruction) & 0xff) !== 0;
  }

  #text(at: number, most: number): string {
    let text = '';
    for (let i = 0; i < most; i++) {
      const byte = this.#capstone.getValue(at + i, 'i8') & 0xff;
      if (byte === 0) break;
      text += String.fromCodePoint(byte);
    }
    return text;
  }
}
