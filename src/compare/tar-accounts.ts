import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, isReadFailure } from '../bytes/read-failure.ts';
import type { Both } from '../foundation/both.ts';
import { parsePaxRecords, type PaxRecords } from '../readers/pax-records.ts';
import { isZeroBlock, parseTarHeader } from '../readers/tar-header.ts';
import { displayPath, type PathBytes } from '../tree/entry.ts';
import type { ImageNode } from './compare-content.ts';
import type { LayoutDifference } from './comparison.ts';
import { layoutRow } from './layout-rows.ts';

/**
 * Where two tars name other accounts for the same ids: whoever unpacks goes by the names, so that is an owner that changed. Names of people
 * are left to `host-leak`: no system has them; accounts that systems come with are not. Walks the headers of both.
 */
export function accountRows({ left, right }: Both<ImageNode>): LayoutDifference[] {
  const [a, b] = [tarOf(left), tarOf(right)];
  if (a === undefined || b === undefined) return [];
  const [before, after] = [accountsOf(a), accountsOf(b)];
  const path = [...before.keys(), ...after.keys()].find((one) => before.get(one)?.meant !== after.get(one)?.meant);
  return path === undefined ? [] : [layoutRow('', `ownerNames of /${displayPath(path)}`, before.get(path)?.said ?? OF_PEOPLE, after.get(path)?.said ?? OF_PEOPLE)];
}

/** What names stand for, and the names. */
interface Accounts { meant: string; said: string }
const OF_PEOPLE = 'of no system';

function tarOf({ content, source }: ImageNode): ByteSource | undefined {
  if (content.kind === 'compressed') return tarOf({ content: content.content, source: () => content.bytes });
  return content.kind === 'tree' && content.format === 'tar' ? source() : undefined;
}

const BLOCK = 512;
const MAX_RECORDS_BYTES = 2 ** 20;
const refuse = (why: string): never => damaged('tar header', why);

/** Of each path the accounts that its names stand for on any system; of those that stand for none, nothing. A reader has read it before, and complained. */
function accountsOf(source: ByteSource): Map<PathBytes, Accounts> {
  const found = new Map<PathBytes, Accounts>();
  const globals: PaxRecords = new Map();
  let local: PaxRecords = new Map();
  try {
    for (let at = 0; at + BLOCK <= source.sizeBytes;) {
      const block = source.read(at, BLOCK);
      if (isZeroBlock(block)) return found;
      const header = parseTarHeader(block, refuse, { old: true });
      const isRecords = header.type === 'x' || header.type === 'g';
      const stated = isRecords ? undefined : local.get('size') ?? globals.get('size');
      const sizeBytes = stated === undefined ? header.sizeBytes : Number(stated);
      if (!(sizeBytes >= 0)) return found;
      at += BLOCK + (header.type === 'S' ? sparseMapBytes(source, at, block) : 0);
      if (isRecords && sizeBytes <= MAX_RECORDS_BYTES) for (const [key, value] of parsePaxRecords(source.read(at, sizeBytes), refuse)) (header.type === 'g' ? globals : local).set(key, value);
      else if (header.type === 'L') local.set('path', textOf(source.read(at, Math.min(sizeBytes, MAX_RECORDS_BYTES))));
      else if (header.type !== 'K') {
        const record = (key: string, start: number): string => local.get(key) ?? globals.get(key) ?? textOf(block.subarray(start, start + 32));
        const names = [record('uname', 265), record('gname', 297)] as const;
        const accounts = [accountOf(names[0], header.uid), accountOf(names[1], header.gid)];
        const path = (local.get('GNU.sparse.name') ?? local.get('path') ?? header.name).replace(/^\.?\/+/, '') as PathBytes;
        if (accounts.some((one) => one !== '')) found.set(path, { meant: accounts.join(':'), said: names.map((name, i) => (name === '' ? accounts[i] : name)).join(':') });
        else found.delete(path);
        local = new Map();
      }
      at += Math.ceil(sizeBytes / BLOCK) * BLOCK;
    }
  } catch (error) {
    if (!isReadFailure(error)) throw error;
  }
  return found;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').split('\0', 1)[0]!;
}

/** GNU's old sparse files: blocks of the map go on between header and content. */
function sparseMapBytes(source: ByteSource, at: number, header: Uint8Array): number {
  let bytes = 0;
  for (let more = header[482] !== 0; more; bytes += BLOCK) more = source.read(at + BLOCK + bytes, BLOCK)[504] !== 0;
  return bytes;
}

/** Nobody's account is worth more than root's: the id 0 under a name is not root where that account exists. */
function accountOf(name: string, id: number): string {
  if (SYSTEM_ACCOUNTS.has(name)) return name;
  return id !== 0 ? '' : name === '' ? 'root' : 'another';
}

/** Users and groups that systems have before anybody is added: Debian's base-passwd, systemd, BusyBox and OpenWrt. */
const SYSTEM_ACCOUNTS: ReadonlySet<string> = new Set([
  'root daemon bin sys adm tty disk lp mail news uucp man proxy kmem dialout fax voice cdrom floppy tape sudo audio dip www-data backup operator list irc src gnats shadow utmp video sasl plugdev staff games',
  'users nogroup nobody wheel input kvm render sgx lock ftp dbus messagebus avahi sshd shutdown halt sync polkitd netdev crontab systemd-journal systemd-network systemd-resolve systemd-timesync systemd-coredump',
  'network ntp dnsmasq logd ubus _apt tss docker',
].flatMap((names) => names.split(' ')));
