import { causeCorpus, shapesOf, type Half } from '../../tests/support/cause-corpus/corpus.ts';
import { confusions, explained, rankedCauses, score, type Row } from '../../tests/support/cause-corpus/score.ts';
import { CAUSES } from '../causes/cause-codes.ts';

const SAMPLES_EACH = 24;
const SEEDS = { tuning: 1, heldOut: 60_211 } as const;

async function judged(half: Half): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sample of causeCorpus(half, SEEDS[half], SAMPLES_EACH)) { const change = await explained(sample); rows.push({ sample, codes: rankedCauses(change), noise: change.noise }); }
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
    expect([samples >= 20 * causes, causes, shapesOf(half).every((shapes) => shapes >= 3)]).toEqual([true, 20, true]);
    expect([precision >= 0.95, recall >= 0.9]).toEqual([true, true]);
  });

  it('calls nothing noise whose cause is none', () => {
    expect(rows.filter(({ sample, noise }) => noise && !mayBeNoise(sample.cause)).map(({ sample }) => `${sample.cause}: ${sample.shape}`)).toEqual([]);
  });

  it('lets no noise cover for a change that came with it', async () => {
    const excused: string[] = [];
    for (const { sample } of rows) for (const right of sample.attacks) if ((await explained({ ...sample, right })).noise) excused.push(`${sample.cause}: ${sample.shape}`);
    expect(excused).toEqual([]);
  });
});
