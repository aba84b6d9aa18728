import { bufferSource, peek, sliceSource, streamOf, wholeOf, type ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { decompress, detectCompression } from '../bytes/decompress.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { PathBytes } from '../tree/entry.ts';
import { ArchiveCollector, memberPath, type MemberEntry } from './archive-collector.ts';
import { looksLikeCpio, parseCpioHeader, type CpioHeader } from './cpio-header.ts';
import { linkTarget } from './entry-name.ts';
import type { Piece, ReadPieces } from './hash-pieces.ts';
import type { TreeContent } from './image-content.ts';
import { LaterFile, type OwnedFile } from './later-file.ts';
import { placeOf } from './place-of.ts';

const TRAILER = 'TRAILER!!!';
const MAX_TARGET_BYTES = 4095;
const MAX_SEGMENTS = 64;

/** Archives one after the other, zeros between them, each as it is or compressed: what the kernel takes as one initramfs. Throws `BYTES.*`. */
export function readCpio(source: ByteSource, budget: Budget): TreeContent {
  return new CpioReader(budget).read(source);
}

interface Segment { format: string; compression: string; entries: number; sizeBytes: number }

class CpioReader {
  readonly #budget: Budget;
  readonly #collector: ArchiveCollector;
  readonly #segments: Segment[] = [];
  /** Files with several names: the first of each inode, and the path whose content stands for all. */
  #inodes = new Map<string, PathBytes>();

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#collector = new ArchiveCollector('cpio', budget);
  }

  read(source: ByteSource): TreeContent {
    this.#segmentsOf(source, 'none');
    const described = this.#segments.map(({ format, compression, entries, sizeBytes }, i) => [`segment${i + 1}`, `${format}, compression ${compression}, ${entries} entries, ${sizeBytes} bytes`] as const);
    return this.#collector.finish({ segments: this.#segments.length, ...Object.fromEntries(described) });
  }

  #segmentsOf(source: ByteSource, compression: string): void {
    for (let at = afterZeros(source, 0); at < source.sizeBytes; at = afterZeros(source, at)) {
      if (this.#segments.length === MAX_SEGMENTS) damaged(`byte ${at}`, `begins archive ${MAX_SEGMENTS + 1}`);
      const rest = sliceSource(source, at, source.sizeBytes - at);
      if (looksLikeCpio(rest)) at += this.#segment(rest, compression);
      else if (compression === 'none') at += this.#compressed(rest, at);
      else damaged(`byte ${at} of a segment compressed with ${compression}`, 'begins neither an archive nor zeros');
    }
  }

  #compressed(rest: ByteSource, at: number): number {
    const place = `cpio segment at byte ${at}`;
    const compression = detectCompression(peek(rest, 0, 512)) ?? damaged(place, 'is neither an archive nor compressed');
    this.#budget.held(place, rest.sizeBytes);
    const { bytes, packedBytes } = decompress(wholeOf(rest), compression, { place, maxBytes: this.#budget.caps.heldBytes });
    this.#budget.held(place, bytes.byteLength);
    this.#segmentsOf(bufferSource(bytes), compression);
    return packedBytes;
  }

  /** Up to and with its trailer; returns how many bytes that is. */
  #segment(source: ByteSource, compression: string): number {
    this.#inodes = new Map();
    let at = 0;
    let entries = 0;
    for (;;) {
      const header = parseCpioHeader(source, at);
      at = header.nextAt;
      if (header.name === TRAILER) {
        this.#segments.push({ format: header.format, compression, entries, sizeBytes: at });
        return at;
      }
      entries++;
      this.#member(source, header);
      if (at >= source.sizeBytes) damaged('cpio archive', `ends without its trailer, after ${entries} entries`);
    }
  }

  #member(source: ByteSource, header: CpioHeader): void {
    const { path, wasAbsolute } = memberPath(header.name);
    if (wasAbsolute) this.#collector.finding('note', placeOf(path), 'absolute-path', 'its path in the archive is absolute');
    if ((header.mode & 0xf000) === 0xc000) return this.#collector.skipSocket(path);
    const data = sliceSource(source, header.dataAt, header.sizeBytes);
    if (header.format === 'crc' && (header.mode & 0xf000) === 0x8000) this.#checkSum(path, header, data);
    const modified = { seconds: header.modified, nanoseconds: 0 };
    const isDirectory = (header.mode & 0xf000) === 0x4000;
    const key = `${header.device} ${header.inode}`;
    const first = header.links > 1 && !isDirectory ? this.#inodes.get(key) : undefined;
    if (first !== undefined && first !== path && this.#joins(first, header, data)) return this.#collector.put(path, { kind: 'hard-link', target: first }, { modified });
    if (header.links > 1 && !isDirectory) this.#inodes.set(key, path);
    const entry = entryOf(path, header, data);
    this.#collector.put(path, entry.kind === 'file' && header.links < 2 && data.isForward === true ? hashedNow(path, entry) : entry, { modified });
  }

  /** One of several names carries the content, often the last: the first gets it then. False where the two contradict each other. */
  #joins(first: PathBytes, header: CpioHeader, data: ByteSource): boolean {
    const standing = this.#collector.get(first);
    if (standing?.kind === 'symlink') return (header.mode & 0xf000) === 0xa000 && targetOf(first, data) === standing.target;
    if (standing?.kind !== 'file') return standing !== undefined && standing.kind !== 'directory' && header.sizeBytes === 0;
    if ((header.mode & 0xf000) !== 0x8000) return false;
    if (header.sizeBytes === 0) return true;
    if (standing.sizeBytes > 0) return standing.sizeBytes === header.sizeBytes && this.#sameBytes(first, standing.read, data);
    standing.sizeBytes = header.sizeBytes;
    standing.read = (room) => streamOf(data, 0, data.sizeBytes, room);
    return true;
  }

  /** Old formats repeat the content with each name. */
  #sameBytes(path: PathBytes, standing: () => Iterable<Piece>, data: ByteSource): boolean {
    this.#budget.content(placeOf(path), data.sizeBytes);
    let at = 0;
    for (const piece of standing()) {
      if (typeof piece === 'number' || !data.read(at, piece.byteLength).equals(piece)) return false;
      at += piece.byteLength;
    }
    return true;
  }

  #checkSum(path: PathBytes, header: CpioHeader, data: ByteSource): void {
    this.#budget.content(placeOf(path), data.sizeBytes);
    let sum = 0;
    for (const piece of streamOf(data)) for (const byte of piece) sum = (sum + byte) >>> 0;
    if (sum !== header.check && header.sizeBytes > 0) this.#collector.finding('error', placeOf(path), 'checksum-mismatch', `states the sum ${header.check}, its bytes add up to ${sum}`);
  }
}

function entryOf(path: PathBytes, header: CpioHeader, data: ByteSource): MemberEntry {
  const owned = { mode: header.mode & 0o7777, uid: header.uid, gid: header.gid };
  const { major, minor } = header;
  switch (header.mode & 0xf000) {
    case 0x8000: return { kind: 'file', ...owned, sizeBytes: header.sizeBytes, read: (room) => streamOf(data, 0, data.sizeBytes, room) };
    case 0x4000: return { kind: 'directory', ...owned };
    case 0xa000: return { kind: 'symlink', ...owned, target: targetOf(path, data) };
    case 0x2000: return { kind: 'character-device', ...owned, major, minor };
    case 0x6000: return { kind: 'block-device', ...owned, major, minor };
    case 0x1000: return { kind: 'fifo', ...owned };
    default: return damaged(placeOf(path), `has the unknown type 0${header.mode.toString(8)}`);
  }
}

/** Before the reader goes on, and before it is known whether it counts: no byte of an archive is of two members. */
function hashedNow(path: PathBytes, { read, ...file }: OwnedFile & { read: ReadPieces }): LaterFile {
  const later = new LaterFile(path, file, read);
  LaterFile.digestOf(later);
  return later;
}

function targetOf(path: PathBytes, data: ByteSource): PathBytes {
  if (data.sizeBytes > MAX_TARGET_BYTES) damaged(placeOf(path), `is a link with a target of ${data.sizeBytes} bytes`);
  return linkTarget(path, data.read(0, data.sizeBytes).toString('latin1').replace(/\0$/, ''));
}

function afterZeros(source: ByteSource, from: number): number {
  let at = from;
  for (const piece of streamOf(source, from)) {
    const end = piece.findIndex((byte) => byte !== 0);
    if (end >= 0) return at + end;
    at += piece.byteLength;
  }
  return at;
}
