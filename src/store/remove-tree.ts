import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

import { compareBytes } from '../foundation/order.ts';
import { unlessMissing } from './disk-fault.ts';

const SLASH = Buffer.from('/');

/**
 * Removes a directory whose names are any bytes and whose directories may be read-only (which only matters to
 * other users than root). Links are never followed. Gone already is fine: two processes may clear up at once.
 */
export function removeTree(path: string | Uint8Array): void {
  const bytes = Buffer.from(path as string);
  const stat = unlessMissing(() => lstatSync(bytes));
  if (stat === undefined) return;
  if (!stat.isDirectory()) { unlessMissing(() => unlinkSync(bytes)); return; }
  unlessMissing(() => chmodSync(bytes, 0o700));
  const names = unlessMissing(() => readdirSync(bytes, { encoding: 'buffer', withFileTypes: true })) ?? [];
  for (const entry of names.toSorted((a, b) => compareBytes(a.name, b.name))) {
    const child = Buffer.concat([bytes, SLASH, entry.name]);
    if (entry.isDirectory()) removeTree(child);
    else unlessMissing(() => unlinkSync(child));
  }
  unlessMissing(() => rmdirSync(bytes));
}
