import { borrow, sliceSource, streamOf, type ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged, overLimit, truncated, unsupported } from '../bytes/read-failure.ts';
import { displayPath, type PathBytes, type Xattrs } from '../tree/entry.ts';
import { ArchiveCollector, memberPath, type MemberEntry, type MemberSink } from './archive-collector.ts';
import { linkTarget } from './entry-name.ts';
import type { EntryFacts, LayoutFacts, Stamp, TreeContent } from './image-content.ts';
import { parsePaxRecords, type PaxRecords } from './pax-records.ts';
import { StrayBytes } from './stray-bytes.ts';
import { isZeroBlock, parseTarHeader, TAR_BLOCK, tarModified, type TarHeader } from './tar-header.ts';
import { tarAttributes, type TarAttributes } from './tar-attributes.ts';
import { checkNumbers, UNSUPPORTED_TYPES, withRecords } from './tar-member.ts';
import { holesOf, sparseContent, sparseFromHeader, sparseFromRecords, type SparseFile } from './tar-sparse.ts';
import { placeOf } from './tree-collector.ts';

const MAX_HEADER_BYTES = 2 ** 20;
const NO_RECORDS: PaxRecords = new Map();
/** A member that no extended header says anything of. */
const PLAIN_MEMBER = { record: (): undefined => undefined, ...tarAttributes(NO_RECORDS) };
const DIALECTS: Readonly<Record<string, string>> = { 'ustar ': 'gnu', 'ustar\0': 'ustar' };

/** A tar (ustar, pax, GNU) that anybody made, as it would be unpacked: later entries stand for earlier ones. Throws `BYTES.*`. */
export function readTarImage(source: ByteSource, budget: Budget): TreeContent {
  const collector = new ArchiveCollector('tar', budget);
  const layout = readTarMembers(source, collector);
  return collector.finish(layout);
}

/** Every member in order; what the archive is beside them. */
export function readTarMembers(source: ByteSource, sink: MemberSink): LayoutFacts {
  return new TarImageReader(source, sink).read();
}

class TarImageReader {
  readonly #source: ByteSource;
  readonly #collector: MemberSink;
  readonly #globals: PaxRecords = new Map();
  #local: PaxRecords = new Map();
  #at = 0;
  #entries = 0;
  readonly #dialects = new Set<string>();
  /** One header at a time, with what fills the block before it. */
  readonly #room = Buffer.allocUnsafeSlow(2 * TAR_BLOCK);
  /** Where what is before the next header ends to mean something. */
  #filledTo = 0;
  readonly #strays = new StrayBytes();
  #label: string | undefined;

  constructor(source: ByteSource, sink: MemberSink) {
    this.#source = source;
    this.#collector = sink;
  }

  read(): LayoutFacts {
    for (let block = this.#block(); block !== undefined; block = this.#block()) {
      const place = `tar entry ${this.#entries + 1} at byte ${this.#at - TAR_BLOCK}`;
      const header = parseTarHeader(block, (why) => damaged(place, why), { old: true });
      const data = this.#data(header.sizeBytes, place);
      if (header.type === 'x' || header.type === 'g') this.#records(header, data, place);
      else if (header.type === 'L' || header.type === 'K') this.#gnuName(header, data, place);
      else if (header.type === 'V') this.#label = header.name;
      else this.#member(header, block, place);
    }
    return { entries: this.#entries, dialects: [...this.#dialects].toSorted().join(' '), endsAt: this.#at, ...this.#strays.fact(), ...(this.#label === undefined ? {} : { volumeLabel: this.#label }) };
  }

  /** The next header, good until the one after it is read; undefined at two blocks of zeros, or where the archive just stops. */
  #block(): Buffer | undefined {
    const start = this.#filledTo;
    const read = borrow(this.#source, start, Math.min(this.#at + TAR_BLOCK, this.#source.sizeBytes) - start, this.#room);
    this.#strays.take(read.subarray(0, this.#at - start));
    const block = read.subarray(this.#at - start);
    if (block.byteLength === 0) this.#collector.finding('warning', 'archive', 'no-end', 'the archive has no end mark');
    else if (block.byteLength < TAR_BLOCK) truncated(`tar header at byte ${this.#at}`, 'is cut off');
    if (block.byteLength === 0) return undefined;
    if (isZeroBlock(block)) { this.#checkEnd(); return undefined; }
    this.#at += TAR_BLOCK;
    this.#filledTo = this.#at;
    this.#strays.takeHeader(block);
    this.#dialects.add(DIALECTS[block.toString('latin1', 257, 263)] ?? 'old');
    return block;
  }

  #checkEnd(): void {
    let isMarked = false;
    for (const piece of streamOf(this.#source, this.#at)) {
      if (isZeroBlock(piece)) continue;
      this.#strays.take(piece);
      if (!isMarked) this.#collector.finding('warning', 'archive', 'bytes-behind-end', 'bytes that are not zeros lie behind the end mark');
      isMarked = true;
    }
  }

  #data(sizeBytes: number, place: string): ByteSource {
    if (this.#at + sizeBytes > this.#source.sizeBytes) truncated(place, `states ${sizeBytes} bytes, the archive ends at byte ${this.#source.sizeBytes}`);
    return sliceSource(this.#source, this.#at, sizeBytes);
  }

  #skip(sizeBytes: number): void {
    this.#filledTo = Math.min(this.#at + sizeBytes, this.#source.sizeBytes);
    this.#at = Math.min(this.#at + Math.ceil(sizeBytes / TAR_BLOCK) * TAR_BLOCK, this.#source.sizeBytes);
  }

  #small(data: ByteSource, place: string): Buffer {
    if (data.sizeBytes > MAX_HEADER_BYTES) overLimit(place, `is an extended header of ${data.sizeBytes} bytes`, MAX_HEADER_BYTES, data.sizeBytes);
    this.#skip(data.sizeBytes);
    return data.read(0, data.sizeBytes);
  }

  #records(header: TarHeader, data: ByteSource, place: string): void {
    this.#dialects.add('pax');
    for (const [keyword, value] of parsePaxRecords(this.#small(data, place), (why) => damaged(place, why))) {
      if (header.type === 'x') this.#local.set(keyword, value);
      else if (value === '') this.#globals.delete(keyword);
      else this.#globals.set(keyword, value);
    }
  }

  #gnuName(header: TarHeader, data: ByteSource, place: string): void {
    const name = this.#small(data, place).toString('latin1').replace(/\0+$/, '');
    this.#local.set(header.type === 'L' ? 'path' : 'linkpath', name);
  }

  #member(plain: TarHeader, block: Buffer, place: string): void {
    const { record, xattrs, groupBits, unread } = this.#takeRecords();
    for (const keyword of unread) this.#collector.finding('warning', place, 'acl-not-read', `its access list (${keyword}) names somebody without a number and is not compared`);
    const header = withRecords(plain, record, (why) => damaged(place, why));
    checkNumbers(header, (why) => damaged(place, why));
    const stamp = modified(record('mtime'), block);
    this.#entries++;
    const { path, wasAbsolute } = memberPath(record('GNU.sparse.name') ?? header.name);
    if (wasAbsolute) this.#collector.finding('note', placeOf(path), 'absolute-path', 'its path in the archive is absolute');
    const mode = groupBits === undefined ? header.mode : (header.mode & ~0o070) | (groupBits << 3);
    const owned = { mode, uid: header.uid, gid: header.gid, ...(xattrs === undefined ? {} : { xattrs }) };
    const facts: EntryFacts = stamp === undefined ? {} : { modified: stamp };
    const sparse = this.#sparse(header, block, record, place);
    if (sparse === undefined) return this.#collector.put(path, this.#entry(path, header, owned, place), facts);
    const holeBytes = holesOf(sparse);
    this.#collector.put(path, { kind: 'file', ...owned, sizeBytes: sparse.sizeBytes, read: (room) => sparseContent(sparse, room) }, holeBytes > 0 ? { ...facts, holeBytes } : facts);
  }

  /** The extended headers count for one member. */
  #takeRecords(): { record: (keyword: string) => string | undefined } & TarAttributes {
    if (this.#local.size === 0 && this.#globals.size === 0) return PLAIN_MEMBER;
    const [local, globals] = [this.#local, this.#globals.size === 0 ? NO_RECORDS : new Map(this.#globals)];
    this.#local = new Map();
    return { record: (keyword) => local.get(keyword) ?? globals.get(keyword), ...tarAttributes(new Map([...globals, ...local])) };
  }

  #sparse(header: TarHeader, block: Buffer, record: (keyword: string) => string | undefined, place: string): SparseFile | undefined {
    if (header.type === 'S') {
      const sparse = sparseFromHeader(block, this.#source, this.#at, header.sizeBytes, place);
      this.#at = sparse.dataAt;
      this.#skip(header.sizeBytes);
      return sparse;
    }
    if (header.type !== '0') return undefined;
    const sparse = sparseFromRecords(record, this.#data(header.sizeBytes, place), place);
    if (sparse !== undefined) this.#skip(header.sizeBytes);
    return sparse;
  }

  #entry(path: PathBytes, header: TarHeader, owned: { mode: number; uid: number; gid: number; xattrs?: Xattrs }, place: string): MemberEntry {
    const { major, minor, sizeBytes } = header;
    switch (header.type) {
      case '0': case '7': {
        if (header.name.endsWith('/')) return { kind: 'directory', ...owned };
        const data = this.#data(sizeBytes, place);
        this.#skip(sizeBytes);
        return { kind: 'file', ...owned, sizeBytes, read: (room) => streamOf(data, 0, sizeBytes, room) };
      }
      case '1': return { kind: 'hard-link', target: this.#target(path, header.link) };
      case '2': return { kind: 'symlink', ...owned, target: linkTarget(path, header.link) };
      case '3': case '4': return { kind: header.type === '3' ? 'character-device' : 'block-device', ...owned, major, minor };
      case '5': return { kind: 'directory', ...owned };
      case '6': return { kind: 'fifo', ...owned };
      default: return unsupported(place, UNSUPPORTED_TYPES[header.type] ?? `an entry of the unknown type ${JSON.stringify(header.type)}`);
    }
  }

  #target(path: PathBytes, link: string): PathBytes {
    const { path: target } = memberPath(link);
    return target === path ? damaged(placeOf(path), `is a hard link to itself, "${displayPath(link as PathBytes)}"`) : target;
  }
}

/** The pax record may have a fraction; the header has seconds. */
function modified(record: string | undefined, block: Buffer): Stamp | undefined {
  const parts = /^(-?\d{1,15})(?:\.(\d{1,30}))?$/.exec(record ?? '');
  if (parts === null) {
    const seconds = tarModified(block);
    return seconds === undefined ? undefined : { seconds, nanoseconds: 0 };
  }
  const nanoseconds = Number((parts[2] ?? '').slice(0, 9).padEnd(9, '0'));
  const seconds = Number(parts[1]);
  return parts[1]!.startsWith('-') && nanoseconds > 0 ? { seconds: seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds } : { seconds, nanoseconds };
}
