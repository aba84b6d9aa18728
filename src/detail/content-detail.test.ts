import { gzipSync, zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';

import { craftAr, craftBzImage, craftDeviceTree, craftElf, craftUImage } from '../../tests/support/crafted-content.ts';
import { craftProgram, type CraftedProgram } from '../../tests/support/crafted-program.ts';
import { Mutator } from '../../tests/support/mutations.ts';
import { contentDetail } from './content-detail.ts';
import { detailLines } from './detail-text.ts';
import { DETAIL_LIMITS, type ContentDetail, type FunctionChange } from './detail.ts';

const detail = (left: Buffer | string, right: Buffer | string): Promise<ContentDetail> => contentDetail(Buffer.from(left), Buffer.from(right));
const rows = ({ tables }: ContentDetail, table: string): [string, string | null, string | null][] => tables.find(({ name }) => name === table)?.rows.items.map(({ name, left, right }) => [name, left, right]) ?? [];
const elf = (sections: Parameters<typeof craftElf>[0]['sections'], type = 2): Buffer => craftElf({ wide: true, littleEndian: true, machine: 62, type, sections });
const progbits = (name: string, content: string, flags = 0): Parameters<typeof craftElf>[0]['sections'][number] => ({ name, type: 1, flags, content: Buffer.from(content) });

describe('functions', () => {
  const of = async (left: Partial<CraftedProgram>, right: Partial<CraftedProgram>): Promise<{ fates: Record<string, string>; shifted: number; same: number; changes: readonly FunctionChange[] }> => {
    const { functions } = await detail(craftProgram(left), craftProgram(right));
    const { changes, counts } = functions!;
    return { changes: changes.items, shifted: counts.shifted, same: counts.same, fates: Object.fromEntries(changes.items.map(({ name, fate, right: place }) => [name ?? place!.address, fate])) };
  };
  const LONGER = { texts: ['a text', 'another and longer text', 'the third one'] };

  test('whose addresses moved along with a text are suspected to be the same, and counted', async () => {
    expect(await of({}, LONGER)).toMatchObject({ fates: {}, shifted: 1, same: 3 });
    expect(await of({}, { ...LONGER, padding: 3 })).toMatchObject({ fates: {}, shifted: 2, same: 2 });
  });

  test.each<[string, Partial<CraftedProgram>, Record<string, string>]>([
    ['another text is loaded', { ...LONGER, loads: [1, 2] }, { first: 'operands' }], ['another function is called', { ...LONGER, calls: 'other' }, { first: 'operands' }],
    ['a constant is another', { ...LONGER, constant: 7 }, { constant: 'operands' }], ['a text is another', { texts: ['a text', 'another text', 'the third two'], padding: 1 }, { second: 'operands' }],
    ['a name is another', { names: { first: 'first', second: 'second', constant: 'renamed', other: 'other' } }, { constant: 'removed', renamed: 'added' }],
  ])('in which %s did not only move', async (_what, right, expected) => {
    expect((await of({}, right)).fates).toEqual(expected);
  });

  test('are told by their frames where no symbol names them, by the order they lie in', async () => {
    const bare = { symbols: false };
    const found = await of(bare, { ...bare, ...LONGER, constant: 7, padding: 2 });
    expect(found).toMatchObject({ fates: { '0x1017': 'operands' }, changes: [{ name: null, instructions: 1, left: { address: '0x1015', sizeBytes: 6 } }], shifted: 2 });
  });

  test('of a processor whose instructions are not read differ in bytes, and nothing more is said', async () => {
    const other = (program: Partial<CraftedProgram>): Buffer => { const bytes = craftProgram(program); bytes.writeUInt16LE(20, 18); return bytes; };
    expect((await detail(other({}), other(LONGER))).functions!.counts).toMatchObject({ bytes: 1, shifted: 0, operands: 0 });
  });

  // The trap: what is called a shift may hide a change. Every bit of the code of a program whose addresses moved is turned.
  test('in which any bit is turned are never among those that only moved', async () => {
    const [left, right] = [craftProgram(), craftProgram({ ...LONGER, padding: 3 })];
    const code = right.indexOf(Buffer.from([0x90, 0x90, 0x90, 0x48]));
    const before = (await detail(left, right)).functions!.counts;
    for (let at = code + 3; at < code + 36; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const attacked = Buffer.from(right);
        attacked[at]! ^= 1 << bit;
        const { counts } = (await detail(left, attacked)).functions!;
        expect([at - code, bit, counts.shifted + counts.same]).toEqual([at - code, bit, before.shifted + before.same - 1]);
      }
    }
  });
});

describe('of a program is told', () => {
  test('what it says of itself, which symbols and strings came and went', async () => {
    const one = elf([progbits('.comment', 'GCC: 12\0'), progbits('.rodata', 'first text\0second text\0', 2)]);
    const two = elf([progbits('.comment', 'GCC: 13\0'), progbits('.rodata', 'first text\0third text\0', 2)]);
    const found = await detail(one, two);
    expect(rows(found, 'properties')).toEqual([['compiler', 'GCC: 12', 'GCC: 13']]);
    expect(found.lists).toEqual([{ name: 'strings', removed: { items: ['second text'], more: 0 }, added: { items: ['third text'], more: 0 } }]);
    expect(rows(await detail(craftProgram(), craftProgram({ symbols: false })), 'symbols')).toContainEqual(['first', 'func global, 13 bytes', null]);
  });

  test('of a module every field, parameters by their names, and the signature', async () => {
    const module = (text: string): Buffer => elf([progbits('.modinfo', text)], 1);
    const found = await detail(module('license=GPL\0parm=debug:Level (int)\0alias=a\0alias=b\0vermagic=6.1.0 SMP \0'), module('license=GPL\0parm=debug:Amount (int)\0alias=b\0alias=c\0vermagic=6.1.1 SMP \0'));
    expect(rows(found, 'modinfo')).toEqual([['parm debug', 'Level (int)', 'Amount (int)'], ['alias', 'a', 'c'], ['vermagic', '6.1.0 SMP ', '6.1.1 SMP ']]);
  });

  test('of a kernel the banner, every option, and in an image the same of the kernel in it', async () => {
    const kernel = (release: string, configuration: string): Buffer => elf([progbits('.text', 'code'.repeat(1000), 6), progbits('__param', 'x'), { name: '.rodata', type: 1, flags: 2, content: Buffer.concat([
      Buffer.from(`Linux version ${release} (me@here) (gcc 12) #1 SMP\n\0`), Buffer.from('IKCFG_ST'), gzipSync(configuration), Buffer.from('IKCFG_ED'),
    ]) }]);
    const [one, two] = [kernel('6.1.0', 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n'), kernel('6.1.1', 'CONFIG_A=y\nCONFIG_B=y\nCONFIG_D="x"\n')];
    const options = [['CONFIG_B', 'n', 'y'], ['CONFIG_C', 'm', null], ['CONFIG_D', null, '"x"']];
    expect(rows(await detail(one, two), 'configuration')).toEqual(options);
    const image = await detail(craftBzImage(gzipSync(one)), craftBzImage(gzipSync(two)));
    expect(rows(image, 'configuration')).toEqual(options);
    expect(rows(image, 'banner')).toEqual([['release', '6.1.0', '6.1.1']]);
    expect(image.inside.items.map(({ name, detail: { kinds } }) => [name, kinds.left])).toEqual([['kernel', 'elf']]);
  });
});

describe('of other kinds of files is told', () => {
  test('of a device tree which nodes and properties, as its source has them', async () => {
    const tree = (status: string, ...more: string[]): Buffer => craftDeviceTree({ name: '', children: [{ name: 'uart@1', properties: { status, reg: Buffer.from([0, 0, 0, 1]) } }, ...more.map((name) => ({ name }))] });
    expect(rows(await detail(tree('okay', 'old'), tree('disabled', 'new')), 'device tree')).toEqual([['/uart@1 status', '"okay"', '"disabled"'], ['/old', 'node', null], ['/new', null, 'node']]);
  });

  test('of a uImage its header and its content, of a packed file its content, however deep', async () => {
    const found = await detail(craftUImage(gzipSync(zstdCompressSync('one\n'))), craftUImage(gzipSync(zstdCompressSync('two!\n'))));
    expect(rows(found, 'header').map(([name]) => name)).toContain('dataBytes');
    const [part] = found.inside.items;
    expect([part!.name, part!.detail.inside.items[0]!.detail.inside.items[0]!.detail.texts]).toEqual(['part 1', [{ name: 'text', moreLines: 0, lines: ['@@ -1,1 +1,1 @@', '-one', '+two!'] }]]);
  });

  test('of an archive which members came and went, and what differs in the others', async () => {
    const file = (name: string, content: string): { name: string; content: Buffer } => ({ name: `${name}/`, content: Buffer.from(content) });
    const found = await detail(craftAr([file('same', 's'), file('old', 'o'), file('both', 'one\n')]), craftAr([file('same', 's'), file('both', 'two\n'), file('new', 'n')]));
    expect(rows(found, 'members').map(([name, left, right]) => [name, left === null, right === null])).toEqual([['old', false, true], ['new', true, false]]);
    expect(found.inside.items.map(({ name, detail: { texts } }) => [name, texts[0]!.lines.slice(1)])).toEqual([['both', ['-one', '+two']]]);
  });

  test('of bytes that nobody understands where they first differ', async () => {
    const bytes = (at: number, value: number, length = 4096): Buffer => { const made = Buffer.alloc(length, 1); made[0] = 0; made[at] = value; return made; };
    expect((await detail(bytes(1000, 5), bytes(1000, 6))).bytes).toEqual({ items: [{ leftOffset: 992, rightOffset: 992, left: '01'.repeat(8) + '05' + '01'.repeat(7), right: '01'.repeat(8) + '06' + '01'.repeat(7) }], more: 0 });
    expect((await detail(bytes(1000, 5), bytes(1000, 6, 4097))).bytes!.items[0]!.leftOffset).toBe(992);
  });
});

describe('what is told', () => {
  test('of a thing and itself is nothing', async () => {
    for (const bytes of [craftProgram(), craftBzImage(gzipSync('x')), Buffer.from('text\n'), Buffer.from([0, 1, 2])]) {
      const { tables, lists, texts, bytes: windows, inside, functions } = await detail(bytes, bytes);
      expect([tables, lists, texts, windows?.items ?? [], inside.items, functions?.changes.items ?? []]).toEqual([[], [], [], [], [], []]);
    }
  });

  test('is bounded, whatever the names are, and as text has 200 lines and says what it left out', async () => {
    const hostile = (word: string): Buffer => elf([progbits('.rodata', Array.from({ length: 20_000 }, (_, i) => `${word} ${i} ${'\u001b[2J'.repeat(30)}`).join('\0'), 2)]);
    const found = await detail(hostile('left'), hostile('right'));
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(DETAIL_LIMITS.maxBytes + 4096);
    expect(found.lists[0]!.removed.items.length + found.lists[0]!.removed.more).toBe(19_999);
    const lines = detailLines(found);
    expect(lines.length).toBeLessThan(200);
    expect(lines.filter((line) => line.endsWith(' more'))).toHaveLength(2);
  });

  test('is the other way round when the sides are', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z]{4,8}$/), { maxLength: 12 }), fc.array(fc.stringMatching(/^[a-z]{4,8}$/), { maxLength: 12 }), async (a, b) => {
      const program = (texts: readonly string[]): Buffer => elf([progbits('.rodata', texts.map((text) => `${text}\0`).join(''), 2)]);
      const [there, back] = [await detail(program(a), program(b)), await detail(program(b), program(a))];
      expect(back.lists.map(({ removed, added }) => [added, removed])).toEqual(there.lists.map(({ removed, added }) => [removed, added]));
    }), { numRuns: 50 });
  });

  test('of damaged files is a result, never an exception', async () => {
    for (const bytes of [craftProgram(), craftProgram({ symbols: false }), craftAr([{ name: 'one/', content: craftProgram() }]), craftBzImage(gzipSync(craftProgram())), craftDeviceTree({ name: '', properties: { a: 'b' } })]) {
      const mutator = new Mutator(bytes);
      for (let i = 0; i < 150; i++) {
        const found = await contentDetail(bytes, mutator.mutated(i));
        expect(detailLines(found).length).toBeLessThan(300);
        await contentDetail(mutator.mutated(i), mutator.mutated(i + 1));
      }
    }
  });
});
