import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';

/** One header of the formats that an initramfs is made of (Linux Documentation/driver-api/early-userspace/buffer-format.rst). */
export interface CpioHeader {
  format: 'newc' | 'crc';
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
const OLD_FORMATS = ['070707'];

export function looksLikeCpio(source: ByteSource): boolean {
  const magic = peek(source, 0, 6).toString('latin1');
  return magic === '070701' || magic === '070702' || OLD_FORMATS.includes(magic);
}

export function parseCpioHeader(source: ByteSource, at: number): CpioHeader {
  const place = `cpio entry at byte ${at}`;
  const bytes = peek(source, at, HEADER_BYTES);
  const magic = bytes.toString('latin1', 0, 6);
  if (OLD_FORMATS.includes(magic)) unsupported(place, 'the old portable cpio format (odc)');
  if (magic !== '070701' && magic !== '070702') damaged(place, 'has no magic number');
  if (bytes.byteLength < HEADER_BYTES) truncated(place, `is cut off: the archive ends at byte ${source.sizeBytes}`);
  const digits = bytes.toString('latin1', 6);
  if (!/^[0-9a-fA-F]{104}$/.test(digits)) damaged(place, 'has a number that is none');
  const field = (index: number): number => Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16);
  const [nameBytes, sizeBytes] = [field(11), field(6)] as const;
  if (nameBytes < 1 || nameBytes > MAX_NAME_BYTES) damaged(place, `has a name of ${nameBytes} bytes`);
  const nameAt = at + HEADER_BYTES;
  const dataAt = aligned(nameAt + nameBytes);
  if (dataAt + sizeBytes > source.sizeBytes) truncated(place, `states ${sizeBytes} bytes, the archive ends at byte ${source.sizeBytes}`);
  const name = source.read(nameAt, nameBytes).toString('latin1');
  if (!name.endsWith('\0')) damaged(place, 'has a name that does not end');
  return {
    format: magic === '070701' ? 'newc' : 'crc', inode: field(0), mode: field(1), uid: field(2), gid: field(3), links: field(4), modified: field(5), sizeBytes,
    device: `${field(7)}:${field(8)}`, major: field(9), minor: field(10), check: field(12), name: name.slice(0, -1), dataAt, nextAt: Math.min(aligned(dataAt + sizeBytes), source.sizeBytes),
  };
}

function aligned(at: number): number {
  return Math.ceil(at / 4) * 4;
}
