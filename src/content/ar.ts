import { damaged, overLimit, truncated, unsupported } from '../bytes/read-failure.ts';

export interface ArMember {
  name: string;
  /** Seconds since 1970. */
  mtime: number;
  owner: number;
  group: number;
  mode: number;
  /** Of the content in the file. */
  offset: number;
  sizeBytes: number;
}

export interface ArArchive {
  members: ArMember[];
  /** Symbols that the linker's index names, in its order, with the number of the member that has each. */
  symbols: { name: string; member: number }[];
}

const MAGIC = '!<arch>\n';
const THIN_MAGIC = '!<thin>\n';
const HEADER_BYTES = 60;
const MAX_MEMBERS = 100_000;
const MAX_SYMBOLS = 5_000_000;
/** No file system has longer ones. */
const MAX_NAME_BYTES = 4096;

export function isAr(bytes: Buffer): boolean {
  return [MAGIC, THIN_MAGIC].includes(bytes.toString('latin1', 0, 8));
}

/** As GNU and BSD write them (ar(5)): long names in a table or before the content, the symbol index left out of the members. */
export function parseAr(bytes: Buffer, place: string): ArArchive {
  if (!isAr(bytes)) damaged(place, 'is no ar archive');
  if (bytes.toString('latin1', 0, 8) === THIN_MAGIC) unsupported(place, 'a thin archive, which holds names alone,');
  const members: (ArMember & { headerAt: number })[] = [];
  let longNames: Buffer = Buffer.alloc(0);
  let index: { content: Buffer; wordBytes: 4 | 8 } | undefined;
  for (let at = MAGIC.length; at < bytes.length;) {
    if (members.length >= MAX_MEMBERS) overLimit(place, `has more than ${MAX_MEMBERS} members`, MAX_MEMBERS, members.length);
    const member = readHeader(bytes, at, place);
    const content = bytes.subarray(member.offset, member.offset + member.sizeBytes);
    const next = member.offset + member.sizeBytes + member.sizeBytes % 2;
    if (member.name === '//') longNames = content;
    else if (member.name === '/') index = { content, wordBytes: 4 };
    else if (member.name === '/SYM64/') index = { content, wordBytes: 8 };
    else members.push({ ...withName(bytes, member, longNames, place), headerAt: at });
    at = next;
  }
  return { members: members.map(({ headerAt: _headerAt, ...member }) => member), symbols: index === undefined ? [] : readIndex(index, members, place) };
}

function readHeader(bytes: Buffer, at: number, place: string): ArMember {
  if (at + HEADER_BYTES > bytes.length) truncated(place, `ends in the header at byte ${at}`);
  const field = (start: number, length: number): string => bytes.toString('latin1', at + start, at + start + length).trimEnd();
  if (field(58, 2) !== '`') damaged(place, `has no member at byte ${at}, where one has to start`);
  const number = (start: number, length: number, base: number): number => {
    const text = field(start, length);
    const value = text === '' ? 0 : Number.parseInt(text, base);
    if (!Number.isSafeInteger(value) || value < 0 || !/^[0-9]*$/.test(text)) damaged(place, `has a malformed number in the header at byte ${at}`);
    return value;
  };
  const sizeBytes = number(48, 10, 10);
  const offset = at + HEADER_BYTES;
  if (offset + sizeBytes > bytes.length) truncated(place, `ends in the member at byte ${at}`);
  return { name: field(0, 16), mtime: number(16, 12, 10), owner: number(28, 6, 10), group: number(34, 6, 10), mode: number(40, 8, 8), offset, sizeBytes };
}

function withName(bytes: Buffer, member: ArMember, longNames: Buffer, place: string): ArMember {
  const { name, offset, sizeBytes } = member;
  const bsd = /^#1\/(\d+)$/.exec(name);
  if (bsd !== null) {
    const length = Number(bsd[1]);
    if (length > Math.min(sizeBytes, MAX_NAME_BYTES)) damaged(place, `has a name of ${length} bytes in a member of ${sizeBytes}`);
    return { ...member, name: bytes.toString('latin1', offset, offset + length).replace(/\0+$/, ''), offset: offset + length, sizeBytes: sizeBytes - length };
  }
  const gnu = /^\/(\d+)$/.exec(name);
  if (gnu === null) return { ...member, name: name.replace(/\/$/, '') };
  const start = Number(gnu[1]);
  const length = longNames.subarray(start, start + MAX_NAME_BYTES).indexOf('/\n', 0, 'latin1');
  if (length < 0) damaged(place, 'has a member whose name is not in its table of names');
  return { ...member, name: longNames.toString('latin1', start, start + length) };
}

function readIndex({ content, wordBytes }: { content: Buffer; wordBytes: 4 | 8 }, members: readonly { headerAt: number }[], place: string): ArArchive['symbols'] {
  const word = (at: number): number => {
    if (at + wordBytes > content.length) truncated(place, 'ends in its symbol index');
    return wordBytes === 4 ? content.readUInt32BE(at) : Number(content.readBigUInt64BE(at));
  };
  const count = word(0);
  if (count > MAX_SYMBOLS || (count + 1) * wordBytes > content.length) damaged(place, `has a symbol index that states ${count} symbols`);
  const numbers = new Map(members.map(({ headerAt }, number) => [headerAt, number]));
  const names = content.toString('latin1', (count + 1) * wordBytes).split('\0');
  return Array.from({ length: count }, (_, i) => ({
    name: names[i] ?? damaged(place, 'has a symbol index with fewer names than it states'),
    member: numbers.get(word((i + 1) * wordBytes)) ?? damaged(place, 'has a symbol index that names no member'),
  }));
}
