import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { TinyHome, type BuildJson, type CliRun } from '../support/tiny-home.ts';

const IMAGES = ['tar', 'ext4', 'squashfs'].map((format) => ({ format }));
const SCHEMA = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/schema/cli-diff.schema.json'), 'utf8')) as object;

interface Diff {
  exit: number;
  verdict: Record<string, boolean>;
  images: { name: string; equal: boolean }[];
  packages: { name: string; kind: string; reasons: { reason: string; detail: string }[]; files: number }[];
  changes: { path: string; kind: string; owner: string | null; causes: { code: string; confidence: number }[] }[];
}

/** One home with the plain board and the same with one option and without one package. */
describe('what differs between two builds', () => {
  const check = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(SCHEMA);
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

  test('compares what is no image as bytes, and says what cannot be found', async () => {
    const [one, other] = [join(home.directory, 'one'), join(home.directory, 'other')];
    writeFileSync(one, 'a');
    writeFileSync(other, 'b');
    expect((await diff(one, other)).code).toBe(1);
    expect((await diff(one, one)).code).toBe(0);
    expect((await home.cli('diff', 'plain', join(home.directory, 'nothing.img'))).code).toBe(2);
  });
});
