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

function number(size: number, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(value);
  return bytes;
}
