import type { Both } from '../foundation/both.ts';
import { pageOf } from './code-targets.ts';

/** One pair of instructions of AArch64, as far as addresses stand in them. */
export interface ArmVerdict {
  /** Where each leads; undefined where no address stands in it, or the rest of the two is not the same. */
  targets?: Both<bigint>;
  /** Of a load from there. */
  accessBytes?: number;
  /** Loads of a page that nothing that was seen made use of, and that differ: what they are for cannot be told. */
  unexplained: number;
  /** The two differ in the page alone: what makes use of it will tell. */
  isPage?: boolean;
}

/** Instructions that hold a distance from themselves (Arm ARM, C4.1): which bits they are known by, and where the distance stands, in words. */
const DISTANCES: readonly { mask: number; bits: number; shift: number; width: number }[] = [
  { mask: 0x7c000000, bits: 0x14000000, shift: 0, width: 26 }, { mask: 0xff000010, bits: 0x54000000, shift: 5, width: 19 }, { mask: 0x7e000000, bits: 0x34000000, shift: 5, width: 19 },
  { mask: 0x7e000000, bits: 0x36000000, shift: 5, width: 14 }, { mask: 0x3b000000, bits: 0x18000000, shift: 5, width: 19 },
];
const PAGE = { mask: 0x9f000000, bits: 0x90000000 } as const;
const ADD = { mask: 0xffc00000, bits: 0x91000000 } as const;
const ACCESS = { mask: 0x3b000000, bits: 0x39000000 } as const;
const CALLS: readonly { mask: number; bits: number }[] = [{ mask: 0xfc000000, bits: 0x94000000 }, { mask: 0xfffffc1f, bits: 0xd63f0000 }];
const LOW_BITS = 0x003ffc00;
/** What a call may overwrite: x0 to x18. */
const CALLER_SAVED = 19;

const is = (word: number, { mask, bits }: { mask: number; bits: number }): boolean => ((word & mask) >>> 0) === bits >>> 0;

/** Follows pages that one instruction loads and the next ones make use of. Each pair of words is to be handed in once, in order. */
export class ArmOperands {
  readonly #pages = new Map<number, Both<bigint> & { isExplained: boolean }>();

  next(words: Both<number>, addresses: Both<bigint>): ArmVerdict {
    const { left, right } = words;
    if (is(left, PAGE) && is(right, PAGE) && (left & 31) === (right & 31)) return { isPage: true, unexplained: this.#load(left & 31, { left: pageOf(left, addresses.left), right: pageOf(right, addresses.right) }) };
    const targets = distancesOf(words, addresses) ?? this.#low(words);
    const accessBytes = targets !== undefined && is(left, ACCESS) && (left >>> 22 & 3) !== 0 ? 2 ** scaleOf(left) : undefined;
    return { ...(targets === undefined ? {} : { targets }), ...(accessBytes === undefined ? {} : { accessBytes }), unexplained: this.#forget(left) };
  }

  /** Loads of pages that are still not made use of. */
  end(): number {
    return [...this.#pages.keys()].reduce((sum, register) => sum + this.#drop(register), 0);
  }

  #load(register: number, pages: Both<bigint>): number {
    const unexplained = this.#drop(register);
    this.#pages.set(register, { ...pages, isExplained: pages.left === pages.right });
    return unexplained;
  }

  #drop(register: number): number {
    const page = this.#pages.get(register);
    this.#pages.delete(register);
    return page === undefined || page.isExplained ? 0 : 1;
  }

  /** `add` and accesses to memory with the low twelve bits of an address, of a page that was loaded before. */
  #low({ left, right }: Both<number>): Both<bigint> | undefined {
    const page = this.#pages.get(left >>> 5 & 31);
    if (page === undefined || ((left ^ right) & ~LOW_BITS) !== 0) return undefined;
    const scale = is(left, ADD) ? 0 : is(left, ACCESS) ? scaleOf(left) : undefined;
    if (scale === undefined) return undefined;
    page.isExplained = true;
    const low = (word: number): bigint => BigInt((word >>> 10 & 0xfff) * 2 ** scale);
    return { left: page.left + low(left), right: page.right + low(right) };
  }

  /** Registers that it writes hold no page any more; taken for written is whatever may be. */
  #forget(word: number): number {
    if (CALLS.some((call) => is(word, call))) return Array.from({ length: CALLER_SAVED }, (_, register) => this.#drop(register)).reduce((sum, count) => sum + count, 0);
    const isStore = is(word, ACCESS) && (word >>> 22 & 3) === 0;
    return isStore || DISTANCES.slice(0, 4).some((one) => is(word, one)) ? 0 : this.#drop(word & 31);
  }
}

function scaleOf(word: number): number {
  const size = word >>> 30;
  const isVector = (word >>> 26 & 1) === 1;
  return isVector && size === 0 && (word >>> 23 & 1) === 1 ? 4 : size;
}

function distancesOf({ left, right }: Both<number>, addresses: Both<bigint>): Both<bigint> | undefined {
  const form = DISTANCES.find((one) => is(left, one) && is(right, one));
  if (form === undefined) return undefined;
  const field = (2 ** form.width - 1) * 2 ** form.shift;
  if (((left ^ right) & ~field) !== 0) return undefined;
  const target = (word: number, address: bigint): bigint => address + BigInt.asIntN(form.width, BigInt(word >>> form.shift)) * 4n;
  return { left: target(left, addresses.left), right: target(right, addresses.right) };
}
