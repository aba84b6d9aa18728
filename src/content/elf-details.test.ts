import fc from 'fast-check';

import { craftElf, type CraftedElf } from '../../tests/support/crafted-content.ts';
import { craftProgram } from '../../tests/support/crafted-program.ts';
import { Mutator } from '../../tests/support/mutations.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import { disassemblerOf } from './disassembler.ts';
import { objectAttributes } from './elf-attributes.ts';
import { codeBytes, codeRanges, rangeAt } from './elf-code.ts';
import { codeFrames } from './elf-frames.ts';
import { elfNotes } from './elf-notes.ts';
import { buildAttributes, gnuProperties } from './elf-properties.ts';
import { elfStrings, stringsIn } from './elf-strings.ts';
import { parseElf, type ElfFile } from './elf.ts';

const MACHINES = { arm: 40, riscv: 243, aarch64: 183, x86: 62 } as const;
const elf = (sections: CraftedElf['sections'], machine: number = MACHINES.x86): ElfFile => parseElf(craftElf({ wide: true, littleEndian: true, machine, type: 2, sections }), 'a file');
const word = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value >>> 0); return bytes; };
const note = (owner: Buffer, type: number, description: Buffer): Buffer => Buffer.concat([word(owner.length), word(description.length), word(type), owner, Buffer.alloc((4 - owner.length % 4) % 4), description]);
const attributes = (vendor: string, ...fields: (number | string)[]): Buffer => {
  const tags = Buffer.concat(fields.map((field) => (typeof field === 'number' ? Buffer.from([field]) : Buffer.from(`${field}\0`))));
  const name = Buffer.from(`${vendor}\0`);
  return Buffer.concat([Buffer.from('A'), word(4 + name.length + 5 + tags.length), name, Buffer.from([1]), word(5 + tags.length), tags]);
};

describe('which processor a program is for', () => {
  test.each<[string, number, string, Buffer, [string, string][]]>([
    ['ARM', MACHINES.arm, '.ARM.attributes', attributes('aeabi', 5, '7-A', 6, 10, 7, 0x41, 10, 4), [['Tag_CPU_name', '7-A'], ['Tag_CPU_arch', '10'], ['Tag_CPU_arch_profile', '65'], ['Tag_FP_arch', '4']]],
    ['RISC-V', MACHINES.riscv, '.riscv.attributes', attributes('riscv', 4, 16, 5, 'rv64i2p1_m2p0'), [['Tag_RISCV_stack_align', '16'], ['Tag_RISCV_arch', 'rv64i2p1_m2p0']]],
    ['any, with attributes of GNU', MACHINES.x86, '.gnu.attributes', attributes('gnu', 4, 1, 32, 1, 'text'), [['tag 4', '1'], ['tag 32', '1 text']]],
  ])('is told by attributes: %s', (_what, machine, name, content, expected) => {
    expect(objectAttributes(elf([{ name, type: 0x70000003, content }], machine)).map((one) => [one.name, one.value])).toEqual(expected);
  });

  test('is told by properties, and one that nobody knows by its number', () => {
    const properties = Buffer.concat([word(0xc0000002), word(4), word(3), word(0), word(0xc0008002), word(4), word(5), word(0), word(0xb0001234), word(4), word(7), word(0)]);
    const file = elf([{ name: '.note.gnu.property', type: 7, flags: 2, content: note(Buffer.from('GNU\0'), 5, properties), alignment: 8 }]);
    expect(gnuProperties(file, elfNotes(file))).toEqual([{ name: 'x86 feature', values: ['IBT', 'SHSTK'] }, { name: 'x86 ISA needed', values: ['x86-64-baseline', 'x86-64-v3'] }, { name: 'property 0xb0001234', values: ['07000000'] }]);
  });

  test('and how it was compiled, by what plug-ins of the compiler leave', () => {
    const notes = [Buffer.from('GA$\x05gcc 12\0'), Buffer.from('GA*\x02\x03\0'), Buffer.from('GA!\x08\0'), Buffer.from('GA+stack_clash\0\0')].map((owner) => note(owner, 0x100, Buffer.alloc(0)));
    const file = elf([{ name: '.gnu.build.attributes', type: 7, content: Buffer.concat(notes), alignment: 4 }]);
    expect(buildAttributes(elfNotes(file))).toEqual(['short enum: false', 'stack protector: 0x3', 'stack_clash: true', 'tool: gcc 12']);
  });
});

describe('code', () => {
  test('lies where frames say once symbols are gone, and is named where they are not', () => {
    const [named, bare] = [craftProgram(), craftProgram({ symbols: false })].map((bytes) => parseElf(bytes, 'a program')) as [ElfFile, ElfFile];
    expect(codeFrames(bare).map(({ address, sizeBytes }) => [address, sizeBytes])).toEqual([[0x1000n, 13n], [0x100dn, 8n], [0x1015n, 6n], [0x101bn, 6n]]);
    expect(codeRanges(named)).toMatchObject({ from: 'symbols', ranges: [{ name: 'first' }, { name: 'second' }, { name: 'constant' }, { name: 'other' }] });
    expect(codeRanges(bare)).toMatchObject({ from: 'frames', ranges: [{ address: 0x1000n }, { address: 0x100dn }, { address: 0x1015n }, { address: 0x101bn }] });
    expect(rangeAt(codeRanges(named).ranges, 0x1014n)?.name).toBe('second');
    expect(rangeAt(codeRanges(named).ranges, 0x2000n)).toBeUndefined();
  });

  test('is read instruction by instruction, and of other processors is not', async () => {
    const file = parseElf(craftProgram(), 'a program');
    const [first] = codeRanges(file).ranges;
    const reader = (await disassemblerOf(file))!;
    expect(reader.sizes(codeBytes(file, first!), first!.address)).toEqual([7, 5, 1]);
    expect(reader.instruction(codeBytes(file, first!), 7, first!.address)).toEqual({ sizeBytes: 5, mnemonic: 'call', operands: '0x1015' });
    expect(reader.sizes(Buffer.from([0x90, 0x06, 0x90]), 0n)).toEqual([1]);
    expect(reader.instruction(Buffer.from([0x06]), 0, 0n)).toBeUndefined();
    expect(await disassemblerOf(elf([], 8))).toBeUndefined();
  });

  test('of damaged programs is read or refused, and never more than there is', () => {
    for (const bytes of [craftProgram(), craftProgram({ symbols: false })]) {
      const mutator = new Mutator(bytes);
      for (let i = 0; i < 500; i++) {
        try {
          const file = parseElf(mutator.mutated(i), 'a damaged program');
          const { ranges } = codeRanges(file);
          for (const range of ranges) expect(codeBytes(file, range)).toHaveLength(range.sizeBytes);
          expect(ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(4 * bytes.length);
          elfStrings(file);
          objectAttributes(file);
        } catch (error) {
          if (!isReadFailure(error)) throw error;
        }
      }
    }
  });
});

describe('strings', () => {
  const texts = (bytes: Buffer | string): string[] => [...stringsIn(Buffer.from(bytes))];

  test('end in NUL, have four letters or more, and may be of any language', () => {
    expect(texts('abc\0abcd\0no end')).toEqual(['abcd']);
    expect(texts('grün\0línea\n\0')).toEqual(['grün', 'línea\n']);
  });

  test('begin after numbers that look like the middle of a letter', () => {
    expect(texts(Buffer.concat([Buffer.from([0xf0, 0xff, 0xff, 0xff]), Buffer.from('a text\0')]))).toEqual(['a text']);
  });

  test('are all found, whatever lies between them', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 9 }), fc.stringMatching(/^[ -~]{4,20}$/)), { maxLength: 8 }), (pieces) => {
      const bytes = Buffer.concat(pieces.flatMap(([noise, text]) => [Buffer.from(noise), Buffer.from([0]), Buffer.from(`${text}\0`)]));
      const found = texts(bytes);
      for (const [, text] of pieces) expect(found).toContain(text);
    }));
  });

  test('of many megabytes without an end cost no more than reading them', () => {
    expect(texts(Buffer.alloc(2 ** 23, 'a'))).toEqual([]);
  });
});
