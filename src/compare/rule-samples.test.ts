import { ruleSamples, SAMPLED_CAUSES, type RuleSample } from '../../tests/support/rule-samples.ts';
import { sampleTree } from '../../tests/support/sample-trees.ts';
import { CAUSES, type CauseCode } from '../causes/cause-codes.ts';
import type { PathBytes } from '../tree/entry.ts';
import { compareTrees } from './compare.ts';
import type { Change, Side } from './comparison.ts';

/** Rules are mended looking at samples of the first seed alone; the other is looked at for its numbers. */
const SEEDS = [['to mend rules by', 1], ['held out', 60_211]] as const;
const SAMPLES_EACH = 20;

async function found({ path, left, right, written, known }: RuleSample): Promise<Change> {
  const side = (bytes: Buffer, seconds: number): Side => ({
    tree: sampleTree([[path, { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: bytes }]]).tree, facts: new Map([[path as PathBytes, { modified: { seconds, nanoseconds: 0 } }]]), content: () => [bytes],
  });
  return (await compareTrees(side(left, written[0]), side(right, written[1]), { known })).changes.find((change) => change.path === path)!;
}

/** The right side with a change that nobody should miss: a line more, or another byte of code. */
function withChange({ left, right }: RuleSample, number: number): Buffer | undefined {
  if (!right.includes(0)) return left.subarray(0, 2).equals(GZIP) ? undefined : Buffer.concat([right, Buffer.from('allow = all\n')]);
  if (!right.subarray(0, 4).equals(ELF)) return undefined;
  const attacked = Buffer.from(right);
  attacked[64 + (number * 131) % 500]! ^= 1 + number % 255;
  return attacked;
}
const GZIP = Buffer.from([0x1f, 0x8b]);
const ELF = Buffer.from('\x7fELF', 'latin1');

it('no noise covers for a change that came with it', async () => {
  const attacks = ruleSamples(7, SAMPLES_EACH).flatMap((sample, i) => { const right = withChange(sample, i); return right === undefined ? [] : [{ ...sample, right }]; });
  const excused: CauseCode[] = [];
  for (const attack of attacks) if ((await found(attack)).noise) excused.push(attack.cause);
  expect([excused, attacks.length > 300]).toEqual([[], true]);
});

/** Surest first: proofs before suspicions, then what covers most. */
function ranked({ causes }: Change): CauseCode[] {
  return causes.filter(({ code }) => code !== 'modification-time').toSorted((a, b) => b.confidence * b.coverage - a.confidence * a.coverage || b.coverage - a.coverage).map(({ code }) => code);
}

test.each(SEEDS)('samples %s have their cause named, and none is called noise that is not', async (_title, seed) => {
  const rows: { cause: CauseCode; codes: CauseCode[]; noise: boolean }[] = [];
  for (const sample of ruleSamples(seed, SAMPLES_EACH)) { const change = await found(sample); rows.push({ cause: sample.cause, codes: ranked(change), noise: change.noise }); }
  const share = (right: (row: typeof rows[number]) => boolean): number => rows.filter(right).length / rows.length;
  const mean = (value: (cause: CauseCode) => number): number => SAMPLED_CAUSES.reduce((sum, cause) => sum + value(cause), 0) / SAMPLED_CAUSES.length;
  const count = (wanted: (row: typeof rows[number]) => boolean): number => rows.filter(wanted).length;
  const measured = {
    samples: rows.length, causes: SAMPLED_CAUSES.length, top1: share(({ cause, codes }) => codes[0] === cause), top3: share(({ cause, codes }) => codes.slice(0, 3).includes(cause)),
    precision: mean((of) => count(({ cause, codes }) => codes[0] === of && cause === of) / Math.max(1, count(({ codes }) => codes[0] === of))),
    recall: mean((of) => count(({ cause, codes }) => codes[0] === of && cause === of) / count(({ cause }) => cause === of)),
  };
  console.log(`seed ${seed}: ${JSON.stringify(measured)}`);
  expect(rows.filter(({ cause, noise }) => noise && !CAUSES[cause].noise)).toEqual([]);
  expect(rows.filter(({ cause, noise }) => !noise && CAUSES[cause].noise).map(({ cause, codes }) => [cause, codes])).toEqual([]);
  expect([measured.precision >= 0.95, measured.recall >= 0.9]).toEqual([true, true]);
});
