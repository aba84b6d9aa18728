/** Archives made byte by byte, so that a test can say what an honest tool would never write. */
export interface CraftedHeader {
  name?: string;
  type?: string;
  mode?: string;
  uid?: string;
  gid?: string;
  size?: string | Uint8Array;
  link?: string;
  magic?: string;
  major?: string;
  minor?: string;
  prefix?: string;
  /** Octal text; absent: the right one. */
  checksum?: string;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

export function header(fields: CraftedHeader): Buffer {
  const block = Buffer.alloc(512);
  const put = (text: string | Uint8Array, at: number): void => { block.set(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, at); };
  put(fields.name ?? 'file', 0);
  put(fields.mode ?? octal(0o644, 7), 100);
  put(fields.uid ?? octal(0, 7), 108);
  put(fields.gid ?? octal(0, 7), 116);
  put(fields.size ?? octal(0, 11), 124);
  put(octal(0, 11), 136);
  put(fields.type ?? '0', 156);
  put(fields.link ?? '', 157);
  put(fields.magic ?? 'ustar\x0000', 257);
  put(fields.major ?? '', 329);
  put(fields.minor ?? '', 337);
  put(fields.prefix ?? '', 345);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export function padded(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as string, 'latin1');
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A header and its content, the size filled in. */
export function member(fields: CraftedHeader, content = ''): Buffer {
  return Buffer.concat([header({ size: octal(content.length, 11), ...fields }), padded(content)]);
}

export function pax(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): Buffer {
  const text = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length++;
    return `${length}${rest}`;
  }).join('');
  return member({ name: 'pax', type }, text);
}

export const END = Buffer.alloc(1024);

export function archive(...members: Uint8Array[]): Buffer {
  return Buffer.concat([...members, END]);
}

/** The bytes in pieces of uneven size, as a network would bring them. */
export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}
