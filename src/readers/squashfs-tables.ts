import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import type { Xattrs } from '../tree/entry.ts';
import { unsigned64 } from './numbers.ts';
import type { MetadataCursor, SquashfsMetadata } from './squashfs-metadata.ts';
import { NO_TABLE, type SquashfsSuperblock } from './squashfs-superblock.ts';

const PREFIXES = ['user.', 'trusted.', 'security.'] as const;
const OUT_OF_LINE = 0x100;
const MAX_VALUE_BYTES = 65_536;
/** XATTR_LIST_MAX of Linux is 64 KiB of names, the shortest has 6 bytes. */
const MAX_ATTRIBUTES = 16_384;

/** User and group numbers, fragments and attributes, by index. */
export class SquashfsTables {
  readonly #source: ByteSource;
  readonly #squashfs: SquashfsSuperblock;
  readonly #metadata: SquashfsMetadata;
  readonly #ids = new Map<number, number>();
  readonly #xattrs = new Map<number, Xattrs>();

  constructor(source: ByteSource, squashfs: SquashfsSuperblock, metadata: SquashfsMetadata) {
    this.#source = source;
    this.#squashfs = squashfs;
    this.#metadata = metadata;
  }

  id(index: number): number {
    const known = this.#ids.get(index);
    if (known !== undefined) return known;
    if (index >= this.#squashfs.ids) damaged('squashfs id table', `has ${this.#squashfs.ids} rows, row ${index} was asked for`);
    const read = this.#metadata.row(this.#squashfs.idTable, index, 4, 'squashfs id table').readUInt32LE(0);
    this.#ids.set(index, read);
    return read;
  }

  fragment(index: number): { at: number; word: number } {
    const { fragments, fragmentTable } = this.#squashfs;
    if (index >= fragments || fragmentTable >= NO_TABLE) damaged('squashfs fragment table', `has ${fragments} rows, row ${index} was asked for`);
    const row = this.#metadata.row(fragmentTable, index, 16, 'squashfs fragment table');
    return { at: unsigned64(row, 0), word: row.readUInt32LE(8) };
  }

  xattrs(index: number): Xattrs {
    const known = this.#xattrs.get(index);
    if (known !== undefined) return known;
    const read = this.#read(index);
    this.#xattrs.set(index, read);
    return read;
  }

  #read(index: number): Xattrs {
    const place = `squashfs attributes ${index}`;
    const { xattrTable } = this.#squashfs;
    if (xattrTable >= NO_TABLE) damaged(place, 'are named, but the file system has none');
    const header = this.#source.read(xattrTable, 16);
    const [start, count] = [unsigned64(header, 0), header.readUInt32LE(8)] as const;
    if (index >= count) damaged(place, `are not among the ${count} there are`);
    const row = this.#metadata.row(xattrTable + 16, index, 16, place);
    const many = row.readUInt32LE(8);
    if (many > MAX_ATTRIBUTES) damaged(place, `are ${many}`);
    const cursor = this.#at(start, unsigned64(row, 0), place);
    return Object.fromEntries(Array.from({ length: many }, () => this.#pair(cursor, start, place)));
  }

  #pair(cursor: MetadataCursor, start: number, place: string): [string, string] {
    const head = cursor.take(4);
    const type = head.readUInt16LE(0);
    const prefix = PREFIXES[type & 0xff] ?? unsupported(place, `an attribute of name space ${type & 0xff}`);
    const name = prefix + cursor.take(head.readUInt16LE(2)).toString('latin1');
    if ((type & OUT_OF_LINE) === 0) return [name, value(cursor, place)];
    const size = cursor.take(4).readUInt32LE(0);
    if (size !== 8) damaged(place, `have a value elsewhere, named in ${size} bytes`);
    return [name, value(this.#at(start, unsigned64(cursor.take(8), 0), place), place)];
  }

  #at(start: number, reference: number, place: string): MetadataCursor {
    return this.#metadata.cursor(start + Math.floor(reference / 65_536), reference % 65_536, place);
  }
}

function value(cursor: MetadataCursor, place: string): string {
  const size = cursor.take(4).readUInt32LE(0);
  if (size > MAX_VALUE_BYTES) damaged(place, `have a value of ${size} bytes`);
  return cursor.take(size).toString('latin1');
}
