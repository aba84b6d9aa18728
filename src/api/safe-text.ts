/** Control characters but line feed and tab, C1 controls, and marks that turn the direction of text. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escaped(unit: string): string {
  const code = unit.codePointAt(0)!;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Bytes of a build as text that no terminal or page will act on; what is not UTF-8 as `\xNN`. The input is hostile. */
export function safeText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decoded(buffer).replace(UNSAFE, escaped);
}

/** A name as one line: line feeds and tabs are escaped too. */
export function safeName(bytes: Uint8Array): string {
  return safeText(bytes).replace(/[\n\t]/g, escaped);
}

/** Every text in a JSON value, made safe: what is recorded of a step quotes what it printed. */
export function safeValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNSAFE, escaped);
  if (Array.isArray(value)) return value.map(safeValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, safeValue(each)]));
}

function decoded(buffer: Buffer): string {
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let out = '';
  for (let at = 0; at < buffer.length;) {
    const length = utf8Length(buffer, at);
    out += length === 0 ? escaped(String.fromCharCode(buffer[at]!)) : buffer.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return out;
}

/** Bytes of the well-formed sequence at `at` (Unicode table 3-7); 0 where there is none. */
function utf8Length(buffer: Buffer, at: number): number {
  const lead = buffer[at]!;
  const within = (i: number, low = 0x80, high = 0xbf): boolean => buffer[at + i]! >= low && buffer[at + i]! <= high;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return within(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) return within(1, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf) && within(2) ? 3 : 0;
  if (lead >= 0xf0 && lead <= 0xf4) return within(1, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf) && within(2) && within(3) ? 4 : 0;
  return 0;
}

/**
 * The same bytes, as many of them, with what a terminal would act on blanked out, so that ranges of a log stay what
 * they are. A carriage return becomes a line feed.
 */
export function blankControls(bytes: Uint8Array): Buffer {
  const out = Buffer.from(bytes);
  for (let i = 0; i < out.length; i++) {
    const byte = out[i]!;
    if (byte === 0x0d) out[i] = 0x0a;
    else if (byte === 0x7f || (byte < 0x20 && byte !== 0x0a && byte !== 0x09)) out[i] = 0x2e;
    else if (byte === 0xc2 && out[i + 1]! >= 0x80 && out[i + 1]! <= 0x9f) out.fill(0x2e, i, i + 2);
    else if (byte === 0xe2 && turnsDirection(out[i + 1], out[i + 2])) out.fill(0x2e, i, i + 3);
  }
  return out;
}

function turnsDirection(second: number | undefined, third: number | undefined): boolean {
  if (second === 0x80) return third === 0x8e || third === 0x8f || (third! >= 0xaa && third! <= 0xae);
  return second === 0x81 && third! >= 0xa6 && third! <= 0xa9;
}
