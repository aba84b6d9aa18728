import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';

import { Failure } from '../foundation/failure.ts';
import { unlessMissing } from './disk-fault.ts';
import { linkUnlessThere } from './object-files.ts';
import type { StoreParts } from './parts.ts';
import { lifeOf } from './writer.ts';

/** Two collectors would not harm objects, but each would report what the other deleted. */
export async function withGcLock<T>(parts: StoreParts, work: () => Promise<T>): Promise<T> {
  takeLock(parts);
  try {
    return await work();
  } finally {
    unlessMissing(() => unlinkSync(parts.layout.gcLock));
  }
}

function takeLock(parts: StoreParts): void {
  const mine = parts.tmp.newPath();
  writeFileSync(mine, parts.writer.name, { flag: 'wx' });
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      // Linked, not created: a lock file is never seen without its holder's name in it.
      if (linkUnlessThere(mine, parts.layout.gcLock)) return;
      if (!isLeftBehind(parts)) break;
    }
  } finally {
    unlinkSync(mine);
  }
  throw new Failure('STORE.BUSY', 'another gc of this store is under way', { place: parts.layout.gcLock });
}

/** Of a holder that was killed. Taken away by rename: of two that try, one succeeds. */
function isLeftBehind(parts: StoreParts): boolean {
  const holder = unlessMissing(() => readFileSync(parts.layout.gcLock, 'latin1'));
  if (holder === undefined) return true;
  // After a reboot no holder can be alive.
  if (lifeOf(holder) !== 'dead' && holder.startsWith(`${parts.writer.boot}.`)) return false;
  const aside = parts.tmp.newPath();
  unlessMissing(() => { renameSync(parts.layout.gcLock, aside); unlinkSync(aside); });
  return true;
}
