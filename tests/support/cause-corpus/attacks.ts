import type { Draw } from './draw.ts';

const MAGICS = ['1f8b', '28b52ffd', '04224d18', '89504e47'].map((hex) => Buffer.from(hex, 'hex'));
const isPacked = (bytes: Buffer): boolean => MAGICS.some((magic) => bytes.subarray(0, magic.length).equals(magic));
const isText = (bytes: Buffer): boolean => !bytes.includes(0);
const isProgram = (bytes: Buffer): boolean => bytes.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
const NEAR = 24;

/** Changes that come with the sample's own: a line, a letter, a byte of code, a byte of what is packed. */
export function attacksOn(left: Buffer, right: Buffer, render: (body: (content: Buffer) => Buffer) => Buffer, draw: Draw): Buffer[] {
  const within = render((content) => flipped(content, isText(content) ? letters(content) : middle(content), draw) ?? content);
  const outside = isPacked(right) ? [] : [isText(right) ? Buffer.concat([right, Buffer.from('allow = all\n')]) : undefined, flipped(right, away(left, right, isProgram(right) ? code(right) : letters(right)), draw)];
  return [within, ...outside].filter((bytes) => bytes !== undefined && !bytes.equals(right) && !bytes.equals(left)) as Buffer[];
}

function flipped(bytes: Buffer, places: readonly number[], draw: Draw): Buffer | undefined {
  if (places.length === 0) return undefined;
  const out = Buffer.from(bytes);
  const at = draw.pick(places);
  out[at] = isLetter(out[at]!) ? (out[at] === 0x71 ? 0x7a : 0x71) : out[at]! ^ draw.between(1, 255);
  return out;
}

const isLetter = (byte: number): boolean => (byte | 32) >= 0x61 && (byte | 32) <= 0x7a;
const places = (bytes: Buffer, wanted: (at: number) => boolean): number[] => Array.from({ length: bytes.length }, (_, at) => at).filter(wanted);
/** Within words, so that no number, date or field of a header is hit. */
const letters = (bytes: Buffer): number[] => places(bytes, (at) => at >= 2 && at + 2 < bytes.length && [-2, -1, 0, 1, 2].every((step) => isLetter(bytes[at + step]!)));
const middle = (bytes: Buffer): number[] => places(bytes, (at) => at > bytes.length / 3 && at < bytes.length * 2 / 3);
/** Behind the header and the note of an id. */
const code = (bytes: Buffer): number[] => places(bytes, (at) => at >= 112 && at < 112 + bytes.length / 5);

/** Those that are not where the two differ anyway: there another byte may be as good a date. */
function away(left: Buffer, right: Buffer, from: readonly number[]): number[] {
  if (left.length === right.length) return from.filter((at) => left.subarray(Math.max(0, at - NEAR), at + NEAR).equals(right.subarray(Math.max(0, at - NEAR), at + NEAR)));
  let head = 0;
  while (head < left.length && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < left.length - head && tail < right.length - head && left.at(-1 - tail) === right.at(-1 - tail)) tail++;
  return from.filter((at) => at < head - NEAR || at > right.length - tail + NEAR);
}
