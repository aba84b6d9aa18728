import { join } from 'node:path';

import { varyBuild, type VariationReport, type VaryRequest } from '../../src/actions/vary-build.ts';
import type { StepVariation } from '../../src/actions/vary-step.ts';
import { VARIATION_NAMES } from '../../src/catalog/variation-name.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openVariation } from '../../src/main/open-variation.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import { openYard } from '../../src/main/open-yard.ts';
import { VARIATIONS } from '../../src/sandbox/variation.ts';
import { TinyHome } from '../support/tiny-home.ts';

const LEAKY_CATALOG = join(import.meta.dirname, '../support/leaky-catalog');

const SEALED = VARIATIONS.filter(({ sealedBy }) => sealedBy !== undefined).map(({ name }) => name);
const LEAKING = VARIATION_NAMES.filter((name) => !SEALED.includes(name));

/** A whole catalog of recipes with one fault each, built once, then varied in everything at once. */
describe('a build of leaky recipes under the profile full', () => {
  let home: TinyHome;
  let build: string;
  let report: VariationReport;
  let actionsBefore: string[];
  const progress: [number, number][] = [];

  beforeAll(async () => {
    home = await TinyHome.open(LEAKY_CATALOG);
    const built = await home.build('leaky');
    expect({ state: built.state, failures: built.failures }).toEqual({ state: 'SUCCEEDED', failures: [] });
    build = built.build;
    actionsBefore = await actions();
    report = await vary({ profile: 'full' });
  }, 900_000);
  afterAll(async () => { await home.close(); });

  async function vary(request: VaryRequest, signal = new AbortController().signal): Promise<VariationReport> {
    const environment = { ...readEnvironment(), home: home.home, catalogRoot: join(home.directory, 'catalog') };
    const workshop = await openWorkshop(environment);
    try {
      const yard = () => openYard(environment, workshop, { offline: true, note: () => undefined, signal });
      const onProgress = (now: { stepsDone: number; stepsTotal: number }): void => { progress.push([now.stepsDone, now.stepsTotal]); };
      return await varyBuild(build, request, { signal, onProgress }, workshop, await openVariation(environment), yard);
    } finally {
      await workshop.close();
    }
  }

  /** Steps of the record, each with the tree of each of its outputs. */
  const actions = async (): Promise<string[]> => (await home.rows<{ line: string }>(
    "SELECT concat_ws(' ', x.action_key, o.name, o.tree_digest) AS line FROM executions x JOIN execution_outputs o ON o.execution_id = x.id ORDER BY 1",
  )).map(({ line }) => line);

  const step = (name: string): StepVariation => report.steps.find((one) => one.step === name)!;
  const blamed = (name: string): Record<string, unknown> => Object.fromEntries(step(name).files.map(({ path, causes }) => [path, causes]));
  const leak = (name: string): string => `target/usr/share/leaks/${name}`;

  it('keeps the whole list of what was varied', () => {
    expect(report).toMatchObject({ format: 1, build, profile: 'full', conditions: VARIATION_NAMES, outcome: 'differs' });
  });

  it.each(LEAKING)('catches what leaks %s, and blames that condition alone for that file alone', (name) => {
    expect(blamed(`leaks-${name}`)).toEqual({ [leak(name)]: [[name]] });
  });

  it.each(SEALED)('finds nothing where a recipe would leak %s: it does not reach a step', (name) => {
    expect(step(`leaks-${name}`)).toMatchObject({ state: 'same', files: [], runs: 1 });
  });

  it('names every cause of a file that has two', () => {
    const causes = step('leaks-both').files.map((file) => file.causes.map((cause) => cause.join()).toSorted());
    expect(causes).toEqual([['hostname', 'time-zone']]);
  });

  it('names both conditions of a file that only changes under both', () => {
    expect(step('leaks-together').files.map((file) => file.causes.map((cause) => cause.toSorted()))).toEqual([[['hostname', 'time-zone']]]);
  });

  it('blames nothing for a file that is new each time, nor its neighbour', () => {
    expect(blamed('leaks-by-itself')).toEqual({ [leak('by-itself')]: [[]] });
  });

  it('blames the condition under which a step fails, and what differs without it', () => {
    expect(blamed('fails-for-others')).toEqual({ '': [['user']], [leak('fails-for-others')]: [['hostname']] });
  });

  it('shows the reason of a recipe that deviates', () => {
    expect(step('is-excused').files).toEqual([{ path: leak('is-excused'), causes: [['hostname']], excused: ['The name is what this package is about'] }]);
    expect(report.counts.excused).toBe(1);
  });

  it('runs a robust step once: compiled code, the root and the images among them', () => {
    for (const name of ['is-robust', 'leaky-toolchain', 'leaky-kernel', 'leaky-skeleton', 'root', 'image.tar']) expect(step(name)).toMatchObject({ state: 'same', files: [], runs: 1 });
    // Once what our own code writes, once the compressor in the sandbox.
    expect(step('image.cpio.gz')).toMatchObject({ state: 'same', files: [], runs: 2 });
  });

  it('takes in the median at most seven builds to find one cause', () => {
    const builds = LEAKING.map((name) => step(`leaks-${name}`).runs - 1).toSorted((a, b) => a - b);
    expect(builds[Math.floor(builds.length / 2)]).toBeLessThanOrEqual(7);
  });

  it('leaves the record and the results of all actions as they were, and nothing in the engine', async () => {
    expect(await actions()).toEqual(actionsBefore);
    expect(await home.leftovers()).toEqual([]);
    const again = await home.build('leaky');
    expect([again.build, again.steps.run]).toEqual([build, 0]);
  }, 300_000);

  it('tells how far it is, step by step', () => {
    expect(progress[0]).toEqual([0, report.steps.length]);
    expect(progress.at(-1)).toEqual([report.steps.length, report.steps.length]);
  });

  it('varies single steps under listed conditions', async () => {
    const some = await vary({ conditions: ['time'], steps: ['leaks-time', 'leaks-hostname'] });
    expect(some.steps.map(({ step: name, state, conditions }) => [name, state, conditions])).toEqual([['leaks-hostname', 'same', ['time']], ['leaks-time', 'differs', ['time']]]);
    expect(some.profile).toBeUndefined();
  }, 300_000);

  it('says which steps it had reached when it was stopped', async () => {
    const stop = new AbortController();
    stop.abort('cancelled');
    expect(await vary({ profile: 'quick' }, stop.signal).catch((error: { name: string }) => error.name)).toMatchObject({ outcome: 'cancelled', steps: [] });
  }, 300_000);

  it('refuses steps that are not there, and conditions too', async () => {
    await expect(vary({ profile: 'quick', steps: ['leaks-moon'] })).rejects.toMatchObject({ code: 'ACTIONS.UNKNOWN_STEP' });
    await expect(vary({ conditions: [] })).rejects.toMatchObject({ code: 'VARIATION.EMPTY' });
  }, 300_000);
});
