import { Failure } from '../foundation/failure.ts';
import { sortedEntries } from '../foundation/order.ts';
import { displayPath, ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { fileContent, gathered, padding, type BlobReader } from './file-content.ts';
import { encodePaxRecords } from '../readers/pax-records.ts';
import { headerChecksum, TAR_BLOCK } from '../readers/tar-header.ts';

export interface EpochOption {
  /** The one time in the image, seconds since 1970. */
  epochSeconds: number;
}

export interface TarWriterOptions extends EpochOption {
  /**
   * What squashfs-tools 4.5.1 reads wrongly is said otherwise: it takes the leading slash off a `linkpath` record,
   * so long symlink targets go into a GNU long link; it knows no root entry, so there is none.
   */
  dialect?: 'pax' | 'squashfs-tools';
}

/**
 * A tar in the tree's order: ustar, with a pax header only where a field does not fit or there are attributes.
 * Numeric owners only, every time the epoch, the root as `./`, two blocks of zeros at the end.
 */
export function writeTar(tree: Tree, blobs: BlobReader, options: TarWriterOptions): AsyncIterable<Uint8Array> {
  return gathered(members(tree, blobs, options));
}

async function* members(tree: Tree, blobs: BlobReader, options: TarWriterOptions): AsyncIterable<Uint8Array> {
  for (const [path, entry] of tree.entries) {
    if (path === ROOT_PATH && options.dialect === 'squashfs-tools') continue;
    yield headers(path, entry, tree, options);
    if (entry.kind !== 'file') continue;
    yield* fileContent(blobs, entry);
    yield padding(entry.sizeBytes, TAR_BLOCK);
  }
  yield Buffer.alloc(2 * TAR_BLOCK);
}

const TYPES = { 'file': '0', 'hard-link': '1', 'symlink': '2', 'character-device': '3', 'block-device': '4', 'directory': '5', 'fifo': '6' } as const;

interface Fields {
  name: string;
  link: string;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  major: number;
  minor: number;
}

function headers(path: PathBytes, entry: TreeEntry, tree: Tree, { epochSeconds, dialect }: TarWriterOptions): Buffer {
  const owner = entry.kind === 'hard-link' ? tree.entries.get(entry.target) as Exclude<TreeEntry, { kind: 'hard-link' }> : entry;
  const isDevice = entry.kind === 'character-device' || entry.kind === 'block-device';
  const fields: Fields = {
    name: path === ROOT_PATH ? './' : entry.kind === 'directory' ? `${path}/` : path,
    link: entry.kind === 'symlink' || entry.kind === 'hard-link' ? entry.target : '',
    type: TYPES[entry.kind],
    mode: owner.mode, uid: owner.uid, gid: owner.gid, mtime: epochSeconds,
    size: entry.kind === 'file' ? entry.sizeBytes : 0,
    major: isDevice ? entry.major : 0,
    minor: isDevice ? entry.minor : 0,
  };
  const longLink = dialect === 'squashfs-tools' && entry.kind === 'symlink' ? gnuLongLink(fields) : NO_BYTES;
  const records = overflowing(fields);
  if (entry.kind !== 'hard-link') records.push(...xattrRecords(path, entry));
  return Buffer.concat([longLink, records.length === 0 ? NO_BYTES : paxHeader(records, epochSeconds), header(fields)]);
}

const NO_BYTES = Buffer.alloc(0);

/** Takes the target out of the header where it is too long for it. */
function gnuLongLink(fields: Fields): Buffer {
  if (fields.link.length <= 100) return NO_BYTES;
  const content = Buffer.from(`${fields.link}\0`, 'latin1');
  fields.link = fields.link.slice(0, 100);
  const own = { name: '././@LongLink', link: '', type: 'K', mode: 0o644, uid: 0, gid: 0, size: content.byteLength, mtime: 0, major: 0, minor: 0 };
  return Buffer.concat([header(own), content, padding(content.byteLength, TAR_BLOCK)]);
}

/** Records for what the header cannot hold, and a harmless value left in the header. */
function overflowing(fields: Fields): [string, string][] {
  const records: [string, string][] = [];
  if (splitName(fields.name) === undefined) { records.push(['path', fields.name]); fields.name = fields.name.slice(0, 99); }
  if (fields.link.length > 100) { records.push(['linkpath', fields.link]); fields.link = fields.link.slice(0, 100); }
  for (const field of ['uid', 'gid'] as const) {
    if (fields[field] > 0o7777777) { records.push([field, String(fields[field])]); fields[field] = 0; }
  }
  for (const field of ['size', 'mtime'] as const) {
    if (fields[field] > 0o77777777777) { records.push([field, String(fields[field])]); fields[field] = 0; }
  }
  for (const [field, keyword] of [['major', 'SCHILY.devmajor'], ['minor', 'SCHILY.devminor']] as const) {
    if (fields[field] > 0o7777777) { records.push([keyword, String(fields[field])]); fields[field] = 0; }
  }
  return records;
}

function xattrRecords(path: PathBytes, entry: Exclude<TreeEntry, { kind: 'hard-link' }>): [string, string][] {
  return sortedEntries(entry.xattrs ?? {}).map(([name, value]) => {
    // An empty record means "withdrawn", and `=` would end the keyword early.
    if (name.includes('=') || value === '') {
      throw new Failure('IMAGE.UNSUPPORTED', `tar cannot say the extended attribute "${name}" of /${displayPath(path)}: an empty value, or "=" in its name`, { place: displayPath(path) });
    }
    return [`SCHILY.xattr.${name}`, value];
  });
}

function paxHeader(records: readonly [string, string][], mtime: number): Buffer {
  const content = encodePaxRecords(records);
  const fields = { name: '././@PaxHeader', link: '', type: 'x', mode: 0o644, uid: 0, gid: 0, size: content.byteLength, mtime: Math.min(mtime, 0o77777777777), major: 0, minor: 0 };
  return Buffer.concat([header(fields), content, padding(content.byteLength, TAR_BLOCK)]);
}

function header(fields: Fields): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  const [prefix, name] = splitName(fields.name)!;
  block.write(name, 0, 'latin1');
  block.write(octal(fields.mode, 7), 100, 'latin1');
  block.write(octal(fields.uid, 7), 108, 'latin1');
  block.write(octal(fields.gid, 7), 116, 'latin1');
  block.write(octal(fields.size, 11), 124, 'latin1');
  block.write(octal(fields.mtime, 11), 136, 'latin1');
  block.write(fields.type, 156, 'latin1');
  block.write(fields.link, 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(fields.major, 7), 329, 'latin1');
  block.write(octal(fields.minor, 7), 337, 'latin1');
  block.write(prefix, 345, 'latin1');
  block.write(`${octal(headerChecksum(block), 6)}\0 `, 148, 'latin1');
  return block;
}

/** Prefix and name as ustar has them (155 and 100 bytes, cut at a slash); undefined where the path does not fit. */
function splitName(path: string): [prefix: string, name: string] | undefined {
  if (path.length <= 100) return ['', path];
  // The first slash that leaves at most 100 bytes; a trailing slash belongs to the name.
  const slash = path.indexOf('/', path.length - 101);
  return slash < 1 || slash > 155 || slash === path.length - 1 ? undefined : [path.slice(0, slash), path.slice(slash + 1)];
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
