import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';

/** One header of the formats that an initramfs is made of (Linux Documentation/driver-api/early-userspace/buffer-format.rst), or of POSIX.1-1988's. */
export interface CpioHeader {
  format: 'newc' | 'crc' | 'odc';
  inode: number;
  mode: number;
  uid: number;
  gid: number;
  links: number;
  modified: number;
  sizeBytes: number;
  device: string;
  major: number;
  minor: number;
  /** Sum of the content's bytes in 32 bits; means something in `crc` only. */
  check: number;
  name: string;
  dataAt: number;
  nextAt: number;
}

const HEADER_BYTES = 110;
const MAX_NAME_BYTES = 4096;
/** POSIX's: octal digits, nothing aligned. */
const PORTABLE = '070707';
const PORTABLE_BYTES = 76;
const PORTABLE_WIDTHS = [6, 6, 6, 6, 6, 6, 6, 11, 6, 11] as const;

export function looksLikeCpio(source: ByteSource): boolean {
  const magic = peek(source, 0, 6).toString('latin1');
  return magic === '070701' || magic === '070702' || magic === PORTABLE || looksBinary(source);
}

/** The number 070707 in either byte order is no more than two bytes: a name must stand where it should. */
function looksBinary(source: ByteSource): boolean {
  const bytes = peek(source, 0, 26 + 512);
  if (bytes.byteLength < 28) return false;
  const isLittle = bytes.readUInt16LE(0) === 0o070707;
  if (!isLittle && bytes.readUInt16BE(0) !== 0o070707) return false;
  const nameBytes = isLittle ? bytes.readUInt16LE(20) : bytes.readUInt16BE(20);
  return nameBytes > 1 && nameBytes <= 512 && bytes.indexOf(0, 26) === 26 + nameBytes - 1;
}

export function parseCpioHeader(source: ByteSource, at: number): CpioHeader {
  const place = `cpio entry at byte ${at}`;
  const magic = peek(source, at, 6).toString('latin1');
  if (magic === PORTABLE) return portableHeader(source, at, place);
  if (at === 0 && looksBinary(source)) unsupported(place, 'the old binary cpio format');
  if (magic !== '070701' && magic !== '070702') damaged(place, 'has no magic number');
  const digits = fixed(source, at, HEADER_BYTES, place).toString('latin1', 6);
  if (!/^[0-9a-fA-F]{104}$/.test(digits)) damaged(place, 'has a number that is none');
  const field = (index: number): number => Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16);
  return {
    format: magic === '070701' ? 'newc' : 'crc', inode: field(0), mode: field(1), uid: field(2), gid: field(3), links: field(4), modified: field(5),
    device: `${field(7)}:${field(8)}`, major: field(9), minor: field(10), check: field(12), ...placesOf(source, at + HEADER_BYTES, field(11), field(6), 4, place),
  };
}

function portableHeader(source: ByteSource, at: number, place: string): CpioHeader {
  const digits = fixed(source, at, PORTABLE_BYTES, place).toString('latin1', 6);
  if (!/^[0-7]{70}$/.test(digits)) damaged(place, 'has a number that is none');
  let end = 0;
  const [device, inode, mode, uid, gid, links, special, modified, nameBytes, sizeBytes] = PORTABLE_WIDTHS.map((width) => Number.parseInt(digits.slice(end, end += width), 8)) as [number, number, number, number, number, number, number, number, number, number];
  // Eighteen bits hold a device number of the time: eight and eight.
  return { format: 'odc', inode, mode, uid, gid, links, modified, device: String(device), major: special >>> 8, minor: special & 0xff, check: 0, ...placesOf(source, at + PORTABLE_BYTES, nameBytes, sizeBytes, 1, place) };
}

function fixed(source: ByteSource, at: number, length: number, place: string): Buffer {
  return at + length > source.sizeBytes ? truncated(place, `is cut off: the archive ends at byte ${source.sizeBytes}`) : source.read(at, length);
}

/** `alignment`: of content and of the next header. */
function placesOf(source: ByteSource, nameAt: number, nameBytes: number, sizeBytes: number, alignment: number, place: string): Pick<CpioHeader, 'name' | 'sizeBytes' | 'dataAt' | 'nextAt'> {
  const aligned = (at: number): number => Math.ceil(at / alignment) * alignment;
  if (nameBytes < 1 || nameBytes > MAX_NAME_BYTES) damaged(place, `has a name of ${nameBytes} bytes`);
  const dataAt = aligned(nameAt + nameBytes);
  if (dataAt + sizeBytes > source.sizeBytes) truncated(place, `states ${sizeBytes} bytes, the archive ends at byte ${source.sizeBytes}`);
  const name = source.read(nameAt, nameBytes).toString('latin1');
  if (!name.endsWith('\0')) damaged(place, 'has a name that does not end');
  return { sizeBytes, name: name.slice(0, -1), dataAt, nextAt: Math.min(aligned(dataAt + sizeBytes), source.sizeBytes) };
}
