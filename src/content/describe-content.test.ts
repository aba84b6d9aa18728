import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';

import { craftAr, craftBzImage, craftDeviceTree, craftElf, craftUImage, type CraftedElf } from '../../tests/support/crafted-content.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import { describeContent, describeSource } from './describe-content.ts';
import { elfSymbols } from './elf-symbols.ts';
import { parseElf } from './elf.ts';
import { describePlainText } from './plain-text.ts';
import { partDigest, type ContentDescription, type ContentKind } from './description.ts';

const BANNER = 'Linux version 6.1.0 (user@host) (gcc (A) 12.2.0, GNU ld 2.40) #7 SMP Thu Jan 1 00:00:00 UTC 1970\n\0';
const CONFIGURATION = '# Kernel\nCONFIG_A=y\nCONFIG_B="text"\n# CONFIG_C is not set\n';
const note = (owner: string, type: number, description: Buffer, littleEndian = true): Buffer => {
  const name = Buffer.from(`${owner}\0`);
  const words = Buffer.alloc(12);
  [name.length, description.length, type].forEach((value, i) => (littleEndian ? words.writeUInt32LE(value, 4 * i) : words.writeUInt32BE(value, 4 * i)));
  return Buffer.concat([words, name, Buffer.alloc((4 - name.length % 4) % 4), description, Buffer.alloc((4 - description.length % 4) % 4)]);
};
const elf = (sections: CraftedElf['sections'], more: Partial<CraftedElf> = {}): Buffer => craftElf({ wide: true, littleEndian: true, machine: 62, type: 2, sections, ...more });
const progbits = (name: string, content: string | Buffer, flags = 0): CraftedElf['sections'][number] => ({ name, type: 1, flags, content: Buffer.from(content) });

const KERNEL = elf([progbits('.text', Buffer.alloc(4096, 0x90)), progbits('__param', 'x'), progbits('.rodata', Buffer.concat([
  Buffer.from('Linux version %s (%s)\n\0'), Buffer.from(BANNER), Buffer.from('IKCFG_ST'), gzipSync(CONFIGURATION), Buffer.from('IKCFG_ED'),
]))]);
const PLAIN = elf([progbits('.text', 'code'), { name: '.note.gnu.build-id', type: 7, content: note('GNU', 3, Buffer.from('a1b2c3', 'hex')), alignment: 4 }, progbits('.comment', 'GCC: 12\0GCC: 12\0clang 15\0')]);
const MODULE = elf([progbits('.modinfo', 'license=GPL\0vermagic=6.1.0 SMP mod_unload \0depends=\0')], { type: 1 });
const TREE = craftDeviceTree({ name: '', properties: { model: 'crafted', compatible: 'a\0b', reg: Buffer.from([0, 0, 0, 1]) }, children: [{ name: 'node@1', properties: { odd: Buffer.from([1, 2, 3]) } }] });
const FIT = craftDeviceTree({
  name: '', properties: { description: 'crafted' },
  children: [{ name: 'images', children: [{ name: 'kernel', properties: { data: Buffer.from('kernel data'), type: 'kernel' }, children: [{ name: 'hash-1', properties: { algo: 'crc32', value: Buffer.from([1, 2, 3, 4]) } }] }] }],
});

const SAMPLES: Readonly<Record<string, { kind: ContentKind; bytes: Buffer }>> = {
  'an ELF file': { kind: 'elf', bytes: PLAIN },
  'a narrow ELF file, big end first': { kind: 'elf', bytes: craftElf({ wide: false, littleEndian: false, machine: 8, type: 2, sections: [{ name: '.note', type: 7, content: note('GNU', 3, Buffer.from('0f'), false), alignment: 4 }] }) },
  'an ELF file with packed sections': { kind: 'elf', bytes: elf([progbits('.debug_str', Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), deflateSync(Buffer.alloc(100, 'a'))]), 0x800)]) },
  'a kernel': { kind: 'elf', bytes: KERNEL },
  'a module': { kind: 'kernel-module', bytes: MODULE },
  'a signed module': { kind: 'kernel-module', bytes: Buffer.concat([MODULE, Buffer.from('signature'), Buffer.from([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 9]), Buffer.from('~Module signature appended~\n')]) },
  'a bzImage': { kind: 'kernel-image', bytes: craftBzImage(gzipSync(KERNEL)) },
  'a device tree': { kind: 'device-tree', bytes: TREE },
  'a FIT': { kind: 'fit', bytes: FIT },
  'a uImage': { kind: 'uimage', bytes: craftUImage(Buffer.from('data')) },
  'an ar archive': { kind: 'ar', bytes: craftAr([{ name: 'one/', content: Buffer.from('first') }, { name: 'two/', content: Buffer.from('second') }]) },
  'a compressed file': { kind: 'compressed', bytes: gzipSync('content') },
  'text': { kind: 'text', bytes: Buffer.from('#!/bin/sh -e\necho ü\n') },
  'data': { kind: 'data', bytes: Buffer.from([0, 1, 2, 3, 255]) },
};

/** Every part that can be unpacked, is; what cannot must say so in our words. */
function walk(described: ContentDescription): void {
  for (const part of described.parts) {
    try {
      partDigest(part);
    } catch (error) {
      if (!isReadFailure(error)) throw error;
    }
  }
}

describe.each(Object.entries(SAMPLES))('%s', (_name, { kind, bytes }) => {
  it('is known by its content', () => {
    const described = describeContent(bytes);
    expect([described.kind, described.problems]).toEqual([kind, []]);
    expect(described.sizeBytes).toBe(bytes.length);
    walk(described);
  });

  it('says nothing that is not plain JSON', () => {
    const { facts } = describeContent(bytes);
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  it('cut off anywhere, is described as far as it goes', () => {
    const step = Math.max(1, Math.floor(bytes.length / 400));
    for (let length = 0; length < bytes.length; length += step) walk(describeContent(bytes.subarray(0, length)));
  });

  it('changed anywhere, is described as far as it can be', () => {
    const few = bytes.length > 2000 ? 150 : 300;
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
      const changed = Buffer.from(bytes);
      for (const [at, value] of changes) changed[at] = value;
      walk(describeContent(changed));
    }), { seed: 6, numRuns: few });
  });

  it('with numbers of an attacker in its headers, is described as far as it can be', () => {
    const near = Math.min(bytes.length - 8, 1200);
    fc.assert(fc.property(fc.nat(Math.max(near, 0)), fc.constantFrom('ffffffff', '7fffffff', '80000000', '00000000ffffffff', 'ffffffff00000000', '0000ffff', '00000001'), (at, hex) => {
      const changed = Buffer.from(bytes);
      Buffer.from(hex, 'hex').copy(changed, at);
      walk(describeContent(changed));
    }), { seed: 7, numRuns: 200 });
  });
});

const factsOf = (bytes: Buffer): unknown => describeContent(bytes).facts;

it('tells the build id, whatever its length, and every compiler once', () => {
  expect(factsOf(PLAIN)).toMatchObject({ buildId: 'a1b2c3', comment: ['GCC: 12', 'clang 15'], machine: 'x86_64', stripped: true });
});

it('finds notes through segments where the table of sections is gone', () => {
  const content = note('GNU', 3, Buffer.from('c0ffee00', 'hex'));
  const file = elf([{ name: '.note', type: 7, content }], { segments: [{ type: 4, flags: 4, offset: 64 + 56, address: 0, bytes: content.length }] });
  file.fill(0, 40, 48);
  file.fill(0, 60, 64);
  expect(factsOf(file)).toMatchObject({ buildId: 'c0ffee00', sectionCount: 0 });
});

it('accounts for every byte of an ELF file', () => {
  const file = Buffer.concat([PLAIN, Buffer.from('appended')]);
  const covered = new Uint8Array(file.length);
  for (const { role, offset, storedBytes } of describeContent(file).parts) if (role !== 'view') covered.fill(1, offset, offset! + storedBytes);
  expect(covered.every((byte) => byte === 1)).toBe(true);
});

describe('a kernel image', () => {
  for (const [name, packed] of [['gzip', gzipSync(KERNEL)], ['zstd', zstdCompressSync(KERNEL)]] as const) {
    it(`packed with ${name} tells its banner and its configuration, the appended length left aside`, () => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(KERNEL.length);
      const described = describeContent(craftBzImage(Buffer.concat([packed, length])));
      expect(described).toMatchObject({
        kind: 'kernel-image', problems: [],
        facts: {
          format: 'x86-bzimage', versionText: '6.1.0 (user@host) #7 SMP Thu Jan 1 00:00:00 UTC 1970', configurationOptions: 3,
          banner: { release: '6.1.0', user: 'user', host: 'host', compiler: 'gcc (A) 12.2.0, GNU ld 2.40', build: '#7 SMP Thu Jan 1 00:00:00 UTC 1970' }, kernel: { compression: name },
        },
      });
      expect(described.parts.find((part) => part.name === 'configuration')!.content().toString()).toBe(CONFIGURATION);
      expect(describeContent(described.parts.find(({ role }) => role === 'file')!.content())).toMatchObject({ kind: 'elf', facts: { kernel: { banner: { release: '6.1.0' } } } });
    });
  }

  it('of which the payload is broken is still told by its header', () => {
    const packed = gzipSync(KERNEL);
    packed[20]! ^= 0xff;
    const described = describeContent(craftBzImage(packed));
    expect(described).toMatchObject({ kind: 'kernel-image', facts: { versionText: expect.stringContaining('6.1.0') } });
    expect(described.problems).toHaveLength(1);
  });

  it('for ARM is found behind the decompressor, of which nothing says how long it is', () => {
    const image = Buffer.concat([Buffer.alloc(3000, 0x1f), gzipSync(Buffer.concat([Buffer.alloc(70_000, 7), Buffer.from(BANNER)])), Buffer.alloc(100)]);
    image.writeUInt32LE(0x016f2818, 0x24);
    image.writeUInt32LE(0x04030201, 0x30);
    expect(factsOf(image)).toMatchObject({ format: 'arm-zimage', kernel: { compression: 'gzip' }, banner: { release: '6.1.0' } });
  });

  it('for arm64 is the kernel itself', () => {
    const image = Buffer.concat([Buffer.alloc(64), Buffer.from(BANNER)]);
    image.write('ARM\x64', 56, 'latin1');
    image.writeUInt32LE(0x10000, 16);
    expect(factsOf(image)).toMatchObject({ format: 'arm64-image', header: { image_size: 0x10000 }, banner: { release: '6.1.0' } });
  });
});

it('tells a module apart from its signature', () => {
  const [plain, signed] = [describeContent(SAMPLES['a module']!.bytes), describeContent(SAMPLES['a signed module']!.bytes)];
  expect(signed.facts).toMatchObject({ signature: { kind: 'pkcs7', bodyBytes: MODULE.length, signatureBytes: 9 }, unsignedSha256: plain.sha256, versionMagic: { release: '6.1.0' } });
});

it('recomputes the hashes of a FIT', () => {
  expect(factsOf(FIT)).toMatchObject({ images: [{ name: 'kernel', sizeBytes: 11, external: false, hashes: [{ algorithm: 'crc32', value: '01020304', matches: false }] }] });
});

it('refuses nodes in nodes without end, and a tree that is all nodes', () => {
  const deep = (levels: number): Parameters<typeof craftDeviceTree>[0] => ({ name: 'n', children: levels === 0 ? [] : [deep(levels - 1)] });
  expect(describeContent(craftDeviceTree(deep(100))).problems).toMatchObject([{ code: 'BYTES.LIMIT' }]);
});

it('is not led in circles by tables that point at each other', () => {
  const words = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  // Each record says that its entries, and the next record, start where it does plus 16.
  const records = Buffer.concat(Array.from({ length: 2000 }, () => words(0xffff0001, 1, 16, 16)));
  const file = elf([{ name: '.gnu.version_r', type: 0x6ffffffe, content: records, link: 2 }, { name: '.dynstr', type: 3, content: Buffer.from('\0lib\0') }]);
  expect(describeContent(file).kind).toBe('elf');
});

const textSections = (count: number): CraftedElf['sections'] => Array.from({ length: count }, (_, i) => progbits(`.s${i}`, 'x'));

it('does not read sections that lie over each other again and again', () => {
  const file = elf([progbits('.large', Buffer.alloc(10_000)), ...textSections(50)]);
  const table = Number(file.readBigUInt64LE(40));
  for (let i = 2; i < 52; i++) {
    file.writeBigUInt64LE(64n, table + i * 64 + 24);
    file.writeBigUInt64LE(10_000n, table + i * 64 + 32);
  }
  const { kind, problems, parts } = describeContent(file);
  expect([kind, problems.map(({ code }) => code)]).toEqual(['elf', ['BYTES.LIMIT']]);
  expect(parts.filter(({ role }) => role === 'section')).toEqual([]);
});

it('does not follow names into each other for ever', () => {
  const strings = Buffer.alloc(60_002, 'a');
  strings[60_001] = 0;
  const symbols = Buffer.alloc(24 * 5000);
  for (let i = 0; i < 5000; i++) symbols.writeUInt32LE(1, 24 * i);
  const file = parseElf(elf([{ name: '.symtab', type: 2, content: symbols, link: 2 }, { name: '.strtab', type: 3, content: strings }]), 'crafted');
  expect(() => [...elfSymbols(file, 'symtab')]).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
});

it('does not search a long table of abbreviations for every unit', () => {
  const number = (value: number): number[] => [0x80 | (value & 127), 0x80 | (value >> 7 & 127), value >> 14];
  const abbreviations = Buffer.concat([...Array.from({ length: 20_000 }, (_, i) => Buffer.from([...number(i + 1), 0x11, 0, 0, 0])), Buffer.alloc(1)]);
  const unit = Buffer.from([10, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8, ...number(20_000)]);
  const { problems } = describeContent(elf([progbits('.debug_info', Buffer.concat(Array.from({ length: 1000 }, () => unit))), progbits('.debug_abbrev', abbreviations)]));
  expect(problems).toEqual([{ code: 'BYTES.LIMIT', message: '.debug_abbrev takes more than 1500000 look-ups' }]);
});

it('hashes what a FIT names a few times over, and no more', () => {
  const image = (i: number): Parameters<typeof craftDeviceTree>[0] => ({
    name: `image-${i}`, properties: { 'data-position': Buffer.alloc(4), 'data-size': Buffer.from([0, 0, 0x10, 0]) }, children: [{ name: 'hash-1', properties: { algo: 'sha256', value: 'x' } }],
  });
  const fit = craftDeviceTree({ name: '', properties: { description: 'one' }, children: [{ name: 'images', children: Array.from({ length: 500 }, (_, i) => image(i)) }] });
  expect(describeContent(fit).problems).toMatchObject([{ code: 'BYTES.LIMIT' }]);
});

it('describes a source as it does bytes, and of one that is too large only what it begins with', () => {
  const limits = { maxHeldBytes: MODULE.length, maxUnpackedBytes: 1000 };
  expect(JSON.stringify(describeSource(bufferSource(MODULE), limits))).toBe(JSON.stringify(describeContent(MODULE)));
  const large = Buffer.alloc(MODULE.length + 1);
  expect(describeSource(bufferSource(large), limits)).toMatchObject({ kind: 'data', sha256: describeContent(large).sha256, parts: [], problems: [{ code: 'BYTES.LIMIT' }] });
});

describe('what is nothing but a text', () => {
  const told = ({ parts, ...description }: ContentDescription): unknown => ({ ...description, parts: parts.map(({ content, ...part }) => ({ ...part, content: content().toString('latin1') })) });
  const MARKS = ['', '!<arch>\n', '!<thin>\n', 'BZh91AY&SY', '070701', '070707', 'hsqs', 'UBI#', 'EFI PART', 'MZ12zimg', '#!/bin/sh -e\n', '\u007fELF', '\u001f\u008b'];
  const PLACES = [0, 4, 56, 0x1fe, 0x202, 512];

  it('is told without looking at all else, and as it is told by looking', () => {
    fc.assert(fc.property(fc.constantFrom(...MARKS, 'ARM\x64', 'HdrS', 'zimg', 'ustar'), fc.constantFrom(...PLACES, 257), fc.string({ unit: 'grapheme', maxLength: 40 }), (mark, place, filling) => {
      const bytes = Buffer.from(`${`${filling} `.repeat(40)}`.slice(0, place) + mark + filling.repeat(20));
      const plain = describePlainText(bytes);
      if (plain !== undefined) expect(told(plain)).toEqual(told(describeContent(bytes)));
      else expect(describeContent(bytes)).not.toMatchObject({ kind: 'text', problems: [] });
    }));
  });

  it('is no archive, no image and no kernel that starts like one', () => {
    for (const content of [craftAr([{ name: 'a.o', content: Buffer.from('text') }]), Buffer.from(`070701${'0'.repeat(104)}`), TREE, MODULE, Buffer.from(' '.repeat(56) + 'ARM\x64')]) {
      expect(describePlainText(content)).toBeUndefined();
    }
    expect(describePlainText(Buffer.from(CONFIGURATION))).toMatchObject({ kind: 'text', facts: { lines: 4 } });
  });
});
