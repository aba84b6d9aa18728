import { createHash } from 'node:crypto';
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib';

import { craftAr, craftElf, craftUImage } from '../../tests/support/crafted-content.ts';
import { pseudoRandom } from '../../tests/support/foreign-images.ts';
import { program } from '../../tests/support/image-pairs.ts';
import { bytesOf, sampleTree } from '../../tests/support/sample-trees.ts';
import type { CauseCode } from '../causes/cause-codes.ts';
import { NOTHING_KNOWN, type KnownFacts } from '../causes/cause.ts';
import { writeCpio } from '../image/write-cpio.ts';
import type { PathBytes } from '../tree/entry.ts';
import { compareTrees } from './compare.ts';
import { comparisonText } from './comparison-text.ts';
import type { Change, Side } from './comparison.ts';
import { exitOf } from './verdict.ts';

interface Around { path?: string; written?: readonly [number, number]; known?: { left: Partial<KnownFacts>; right: Partial<KnownFacts> }; image?: readonly string[] }

const NOV_14_2023 = 1_700_000_000;
const SEP_13_2020 = 1_600_000_000;

/** One file that differs, in an image with some other paths. */
async function change(left: string | Buffer, right: string | Buffer, { path = 'file', written, known, image = [] }: Around = {}): Promise<Change & { exit: number }> {
  const side = (content: string | Buffer, seconds: number | undefined): Side => {
    const bytes = Buffer.from(content);
    const { tree } = sampleTree([[path, { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: bytes }], ...image.map((at) => [at, { kind: 'directory', mode: 0o755, uid: 0, gid: 0 }] as const)]);
    return { tree, facts: new Map(seconds === undefined ? [] : [[path as PathBytes, { modified: { seconds, nanoseconds: 0 } }]]), content: () => [bytes] };
  };
  const options = known === undefined ? {} : { known: { left: { ...NOTHING_KNOWN, ...known.left }, right: { ...NOTHING_KNOWN, ...known.right } } };
  const comparison = await compareTrees(side(left, written?.[0]), side(right, written?.[1]), options);
  return { ...comparison.changes.find((one) => one.path === path)!, exit: exitOf(comparison) };
}

const codes = ({ causes }: Change): CauseCode[] => causes.map(({ code }) => code).filter((code) => code !== 'modification-time');
/** Proved: noise, each cause certain, all of it covered. */
function expectNoise(found: Change & { exit: number }, ...expected: CauseCode[]): void {
  expect([codes(found).toSorted(), found.noise, found.exit]).toEqual([expected.toSorted(), true, 3]);
  const ofContent = found.causes.filter(({ code }) => code !== 'modification-time');
  expect(ofContent.every(({ confidence }) => confidence === 1)).toBe(true);
  expect(ofContent.reduce((sum, { coverage }) => sum + coverage, 0)).toBeCloseTo(1);
}
function expectReal(found: Change & { exit: number }, ...some: CauseCode[]): void {
  expect([found.noise, found.exit]).toEqual([false, 1]);
  expect(codes(found)).toEqual(expect.arrayContaining(some));
}
const lines = (order: (a: string, b: string) => number): string => ['Beta', 'alpha', 'Delta', 'gamma', 'a-b', 'ab', 'zeta', 'Eta', 'theta', 'iota'].toSorted(order).map((line) => `${line}\n`).join('');
const byBytes = (a: string, b: string): number => (a < b ? -1 : 1);
const byLanguage = (a: string, b: string): number => { const [x, y] = [a, b].map((text) => text.toLowerCase().replaceAll('-', '')); return x! < y! ? -1 : x! > y! ? 1 : 0; };
const recorded = { left: { paths: ['/tmp/build-one'], hosts: ['alpha-host'], users: ['joe'], times: [{ from: SEP_13_2020 - 60, to: SEP_13_2020 + 60 }] }, right: { paths: ['/home/x/b2'], hosts: ['beta-host'], users: ['ann'], times: [{ from: NOV_14_2023 - 60, to: NOV_14_2023 + 60 }] } };

describe('noise is proved', () => {
  test.each([
    ['2020-09-13 12:26:40', '2023-11-14 22:13:20'], ['Sun Sep 13 12:26:40 UTC 2020', 'Tue Nov 14 22:13:20 UTC 2023'], ['Sep 13 2020', 'Nov 14 2023'], ['20200913122640', '20231114221320'],
    ['1600000000', '1700000000'], ['Sun, 13 Sep 2020 12:26:40 +0000', 'Tue, 14 Nov 2023 22:13:20 +0000'],
  ])('of a date near the time its file was written at: %s, %s', async (a, b) => {
    expectNoise(await change(`made ${a}, by us\n`, `made ${b}, by us\n`, { written: [SEP_13_2020, NOV_14_2023] }), 'embedded-timestamp');
  });

  it('of a date that the record knows', async () => { expectNoise(await change('at 2020-09-13 12:27:00\n', 'at 2023-11-14 22:13:00\n', { known: recorded }), 'embedded-timestamp'); });
  it('of one moment told in two zones, without a witness', async () => { expectNoise(await change('x 2001-02-03 10:00:00 +0100\n', 'x 2001-02-03 09:00:00 UTC\n'), 'time-zone'); });
  it('of the directory it was built in, in a text', async () => { expectNoise(await change('prefix=/tmp/build-one/out\n', 'prefix=/home/x/b2/out\n', { known: recorded }), 'build-path'); });
  it('of the directory that a program was built in, where no byte moved', async () => {
    expectNoise(await change(program('/build/one'), program('/build/two'), { known: { left: { paths: ['/build/one'] }, right: { paths: ['/build/two'] } } }), 'build-path');
  });
  it('of who built it, told as account at machine, or machine', async () => {
    expectNoise(await change('by joe@alpha-host on alpha-host\n', 'by ann@beta-host on beta-host\n', { known: recorded }), 'host-leak');
  });
  it('of several causes at once, which share the difference', async () => {
    expectNoise(await change('joe@alpha-host /tmp/build-one\nat 2020-09-13 12:27:00\n', 'ann@beta-host /home/x/b2\nat 2023-11-14 22:13:00\n', { known: recorded }), 'build-path', 'embedded-timestamp', 'host-leak');
  });
  it('of a list that one side sorted by language', async () => { expectNoise(await change(lines(byBytes), lines(byLanguage)), 'locale'); });
  it('of a sorted list that the other side did not sort', async () => { expectNoise(await change(lines(byBytes), lines((a, b) => a.length - b.length || byBytes(b, a))), 'ordering'); });
  it('of compression, packer and level', async () => {
    const content = 'text to be packed '.repeat(500);
    expectNoise(await change(gzipSync(content, { level: 1 }), gzipSync(content, { level: 9 })), 'compression');
    expectNoise(await change(gzipSync(content), zstdCompressSync(content)), 'compression');
  });
  it('of the time in the header of a gzip file, which is not the packer', async () => {
    const [a, b] = [gzipSync('text'), gzipSync('text')];
    b.writeUInt32LE(SEP_13_2020, 4);
    expectNoise(await change(a, b), 'embedded-timestamp');
  });
  it('of a date in a packed file', async () => {
    expectNoise(await change(gzipSync('made 2020-09-13 12:26:40'), gzipSync('made 2023-11-14 22:13:20'), { written: [SEP_13_2020, NOV_14_2023] }), 'embedded-timestamp');
  });
  it('of the times and owners of members of a library', async () => {
    const [a, b] = [craftAr([{ name: 'one/', content: Buffer.from('first!') }]), craftAr([{ name: 'one/', content: Buffer.from('first!') }])];
    b.write('1600000000', 8 + 16);
    b.write('1000', 8 + 28);
    expectNoise(await change(a, b), 'embedded-timestamp', 'host-leak');
  });
  it('of the time in a uImage, and the checksum that follows from it', async () => {
    const [a, b] = [craftUImage(Buffer.from('data')), craftUImage(Buffer.from('data'))];
    b.writeUInt32BE(SEP_13_2020, 8);
    b.writeUInt32BE(0, 4);
    b.writeUInt32BE(crc32(b.subarray(0, 64)), 4);
    expectNoise(await change(a, b), 'embedded-timestamp');
  });
  it('of a build id alone', async () => { expectNoise(await change(withBuildId('aa'), withBuildId('bb')), 'build-id'); });
  it('of the time in compiled Python', async () => {
    const code = (time: number): Buffer => { const bytes = Buffer.concat([Buffer.from([0x6f, 0x0d, 0x0d, 0x0a]), Buffer.alloc(12), Buffer.from([0xe3, 0, 1, 2])]); bytes.writeUInt32LE(time, 8); return bytes; };
    expectNoise(await change(code(1), code(2)), 'embedded-timestamp');
  });
  it('of a number that is the second its file was written at', async () => {
    const data = (time: number): Buffer => { const bytes = pseudoRandom(400); bytes[0] = 0; bytes.writeUInt32BE(time, 201); return bytes; };
    expectNoise(await change(data(SEP_13_2020), data(NOV_14_2023), { written: [SEP_13_2020, NOV_14_2023] }), 'embedded-timestamp');
  });
  it('of an archive in an image that holds the same tree at another time', async () => {
    const { tree, blobs } = sampleTree([['init', { kind: 'file', mode: 0o755, uid: 0, gid: 0, content: Buffer.from('#!/bin/sh\n') }]]);
    const cpio = (epochSeconds: number): Promise<Buffer> => bytesOf(writeCpio(tree, blobs, { epochSeconds }));
    const found = await change(gzipSync(await cpio(1)), gzipSync(await cpio(2)));
    expect([found.noise, found.exit, found.causes.map(({ code, confidence }) => [code, confidence])]).toEqual([true, 3, [['embedded-timestamp', 1]]]);
    expect(found.inside?.changes.map(({ path }) => path)).toEqual(['', 'init']);
    expect(comparisonText({ verdict: { bytesEqual: false, layoutEqual: true, metadataEqual: true, contentEqual: false }, layout: [], changes: [found], findings: [] }, { lines: 40 })).toContain('within: ~ /, ~ /init');
  });
});

describe('a cause that is not noise is named all the same', () => {
  it('a random id', async () => {
    const found = await change('ID=0b4f2a5e-6d0c-4d4f-9a3e-2f7f5a0c1d22\n', 'ID=5a9cfd30-1b2c-4b5e-8d7a-9c0e1f2a3b4c\n');
    expectReal(found, 'random-id');
    expect(found.causes).toMatchObject([{ code: 'random-id', confidence: 1, coverage: 1 }]);
  });
  it('a key', async () => { expectReal(await change('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', '-----BEGIN PUBLIC KEY-----\nBBBB\n-----END PUBLIC KEY-----\n'), 'embedded-key'); });
  it('another compiler', async () => {
    const made = (by: string): Buffer => craftElf({ wide: true, littleEndian: true, machine: 62, type: 2, sections: [{ name: '.text', type: 1, flags: 6, content: Buffer.from(`code by ${by}`) }, { name: '.comment', type: 1, content: Buffer.from(`${by}\0`) }] });
    expectReal(await change(made('GCC: 12.1'), made('GCC: 13.2')), 'toolchain');
  });
  it('debug information alone', async () => {
    const made = (notes: string): Buffer => craftElf({ wide: true, littleEndian: true, machine: 62, type: 2, sections: [{ name: '.text', type: 1, flags: 6, content: Buffer.from('code') }, { name: '.debug_str', type: 1, content: Buffer.from(notes) }] });
    const found = await change(made('short\0'), made('longer than before\0'));
    expectReal(found, 'debug-only');
    expect(found.parts?.map(({ name }) => name)).toContain('.debug_str');
  });
});

describe('what looks like noise and may be none is not excused', () => {
  it('a date without a witness', async () => {
    const found = await change('on 2030-01-01\n', 'on 2035-01-01\n', { written: [SEP_13_2020, NOV_14_2023] });
    expectReal(found, 'embedded-timestamp');
    expect(found.causes.find(({ code }) => code === 'embedded-timestamp')!.confidence).toBeLessThan(1);
  });
  it('a day that something ends on, though the file was written on it', async () => { expectReal(await change('valid until 2020-09-13\n', 'valid until 2023-11-14\n', { written: [SEP_13_2020, NOV_14_2023] }), 'unknown'); });
  it('a deadline told in another zone, at another moment', async () => { expectReal(await change('x 2001-02-03 10:00:00 +0100\n', 'x 2001-02-03 10:00:00 UTC\n')); });
  it('a directory of the image, even if something was built in one of that name', async () => {
    expectReal(await change('ExecStart=/opt/one/run\n', 'ExecStart=/opt/two/run\n', { known: { left: { paths: ['/opt/one'] }, right: { paths: ['/opt/two'] } }, image: ['opt/two'] }), 'unknown');
  });
  it('a path that nobody knows', async () => { expectReal(await change('run /usr/bin/a\n', 'run /srv/evil/bin/a\n'), 'unknown'); });
  it('a path that only starts like the one it was built in', async () => { expectReal(await change('/tmp/build-one-evil/x\n', '/home/x/b2/x\n', { known: recorded }), 'unknown'); });
  it('a name of a machine in a configuration, and one that many have', async () => {
    expectReal(await change('alpha-host\n', 'beta-host\n', { known: recorded, path: 'etc/hostname' }), 'unknown');
    expectReal(await change('on localhost\n', 'on build\n', { known: { left: { hosts: ['localhost'] }, right: { hosts: ['build'] } } }), 'unknown');
  });
  it('the order of lines of a configuration, sorted or not', async () => { expectReal(await change(lines(byBytes), lines(byLanguage), { path: 'etc/modules' }), 'ordering'); });
  it('an account by itself', async () => { expectReal(await change('User=joe\n', 'User=ann\n', { known: recorded }), 'unknown'); });
  it('the order of lines in a script, of few lines, and of lines that nobody sorted', async () => {
    expectReal(await change(`#!/bin/sh\n${lines(byBytes)}`, `#!/bin/sh\n${lines(byLanguage)}`), 'ordering');
    expectReal(await change('deny all\nallow me\n', 'allow me\ndeny all\n'), 'ordering');
    const rows = ['accept 1', 'zone 2', 'drop 3', 'log 4', 'accept 5', 'jump 6', 'drop 7', 'return 8', 'mark 9'];
    expectReal(await change(`${rows.join('\n')}\n`, `${rows.toReversed().join('\n')}\n`), 'ordering');
  });
  it('a line that came with the noise', async () => {
    const found = await change('made 2020-09-13 12:26:40\n', 'made 2023-11-14 22:13:20\nallow=all\n', { written: [SEP_13_2020, NOV_14_2023] });
    expectReal(found, 'embedded-timestamp', 'unknown');
    expect(found.causes.every(({ code, confidence }) => code === 'modification-time' || confidence < 1)).toBe(true);
  });
  it('content packed anew together with a change', async () => { expectReal(await change(gzipSync('allow=none\n'), gzipSync('allow=all\n')), 'unknown'); });
  it('bytes behind a packed stream', async () => { expectReal(await change(gzipSync('x'), Buffer.concat([gzipSync('x', { level: 1 }), Buffer.from('payload')]))); });

  it('any byte of the code, whatever is known and whatever else differs', async () => {
    const [left, right] = [program('/build/one'), program('/build/two')];
    const known = { left: { paths: ['/build/one'], times: [{ from: 0, to: 2 ** 32 - 1 }] }, right: { paths: ['/build/two'], times: [{ from: 0, to: 2 ** 32 - 1 }] } };
    const excused: number[] = [];
    for (let i = 0; i < 400; i++) {
      const attacked = Buffer.from(right);
      const at = 64 + (i * 7919) % 4096;
      attacked[at]! ^= 1 + i % 255;
      if ((await change(left, attacked, { known })).noise) excused.push(at);
    }
    expect(excused).toEqual([]);
  });

  it('a constant, or an instruction that is led to another one', async () => {
    const code = pseudoRandom(2000);
    const made = (operand: number, constant: number): Buffer => {
      const text = Buffer.from(code);
      text.writeUInt32LE(operand, 1000);
      const constants = Buffer.alloc(64);
      constants.writeUInt32LE(constant, 8);
      return craftElf({ wide: true, littleEndian: true, machine: 62, type: 2, sections: [{ name: '.text', type: 1, flags: 6, content: text }, { name: '.rodata', type: 1, flags: 2, content: constants }] });
    };
    for (let i = 1; i < 100; i++) {
      expect((await change(made(0x1000, 7), made(0x1000 + i * 8, 7))).noise).toBe(false);
      expect((await change(made(0x1000, 7), made(0x1000, 7 + i))).noise).toBe(false);
    }
  });
});

describe('of large contents', () => {
  const MANY = 6 * 2 ** 20;

  it('what stands around a difference is looked through, and is proved as it is in small ones', async () => {
    const made = (root: string, end: string): string => `${'a text without an end, '.repeat(MANY / 23)}${root}/lib${' more of it'.repeat(20_000)}${end}`;
    expectNoise(await change(made('/tmp/build-one', ''), made('/home/x/b2', ''), { known: recorded }), 'build-path');
    expectReal(await change(made('/tmp/build-one', 'e'), made('/home/x/b2', 'f'), { known: recorded }));
  });

  it('that differ all through is told that no texts were looked for in them', async () => {
    const [one, two] = ['one', 'two'].map((seed) => createHash('shake256', { outputLength: MANY }).update(seed).digest()) as [Buffer, Buffer];
    for (const right of [two, two.subarray(100)]) {
      const { causes, noise } = await change(one, right);
      expect([noise, causes]).toEqual([false, [{ code: 'unknown', confidence: 0, coverage: 1, evidence: ['no texts looked for: more than 4194304 bytes differ'] }]]);
    }
  });

  it('whose every line has a date, nothing is excused that was not looked at', async () => {
    const log = (year: number): string => `at ${year}-09-13 12:27:00 something was done\n`.repeat(MANY / 20);
    expectReal(await change(log(2020), log(2023), { written: [SEP_13_2020, NOV_14_2023] }), 'unknown');
  });
});

function withBuildId(byte: string): Buffer {
  const note = Buffer.concat([Buffer.from([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]), Buffer.from('GNU\0'), Buffer.from(byte.repeat(20), 'hex')]);
  return craftElf({ wide: true, littleEndian: true, machine: 62, type: 2, sections: [{ name: '.text', type: 1, flags: 6, content: Buffer.from('code') }, { name: '.note.gnu.build-id', type: 7, flags: 2, content: note, alignment: 4 }] });
}
