import { plainConfiguration } from '../catalog/configuration.ts';
import type { Catalog, Recipe } from '../catalog/model.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { catalogAt, FIXED_ENGINE, OWN_CATALOG, planOf, TINY_CATALOG } from '../../tests/support/planning.ts';
import { actionKey } from './keys.ts';
import type { Plan } from './plan.ts';
import { shellQuoted } from './render.ts';

/** The tiny catalog with one recipe changed. */
async function tinyWith(name: string, change: (recipe: Recipe) => Partial<Recipe>): Promise<Catalog> {
  const catalog = await catalogAt(TINY_CATALOG);
  const recipe = catalog.recipes.get(name)!;
  return { ...catalog, recipes: new Map([...catalog.recipes, [name, { ...recipe, ...change(recipe) }]]) };
}

const keysOf = (plan: Plan): Record<string, Sha256> => Object.fromEntries([...plan.steps.values()].map(({ id, planKey }) => [id, planKey]));

async function changedSteps(catalog: Catalog): Promise<string[]> {
  const before = keysOf(planOf(await catalogAt(TINY_CATALOG), 'tiny'));
  const after = keysOf(planOf(catalog, 'tiny'));
  return Object.keys(after).filter((id) => after[id] !== before[id]).toSorted();
}

const EVERY_IMAGE = ['image.cpio.gz', 'image.ext4', 'image.tar'];

describe('plan keys', () => {
  test('every step comes after what it needs', async () => {
    const plan = planOf(await catalogAt(OWN_CATALOG), 'qemu-x86_64');
    const seen = new Set<string>();
    for (const step of plan.steps.values()) {
      for (const { step: need } of step.needs) expect(seen).toContain(need);
      seen.add(step.id);
    }
  });

  test('a phase that changes changes its step and all that stand on it, and nothing else', async () => {
    const catalog = await tinyWith('hello-lib', ({ phases }) => ({ phases: { ...phases, build: `${phases['build']}# another comment\n` } }));
    expect(await changedSteps(catalog)).toEqual(['hello', 'hello-lib', 'root', ...EVERY_IMAGE].toSorted());
  });

  test('an option changes the step that reads it', async () => {
    const catalog = await catalogAt(TINY_CATALOG);
    const loud = { ...plainConfiguration('tiny'), packages: { hello: { options: { loud: true } } } };
    const before = keysOf(planOf(catalog, 'tiny'));
    const after = keysOf(planOf(catalog, loud));
    expect(Object.keys(after).filter((id) => after[id] !== before[id]).toSorted()).toEqual(['hello', 'root', ...EVERY_IMAGE].toSorted());
    expect(planOf(catalog, 'tiny').steps.get('hello')!.definition.options).toEqual({ loud: false });
  });

  test('an option that no phase reads changes nothing', async () => {
    const catalog = await tinyWith('hello-lib', ({ options }) => ({ options: { ...options, unread: { type: 'boolean', description: 'nobody reads it', default: true } } }));
    expect(await changedSteps(catalog)).toEqual([]);
  });

  test.each<[string, Partial<Recipe>]>([
    ['license', { license: 'Apache-2.0' }],
    ['license files', { licenseFiles: [{ path: 'COPYING', sha256: sha256('x') }] }],
    ['summary', { summary: 'another' }],
    ['limits', { limits: { memoryBytes: 1e9, timeMs: 5 } }],
    ['cpe and purl', { cpe: 'cpe:2.3:a:x:y:1:*:*:*:*:*:*:*', purl: 'pkg:generic/x@1' }],
    ['folder digest', { folderDigest: sha256('elsewhere') }],
  ])('%s are in no key', async (_what, change) => {
    expect(await changedSteps(await tinyWith('hello', () => change))).toEqual([]);
  });

  test.each<[string, Partial<Recipe>]>([
    ['epoch', { epochSeconds: 1 }],
    ['patches', { patches: [] }],
  ])('%s: equal content is an equal key, other content another', async (what, change) => {
    expect(await changedSteps(await tinyWith('hello', () => change))).toEqual(what === 'epoch' ? ['hello', 'root', ...EVERY_IMAGE].toSorted() : []);
  });

  test.each([['qemu-x86_64', OWN_CATALOG], ['tiny', TINY_CATALOG]])('what a definition names of the catalog is enough to plan it again: %s', async (target, root) => {
    const catalog = await catalogAt(root);
    const { definition, definitionDigest } = planOf(catalog, target);
    const named = <T>(all: ReadonlyMap<string, T>, names: readonly string[]): Map<string, T> => new Map([...all].filter(([name]) => names.includes(name)));
    const used: Catalog = {
      recipes: named(catalog.recipes, Object.keys(definition.recipes)), templates: named(catalog.templates, Object.keys(definition.templates)),
      boards: named(catalog.boards, [definition.target.board]), architectures: named(catalog.architectures, [definition.target.architecture]),
    };
    expect(planOf(used, target).definitionDigest).toBe(definitionDigest);
    if (root === OWN_CATALOG) expect(used.recipes.size).toBeLessThan(catalog.recipes.size);
  });

  test('every version of the engine is in the keys that it shapes', async () => {
    const catalog = await catalogAt(TINY_CATALOG);
    const before = keysOf(planOf(catalog, 'tiny'));
    const changed = (engine: Partial<typeof FIXED_ENGINE>): string[] => {
      const after = keysOf(planOf(catalog, 'tiny', { ...FIXED_ENGINE, ...engine }));
      return Object.keys(after).filter((id) => after[id] !== before[id]).toSorted();
    };
    const all = Object.keys(before).toSorted();
    expect(changed({ sandbox: sha256('another') })).toEqual(all);
    expect(changed({ stepRunner: Buffer.from('another') })).toEqual(all);
    expect(changed({ collectorVersion: 2 })).toEqual(all);
    expect(changed({ finalizeVersion: 2 })).toEqual(['root', ...EVERY_IMAGE].toSorted());
    expect(changed({ imageFormat: () => ({ writerVersion: '2', parameters: {}, finishedInSandbox: false }) })).toEqual(EVERY_IMAGE);
  });

  test('a configuration that resolves a kernel option again does not touch the compile', async () => {
    const catalog = await catalogAt(TINY_CATALOG);
    const redundant = { ...plainConfiguration('tiny'), packages: { 'tiny-kernel': { options: { config: { CONFIG_REDUNDANT: 'y' } } } } };
    const before = planOf(catalog, 'tiny');
    const after = planOf(catalog, redundant);
    expect(after.steps.get('tiny-kernel.config')!.planKey).not.toBe(before.steps.get('tiny-kernel.config')!.planKey);
    expect(after.steps.get('tiny-kernel')!.definition).toEqual(before.steps.get('tiny-kernel')!.definition);
  });
});

describe('action keys', () => {
  const tree = (text: string): Sha256 => sha256(text);

  test('an unchanged output of a need gives the same key, whatever made it', async () => {
    const step = planOf(await catalogAt(TINY_CATALOG), 'tiny').steps.get('hello')!;
    const outputs = (sysroot: string, target: string) => (): Record<string, Sha256> => ({ sysroot: tree(sysroot), target: tree(target), host: tree('h') });
    const key = actionKey(step.definition, step.needs, outputs('s', 't'));
    expect(actionKey(step.definition, step.needs, outputs('s', 'another target'))).toBe(key);
    expect(actionKey(step.definition, step.needs, outputs('another sysroot', 't'))).not.toBe(key);
  });

  test('an output that is not there is not the same as an empty one', async () => {
    const step = planOf(await catalogAt(TINY_CATALOG), 'tiny').steps.get('hello')!;
    expect(actionKey(step.definition, step.needs, () => ({}))).not.toBe(actionKey(step.definition, step.needs, () => ({ sysroot: tree('') })));
  });
});

describe('values in phases', () => {
  test.each(['; id', '$(id)', '`id`', "it's", '-rf', 'a\nb', String.raw`\'`, '"', ''])('the value %j reaches the shell as one word', (value) => {
    expect(shellQuoted(value).replaceAll(String.raw`'\''`, '')).toMatch(/^'[^']*'$/);
  });

  test('no value stands in a phase outside its assignment', async () => {
    const catalog = await catalogAt(TINY_CATALOG);
    const hostile = { ...plainConfiguration('tiny'), packages: { 'hello-lib': { options: { greeting: '$(touch /tmp/x); id' } } } };
    const step = planOf(catalog, hostile).steps.get('hello-lib')!;
    if (step.kind !== 'container') throw new TypeError('a recipe gives a container step');
    const text = [...step.blobs.values()].map((bytes) => Buffer.from(bytes).toString()).find((one) => one.includes('opt_greeting='))!;
    expect(text.startsWith("opt_greeting='$(touch /tmp/x); id'\n")).toBe(true);
  });
});
