import type { Xattrs } from '../tree/entry.ts';
import { aclFromText, maskOf } from './posix-acl.ts';

const PLAIN = 'SCHILY.xattr.';
const ENCODED = 'LIBARCHIVE.xattr.';
const SELINUX = 'RHT.security.selinux';
const ACCESS_LISTS = [['SCHILY.acl.access', 'system.posix_acl_access'], ['SCHILY.acl.default', 'system.posix_acl_default']] as const;

export interface TarAttributes {
  xattrs: Xattrs | undefined;
  /** What an access list makes of the group's permissions, whatever the header says. */
  groupBits?: number;
  /** Keywords of access lists that name somebody whose number the archive does not tell. */
  unread: readonly string[];
}

/** Attributes of one member in every way that tars write them: as they are (star, GNU), encoded (libarchive), as text (access lists), apart (SELinux). */
export function tarAttributes(records: ReadonlyMap<string, string>): TarAttributes {
  const found = new Map<string, string>();
  const unread: string[] = [];
  for (const [keyword, value] of records) {
    // GNU tar encodes two characters of a name; libarchive writes one with more of them once more as if it were plain.
    if (keyword.startsWith(PLAIN) && !records.has(ENCODED + keyword.slice(PLAIN.length))) found.set(keyword.slice(PLAIN.length).replaceAll('%3D', '=').replaceAll('%25', '%'), value);
    else if (keyword.startsWith(ENCODED)) found.set(percentDecoded(keyword.slice(ENCODED.length)), Buffer.from(value, 'base64').toString('latin1'));
    // The kernel keeps the label with its end mark, the archive without.
    else if (keyword === SELINUX && value !== '') found.set('security.selinux', `${value}\0`);
  }
  for (const [keyword, name] of ACCESS_LISTS) {
    const text = records.get(keyword) ?? '';
    if (text === '' || found.has(name)) continue;
    const acl = aclFromText(text);
    if (acl === undefined) unread.push(keyword);
    else if (acl.saysMore || name === 'system.posix_acl_default') found.set(name, acl.bytes.toString('latin1'));
  }
  const mask = maskOf(found.get('system.posix_acl_access') ?? '');
  return { ...(mask === undefined ? {} : { groupBits: mask }), xattrs: found.size === 0 ? undefined : Object.fromEntries(found), unread };
}

function percentDecoded(name: string): string {
  return name.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
