import { borrow, sliceSource, streamOf, type ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged, overLimit, truncated, unsupported } from '../bytes/read-failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { displayPath, type PathBytes } from '../tree/entry.ts';
import { ArchiveCollector, memberPath, type MemberEntry, type MemberSink } from './archive-collector.ts';
import { linkTarget } from './entry-name.ts';
import type { ReadPieces } from './hash-pieces.ts';
import type { EntryFacts, LayoutFacts, Stamp, TreeContent } from './image-content.ts';
import type { KnownContents } from './known-contents.ts';
import { LaterFile, type OwnedFile } from './later-file.ts';
import { parsePaxRecords, type PaxRecords } from './pax-records.ts';
import { StrayBytes } from './stray-bytes.ts';
import { isZeroBlock, parseTarHeader, TAR_BLOCK, tarModified, type TarHeader } from './tar-header.ts';
import { tarAttributes, type TarAttributes } from './tar-attributes.ts';
import { checkNumbers, UNSUPPORTED_TYPES, withRecords } from './tar-member.ts';
import { KnownMembers, TwinMembers, type KnownMember } from './tar-twins.ts';
import { holesOf, sparseContent, sparseFromHeader, sparseFromRecords, type SparseFile } from './tar-sparse.ts';
import { placeOf } from './place-of.ts';

const MAX_HEADER_BYTES = 2 ** 20;
const NO_RECORDS: PaxRecords = new Map();
/** A member that no extended header says anything of. */
const PLAIN_MEMBER = { record: (): undefined => undefined, ...tarAttributes(NO_RECORDS) };
const EVEN_OLD = { old: true };
const DIALECTS: Readonly<Record<string, string>> = { 'ustar ': 'gnu', 'ustar\0': 'ustar' };

/** A tar (ustar, pax, GNU) that anybody made, as it would be unpacked: later entries stand for earlier ones. Throws `BYTES.*`. */
export function readTarImage(source: ByteSource, budget: Budget, known?: KnownContents): TreeContent {
  const collector = new ArchiveCollector('tar', budget);
  const layout = new TarImageReader(source, collector, known).read();
  return collector.finish(layout);
}

/** Every member in order; what the archive is beside them. */
export function readTarMembers(source: ByteSource, sink: MemberSink): LayoutFacts {
  return new TarImageReader(source, sink).read();
}

interface PendingMember { start: number; dialects: string[]; oddities: number; put?: Pick<KnownMember, 'path' | 'entry' | 'facts'> }

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

  /** What this archive leaves for another one, or what another one left. */
  readonly #hashesLater: boolean;
  readonly #own: KnownMembers | undefined;
  readonly #twins: TwinMembers | undefined;
  /** The member that is being read, or was read last: what fills its last block is not known yet. */
  #pending: PendingMember | undefined;
  /** The header that is being read. */
  #number = 0;
  #headerAt = 0;
  #findings = 0;

  constructor(source: ByteSource, sink: MemberSink, known?: KnownContents) {
    this.#source = source;
    this.#collector = sink;
    this.#hashesLater = known !== undefined;
    if (known?.members !== undefined) this.#twins = new TwinMembers(known.members, source);
    else if (known !== undefined) this.#own = known.members = new KnownMembers(source);
  }

  read(): LayoutFacts {
    for (let block = this.#block(); block !== undefined; block = this.#block()) {
      const header = parseTarHeader(block, this.#refuse, EVEN_OLD);
      this.#check(header.sizeBytes);
      if (header.type === 'x' || header.type === 'g') this.#records(header);
      else if (header.type === 'L' || header.type === 'K') this.#gnuName(header);
      else if (header.type === 'V') this.#labelled(header.name);
      else this.#member(header, block);
    }
    return { entries: this.#entries, dialects: [...this.#dialects].toSorted().join(' '), endsAt: this.#at, ...this.#strays.fact(), ...(this.#label === undefined ? {} : { volumeLabel: this.#label }) };
  }

  /** The next header, good until the one after it is read; undefined at two blocks of zeros, or where the archive just stops. */
  #block(): Buffer | undefined {
    this.#takeTwins();
    const start = this.#filledTo;
    const read = borrow(this.#source, start, Math.min(this.#at + TAR_BLOCK, this.#source.sizeBytes) - start, this.#room);
    this.#strays.take(read.subarray(0, this.#at - start));
    this.#leaveMember();
    const block = read.subarray(this.#at - start);
    if (block.byteLength === 0) this.#tell('warning', 'archive', 'no-end', 'the archive has no end mark');
    else if (block.byteLength < TAR_BLOCK) truncated(`tar header at byte ${this.#at}`, 'is cut off');
    if (block.byteLength === 0) return undefined;
    if (isZeroBlock(block)) { this.#checkEnd(); return undefined; }
    this.#number = this.#entries + 1;
    this.#headerAt = this.#at;
    this.#at += TAR_BLOCK;
    this.#filledTo = this.#at;
    if (this.#own !== undefined && this.#isPlain()) this.#pending ??= { start: this.#headerAt, dialects: [], oddities: this.#oddities() };
    this.#strays.takeHeader(block);
    this.#speaks(DIALECTS[block.toString('latin1', 257, 263)] ?? 'old');
    return block;
  }

  /** Nothing that came before says anything of the next member. */
  #isPlain(): boolean {
    return this.#local.size === 0 && this.#globals.size === 0;
  }

  #oddities(): number {
    return this.#findings + this.#strays.count;
  }

  #speaks(dialect: string): void {
    this.#dialects.add(dialect);
    this.#pending?.dialects.push(dialect);
  }

  /** Members that are the same bytes as known ones are the same members; they count, and are put in their place, as any other. */
  #takeTwins(): void {
    if (this.#twins === undefined || !this.#isPlain()) return;
    for (let twin = this.#twins.at(this.#at); twin !== undefined; twin = this.#twins.at(this.#at)) {
      if (this.#filledTo < this.#at) this.#strays.take(this.#source.read(this.#filledTo, this.#at - this.#filledTo));
      this.#at += twin.end - twin.start;
      this.#filledTo = this.#at;
      this.#entries++;
      for (const dialect of twin.dialects) this.#dialects.add(dialect);
      this.#collector.put(twin.path, twin.entry, twin.facts);
    }
  }

  /** For another archive to know, where there was nothing to tell of it beside the member itself. */
  #leaveMember(): void {
    if (this.#pending?.put === undefined) return;
    const { start, dialects, oddities, put } = this.#pending;
    this.#pending = undefined;
    if (oddities === this.#oddities() && (this.#at - start) % TAR_BLOCK === 0) this.#own!.add({ start, end: this.#at, dialects, ...put });
  }

  #put(path: PathBytes, entry: MemberEntry, facts: EntryFacts): void {
    this.#collector.put(path, entry, facts);
    if (this.#pending !== undefined) this.#pending.put = { path, entry, facts };
    this.#twins?.passed(path);
  }

  #tell(severity: Finding['severity'], place: string, rule: string, message: string): void {
    this.#findings++;
    this.#collector.finding(severity, place, rule, message);
  }

  #place(): string {
    return `tar entry ${this.#number} at byte ${this.#headerAt}`;
  }

  readonly #refuse = (why: string): never => damaged(this.#place(), why);

  #checkEnd(): void {
    let isMarked = false;
    for (const piece of streamOf(this.#source, this.#at)) {
      if (isZeroBlock(piece)) continue;
      this.#strays.take(piece);
      if (!isMarked) this.#tell('warning', 'archive', 'bytes-behind-end', 'bytes that are not zeros lie behind the end mark');
      isMarked = true;
    }
  }

  #check(sizeBytes: number): void {
    if (this.#at + sizeBytes > this.#source.sizeBytes) truncated(this.#place(), `states ${sizeBytes} bytes, the archive ends at byte ${this.#source.sizeBytes}`);
  }

  #skip(sizeBytes: number): void {
    this.#filledTo = Math.min(this.#at + sizeBytes, this.#source.sizeBytes);
    this.#at = Math.min(this.#at + Math.ceil(sizeBytes / TAR_BLOCK) * TAR_BLOCK, this.#source.sizeBytes);
  }

  #small(sizeBytes: number): Buffer {
    if (sizeBytes > MAX_HEADER_BYTES) overLimit(this.#place(), `is an extended header of ${sizeBytes} bytes`, MAX_HEADER_BYTES, sizeBytes);
    const at = this.#at;
    this.#skip(sizeBytes);
    return this.#source.read(at, sizeBytes);
  }

  #records(header: TarHeader): void {
    this.#speaks('pax');
    for (const [keyword, value] of parsePaxRecords(this.#small(header.sizeBytes), this.#refuse)) {
      if (header.type === 'x') this.#local.set(keyword, value);
      else if (value === '') this.#globals.delete(keyword);
      else this.#globals.set(keyword, value);
    }
    if (header.type === 'g') this.#pending = undefined;
  }

  #gnuName(header: TarHeader): void {
    const name = this.#small(header.sizeBytes).toString('latin1').replace(/\0+$/, '');
    this.#local.set(header.type === 'L' ? 'path' : 'linkpath', name);
  }

  #labelled(name: string): void {
    this.#label = name;
    this.#pending = undefined;
  }

  #member(plain: TarHeader, block: Buffer): void {
    const records = this.#takeRecords();
    const { record, xattrs, groupBits, unread } = records;
    for (const keyword of unread) this.#tell('warning', this.#place(), 'acl-not-read', `its access list (${keyword}) names somebody without a number and is not compared`);
    const header = records === PLAIN_MEMBER ? plain : withRecords(plain, record, this.#refuse);
    checkNumbers(header, this.#refuse);
    const stamp = modified(record('mtime'), block);
    this.#entries++;
    const { path, wasAbsolute } = memberPath(record('GNU.sparse.name') ?? header.name);
    if (wasAbsolute) this.#tell('note', placeOf(path), 'absolute-path', 'its path in the archive is absolute');
    const mode = groupBits === undefined ? header.mode : (header.mode & ~0o070) | (groupBits << 3);
    const owned = { mode, uid: header.uid, gid: header.gid, ...(xattrs === undefined ? {} : { xattrs }) };
    const facts: EntryFacts = stamp === undefined ? {} : { modified: stamp };
    const sparse = this.#sparse(header, block, record);
    if (sparse === undefined) return this.#put(path, this.#entry(path, header, owned), facts);
    this.#pending = undefined;
    const holeBytes = holesOf(sparse);
    this.#put(path, { kind: 'file', ...owned, sizeBytes: sparse.sizeBytes, read: (room) => sparseContent(sparse, room) }, holeBytes > 0 ? { ...facts, holeBytes } : facts);
  }

  /** The extended headers count for one member. */
  #takeRecords(): { record: (keyword: string) => string | undefined } & TarAttributes {
    if (this.#local.size === 0 && this.#globals.size === 0) return PLAIN_MEMBER;
    const [local, globals] = [this.#local, this.#globals.size === 0 ? NO_RECORDS : new Map(this.#globals)];
    this.#local = new Map();
    return { record: (keyword) => local.get(keyword) ?? globals.get(keyword), ...tarAttributes(new Map([...globals, ...local])) };
  }

  #sparse(header: TarHeader, block: Buffer, record: (keyword: string) => string | undefined): SparseFile | undefined {
    if (header.type === 'S') {
      const sparse = sparseFromHeader(block, this.#source, this.#at, header.sizeBytes, this.#place());
      this.#at = sparse.dataAt;
      this.#skip(header.sizeBytes);
      return sparse;
    }
    if (header.type !== '0' || record === PLAIN_MEMBER.record) return undefined;
    const sparse = sparseFromRecords(record, this.#data(header.sizeBytes), this.#place());
    if (sparse !== undefined) this.#skip(header.sizeBytes);
    return sparse;
  }

  #data(sizeBytes: number): ByteSource {
    this.#check(sizeBytes);
    return sliceSource(this.#source, this.#at, sizeBytes);
  }

  #file(path: PathBytes, owned: Omit<OwnedFile, 'sizeBytes'>, sizeBytes: number): MemberEntry {
    this.#check(sizeBytes);
    const [source, at] = [this.#source, this.#at];
    this.#skip(sizeBytes);
    const read: ReadPieces = (room) => streamOf(source, at, sizeBytes, room);
    return this.#hashesLater ? new LaterFile(path, { ...owned, sizeBytes }, read) : { kind: 'file', ...owned, sizeBytes, read };
  }

  #entry(path: PathBytes, header: TarHeader, owned: Omit<OwnedFile, 'sizeBytes'>): MemberEntry {
    const { major, minor, sizeBytes } = header;
    switch (header.type) {
      case '0': case '7': return header.name.endsWith('/') ? { kind: 'directory', ...owned } : this.#file(path, owned, sizeBytes);
      case '1': return { kind: 'hard-link', target: this.#target(path, header.link) };
      case '2': return { kind: 'symlink', ...owned, target: linkTarget(path, header.link) };
      case '3': case '4': return { kind: header.type === '3' ? 'character-device' : 'block-device', ...owned, major, minor };
      case '5': return { kind: 'directory', ...owned };
      case '6': return { kind: 'fifo', ...owned };
      default: return unsupported(this.#place(), UNSUPPORTED_TYPES[header.type] ?? `an entry of the unknown type ${JSON.stringify(header.type)}`);
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
