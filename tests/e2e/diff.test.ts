import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { TinyHome, type BuildJson, type CliRun } from '../support/tiny-home.ts';

const IMAGES = ['tar', 'ext4', 'squashfs'].map((format) => ({ format }));
const schema = (verb: string): object => JSON.parse(readFileSync(join(import.meta.dirname, `../../docs/schema/cli-${verb}.schema.json`), 'utf8')) as object;

interface Diff {
  exit: number;
  verdict: Record<string, boolean>;
  images: { name: string; equal: boolean }[];
  packages: { name: string; kind: string; reasons: { reason: string; detail: string }[]; files: number }[];
  changes: { path: string; kind: string; owner: string | null; causes: { code: string; confidence: number }[] }[];
  firings?: { rule: string; where: string }[];
}

interface Explained { changes: { change: { path: string; owner: string | null }; package: { name: string } | null }[]; below: { path: string }[] }

/** One home with the plain board and the same with one option and without one package. */
describe('what differs between two builds', () => {
  const check = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema('diff'));
  const checkExplained = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema('explain-diff'));
  let home: TinyHome;
  let database: Database;
  let plain: BuildJson;
  let loud: BuildJson;
  const imageOf = (build: BuildJson, name: string): string => build.images.find((image) => image.name === name)!.path!;

  beforeAll(async () => {
    home = await TinyHome.open();
    database = await openDatabase({ home: home.home, clock: systemClock });
    plain = await home.build(await home.configuration('plain', { images: IMAGES }));
    loud = await home.build(await home.configuration('loud', { images: IMAGES, packages: { hello: { options: { loud: true } } } }));
    expect([plain.state, loud.state]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  }, 600_000);
  afterAll(async () => {
    await database.close();
    await home.close();
  });

  const diff = async (...words: string[]): Promise<CliRun & { told: Diff }> => {
    const run = await home.cli('diff', ...words, '--json');
    const told = JSON.parse(run.stdout) as Diff;
    void check(told);
    expect(check.errors ?? []).toEqual([]);
    expect(told.exit).toBe(run.code);
    return { ...run, told };
  };

  test('is nothing between a build and itself', async () => {
    const { code, told } = await diff('plain', plain.build);
    expect([code, told.changes, told.packages, told.images.every(({ equal }) => equal)]).toEqual([0, [], [], true]);
  });

  test('is told in one screen: package, reason, path; the record says which option it was', async () => {
    const { code, told } = await diff('plain', 'loud');
    expect(code).toBe(1);
    expect(told.packages).toMatchObject([{ name: 'hello', kind: 'changed', reasons: [{ reason: 'option', detail: expect.stringContaining('loud=true') }] }]);
    expect(told.changes.map(({ path, owner }) => [path, owner])).toEqual([['/usr/bin/hello', 'hello']]);
    expect(told.changes[0]!.causes.map(({ code: cause }) => cause)).toContain('option-change');
    expect(told.images.filter(({ equal }) => equal).map(({ name }) => name)).toEqual(['bzImage']);
    const text = await home.cli('diff', 'plain', 'loud');
    expect(text.stdout.split('\n').length).toBeLessThanOrEqual(41);
    expect(text.stdout).toContain('hello 1.1');
  });

  test('is the same seen from the other side', async () => {
    const [there, back] = [(await diff('plain', 'loud')).told, (await diff('loud', 'plain')).told];
    expect(back.changes.map(({ path, kind }) => [path, kind])).toEqual(there.changes.map(({ path, kind }) => [path, kind]));
    expect(back.packages[0]!.reasons[0]!.detail).toContain('loud=false');
  });

  test('is layout alone between two formats of one root', async () => {
    const { code, told } = await diff(imageOf(plain, 'rootfs.squashfs'), imageOf(plain, 'rootfs.ext4'));
    expect([code, told.verdict]).toEqual([3, { bytesEqual: false, layoutEqual: false, metadataEqual: true, contentEqual: true }]);
  });

  test('is found in an image from anywhere, with the package that the path is of', async () => {
    expect((await diff('plain', imageOf(plain, 'rootfs.tar'))).code).toBe(0);
    const { code, told } = await diff('plain', imageOf(loud, 'rootfs.squashfs'));
    expect([code, told.changes.map(({ path, owner }) => [path, owner])]).toEqual([1, [['/usr/bin/hello', 'hello']]]);
  });

  test('is found in a directory that somebody unpacked, held against a build or an image', async () => {
    const directory = join(home.directory, 'unpacked');
    mkdirSync(directory);
    execFileSync('tar', ['-C', directory, '-xf', imageOf(plain, 'rootfs.tar')]);
    const { code, told } = await diff(`${directory}/`, imageOf(plain, 'rootfs.squashfs'));
    expect([code, told.changes.filter(({ causes }) => causes.some(({ code: cause }) => cause !== 'modification-time'))]).toEqual([3, []]);
    const other = await diff('loud', directory);
    expect([other.code, other.told.changes.map(({ path, owner }) => [path, owner])]).toEqual([1, expect.arrayContaining([['/usr/bin/hello', 'hello']])]);
    expect((await explain(directory, imageOf(loud, 'rootfs.tar'), '/usr/bin/hello')).code).toBe(1);
  });

  test('says of a word that is neither file nor build what it is, and what to do', async () => {
    const stderr = async (...words: string[]): Promise<string> => {
      const run = await home.cli('diff', ...words);
      expect(run.code).toBe(2);
      return run.stderr;
    };
    expect(await stderr('plain', 'no-such-thing')).toMatch(/no file "no-such-thing", and no finished build.*\n.*plain/);
    expect(await stderr('plain', './no-such-thing')).toContain('not there');
    expect(await stderr('plain', '/dev/zero')).toContain('a device');
    expect(await stderr(imageOf(plain, 'rootfs.tar'), 'plain', '--policy', 'x')).toContain('--only licenses');
  });

  test('is written as a page that stands alone, besides what is printed', async () => {
    const page = join(home.directory, 'report.html');
    const run = await home.cli('diff', 'plain', 'loud', '--html', page);
    expect([run.code, run.stdout.includes('hello 1.1')]).toEqual([1, true]);
    const report = readFileSync(page, 'utf8');
    for (const expected of ['<title>plain → loud</title>', '/usr/bin/hello', 'option-change', 'loud=true', "default-src 'none'"]) expect(report).toContain(expected);
    expect(Buffer.byteLength(report)).toBeLessThan(100_000);
    expect((await home.cli('diff', 'plain', 'loud', '--html', join(home.directory, 'no/such/directory/report.html'))).code).toBe(4);
  });

  test.each([
    ['any', 1, ['/usr/bin/hello']], ['content', 1, ['/usr/bin/hello']], ['outside:hello', 0, []], ['outside:skeleton', 1, ['/usr/bin/hello']], ['setuid,license,added,removed', 0, []], ['cause:option-change', 1, ['/usr/bin/hello']],
    ['cause:embedded-timestamp', 0, []], ['copyleft,new-package,downgrade,size:1MiB', 0, []],
  ])('fails where a rule fires, else not: %s', async (rules, exit, places) => {
    const { code, told } = await diff('plain', 'loud', '--fail-on', rules);
    expect([code, told.firings!.map(({ where }) => where).filter((where) => where.startsWith('/'))]).toEqual([exit, places]);
    expect((await home.cli('diff', 'plain', 'loud', '--fail-on', rules)).stdout).toMatch(exit === 1 ? /^FAIL / : /^no rule fires\n/);
  });

  test('is judged by no rule that is none, or that files alone cannot tell', async () => {
    const unknown = await home.cli('diff', 'plain', 'loud', '--fail-on', 'everything');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('outside:PACKAGE')]);
    expect((await home.cli('diff', imageOf(plain, 'rootfs.tar'), imageOf(loud, 'rootfs.tar'), '--fail-on', 'outside:hello')).code).toBe(2);
    for (const rule of ['copyleft', 'new-package', 'downgrade', 'size:5%']) expect((await home.cli('diff', 'plain', imageOf(loud, 'rootfs.tar'), '--fail-on', rule)).code).toBe(2);
    expect((await home.cli('diff', imageOf(plain, 'rootfs.tar'), imageOf(loud, 'rootfs.tar'), '--fail-on', 'setuid')).code).toBe(0);
  });

  const explain = async (...words: string[]): Promise<CliRun & { told: Explained }> => {
    const run = await home.cli('explain-diff', ...words, '--json');
    const told = JSON.parse(run.stdout) as Explained;
    void checkExplained(told);
    expect(checkExplained.errors ?? []).toEqual([]);
    return { ...run, told };
  };

  test('is explained path by path: entries, package, causes', async () => {
    const { code, told } = await explain('plain', 'loud', '/usr/bin/hello');
    expect([code, told.changes.map(({ change, package: of }) => [change.path, change.owner, of?.name])]).toEqual([1, [['/usr/bin/hello', 'hello', 'hello']]]);
    const text = await home.cli('explain-diff', 'plain', 'loud', '/usr/bin/hello');
    for (const expected of ['left   file mode', 'owner  hello', 'loud=true', 'cause  option-change']) expect(text.stdout).toContain(expected);
    expect((await explain('plain', 'loud', '/usr')).told.below.map(({ path }) => path)).toEqual(['/usr/bin/hello']);
  });

  test('is explained of images from anywhere too, and of a path that is equal said to be nothing', async () => {
    expect((await explain(imageOf(plain, 'rootfs.squashfs'), imageOf(loud, 'rootfs.ext4'), 'usr/bin/hello')).code).toBe(1);
    expect((await explain('plain', imageOf(loud, 'rootfs.tar'), '/etc/passwd')).code).toBe(0);
  });

  test('is explained of no path that is on neither side; near ones are named', async () => {
    const { code, stderr } = await home.cli('explain-diff', 'plain', 'loud', '/usr/bin/helo');
    expect([code, stderr]).toEqual([2, expect.stringContaining('/usr/bin/hello')]);
  });

  test('can be asked for by section: settings, components, licenses, inputs', async () => {
    const section = async (name: string, left = 'plain', right = 'loud', ...words: string[]): Promise<{ code: number | null; told: { section: string; exit: number; changes: unknown } }> => {
      const run = await home.cli('diff', left, right, '--only', name, ...words, '--json');
      return { code: run.code, told: JSON.parse(run.stdout) as { section: string; exit: number; changes: unknown } };
    };
    expect(await section('config')).toMatchObject({ code: 1, told: { section: 'config', exit: 1, changes: expect.arrayContaining([expect.objectContaining({ section: 'option', key: 'hello.loud' })]) } });
    expect(await section('packages')).toMatchObject({ code: 1, told: { changes: [{ name: 'hello', kind: 'changed', files: 1, reasons: [{ reason: 'option' }] }] } });
    expect(await section('images')).toMatchObject({ code: 1, told: { changes: { changes: [{ name: 'rootfs.ext4' }, { name: 'rootfs.squashfs' }, { name: 'rootfs.tar', format: 'tar', sizeBytes: { left: expect.any(Number) } }], equal: [{ name: 'bzImage', owner: 'tiny-kernel' }] } } });
    expect(await section('images', imageOf(plain, 'rootfs.squashfs'), imageOf(loud, 'rootfs.ext4'))).toMatchObject({ code: 1, told: { changes: { left: { format: 'squashfs', partitions: [] }, right: { format: 'ext' }, verdict: { contentEqual: false }, findings: [], changes: expect.arrayContaining([expect.objectContaining({ key: 'format' })]) } } });
    expect(await section('images', 'plain', imageOf(plain, 'rootfs.tar'))).toMatchObject({ code: 0, told: { changes: { left: null, right: { format: 'tar' } } } });
    expect((await home.cli('diff', 'plain', imageOf(loud, 'rootfs.tar'), '--only', 'packages')).code).toBe(2);
    expect(await section('sbom')).toMatchObject({ code: 1, told: { changes: [{ kind: 'content', after: { name: 'hello' } }] } });
    expect(await section('licenses')).toMatchObject({ code: 0, told: { changes: { changes: [] } } });
    expect(await section('inputs')).toMatchObject({ code: 0, told: { changes: [] } });
    expect(await section('config', 'plain', 'plain')).toMatchObject({ code: 0, told: { changes: [] } });
    const text = await home.cli('diff', 'plain', 'loud', '--only', 'config');
    expect([text.code, text.stdout.includes('hello.loud')]).toEqual([1, true]);
    expect((await home.cli('diff', 'plain', imageOf(loud, 'rootfs.tar'), '--only', 'licenses')).code).toBe(2);
  });

  test('compares what is no image as bytes, and says what cannot be found', async () => {
    const [one, other] = [join(home.directory, 'one'), join(home.directory, 'other')];
    writeFileSync(one, 'a');
    writeFileSync(other, 'b');
    expect((await diff(one, other)).code).toBe(1);
    expect((await diff(one, one)).code).toBe(0);
    expect((await home.cli('diff', 'plain', join(home.directory, 'nothing.img'))).code).toBe(2);
  });
});
