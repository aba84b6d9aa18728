import { otherImage } from '../../tests/support/compared-image.ts';
import { sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import type { PathBytes } from '../tree/entry.ts';
import { compareTrees } from './compare.ts';
import type { Change, Comparison, Side } from './comparison.ts';
import { firingLines, judgeRules, parseFailRules, RULES, type Firing } from './fail-on.ts';
import type { PackageChange } from './package-changes.ts';
import type { ToldComparison } from './told.ts';

type Row = Parameters<typeof sampleTree>[0][number];

const ALL_KNOWN = { owners: true, packages: true };
const file = (content: string, more: { mode?: number; uid?: number; xattrs?: Readonly<Record<string, string>> } = {}): Row[1] => ({ kind: 'file', mode: 0o755, uid: 0, gid: 0, content: Buffer.from(content), ...more });
const side = ({ tree, blobs }: SampleTree): Side => ({
  tree, facts: new Map(), content: (path) => { const entry = tree.entries.get(path); return entry?.kind === 'file' ? [blobs.blobs.get(entry.sha256)!] : undefined; },
});
const compare = (left: readonly Row[], right: readonly Row[]): Promise<Comparison> => compareTrees(side(sampleTree(left)), side(sampleTree(right)));
/** Owned by the first directory of its path. */
const told = (comparison: Comparison, more: Partial<ToldComparison> = {}): ToldComparison => ({ comparison, images: [], packages: [], owner: ({ path }: Change) => path.split('/')[0], ...more });
const firing = (rules: string, comparison: ToldComparison): string[] => judgeRules(parseFailRules(rules), comparison, ALL_KNOWN).map(({ rule, where, why }) => `${rule} ${where} ${why}`);

const SAME: Row = ['a/same', file('same')];
const LICENSED: PackageChange = { name: 'beta', kind: 'changed', before: '1', after: '1', reasons: [], files: 0, sizeDelta: 0, license: { before: 'MIT', after: 'GPL-2.0-only' } };

describe('a rule that a comparison is to fail on', () => {
  test.each([
    ['nothing', 'there is no rule "nothing"'], ['', 'there is no rule ""'], ['any,', 'there is no rule ""'], ['toString', 'there is no rule "toString"'], ['any:x', 'the rule any takes no argument'],
    ['size', 'the rule size needs its argument: size:SIZE'],
    ['outside', 'the rule outside needs its argument: outside:PACKAGE'], ['cause:', 'the rule cause needs its argument: cause:CODE'], ['x\u001b[2J', String.raw`there is no rule "x\x1b[2J"`],
  ])('is refused, with the list of rules, where it is none: %j', (text, message) => {
    expect(() => parseFailRules(text)).toThrow(expect.objectContaining({ code: 'COMPARE.BAD_RULE', message, hint: 'Rules: added, any, cause:CODE, content, copyleft, downgrade, license, new-package, outside:PACKAGE, removed, setuid, size:SIZE' }));
  });

  it('names a cause that there is', () => {
    expect(() => parseFailRules('cause:weather')).toThrow(expect.objectContaining({ code: 'COMPARE.BAD_RULE', hint: expect.stringContaining('embedded-timestamp') as string }));
  });

  it('does not fire where nothing differs', async () => {
    const same = told(await compare([SAME], [SAME]));
    expect(firing(Object.entries(RULES).map(([name, { argument }]) => (argument === undefined ? name : `${name}:${{ CODE: 'unknown', PACKAGE: 'b', SIZE: '0%' }[argument]}`)).join(','), { ...same, copyleft: [], leftRootBytes: 0 })).toEqual([]);
  });

  it('any: fires on whatever differs, proved noise and a kernel beside the root too', async () => {
    const comparison = await compare([SAME, ['a/x', file('1')]], [SAME, ['a/x', file('1', { mode: 0o700 })]]);
    expect(firing('any', told(comparison))).toEqual(['any /a/x changed mode']);
    const noise: Comparison = { ...comparison, changes: [], layout: [{ place: '', key: 'uuid', left: 'a', right: 'b', cause: 'fs-layout', noise: true }] };
    expect(firing('any,content', told(noise))).toEqual(['any layout uuid differs']);
    const bytes: Comparison = { ...noise, layout: [], verdict: { ...noise.verdict, bytesEqual: false } };
    expect(firing('any', told(bytes))).toEqual(['any the image other bytes']);
    expect(firing('any', told(bytes, { images: [otherImage('kernel', 'k')] }))).toEqual(['any kernel an image with other bytes']);
  });

  it('content: fires on contents and paths, not on modes, nor on what is proved to be noise', async () => {
    const comparison = await compare([['a/x', file('1')], ['a/y', file('1')]], [['a/x', file('2')], ['a/y', file('1', { mode: 0o700 })], ['a/z', file('new')]]);
    expect(firing('content', told(comparison))).toEqual(['content /a/x changed content', 'content /a/z added']);
    expect(firing('content', told({ ...comparison, changes: comparison.changes.map((change) => ({ ...change, kind: 'changed', noise: true })) }))).toEqual([]);
    const images = [otherImage('kernel', 'k'), otherImage('rootfs.tar', null)];
    expect(firing('content', told({ ...comparison, changes: [] }, { images }))).toEqual(['content kernel an image with other bytes']);
  });

  it('outside: fires on what is not of the package: files of others, of nobody, and images that others made', async () => {
    const comparison = await compare([['a/x', file('1')], ['b/y', file('1')]], [['a/x', file('2')], ['b/y', file('2')]]);
    expect(firing('outside:a', told(comparison))).toEqual(['outside:a /b/y of b']);
    expect(firing('outside:a', told(comparison, { owner: () => undefined }))).toEqual(['outside:a /a/x of nobody that is known', 'outside:a /b/y of nobody that is known']);
    const images = [otherImage('kernel', 'a'), otherImage('loader', 'b')];
    expect(firing('outside:a', told({ ...comparison, changes: [] }, { images }))).toEqual(['outside:a loader an image with other bytes']);
  });

  it('cause: fires where something has that cause, in the layout too', async () => {
    const comparison = await compare([['a/x', file('one')]], [['a/x', file('two')]]);
    expect(firing('cause:unknown,cause:build-path', told(comparison))).toEqual(['cause:unknown /a/x unknown']);
    expect(firing('cause:random-id', told({ ...comparison, layout: [{ place: 'partition 1', key: 'uuid', left: 'a', right: 'b', cause: 'random-id', noise: false }] }))).toEqual(['cause:random-id partition 1 uuid differs']);
    const option: PackageChange = { name: 'linux', kind: 'changed', before: '1', after: '1', reasons: [{ reason: 'option', detail: '+config.CONFIG_TUN=y' }], files: 0, sizeDelta: 0 };
    const kernel = told({ ...comparison, changes: [] }, { images: [otherImage('bzImage', 'linux'), otherImage('loader', 'nobody'), otherImage('rootfs.tar', null)], packages: [option] });
    expect(firing('cause:option-change,cause:unknown,cause:patch-change', kernel)).toEqual(['cause:option-change bzImage linux: option +config.CONFIG_TUN=y', 'cause:unknown loader unknown']);
  });

  it('license: fires on packages, and is refused where no record tells of them', async () => {
    const licensed = told(await compare([SAME], [SAME]), { packages: [LICENSED] });
    expect(firing('license', licensed)).toEqual(['license package beta license MIT → GPL-2.0-only']);
    expect(() => judgeRules(parseFailRules('license'), licensed, { owners: true, packages: false })).toThrow(expect.objectContaining({ code: 'COMPARE.NOT_ON_RECORD' }));
    expect(() => judgeRules(parseFailRules('outside:a'), licensed, { owners: false, packages: false })).toThrow(expect.objectContaining({ code: 'COMPARE.NOT_ON_RECORD' }));
  });

  const version = (name: string, before: string | undefined, after: string | undefined): PackageChange => ({
    name, kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed', reasons: [], files: 0, sizeDelta: 0, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }),
  });

  it('new-package, downgrade: fire on what came and on versions that went down; of versions in no order one may be the earlier', async () => {
    const packages = [version('came', undefined, '1'), version('down', '1.10', '1.9'), version('gone', '1', undefined), version('same', '1', '1'), version('up', '1.9', '1.10'), version('which', '20240101-git', 'v3')];
    const changed = told(await compare([SAME], [SAME]), { packages });
    expect(firing('new-package', changed)).toEqual(['new-package package came 1 added']);
    expect(firing('downgrade', changed)).toEqual(['downgrade package down version 1.10 → 1.9', 'downgrade package which version 20240101-git → v3, and nobody can tell which is the later']);
    for (const rule of ['new-package', 'downgrade']) expect(() => judgeRules(parseFailRules(rule), changed, { owners: true, packages: false })).toThrow(expect.objectContaining({ code: 'COMPARE.NOT_ON_RECORD' }));
  });

  it('copyleft: fires on what ships with more of it, and is refused where nothing tells', async () => {
    const same = await compare([SAME], [SAME]);
    expect(firing('copyleft', told(same, { copyleft: [{ package: 'gpl', license: 'GPL-2.0-only', before: 'none', after: 'strong' }, { package: 'odd\u001b', license: '', before: 'weak', after: 'unknown' }] }))).toEqual([
      'copyleft package gpl GPL-2.0-only brings strong copyleft, before no copyleft', String.raw`copyleft package odd\x1b no license told brings nobody can tell how much copyleft, before weak copyleft`,
    ]);
    expect(() => firing('copyleft', told(same))).toThrow(expect.objectContaining({ code: 'COMPARE.NOT_ON_RECORD', message: 'the rule copyleft asks for licenses of packages, which nothing here tells' }));
  });

  it('size: fires where the contents of files grew by more, not by as much, nor where they shrank', async () => {
    const grown = told(await compare([['a/x', file('1'.repeat(1000))], ['a/y', file('1'.repeat(100))]], [['a/x', file('1'.repeat(2124))]]), { leftRootBytes: 10_240 });
    expect(firing('size:1KiB,size:1024B,size:10%', grown)).toEqual([]);
    expect(firing('size:1023B,size:0.9KiB,size:9.9%', grown)).toEqual(['1023B', '0.9KiB', '9.9%'].map((limit) => `size:${limit} the root grew by +1.0 KiB of 10.0 KiB, 10.0 %, allowed is ${limit}`));
    const shrunk = told({ ...grown.comparison, changes: grown.comparison.changes.map((change) => ({ ...change, sizeDelta: -1 })) }, { leftRootBytes: 1 });
    expect(firing('size:0%,size:0B', shrunk)).toEqual([]);
    expect(firing('size:0B', { ...grown, leftRootBytes: 0 })).toEqual(['size:0B the root grew by +1.0 KiB, allowed is 0B']);
  });

  it('size: of a share is refused where nobody knows of what, of bytes it is judged of any two', async () => {
    const grown = told(await compare([], [['a/x', file('1')]]));
    expect(() => firing('size:5%', grown)).toThrow(expect.objectContaining({ code: 'COMPARE.NOT_ON_RECORD', hint: 'Compare two builds on record, or allow so many KiB.' }));
    expect(firing('size:0B', grown)).toEqual(['size:0B the root grew by +1 B, allowed is 0B']);
  });

  it.each(['5', '-5%', '5 %', '1e3B', 'KiB', '5kb', '5%x', '\u001b[2J', '9'.repeat(13) + 'B'])('size: takes no limit that is none: %j', (limit) => {
    expect(() => parseFailRules(`size:${limit}`)).toThrow(expect.objectContaining({ code: 'COMPARE.BAD_RULE', hint: expect.stringContaining('size:64KiB') as string }));
  });

  it('added, removed: fire on paths; what moved is both', async () => {
    const long = 'a line that is long enough to be known again\n'.repeat(5);
    const comparison = await compare([['a/gone', file('1')], ['a/here', file(long)]], [['a/new', file('2')], ['a/there', file(long)]]);
    expect(firing('added', told(comparison))).toEqual(['added /a/new added', 'added /a/there moved']);
    expect(firing('removed', told(comparison))).toEqual(['removed /a/gone removed', 'removed /a/there moved from /a/here']);
  });

  it('lets no name of an image write on the terminal', async () => {
    expect(firing('added', told(await compare([], [['\u001b]0;x\u0007', file('')]])))).toEqual([String.raw`added /\x1b]0;x\x07 added`]);
  });
});

describe('the rule setuid', () => {
  const setuid = async (left: readonly Row[], right: readonly Row[]): Promise<string[]> => firing('setuid', told(await compare(left, right)));
  const CAPABILITY = { 'security.capability': '\x01\0\0\x02' };

  test.each<[string, readonly Row[], readonly Row[], string[]]>([
    ['a setuid bit', [['a/x', file('1')]], [['a/x', file('1', { mode: 0o4755 })]], ['setuid /a/x setuid gained (mode 0755 → 4755)']],
    ['a setgid bit, of a directory too', [['a', { kind: 'directory', mode: 0o755, uid: 0, gid: 0 }]], [['a', { kind: 'directory', mode: 0o2755, uid: 0, gid: 0 }]], ['setuid /a setgid gained (mode 0755 → 2755)']],
    ['a new file that has both', [], [['a/x', file('1', { mode: 0o6755 })]], ['setuid /a/x setuid gained (mode 0000 → 6755), setgid gained (mode 0000 → 6755)']],
    ['a capability', [['a/x', file('1')]], [['a/x', file('1', { xattrs: CAPABILITY })]], ['setuid /a/x a capability gained']],
    ['another capability', [['a/x', file('1', { xattrs: CAPABILITY })]], [['a/x', file('1', { xattrs: { 'security.capability': '\x01\0\0\x03' } })]], ['setuid /a/x another capability gained']],
    ['another account whose rights it gives', [['a/x', file('1', { mode: 0o4755, uid: 7 })]], [['a/x', file('1', { mode: 0o4755 })]], ['setuid /a/x setuid for another account (uid 7 → 0)']],
    ['a link in place of a file, to one that is setuid', [['a/s', file('s', { mode: 0o4755 })], ['a/x', file('1')]], [['a/s', file('s', { mode: 0o4755 })], ['a/x', { kind: 'hard-link', target: 'a/s' as PathBytes }]], ['setuid /a/x mode or attributes of /a/s']],
  ])('fires on %s', async (_title, left, right, expected) => {
    expect(await setuid(left, right)).toEqual(expected);
  });

  test.each<[string, readonly Row[], readonly Row[]]>([
    ['a bit that is lost', [['a/x', file('1', { mode: 0o4755 })]], [['a/x', file('1')]]],
    ['other contents of what was setuid before', [['a/x', file('1', { mode: 0o4755 })]], [['a/x', file('2', { mode: 0o4755 })]]],
    ['the sticky bit', [['a/x', file('1')]], [['a/x', file('1', { mode: 0o1755 })]]],
    ['a capability that is lost', [['a/x', file('1', { xattrs: CAPABILITY })]], [['a/x', file('1')]]],
  ])('does not fire on %s', async (_title, left, right) => {
    expect(await setuid(left, right)).toEqual([]);
  });

  it('looks into archives within the image', async () => {
    const inside = await compare([['x', file('1')]], [['x', file('1', { mode: 0o4755 })]]);
    const outer = await compare([['a/initramfs', file('1')]], [['a/initramfs', file('2')]]);
    expect(firing('setuid', told({ ...outer, changes: outer.changes.map((change) => ({ ...change, inside })) }))).toEqual(['setuid /a/initramfs → /x setuid gained (mode 0755 → 4755)']);
  });
});

describe('rules that fire', () => {
  const firings = (rule: string, count: number): Firing[] => Array.from({ length: count }, (_, i) => ({ rule, where: `/${i}`, why: 'changed' }));

  test('are all told, each with a place, however often one of them fires', () => {
    const lines = firingLines([...firings('any', 100), ...firings('removed', 3), ...firings('setuid', 1)], 20);
    expect(lines).toEqual([...firings('any', 5).map(({ where }) => `FAIL any: ${where}: changed`), '… 95 more of any', ...firings('removed', 3).map(({ where }) => `FAIL removed: ${where}: changed`), 'FAIL setuid: /0: changed']);
  });

  test('are no more lines than there is room for', () => {
    const many = Array.from({ length: 30 }, (_, i) => firings(`cause:${i}`, 2)).flat();
    expect(firingLines(many, 20)).toHaveLength(20);
    expect(firingLines(many, 20).at(-1)).toBe('… 60 places in all');
    expect(firingLines(many, 60)).toHaveLength(60);
  });
});
