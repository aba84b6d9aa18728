import { crc32 } from 'node:zlib';

/** Small files made by hand, for tests that have no tools: what is in them is known to the byte. */

interface CraftedSection { name: string; type: number; flags?: number; address?: number; content: Buffer; link?: number; info?: number; entryBytes?: number; alignment?: number }
interface CraftedSegment { type: number; flags: number; offset: number; address: number; bytes: number }

export interface CraftedElf { wide: boolean; littleEndian: boolean; machine: number; type: number; sections: CraftedSection[]; segments?: CraftedSegment[] }

/** The file header, the segments' table, the sections' contents, then their table. */
export function craftElf({ wide, littleEndian, machine, type, sections, segments = [] }: CraftedElf): Buffer {
  const word = wide ? 8 : 4;
  const names = Buffer.from(`\0${[...sections.map(({ name }) => name), '.shstrtab'].join('\0')}\0`);
  const all = [...sections, { name: '.shstrtab', type: 3, content: names }];
  const [headerBytes, segmentBytes, sectionBytes] = wide ? [64, 56, 64] : [52, 32, 40];
  let at = headerBytes + segments.length * segmentBytes;
  const placed = all.map((section) => {
    const offset = at;
    at += section.content.length;
    return { ...section, offset };
  });
  const file = Buffer.alloc(at + (all.length + 1) * sectionBytes);
  const put = (offset: number, bytes: number, value: number): void => {
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt(value));
    file.set(littleEndian ? field.subarray(0, bytes) : field.subarray(0, bytes).reverse(), offset);
  };
  /** Fields one after the other: [bytes, value]. */
  const row = (start: number, fields: readonly (readonly [number, number])[]): void => {
    let offset = start;
    for (const [bytes, value] of fields) { put(offset, bytes, value); offset += bytes; }
  };
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]);
  row(16, [[2, type], [2, machine], [4, 1], [word, 0x1000], [word, segments.length === 0 ? 0 : headerBytes], [word, at], [4, 0], [2, headerBytes], [2, segmentBytes], [2, segments.length], [2, sectionBytes], [2, all.length + 1], [2, all.length]]);
  segments.forEach(({ type: kind, flags, offset, address, bytes }, i) => {
    const start = headerBytes + i * segmentBytes;
    if (wide) row(start, [[4, kind], [4, flags], [8, offset], [8, address], [8, address], [8, bytes], [8, bytes], [8, 1]]);
    else row(start, [[4, kind], [4, offset], [4, address], [4, address], [4, bytes], [4, bytes], [4, flags], [4, 1]]);
  });
  placed.forEach(({ name, type: kind, flags = 0, address = 0, content, offset, link = 0, info = 0, entryBytes = 0, alignment = 1 }, i) => {
    file.set(content, offset);
    row(at + (i + 1) * sectionBytes, [[4, names.indexOf(`\0${name}\0`) + 1], [4, kind], [word, flags], [word, address], [word, offset], [word, content.length], [4, link], [4, info], [word, alignment], [word, entryBytes]]);
  });
  return file;
}

/** A bzImage of boot protocol 2.15 around a payload that is already packed. */
export function craftBzImage(payload: Buffer, version = '6.1.0 (user@host) #7 SMP Thu Jan 1 00:00:00 UTC 1970'): Buffer {
  const setupBytes = 5 * 512;
  const payloadOffset = 0x40;
  const image = Buffer.alloc(setupBytes + payloadOffset + payload.length + 32);
  image[0x1f1] = 4;
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x20f, 0x206);
  image.writeUInt16LE(0x600, 0x20e);
  image.write(`${version}\0`, 0x800, 'latin1');
  image.writeUInt32LE(payloadOffset, 0x248);
  image.writeUInt32LE(payload.length, 0x24c);
  payload.copy(image, setupBytes + payloadOffset);
  return image;
}

const cells = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
};
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - bytes.length % 4) % 4)]);

export interface CraftedNode { name: string; properties?: Readonly<Record<string, Buffer | string>>; children?: CraftedNode[] }

/** A device tree of version 17; texts get their NUL. */
export function craftDeviceTree(root: CraftedNode): Buffer {
  let strings = '';
  const offsetOf = (name: string): number => {
    if (!`\0${strings}`.includes(`\0${name}\0`)) strings += `${name}\0`;
    return `\0${strings}`.indexOf(`\0${name}\0`);
  };
  const node = ({ name, properties = {}, children = [] }: CraftedNode): Buffer => Buffer.concat([
    cells(1), padded(Buffer.from(`${name}\0`)),
    ...Object.entries(properties).flatMap(([key, value]) => {
      const bytes = typeof value === 'string' ? Buffer.from(`${value}\0`) : value;
      return [cells(3, bytes.length, offsetOf(key)), padded(bytes)];
    }),
    ...children.map(node), cells(2),
  ]);
  const structure = Buffer.concat([node(root), cells(9)]);
  const stringsAt = 40 + 16 + structure.length;
  return Buffer.concat([cells(0xd00dfeed, stringsAt + strings.length, 56, stringsAt, 40, 17, 16, 0, strings.length, structure.length), Buffer.alloc(16), structure, Buffer.from(strings, 'latin1')]);
}

/** A legacy image of U-Boot: Linux for x86_64, not packed. */
export function craftUImage(data: Buffer, type = 2): Buffer {
  const header = Buffer.alloc(64);
  header.set(cells(0x27051956, 0, 1000, data.length, 0x100000, 0x100000, crc32(data)));
  header.set([5, 24, type, 0], 28);
  header.write('crafted', 32);
  header.writeUInt32BE(crc32(header), 4);
  return Buffer.concat([header, data]);
}

export function craftAr(members: readonly { name: string; content: Buffer }[]): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.flatMap(({ name, content }) => [
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`), content, Buffer.alloc(content.length % 2, '\n'),
  ])]);
}
