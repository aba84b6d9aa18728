import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';
import type { View } from './view.ts';

/** How one unit is encoded (DWARF 5, 7.5.1). */
export interface UnitEncoding {
  version: number;
  /** 4, or 8 in the 64-bit format. */
  offsetBytes: 4 | 8;
  addressBytes: number;
}

/** A value as far as strings need it. */
export type FormValue =
  | { kind: 'text'; text: string }
  | { kind: 'string-offset'; table: 'debug_str' | 'debug_line_str'; offset: number }
  | { kind: 'string-index'; index: number }
  | { kind: 'number'; value: number }
  | { kind: 'other' };

export class DwarfCursor {
  at: number;
  readonly view: View;

  constructor(view: View, at: number) {
    this.view = view;
    this.at = at;
  }

  u8(): number { return this.#step(1, this.view.u8(this.at)); }
  u16(): number { return this.#step(2, this.view.u16(this.at)); }
  u32(): number { return this.#step(4, this.view.u32(this.at)); }
  offset(bytes: 4 | 8): number { return bytes === 8 ? this.#step(8, this.view.size64(this.at)) : this.u32(); }

  u24(): number {
    const [first, second, third] = [this.u8(), this.u8(), this.u8()];
    return this.view.littleEndian ? first | second << 8 | third << 16 : first << 16 | second << 8 | third;
  }

  /** ULEB128; numbers above 2^53 lose their low bits, which no caller needs. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return damaged(this.view.place, `has an endless number at byte ${this.at}`);
  }

  text(): string {
    const text = this.view.text(this.at);
    this.at += text.length + 1;
    return text;
  }

  skip(bytes: number): void {
    if (this.at + bytes > this.view.sizeBytes) truncated(this.view.place, `ends in a value at byte ${this.at}`);
    this.at += bytes;
  }

  #step<T>(bytes: number, value: T): T {
    this.at += bytes;
    return value;
  }
}

const OTHER: FormValue = { kind: 'other' };
const FIXED: ReadonlyMap<number, number> = new Map([
  [0x0b, 1], [0x0c, 1], [0x11, 1], [0x29, 1], [0x05, 2], [0x12, 2], [0x2a, 2], [0x2b, 3], [0x06, 4], [0x13, 4], [0x1c, 4], [0x2c, 4], [0x07, 8], [0x14, 8], [0x20, 8], [0x24, 8],
  [0x1e, 16], [0x19, 0], [0x21, 0],
]);

/** Reads, or steps over, one value (DWARF 5, 7.5.6; the GNU forms before it). */
export function readForm(cursor: DwarfCursor, form: number, { version, offsetBytes, addressBytes }: UnitEncoding, depth = 0): FormValue {
  const fixed = FIXED.get(form);
  if (fixed !== undefined && form !== 0x06 && form !== 0x07) { cursor.skip(fixed); return OTHER; }
  switch (form) {
    case 0x08: return { kind: 'text', text: cursor.text() };
    case 0x0e: return { kind: 'string-offset', table: 'debug_str', offset: cursor.offset(offsetBytes) };
    case 0x1f: return { kind: 'string-offset', table: 'debug_line_str', offset: cursor.offset(offsetBytes) };
    case 0x17: return { kind: 'number', value: cursor.offset(offsetBytes) };
    case 0x06: return { kind: 'number', value: cursor.u32() };
    case 0x07: return { kind: 'number', value: cursor.offset(8) };
    case 0x1a: case 0x1f02: return { kind: 'string-index', index: cursor.unsigned() };
    case 0x25: return { kind: 'string-index', index: cursor.u8() };
    case 0x26: return { kind: 'string-index', index: cursor.u16() };
    case 0x27: return { kind: 'string-index', index: cursor.u24() };
    case 0x28: return { kind: 'string-index', index: cursor.u32() };
    case 0x01: cursor.skip(addressBytes); return OTHER;
    case 0x0f: case 0x0d: case 0x15: case 0x1b: case 0x22: case 0x23: case 0x1f01: cursor.unsigned(); return OTHER;
    // Before version 3 a reference to another unit was as long as an address.
    case 0x10: cursor.skip(version <= 2 ? addressBytes : offsetBytes); return OTHER;
    case 0x1d: case 0x1f20: case 0x1f21: cursor.skip(offsetBytes); return OTHER;
    case 0x03: cursor.skip(cursor.u16()); return OTHER;
    case 0x04: cursor.skip(cursor.u32()); return OTHER;
    case 0x09: case 0x18: cursor.skip(cursor.unsigned()); return OTHER;
    case 0x0a: cursor.skip(cursor.u8()); return OTHER;
    case 0x16: {
      if (depth > 2) damaged(cursor.view.place, 'names a form by a form by a form');
      return readForm(cursor, cursor.unsigned(), { version, offsetBytes, addressBytes }, depth + 1);
    }
    default: return unsupported(cursor.view.place, `DWARF form 0x${form.toString(16)}`);
  }
}
