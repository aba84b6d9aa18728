import type { PathBytes, Xattrs } from '../tree/entry.ts';
import { paxNumber } from './pax-records.ts';
import type { Refuse, TarHeader } from '../readers/tar-header.ts';

/** Types of entries that are not read, and what they are. */
export const UNSUPPORTED_TYPES: Readonly<Record<string, string>> = {
  S: 'a GNU sparse file', M: 'the continuation of a multi-volume archive', V: 'a volume label', D: 'a GNU dump directory', A: 'a Solaris ACL', E: 'a Solaris attribute file',
};
/** Keywords whose loss would change what the entry is. */
export const UNSUPPORTED_KEYWORDS = /^(GNU\.sparse\.|SCHILY\.acl\.|SCHILY\.realsize$|SUN\.holesdata$|RHT\.security\.selinux$)/;
const XATTR_PREFIX = 'SCHILY.xattr.';

/** A header with the records that stand for its fields. */
export function withRecords(header: TarHeader, record: (keyword: string) => string | undefined, refuse: Refuse): TarHeader {
  // An empty value takes a record back (POSIX), so the header's own field counts again.
  const text = (keyword: string): string | undefined => record(keyword) || undefined;
  const count = (keyword: string, own: number): number => {
    const value = text(keyword);
    return value === undefined ? own : paxNumber(value, keyword, refuse);
  };
  return {
    ...header,
    name: (text('path') ?? header.name) as PathBytes,
    link: (text('linkpath') ?? header.link) as PathBytes,
    uid: count('uid', header.uid),
    gid: count('gid', header.gid),
    sizeBytes: count('size', header.sizeBytes),
    major: count('SCHILY.devmajor', header.major),
    minor: count('SCHILY.devminor', header.minor),
  };
}

export function checkNumbers(header: TarHeader, refuse: Refuse): void {
  for (const field of ['uid', 'gid', 'major', 'minor'] as const) {
    if (header[field] > 0xffff_ffff) refuse(`has ${field} ${header[field]}, more than 32 bits`);
  }
  if (header.type !== '0' && header.type !== '7' && UNSUPPORTED_TYPES[header.type] === undefined && header.sizeBytes !== 0) {
    // Readers disagree on whether content follows; so would the entries behind it.
    refuse(`is no file and states ${header.sizeBytes} bytes of content`);
  }
}

export function xattrsOf(records: Iterable<readonly [string, string]>): Xattrs | undefined {
  const xattrs: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [keyword, value] of records) if (keyword.startsWith(XATTR_PREFIX)) xattrs[keyword.slice(XATTR_PREFIX.length)] = value;
  return Object.keys(xattrs).length === 0 ? undefined : { ...xattrs };
}
