import { mkdirSync, readFileSync, realpathSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Clock } from '../foundation/clock.ts';
import { Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { ActionFiles } from './action-files.ts';
import { DigestSums } from './digest-sums.ts';
import { told, toldLater, unlessMissing } from './disk-fault.ts';
import { layoutOf, STORE_FORMAT, type Layout } from './layout.ts';
import { DiskStore } from './disk-store.ts';
import { linkUnlessThere, ObjectFiles } from './object-files.ts';
import type { StoreParts } from './parts.ts';
import { syncDirectory } from './syncing.ts';
import type { LocalStore, StoreUpkeep } from './store.ts';
import { removeDeadWriters, Temporaries } from './temporaries.ts';
import { thisWriter } from './writer.ts';

interface LocalStoreDeps {
  /** Real time: it is compared with the times of files. */
  clock: Clock;
}

/** Opens the store below `root`, making it where it is not there; any number of processes may do so at once. */
export async function openLocalStore(root: string, deps: LocalStoreDeps): Promise<LocalStore & StoreUpkeep> {
  return await toldLater('opening the store', async () => {
    mkdirSync(root, { recursive: true });
    const layout = layoutOf(realpathSync(root));
    if (readFormat(layout) === undefined) await makeStore(layout);
    checkFormat(layout);
    removeDeadWriters(layout.tmp);
    return new DiskStore(assemble(layout, deps.clock));
  });
}

function assemble(layout: Layout, clock: Clock): StoreParts {
  const writer = thisWriter();
  const tmp = new Temporaries(layout.tmp, writer);
  const shared = { tmp, quarantine: layout.quarantine };
  return {
    layout, tmp, writer, clock,
    blobs: new ObjectFiles('blob', { home: layout.blobs, ...shared }, clock),
    nodes: new ObjectFiles('node', { home: layout.trees, ...shared }, clock),
    actions: new ActionFiles({ home: layout.actions, ...shared }, clock),
    sums: new DigestSums(layout.sums),
  };
}

function readFormat(layout: Layout): string | undefined {
  return unlessMissing(() => readFileSync(layout.format, 'latin1'));
}

function checkFormat(layout: Layout): void {
  const format = readFormat(layout);
  if (format === STORE_FORMAT) return;
  throw new Failure('STORE.FORMAT', `the store is of format ${JSON.stringify(format)}, this version reads ${JSON.stringify(STORE_FORMAT)}`);
}

/** Killed in the middle it is made again: `format` comes last, and every step before it may be repeated. */
async function makeStore(layout: Layout): Promise<void> {
  const { blobs, trees, actions, sums, checkouts, checkoutBodies, tmp, quarantine } = layout;
  for (const home of [blobs, trees, actions, sums, checkouts, checkoutBodies, tmp, quarantine]) {
    mkdirSync(home, { recursive: true });
    for (let parent = dirname(home); parent.startsWith(layout.root); parent = dirname(parent)) await syncDirectory(parent);
  }
  const temporary = join(layout.root, `format.${uniqueName()}`);
  told('making the store', () => writeFileSync(temporary, STORE_FORMAT, { flag: 'wx', flush: true }));
  linkUnlessThere(temporary, layout.format);
  unlinkSync(temporary);
  await syncDirectory(layout.root);
}
