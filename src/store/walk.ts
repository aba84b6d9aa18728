import { lstatSync, readdirSync, type Stats } from 'node:fs';

import { compareBytes } from '../foundation/order.ts';
import { unlessMissing } from './disk-fault.ts';

const SLASH = Buffer.from('/');

/** What stands at and below a path, whose names may be any bytes; what vanishes meanwhile is left out. */
export function* statsBelow(path: string | Uint8Array): Generator<Stats> {
  const bytes = Buffer.from(path as string);
  const stat = unlessMissing(() => lstatSync(bytes));
  if (stat === undefined) return;
  yield stat;
  if (!stat.isDirectory()) return;
  const names = unlessMissing(() => readdirSync(bytes, { encoding: 'buffer' })) ?? [];
  for (const name of names.toSorted(compareBytes)) yield* statsBelow(Buffer.concat([bytes, SLASH, name]));
}

/** Each inode once. */
export function sizeBelow(path: string): number {
  const inodes = new Map<number, number>();
  for (const stat of statsBelow(path)) if (stat.isFile()) inodes.set(stat.ino, stat.size);
  return [...inodes.values()].reduce((sum, size) => sum + size, 0);
}

/** When anything there was last written or put there, milliseconds since 1970. */
export function newestBelow(path: string): number {
  let newest = 0;
  for (const stat of statsBelow(path)) newest = Math.max(newest, stat.ctimeMs);
  return newest;
}
