import { armCode, craftArmProgram, CRAFTED_ARM, type CraftedArmProgram } from '../../tests/support/crafted-arm-program.ts';
import { disassemblerOf } from '../content/disassembler.ts';
import { parseElf } from '../content/elf.ts';
import { contentDetail } from './content-detail.ts';
import { detailLines } from './detail-text.ts';
import type { FunctionDetail } from './detail.ts';

const MOVED: Partial<CraftedArmProgram> = { texts: ['another and a longer text', 'the text that is loaded'], padding: 3 };
const between = async (left: Buffer, right: Buffer): Promise<FunctionDetail> => (await contentDetail(left, right)).functions!;
const fates = ({ changes }: FunctionDetail): [name: string | null, fate: string, instructions: number | undefined][] => changes.items.map(({ name, fate, instructions }) => [name, fate, instructions]);

/** What Capstone reads, one instruction a line. */
async function listing(program: Partial<CraftedArmProgram>): Promise<string[]> {
  const disassembler = await disassemblerOf(parseElf(craftArmProgram(program), 'the program'));
  const code = armCode({ ...CRAFTED_ARM, ...program });
  return disassembler!.sizes(code, 0x1000n).map((_size, i) => { const { mnemonic, operands } = disassembler!.instruction(code, i * 4, 0x1000n)!; return `${mnemonic} ${operands}`.trim(); });
}

describe('of a program for AArch64', () => {
  test('instructions are read as the assembler writes them', async () => {
    expect(await listing({})).toEqual([
      'stp x29, x30, [sp, #-0x10]!', 'adrp x0, #0x2000', 'add x0, x0, #7', 'bl #0x1018', 'ldp x29, x30, [sp], #0x10', 'ret', 'mov w0, #5', 'ret', 'mov w0, #6', 'ret',
    ]);
  });

  test.each<[string, Partial<CraftedArmProgram>, string, string, string]>([
    ['a constant is another', { constant: 7 }, 'number', 'mov w0, #5', 'mov w0, #7'],
    ['another function is called', { calls: 'other' }, 'caller', 'bl #0x1018', 'bl #0x1020'],
  ])('the function is told by name in which %s, with how many instructions', async (_what, changed, name, before, after) => {
    const [left, right] = [await listing({}), await listing(changed)];
    const differing = left.flatMap((line, i) => (line === right[i] ? [] : [[line, right[i]]]));
    expect(differing).toEqual([[before, after]]);
    expect(fates(await between(craftArmProgram(), craftArmProgram(changed)))).toEqual([[name, 'operands', differing.length]]);
    expect(detailLines(await contentDetail(craftArmProgram(), craftArmProgram(changed))).join('\n')).toContain(name);
  });

  test('functions whose addresses moved along with a text are suspected to be the same, and what changed besides is told', async () => {
    expect(await between(craftArmProgram(), craftArmProgram(MOVED))).toMatchObject({ counts: { shifted: 1, same: 2 }, changes: { items: [] } });
    expect(fates(await between(craftArmProgram(), craftArmProgram({ ...MOVED, constant: 7 })))).toEqual([['number', 'operands', 1]]);
  });

  // The trap: what is called a shift may hide a change.
  test('functions in which any bit is turned are never among those that only moved', async () => {
    const [left, right] = [craftArmProgram(), craftArmProgram(MOVED)];
    const code = armCode({ ...CRAFTED_ARM, ...MOVED });
    const start = right.indexOf(code);
    const { counts } = await between(left, right);
    const excused: string[] = [];
    for (let at = MOVED.padding! * 4; at < code.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const attacked = Buffer.from(right);
        attacked[start + at]! ^= 1 << bit;
        const found = (await between(left, attacked)).counts;
        if (found.shifted + found.same !== counts.shifted + counts.same - 1) excused.push(`byte ${at}, bit ${bit}`);
      }
    }
    expect(excused).toEqual([]);
  });

  test.each([['arm', 40], ['riscv', 243]])('of %s, whose instructions are not read, a changed function is told by name, and that its bytes differ', async (_machine, number) => {
    const made = (program: Partial<CraftedArmProgram>): Buffer => { const bytes = craftArmProgram(program); bytes.writeUInt16LE(number, 18); return bytes; };
    expect(fates(await between(made({}), made({ constant: 7 })))).toEqual([['number', 'bytes', undefined]]);
  });
});
