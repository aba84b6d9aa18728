import { damaged } from '../bytes/read-failure.ts';

const DISK_VERSION = 1;
const PORTABLE_VERSION = 2;
const UNDEFINED_ID = 0xffff_ffff;
/** ACL_USER and ACL_GROUP: the two kinds of entries that name somebody. */
const NAMED = new Set([0x02, 0x08]);

/** ext's own packing of an access list (fs/ext4/acl.h) to the form that every other format and the kernel's interface use (posix_acl_xattr.h). */
export function portableAcl(bytes: Buffer, place: string): Buffer {
  if (bytes.byteLength < 4 || bytes.readUInt32LE(0) !== DISK_VERSION) damaged(place, 'have an access list that is none');
  const parts = [number(4, PORTABLE_VERSION)];
  for (let at = 4; at < bytes.byteLength;) {
    const named = at + 4 <= bytes.byteLength && NAMED.has(bytes.readUInt16LE(at));
    const end = at + (named ? 8 : 4);
    if (end > bytes.byteLength) damaged(place, 'have an access list that is cut off');
    parts.push(bytes.subarray(at, at + 4), named ? bytes.subarray(at + 4, end) : number(4, UNDEFINED_ID));
    at = end;
  }
  return Buffer.concat(parts);
}

function number(size: 2 | 4, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
}

const TAGS: Readonly<Record<string, readonly [plain: number, named: number]>> = {
  user: [0x01, 0x02], u: [0x01, 0x02], group: [0x04, 0x08], g: [0x04, 0x08], mask: [0x10, 0], m: [0x10, 0], other: [0x20, 0], o: [0x20, 0],
};
/** What the permission bits say already needs no list of its own. */
const SAID_BY_MODE = 3;

/**
 * An access list as text (acl(5), and star's form with the number behind) in the kernel's interface form, and whether it says more than the
 * permission bits do; undefined where it is no list, or names somebody without a number.
 */
export function aclFromText(text: string): { bytes: Buffer; saysMore: boolean } | undefined {
  const rows: { tag: number; bits: number; id: number }[] = [];
  for (const line of text.split(/[,\n]/).map((part) => part.replace(/[\s#].*$/s, '')).filter((part) => part !== '')) {
    const [word = '', qualifier = '', letters = '', number = ''] = line.split(':');
    const tags = TAGS[word];
    const id = qualifier === '' ? UNDEFINED_ID : idOf(number) ?? idOf(qualifier);
    const tag = qualifier === '' ? tags?.[0] : tags?.[1];
    if (tag === undefined || tag === 0 || id === undefined || !/^[r-][w-][x-]$/.test(letters)) return undefined;
    rows.push({ tag, id, bits: (letters[0] === 'r' ? 4 : 0) | (letters[1] === 'w' ? 2 : 0) | (letters[2] === 'x' ? 1 : 0) });
  }
  const sorted = rows.toSorted((a, b) => a.tag - b.tag || a.id - b.id);
  const bytes = Buffer.concat([number(4, PORTABLE_VERSION), ...sorted.flatMap(({ tag, bits, id }) => [number(2, tag), number(2, bits), number(4, id)])]);
  return { bytes, saysMore: rows.length > SAID_BY_MODE };
}

function idOf(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : UNDEFINED_ID;
  return id < UNDEFINED_ID ? id : undefined;
}

/** The permission bits of the group class: with a list, they are its mask (acl(5)). Undefined: the list has none. */
export function maskOf(list: string): number | undefined {
  const bytes = Buffer.from(list, 'latin1');
  for (let at = 4; at + 8 <= bytes.byteLength; at += 8) if (bytes.readUInt16LE(at) === 0x10) return bytes.readUInt16LE(at + 2) & 7;
  return undefined;
}
