import { createHash } from 'node:crypto';

/** A stream of chances from a seed, the same on every machine; xoshiro is not needed for what a test draws. */
export class Draw {
  #state: number;
  constructor(seed: string) { this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0); }

  /** 0 to below - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  between(least: number, most: number): number { return least + this.below(most - least + 1); }
  often(percent: number): boolean { return this.below(100) < percent; }
  pick<T>(from: readonly T[]): T { return from[this.below(from.length)]!; }
  bytes(count: number): Buffer { return Buffer.from(Array.from({ length: count }, () => this.below(256))); }
  hex(digits: number): string { return this.bytes(Math.ceil(digits / 2)).toString('hex').slice(0, digits); }
  letters(count: number, from = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'): string { return Array.from({ length: count }, () => from[this.below(from.length)]!).join(''); }

  uuid(): string {
    const digits = this.hex(32);
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return Array.from(list, () => rest.splice(this.below(rest.length), 1)[0]!);
  }

  /** Different ones, in the order drawn. */
  some<T>(count: number, from: readonly T[]): T[] { return this.shuffled(from).slice(0, count); }
  word(): string { return this.pick(WORDS); }
  sentence(): string { return `${this.some(this.between(4, 9), WORDS).join(' ')}.`; }
  prose(lines: number): string { return Array.from({ length: lines }, () => `${this.sentence()}\n`).join(''); }
  version(): string { return `${this.below(8)}.${this.below(20)}.${this.below(10)}`; }

  /** Bytes with the statistics of x86 code more than of noise: common opcodes, small operands. */
  code(count: number): Buffer {
    const out: number[] = [];
    while (out.length < count) out.push(...this.pick(OPCODES), ...(this.often(50) ? [this.below(128), 0, 0, 0] : [this.below(64)]));
    return Buffer.from(out.slice(0, count));
  }
}

const OPCODES = [[0x48, 0x8b, 0x45], [0x48, 0x89, 0xe5], [0x8b, 0x55], [0x83, 0xc0], [0xe8], [0x0f, 0x84], [0x48, 0x8d, 0x3d], [0xbf], [0x31, 0xc0], [0x5d, 0xc3], [0x55], [0xeb], [0x75], [0x48, 0x83, 0xec]] as const;

const WORDS = ('archive basis buffer cache channel client codec command config console context cursor daemon default device digest directory driver engine entry event '
  + 'fetch field filter font format frame gateway graph group handle header image index input journal kernel key layer library limit link list lock log loop manual '
  + 'mapping memory menu message method mirror module monitor mount network node object option output packet page panel parser partition patch peer pipe pixel pointer '
  + 'policy pool port prefix profile proxy query queue range reader record region render report request resolve result router routine scheme screen script section '
  + 'sensor server session shadow shell signal socket source stack state station storage stream string switch symbol system table target template terminal thread '
  + 'token trace transfer update upload value vector version volume watch widget window wrapper writer zone').split(' ');
