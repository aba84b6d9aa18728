import type { ContentDescription } from '../content/description.ts';
import type { BytePair } from '../foundation/both.ts';
import type { CauseCode } from './cause-codes.ts';
import type { Rule } from './rule.ts';

/** A place in a file that its format sets aside for one purpose. */
interface Field { code: CauseCode; offset: number; length: number; name: string }

const AR_HEADER_BYTES = 60;

function fieldsOf(described: ContentDescription, bytes: Buffer): Field[] {
  switch (described.kind) {
    case 'compressed': return described.facts.stream.compression === 'gzip' ? gzipFields(bytes) : [];
    case 'ar': case 'deb': return described.parts.filter(({ role }) => role === 'file').flatMap(({ name, offset }) => arFields(name, offset! - AR_HEADER_BYTES));
    case 'uimage': return described.facts.headerChecksumMatches ? UIMAGE_FIELDS : [];
    case 'elf': case 'kernel-module': return elfFields(described);
    case 'data': return bytecodeFields(bytes);
    default: return [];
  }
}

/** RFC 1952. */
function gzipFields(bytes: Buffer): Field[] {
  return bytes.length < 10 ? [] : [{ code: 'embedded-timestamp', offset: 4, length: 4, name: 'gzip time' }, { code: 'compression', offset: 8, length: 2, name: 'gzip level and system' }];
}

function arFields(member: string, at: number): Field[] {
  if (at < 8) return [];
  return [{ code: 'embedded-timestamp', offset: at + 16, length: 12, name: `time of ${member}` }, { code: 'host-leak', offset: at + 28, length: 12, name: `owner of ${member}` }];
}

/** The header's checksum follows from its time. */
const UIMAGE_FIELDS: Field[] = [{ code: 'embedded-timestamp', offset: 8, length: 4, name: 'uImage time' }, { code: 'embedded-timestamp', offset: 4, length: 4, name: 'uImage checksum' }];

const NOTE_HEADER_BYTES = 16;
/** The header, the kind of system, three numbers. */
const ABI_TAG_BYTES = 32;

/** Notes of other kinds stay: the owner and type of the note are compared with the rest. */
function elfFields({ parts }: ContentDescription): Field[] {
  return parts.flatMap(({ name, role, offset, storedBytes }): Field[] => {
    if (role !== 'section') return [];
    if (name === '.note.gnu.build-id' && storedBytes > NOTE_HEADER_BYTES) return [{ code: 'build-id', offset: offset! + NOTE_HEADER_BYTES, length: storedBytes - NOTE_HEADER_BYTES, name }];
    if (name === '.note.ABI-tag' && storedBytes === ABI_TAG_BYTES) return [{ code: 'kernel-version', offset: offset! + NOTE_HEADER_BYTES + 4, length: 12, name: 'oldest kernel' }];
    return name === '.gnu_debuglink' ? [{ code: 'build-id', offset: offset!, length: storedBytes, name }] : [];
  });
}

/** Of CPython 3.7 to 3.14 and a few to come. */
const BYTECODE_VERSIONS = { from: 3390, to: 3700 };
/** marshal's `c`, with the bit of what may be referred to. */
const CODE_OBJECT = 0xe3;

/** PEP 552: version, CR LF, flags of 0 where a time follows. */
function bytecodeFields(bytes: Buffer): Field[] {
  if (bytes.length < 17) return [];
  const isBytecode = BYTECODE_VERSIONS.from <= bytes.readUInt16LE(0) && bytes.readUInt16LE(0) <= BYTECODE_VERSIONS.to && bytes.readUInt16LE(2) === 0x0a0d && bytes.readUInt32LE(4) === 0 && bytes[16] === CODE_OBJECT;
  return isBytecode ? [{ code: 'embedded-timestamp', offset: 8, length: 4, name: 'time of the source' }] : [];
}

function areSame({ left, right }: BytePair, [a, b]: readonly [Field[], Field[]]): boolean {
  return a.every(({ offset, length }, i) => offset === b[i]!.offset && length === b[i]!.length && left.subarray(offset, offset + length).equals(right.subarray(offset, offset + length)));
}

/** A rule for each purpose that fields can have. */
export const FIELDS: readonly Rule[] = (['embedded-timestamp', 'host-leak', 'build-id', 'kernel-version', 'compression'] as const).map((code) => ({
  code,
  undo: (pair, { described }) => {
    const both = (['left', 'right'] as const).map((side) => fieldsOf(described[side], pair[side]).filter((field) => field.code === code)) as [Field[], Field[]];
    // A field that one side alone has is no field of both.
    if (both[0].length === 0 || both[0].length !== both[1].length || areSame(pair, both)) return undefined;
    const cleared = (bytes: Buffer, fields: readonly Field[]): Buffer => {
      const copy = Buffer.from(bytes);
      for (const { offset, length } of fields) copy.fill(0, offset, offset + length);
      return copy;
    };
    return { pair: { left: cleared(pair.left, both[0]), right: cleared(pair.right, both[1]) }, evidence: [...new Set(both[0].map(({ name }) => name))].slice(0, 3) };
  },
}));
