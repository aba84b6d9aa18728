import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../foundation/clock.ts';
import { sha256 } from '../foundation/digest.ts';
import { pathBytes } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { isolatedActions } from './isolated-actions.ts';
import { openLocalStore } from './open-local-store.ts';
import type { ActionResult, LocalStore } from './store.ts';

const KEY = sha256('an action');
let directory: string;
let store: LocalStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isolated-'));
  store = await openLocalStore(directory, { clock: systemClock });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function resultOf(text: string): Promise<ActionResult> {
  const { sha256: digest, sizeBytes } = await store.putBlob(Buffer.from(text));
  const tree = await store.putTree(makeTree([[pathBytes('out'), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: digest, sizeBytes }]]));
  return { format: 1, outputs: { target: tree }, log: digest };
}

describe('a store whose known results are out of sight', () => {
  test('takes no standing result', async () => {
    await store.putAction(KEY, await resultOf('first'));
    expect(await isolatedActions(store).getAction(KEY)).toBeUndefined();
  });

  test('hands its own result on where it differs from the standing one, which stays as it is', async () => {
    const first = await resultOf('first');
    const other = await resultOf('other');
    await store.putAction(KEY, first);
    const isolated = isolatedActions(store);
    expect(await isolated.putAction(KEY, other)).toEqual({ standing: other, equal: false });
    expect(await isolated.getAction(KEY)).toEqual(other);
    expect(await store.getAction(KEY)).toEqual(first);
  });

  test('says that a result equal to the standing one is equal', async () => {
    const first = await resultOf('first');
    await store.putAction(KEY, first);
    expect((await isolatedActions(store).putAction(KEY, first)).equal).toBe(true);
  });
});
