import { crc32, deflateRawSync } from 'node:zlib';

import { archive, header, padded } from '../crafted-tar.ts';

export interface Member { name: string; content: Buffer | string; time?: number; user?: string; uid?: number }
const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** ustar; owners' names where a member has them. */
export function tar(members: readonly Member[]): Buffer {
  return archive(...members.map(({ name, content, time = 0, user = '', uid = 0 }) => {
    const block = header({ name, size: octal(Buffer.byteLength(content), 11), uid: octal(uid, 7), gid: octal(uid, 7) });
    block.write(octal(time, 11), 136, 'latin1');
    block.write(user, 265, 'latin1');
    block.write(user, 297, 'latin1');
    block.fill(' ', 148, 156);
    block.write(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return Buffer.concat([block, padded(content)]);
  }));
}

export function ar(members: readonly Member[]): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.map(({ name, content, time = 0, uid = 0 }) => {
    const bytes = Buffer.from(content);
    return Buffer.concat([Buffer.from(`${`${name}/`.padEnd(16)}${String(time).padEnd(12)}${String(uid).padEnd(6)}${String(uid).padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`), bytes, Buffer.alloc(bytes.length % 2, '\n')]);
  })]);
}

/** `newc`, as initramfs archives are; inodes in order. */
export function cpio(members: readonly Member[]): Buffer {
  const four = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - bytes.length % 4) % 4)]);
  const record = ({ name, content, time = 0, uid = 0 }: Member, inode: number, mode: number): Buffer => {
    const bytes = Buffer.from(content);
    const fields = [inode, mode, uid, uid, 1, time, bytes.length, 0, 0, 0, 0, name.length + 1, 0].map((value) => value.toString(16).padStart(8, '0').toUpperCase());
    return Buffer.concat([four(Buffer.from(`070701${fields.join('')}${name}\0`)), four(bytes)]);
  };
  return Buffer.concat([...members.map((member, i) => record(member, i + 1, 0o100644)), record({ name: 'TRAILER!!!', content: '' }, 0, 0)]);
}

/** Members deflated; times as DOS has them: of the zone that the packer was in, two seconds apart. */
export function zip(members: readonly Member[], { level = 6, minutes = 0 }: { level?: number; minutes?: number } = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, content, time = 315_532_800 } of members) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes, { level });
    const local = new Date((time + minutes * 60) * 1000);
    const stamp = Buffer.alloc(4);
    stamp.writeUInt16LE((local.getUTCHours() << 11) | (local.getUTCMinutes() << 5) | (local.getUTCSeconds() >> 1), 0);
    stamp.writeUInt16LE(((local.getUTCFullYear() - 1980) << 9) | ((local.getUTCMonth() + 1) << 5) | local.getUTCDate(), 2);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(bytes), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(bytes.length, 8);
    const both = Buffer.concat([Buffer.from([20, 0, 0, 0, 8, 0]), stamp, sizes, Buffer.from([name.length, 0, 0, 0])]);
    const offset = Buffer.alloc(4);
    offset.writeUInt32LE(at, 0);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), both, Buffer.alloc(10), offset, Buffer.from(name)]));
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), both, Buffer.from(name), packed]));
    at += locals.at(-1)!.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.reduce((sum, { length }) => sum + length, 0), 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...central, end]);
}

/** A picture's parts, each with its length and checksum. */
export function png(chunks: readonly (readonly [type: string, content: Buffer])[]): Buffer {
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks.map(([type, content]) => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  })]);
}

/** A catalog of messages (.mo): the first, empty message is the header. */
export function messageCatalog(rows: readonly (readonly [string, string])[]): Buffer {
  const sorted = rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const table: number[] = [0x950412de, 0, sorted.length, 28, 28 + 8 * sorted.length, 0, 28 + 16 * sorted.length];
  const texts: Buffer[] = [];
  let at = 28 + 16 * sorted.length;
  for (const column of [0, 1] as const) {
    for (const row of sorted) {
      const bytes = Buffer.from(`${row[column]}\0`);
      table.push(bytes.length - 1, at);
      texts.push(bytes);
      at += bytes.length;
    }
  }
  const head = Buffer.alloc(4 * table.length);
  table.forEach((value, i) => head.writeUInt32LE(value, 4 * i));
  return Buffer.concat([head, ...texts]);
}
