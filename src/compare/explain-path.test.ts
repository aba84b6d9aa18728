import { craftGpt } from '../../tests/support/crafted-disk.ts';
import { imagePairs } from '../../tests/support/image-pairs.ts';
import { bytesOf, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { textDifferences } from '../detail/text-differences.ts';
import type { Both } from '../foundation/both.ts';
import { writeExt4 } from '../image/write-ext4.ts';
import { readImage } from '../readers/read-image.ts';
import { compareImages, compareTrees } from './compare.ts';
import type { Side } from './comparison.ts';
import { explainPath, treesOf, type OpenTree, type PathExplanation } from './explain-path.ts';
import { presentExplanation } from './explanation-json.ts';
import { explanationText } from './explanation-text.ts';
import type { ToldComparison } from './told.ts';

type Row = Parameters<typeof sampleTree>[0][number];

const side = ({ tree, blobs }: SampleTree): Side & OpenTree => ({
  tree, facts: new Map(), content: (path) => { const entry = tree.entries.get(path); return entry?.kind === 'file' ? [blobs.blobs.get(entry.sha256)!] : undefined; },
});
const PACKAGE = { name: 'hello', kind: 'changed', before: '1', after: '2', reasons: [{ reason: 'version', detail: '1 → 2' }], files: 1, sizeDelta: 0 } as const;

async function explain(left: SampleTree, right: SampleTree, path: string): Promise<PathExplanation> {
  const sides: Both<Side & OpenTree> = { left: side(left), right: side(right) };
  const told: ToldComparison = { comparison: await compareTrees(sides.left, sides.right), images: [], packages: [PACKAGE], owner: () => 'hello' };
  return explainPath(told, path, async () => ({ left: [sides.left], right: [sides.right] }));
}

const owned = { mode: 0o644, uid: 0, gid: 0 };
const file = (content: string, more: { mode?: number } = {}): Row[1] => ({ kind: 'file', ...owned, content: Buffer.from(content), ...more });
const LINES = Array.from({ length: 20 }, (_, i) => `line ${i}`);
const text = (change: (line: string, i: number) => string = (line) => line): string => `${LINES.map(change).join('\n')}\n`;
const LEFT = sampleTree([['etc', { kind: 'directory', ...owned, mode: 0o755 }], ['etc/config', file(text())], ['etc/same', file('same')], ['etc/\xff', file('1')]]);
const RIGHT = sampleTree([['etc', { kind: 'directory', ...owned, mode: 0o755 }], ['etc/config', file(text((line, i) => (i === 9 ? 'another line' : line)), { mode: 0o600 })], ['etc/same', file('same')], ['etc/\xff', file('2')]]);

describe('one path, explained', () => {
  test.each(['/etc/config', 'etc/config', '//etc/config/'])('is found as people write it: %s', async (asked) => {
    expect((await explain(LEFT, RIGHT, asked)).changes.map(({ change }) => change.path)).toEqual(['etc/config']);
  });

  test('is told with both entries, owner, its package, causes and the lines that differ', async () => {
    const explanation = await explain(LEFT, RIGHT, '/etc/config');
    expect(explanation).toMatchObject({ exit: 1, below: [], changes: [{ owner: 'hello', package: PACKAGE, change: { classes: ['content', 'mode'] } }] });
    expect(explanation.changes[0]!.detail!.texts).toEqual([{ name: 'text', moreLines: 0, lines: ['@@ -7,7 +7,7 @@', ' line 6', ' line 7', ' line 8', '-line 9', '+another line', ' line 10', ' line 11', ' line 12'] }]);
    const shown = explanationText(explanation);
    for (const expected of ['left   file mode 0644 owner 0:0', 'right  file mode 0600 owner 0:0', 'owner  hello', 'hello 1 → 2', 'cause  unknown (no cause found, covers', '\n-line 9\n+another line\n']) expect(shown).toContain(expected);
  });

  test('that is the same on both sides is said to be that', async () => {
    const explanation = await explain(LEFT, RIGHT, '/etc/same');
    expect([explanation.exit, explanation.changes, explanationText(explanation)]).toEqual([0, [], '/etc/same is the same on both sides.\n']);
  });

  test('of a directory tells what differs below it', async () => {
    const explanation = await explain(LEFT, RIGHT, '/etc');
    expect([explanation.exit, explanation.changes, explanation.below.map(({ path }) => path)]).toEqual([1, [], ['etc/config', 'etc/\xff']]);
    expect((await explain(LEFT, RIGHT, '/')).below).toHaveLength(2);
    expect((await explain(LEFT, LEFT, '/')).exit).toBe(0);
  });

  test('that is no UTF-8 is asked for as it is shown', async () => {
    expect((await explain(LEFT, RIGHT, String.raw`/etc/\xff`)).changes).toHaveLength(1);
  });

  test('that moved is found under either name', async () => {
    const [left, right] = [sampleTree([['old', file(text())]]), sampleTree([['new', file(text())]])];
    for (const asked of ['/old', '/new']) expect((await explain(left, right, asked)).changes).toMatchObject([{ change: { kind: 'moved', path: 'new', otherPath: 'old' } }]);
  });

  test('that is on neither side is refused, with what may have been meant', async () => {
    await expect(explain(LEFT, RIGHT, '/config')).rejects.toMatchObject({ code: 'COMPARE.UNKNOWN_PATH', hint: 'Did you mean /etc/config?' });
    await expect(explain(LEFT, RIGHT, '/nothing/of/the/kind')).rejects.toMatchObject({ code: 'COMPARE.UNKNOWN_PATH', hint: expect.stringContaining('provenroot diff') as string });
  });

  test('is found in every partition that has it, and read from there', async () => {
    const { left, right } = imagePairs().find(({ name }) => name === 'one line')!;
    const disk = async (sample: SampleTree): Promise<Buffer> => craftGpt([{ name: 'a', bytes: await bytesOf(writeExt4(sample.tree, sample.blobs, { epochSeconds: 0 })) }, { name: 'b', bytes: await bytesOf(writeExt4(sample.tree, sample.blobs, { epochSeconds: 0 })) }]);
    const images = [bufferSource(await disk(left)), bufferSource(await disk(right))] as const;
    const told: ToldComparison = { comparison: await compareImages(...images), images: [], packages: [], owner: () => undefined };
    const { changes } = await explainPath(told, '/etc/issue', async () => ({ left: treesOf(readImage(images[0])), right: treesOf(readImage(images[1])) }));
    expect(changes.map(({ change, detail }) => [change.place, detail!.texts[0]?.lines.slice(2)])).toEqual([['partition 1 "a"', ['-to the system', '+to the other system']], ['partition 2 "b"', ['-to the system', '+to the other system']]]);
  });

  test('of two files that are no images is the whole, and what differs in them is told', async () => {
    const pair = { left: Buffer.from('one\n'), right: Buffer.from('two\n') };
    const told: ToldComparison = { comparison: await compareImages(bufferSource(pair.left), bufferSource(pair.right)), images: [], packages: [], owner: () => undefined };
    const explanation = await explainPath(told, '/', async () => ({ left: [], right: [] }), { whole: () => pair });
    expect(explanation.changes[0]!.detail!.texts[0]!.lines).toEqual(['@@ -1,1 +1,1 @@', '-one', '+two']);
    expect(explanationText(explanation)).toMatch(/^~ the file as a whole [^]*-one\n\+two\n/);
    expect(explanationText(explanation)).not.toContain('not there');
  });

  test('is kept where somebody keeps it, by the digests of both contents', async () => {
    const kept: string[] = [];
    const sides: Both<Side & OpenTree> = { left: side(LEFT), right: side(RIGHT) };
    const told: ToldComparison = { comparison: await compareTrees(sides.left, sides.right), images: [], packages: [], owner: () => undefined };
    const explanation = await explainPath(told, '/etc/config', async () => ({ left: [sides.left], right: [sides.right] }), { keep: async ({ left, right }, make) => { kept.push(left, right); return { ...await make(), problems: ['kept'] }; } });
    const [change] = told.comparison.changes.filter(({ path }) => path === 'etc/config');
    expect([kept, explanation.changes[0]!.detail!.problems]).toEqual([[change!.before, change!.after].map((entry) => (entry?.kind === 'file' ? entry.sha256 : '')), ['kept']]);
  });

  test('that differs in times is told with both', async () => {
    const { left } = imagePairs().find(({ name }) => name === 'times')!;
    const images = await Promise.all([0, 86_400].map(async (epochSeconds) => bufferSource(await bytesOf(writeExt4(left.tree, left.blobs, { epochSeconds })))));
    const told: ToldComparison = { comparison: await compareImages(images[0]!, images[1]!), images: [], packages: [], owner: () => undefined };
    const explanation = await explainPath(told, '/etc/issue', async () => ({ left: treesOf(readImage(images[0]!)), right: treesOf(readImage(images[1]!)) }));
    expect([explanation.exit, explanation.changes[0]!.facts]).toEqual([3, { left: { modified: '1970-01-01T00:00:00Z' }, right: { modified: '1970-01-02T00:00:00Z' } }]);
    expect(explanationText(explanation)).toContain(' modified 1970-01-02T00:00:00Z');
  });

  test('as JSON has the owner, and paths as bytes where they are no text', async () => {
    const explanation = await explain(LEFT, RIGHT, String.raw`/etc/\xff`);
    expect(presentExplanation(explanation, () => 'hello')).toMatchObject({ path: String.raw`/etc/\xff`, pathHex: '6574632fff', exit: 1, changes: [{ change: { owner: 'hello', kind: 'changed' }, package: PACKAGE }], below: [] });
  });

  test('lets neither names nor contents write on the terminal', async () => {
    const hostile = (word: string): SampleTree => sampleTree([['a\u001b[2J', file(`\u202e${word}\u0007\n`)]]);
    // eslint-disable-next-line no-control-regex
    expect(explanationText(await explain(hostile('one'), hostile('two'), String.raw`/a\x1b[2J`))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});

describe('lines that differ', () => {
  const lines = (count: number, word: string): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => `${word} ${i}\n`).join(''));

  test('are bounded: what is left out is counted', () => {
    const [found] = textDifferences(lines(500, 'left'), lines(500, 'right'));
    expect([found!.lines.length, found!.moreLines]).toEqual([200, 801]);
  });

  test('are not told where two texts have next to nothing in common', () => {
    expect(textDifferences(lines(5000, 'left'), lines(5000, 'right'))).toEqual([{ name: 'text', lines: [], moreLines: null }]);
  });

  test('are not told of texts that are too large for it', () => {
    expect(textDifferences(Buffer.alloc(2 ** 20 + 1, 'line\n'), Buffer.from('line\n'))).toMatchObject([{ lines: [], moreLines: null }]);
  });

  test('are none of what is no text', () => {
    expect(textDifferences(Buffer.from([0, 1, 2]), Buffer.from([0, 1, 3]))).toEqual([]);
  });
});
