import { CAUSES } from '../../src/causes/cause-codes.ts';
import { ATTACKS, COMPILED_PAIRS, Compiler, COVERS } from '../support/cause-corpus/compiled.ts';
import { confusions, explained, rankedCauses, type Row } from '../support/cause-corpus/score.ts';
import { itWith, scratchDirectory } from '../support/tools.ts';

const compiler = new Compiler(scratchDirectory());
const mayBeNoise = (cause: string): boolean => (CAUSES as Readonly<Record<string, { noise: boolean }>>)[cause]?.noise ?? false;

itWith('gcc', 'strip')('real programs have the cause of their difference named, and none is called noise that is not', async () => {
  const rows: Row[] = [];
  for (const program of compiler.names) {
    for (const kind of compiler.kinds.filter((name) => name !== 'static program' || program === 'gate')) {
      for (const [i, pair] of COMPILED_PAIRS.entries()) {
        const sample = compiler.sample(pair, program, kind, i % 2 === 0);
        if (sample.left.equals(sample.right)) continue;
        const change = await explained(sample);
        rows.push({ sample, codes: rankedCauses(change), noise: change.noise });
      }
    }
  }
  const share = (right: (row: Row) => boolean): number => rows.filter(right).length / rows.length;
  const [top1, top3] = [share(({ sample, codes }) => codes[0] === sample.cause), share(({ sample, codes }) => codes.slice(0, 3).includes(sample.cause))];
  console.log(`compiled: ${rows.length} pairs, top-1 ${(top1 * 100).toFixed(1)} %, top-3 ${(top3 * 100).toFixed(1)} %\n${confusions(rows).join('\n')}`);
  expect(rows.filter(({ sample, noise }) => noise && !mayBeNoise(sample.cause)).map(({ sample }) => sample.shape)).toEqual([]);
  expect(rows.length).toBeGreaterThan(180);
});

itWith('gcc')('no constant, branch or message that changed is called noise, whatever came with it', async () => {
  const excused: string[] = [];
  let attacks = 0;
  for (const program of compiler.names) {
    for (const kind of compiler.kinds.slice(0, 2)) {
      for (const [cover, left, right] of COVERS) {
        for (const [title, made] of ATTACKS) {
          const sample = compiler.sample({ cause: 'real-change', title, left, right: { ...right, ...made } }, program, kind, true);
          if (sample.left.equals(sample.right)) continue;
          attacks++;
          if ((await explained(sample)).noise) excused.push(`${program}, ${kind}: ${title}, ${cover}`);
        }
      }
    }
  }
  expect([excused, attacks > 150]).toEqual([[], true]);
});
