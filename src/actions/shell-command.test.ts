import { MemoryStore } from '../../tests/support/memory-store.ts';
import { catalogAt, planOf, TINY_CATALOG } from '../../tests/support/planning.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { actionKey } from '../plan/keys.ts';
import type { Plan } from '../plan/plan.ts';
import type { LocalStore, StoreUpkeep } from '../store/store.ts';
import { pathBytes } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { shellCommand } from './shell-command.ts';

const yard = { machine: { parallelSteps: 1, jobs: 2, memoryBytes: 2 ** 30 }, fetchSource: async () => undefined };
let plan: Plan;
beforeAll(async () => { plan = planOf(await catalogAt(TINY_CATALOG), 'tiny'); });

const asked = (step: string, store: MemoryStore): ReturnType<typeof shellCommand> =>
  shellCommand(step, { plan, targetName: 'tiny' }, { store: store as unknown as LocalStore & StoreUpkeep }, yard, new AbortController().signal);

/** As if these steps had run: each left one directory named after it in every output. */
async function built(store: MemoryStore, steps: readonly string[]): Promise<Map<string, Record<string, Sha256>>> {
  const outputs = new Map<string, Record<string, Sha256>>();
  const log = await store.putBlob(Buffer.from(''));
  for (const [id, { definition, needs }] of plan.steps) {
    if (!steps.includes(id)) continue;
    const tree = await store.putTree(makeTree([[pathBytes(id), { kind: 'directory', mode: 0o755, uid: 0, gid: 0 }]]));
    outputs.set(id, { sysroot: tree, host: tree, target: tree });
    await store.putAction(actionKey(definition, needs, (need) => outputs.get(need)!), { format: 1, outputs: outputs.get(id)!, log: log.sha256 });
  }
  return outputs;
}

describe('a shell at a step', () => {
  test('has the inputs that a build would give it', async () => {
    const store = new MemoryStore();
    const outputs = await built(store, ['tiny-toolchain', 'hello-lib', 'greeting-tool']);
    const command = await asked('hello', store);
    expect(command.label).toBe('hello');
    expect(command.sandbox).toBe(sha256('a sandbox'));
    expect(command.mounts.map(({ at }) => at)).toEqual(['/src', '/sysroot', '/host']);
    expect(command.mounts[1]!.trees).toEqual([outputs.get('tiny-toolchain')!['sysroot'], outputs.get('hello-lib')!['sysroot']]);
    expect(command.mounts[2]!.trees).toEqual([outputs.get('tiny-toolchain')!['host'], outputs.get('greeting-tool')!['host']]);
    expect(command.environment['JOBS']).toBe('2');
  });

  test('is refused before what it needs is built, naming all of it and the command that builds', async () => {
    const store = new MemoryStore();
    await built(store, ['tiny-toolchain']);
    await expect(asked('hello', store)).rejects.toMatchObject({
      code: 'ACTIONS.NEED_NOT_BUILT', details: { missing: ['greeting-tool', 'hello-lib'] }, hint: 'Run first: ./provenroot build tiny',
    });
  });

  test('needs nothing where the step needs nothing', async () => {
    expect((await asked('tiny-toolchain', new MemoryStore())).label).toBe('tiny-toolchain');
  });

  test.each([['helo', 'did you mean `hello`?'], ['root', 'Steps with a sandbox: ']])('is refused for %s, with the steps that there are', async (step, hint) => {
    await expect(asked(step, new MemoryStore())).rejects.toMatchObject({ code: 'ACTIONS.UNKNOWN_STEP', hint: expect.stringContaining(hint) });
  });
});
