import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { TinyHome, type BuildJson, type CliRun } from '../support/tiny-home.ts';

interface History {
  builds: number;
  spans: { state: { kind: string; packages?: string[]; files?: { path: string }[] } | null; since: { build: string }; until: { build: string }; builds: number; change: { causes: { package: string; kind: string; reasons: { reason: string; detail: string }[] }[] } | null }[];
}

/** One home, one configuration: built, one option changed, a package's version raised. */
describe('since when something is as it is', () => {
  const check = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/schema/cli-history.schema.json'), 'utf8')) as object);
  let home: TinyHome;
  let database: Database;
  const builds: BuildJson[] = [];

  beforeAll(async () => {
    home = await TinyHome.open();
    database = await openDatabase({ home: home.home, clock: systemClock });
    const build = async (form: object): Promise<void> => { builds.push(await home.build(await home.configuration('kiosk', { images: [{ format: 'tar' }], ...form }))); };
    await build({});
    await build({ packages: { hello: { options: { loud: true } } } });
    await home.edit('recipes/hello/recipe.yaml', 'version: "1.1"', 'version: "1.2"');
    await build({ packages: { hello: { options: { loud: true } } } });
    expect(builds.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  }, 600_000);
  afterAll(async () => {
    await database.close();
    await home.close();
  });

  const history = async (...words: string[]): Promise<CliRun & { told: History }> => {
    const run = await home.cli('history', 'kiosk', ...words, '--json');
    const told = JSON.parse(run.stdout) as History;
    void check(told);
    expect(check.errors ?? []).toEqual([]);
    return { ...run, told };
  };
  const built = ({ since }: History['spans'][number]): number => builds.findIndex(({ build }) => build === since.build);

  test('is told of a path by the option that changed it, without an image', async () => {
    const { code, told } = await history('/usr/bin/hello');
    expect([code, told.builds, told.spans.at(-1)!.change]).toEqual([0, 3, null]);
    expect(told.spans.find((span) => built(span) === 1)!.change!.causes).toMatchObject([{ package: 'hello', kind: 'changed', reasons: [{ reason: 'option', detail: '-loud=false +loud=true' }] }]);
    expect((await history('/etc/hostname')).told.spans).toMatchObject([{ builds: 3 }]);
  });

  test('is told of a package, a license, a symbol', async () => {
    const { told } = await history('--package', 'hello');
    expect(told.spans.map((span) => [built(span), span.builds, span.change?.causes.flatMap(({ reasons }) => reasons.map(({ reason }) => reason))])).toEqual([[2, 1, ['version', 'recipe']], [1, 1, ['option']], [0, 1, undefined]]);
    expect((await history('--license', 'MIT')).told.spans[0]!.state!.packages).toContain('hello');
    const { told: defined } = await history('--symbol', 'greeting');
    expect(defined.spans[0]!.state!.files!.map(({ path }) => path)).toContain('/usr/lib/libgreeting.so.1');
  });

  test('is one screen for people, and no where no build has it', async () => {
    const text = await home.cli('history', 'kiosk', '/usr/bin/hello');
    expect(text.stdout.split('\n').length).toBeLessThanOrEqual(41);
    for (const expected of ['path /usr/bin/hello in the last 3 builds of target kiosk, all there are', 'because hello: option -loud=false +loud=true', builds[0]!.build]) expect(text.stdout).toContain(expected);
    expect((await history('/no/such/path')).code).toBe(1);
    expect((await history('/usr/bin/hello', '--last', '1')).told).toMatchObject({ builds: 1, more: true });
  });

  test('is refused without a path, with two questions, of a target that has no build', async () => {
    for (const words of [['kiosk'], ['kiosk', '/etc', '--package', 'hello'], ['nobody', '/etc']]) expect((await home.cli('history', ...words)).code).toBe(2);
  });
});
