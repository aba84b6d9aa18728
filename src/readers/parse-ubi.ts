import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged, overLimit } from '../bytes/read-failure.ts';
import type { PartitionRow, PartitionTable } from './gpt.ts';
import { eraseBlockBytes, parseEraseHeader, parseVolumeHeader, TABLE_VOLUME, ubiCrc, type VolumeHeader } from './ubi-header.ts';
import { parseVolumeTable, type UbiVolumeRow } from './ubi-table.ts';

/** More logical blocks than any flash has; holes in a volume are counted as content. */
const MAX_BLOCKS = 2 ** 20;
const TABLE_COPIES = [0, 1] as const;
const ERASED = 0xff;

interface Block extends VolumeHeader { at: number }
type Tell = (severity: 'error' | 'warning' | 'note', path: string, rule: string, message: string) => void;

/** Raw flash with UBI on it, as ubinize writes it or a chip is dumped: its volumes, each with its blocks. Throws `BYTES.*`. */
export function parseUbi(source: ByteSource, budget: Budget): PartitionTable {
  const findings: PartitionTable['findings'] = [];
  const tell: Tell = (severity, path, rule, message) => { findings.push({ severity, path, line: 0, rule, message }); };
  const flash = new UbiFlash(source, budget, tell);
  const rows = flash.rows();
  return { format: 'ubi', rows, layout: flash.layout(), findings };
}

class UbiFlash {
  readonly #source: ByteSource;
  readonly #budget: Budget;
  readonly #tell: Tell;
  readonly #eraseBytes: number;
  #contentBytes = 0;
  #dataAt = 0;
  #imageSequence = 0;
  readonly #volumes = new Map<number, Map<number, Block>>();
  #empty = 0;
  #odd = 0;

  constructor(source: ByteSource, budget: Budget, tell: Tell) {
    this.#source = source;
    this.#budget = budget;
    this.#tell = tell;
    this.#eraseBytes = eraseBlockBytes(source);
    this.#scan();
  }

  rows(): PartitionRow[] {
    const table = this.#table();
    for (const id of [...this.#volumes.keys()].toSorted((a, b) => a - b)) {
      if (id !== TABLE_VOLUME && !table.some((row) => row.id === id)) this.#tell('warning', `ubi volume ${id}`, 'unlisted-volume', 'has blocks and is not in the table');
    }
    return table.map((row) => this.#row(row));
  }

  layout(): PartitionTable['layout'] {
    const used = [...this.#volumes.values()].reduce((sum, blocks) => sum + blocks.size, 0);
    return {
      eraseBlockBytes: this.#eraseBytes, logicalBlockBytes: this.#contentBytes, contentAt: this.#dataAt, imageSequence: this.#imageSequence,
      eraseBlocks: Math.ceil(this.#source.sizeBytes / this.#eraseBytes), usedBlocks: used, emptyBlocks: this.#empty,
    };
  }

  #scan(): void {
    const count = Math.floor(this.#source.sizeBytes / this.#eraseBytes);
    if (count * this.#eraseBytes < this.#source.sizeBytes) this.#tell('error', 'ubi image', 'truncated', `ends in the middle of block ${count}`);
    for (let i = 0; i < count; i++) this.#block(i * this.#eraseBytes, i);
    if (this.#odd > 0) this.#tell('warning', 'ubi image', 'damaged-blocks', `${this.#odd} of ${count} blocks have a header that cannot be read`);
  }

  #block(at: number, number: number): void {
    const erase = parseEraseHeader(this.#source, at);
    if (erase === undefined) {
      if (this.#source.read(at, 64).every((byte) => byte === ERASED)) this.#empty++;
      else this.#odd++;
      return;
    }
    this.#checkPlaces(erase.volumeHeaderAt, erase.dataAt, number);
    if (number === 0) this.#imageSequence = erase.imageSequence;
    const header = parseVolumeHeader(this.#source, at + erase.volumeHeaderAt);
    if (header === undefined) this.#empty++;
    else if (header === 'damaged') this.#odd++;
    else this.#take({ ...header, at: at + this.#dataAt });
  }

  /** The same in every block. */
  #checkPlaces(headerAt: number, dataAt: number, number: number): void {
    const place = `ubi block ${number}`;
    if (headerAt < 64 || headerAt + 64 > dataAt || dataAt >= this.#eraseBytes) damaged(place, `has its headers at byte ${headerAt} and its content at byte ${dataAt} of ${this.#eraseBytes}`);
    if (this.#dataAt === 0) { this.#dataAt = dataAt; this.#contentBytes = this.#eraseBytes - dataAt; }
    if (dataAt !== this.#dataAt) damaged(place, `has its content at byte ${dataAt}, others at byte ${this.#dataAt}`);
  }

  /** A block that was moved is there twice until the old one is erased: the newer counts, if it was written to its end. */
  #take(block: Block): void {
    if (block.number >= MAX_BLOCKS) overLimit(`ubi volume ${block.volume}`, `has a block ${block.number}`, MAX_BLOCKS, block.number);
    const blocks = this.#volumes.get(block.volume) ?? new Map<number, Block>();
    this.#volumes.set(block.volume, blocks);
    const standing = blocks.get(block.number);
    if (standing === undefined) { blocks.set(block.number, block); return; }
    const [newer, older] = block.sequence > standing.sequence ? [block, standing] : [standing, block];
    this.#tell('note', `ubi volume ${block.volume}`, 'two-copies', `block ${block.number} is there twice`);
    blocks.set(block.number, newer.isCopy && !this.#hasChecksum(newer) ? older : newer);
  }

  #hasChecksum({ at, dataBytes, dataCrc }: Block): boolean {
    return dataBytes <= this.#contentBytes && ubiCrc(this.#source.read(at, dataBytes)) === dataCrc;
  }

  #table(): UbiVolumeRow[] {
    const blocks = this.#volumes.get(TABLE_VOLUME);
    const copies = TABLE_COPIES.map((number) => blocks?.get(number)).map((block) => (block === undefined ? undefined : this.#source.read(block.at, this.#contentBytes)));
    const tables = copies.map((bytes) => (bytes === undefined ? undefined : parseVolumeTable(bytes)));
    const same = copies[0] !== undefined && copies[1] !== undefined && copies[0].equals(copies[1]);
    if (!same) this.#tell('warning', 'ubi volume table', 'copies-differ', 'its two copies are not the same');
    return tables[0] ?? tables[1] ?? damaged('ubi volume table', copies.every((bytes) => bytes === undefined) ? 'is not there' : 'has checksums that are not those of its bytes');
  }

  #row(row: UbiVolumeRow): PartitionRow {
    const place = `ubi volume ${row.id}`;
    const blocks = this.#volumes.get(row.id) ?? new Map<number, Block>();
    if (row.padBytes >= this.#contentBytes) damaged(place, `pads ${row.padBytes} bytes in blocks of ${this.#contentBytes}`);
    if (row.isTorn) this.#tell('warning', place, 'update-torn', 'was being written and is not complete');
    const blockBytes = this.#contentBytes - row.padBytes;
    const count = [...blocks.keys()].reduce((most, number) => Math.max(most, number), -1) + 1;
    // A block that is not there costs as much as one that is.
    this.#budget.content(place, (count - blocks.size) * blockBytes);
    const at = Array.from({ length: count }, (_, i) => blocks.get(i)?.at ?? -1);
    return {
      number: row.id, offsetBytes: Math.max(0, at.find((start) => start >= 0) ?? 0), sizeBytes: row.isStatic ? this.#staticBytes(place, blocks, count, blockBytes) : count * blockBytes,
      type: row.isStatic ? 'static' : 'dynamic', name: row.name, attributes: row.autoResize ? 'autoresize' : '', blocks: { blockBytes, at },
    };
  }

  /** All blocks of a static volume are full but the last, and each has a checksum. */
  #staticBytes(place: string, blocks: ReadonlyMap<number, Block>, count: number, blockBytes: number): number {
    const last = blocks.get(count - 1);
    if (last === undefined) return 0;
    if (last.dataBytes > blockBytes) damaged(place, `has ${last.dataBytes} bytes in a block of ${blockBytes}`);
    if (blocks.size !== last.usedBlocks) this.#tell('error', place, 'blocks-missing', `has ${blocks.size} of ${last.usedBlocks} blocks`);
    const bad = [...blocks.values()].filter((block) => !this.#hasChecksum(block)).length;
    if (bad > 0) this.#tell('error', place, 'checksum-mismatch', `has ${bad} blocks whose checksum is not that of their bytes`);
    return (count - 1) * blockBytes + last.dataBytes;
  }
}
