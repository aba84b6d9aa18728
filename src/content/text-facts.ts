import { isUtf8, isAscii } from 'node:buffer';

/** Readable text; plain JSON. */
export interface TextFacts {
  encoding: 'ascii' | 'utf-8';
  lines: number;
  endsWithNewline: boolean;
  carriageReturns: boolean;
  /** Of a script: what its first line runs it with. */
  interpreter?: string;
}

/** Undefined where bytes are no text: not UTF-8, or with control characters that no text has. */
export function textFacts(bytes: Buffer): TextFacts | undefined {
  if (bytes.length === 0 || hasControls(bytes) || !isUtf8(bytes)) return undefined;
  const endsWithNewline = bytes.at(-1) === 10;
  const interpreter = /^#!\s*(\S+(?:[ \t]+\S+)?)/.exec(bytes.toString('latin1', 0, 256))?.[1];
  return {
    encoding: isAscii(bytes) ? 'ascii' : 'utf-8', lines: newlines(bytes) + (endsWithNewline ? 0 : 1), endsWithNewline, carriageReturns: bytes.includes(13),
    ...(interpreter === undefined ? {} : { interpreter }),
  };
}

const CONTROLS = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127 ? 1 : 0));

/** A loop: a function for each byte of 60 MB takes a second. */
function hasControls(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) if (CONTROLS[bytes[at]!] === 1) return true;
  return false;
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
