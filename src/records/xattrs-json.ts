import { sortedEntries } from '../foundation/order.ts';
import type { Xattrs } from '../tree/entry.ts';

/** Values in hexadecimal: JSON in Postgres holds no NUL. */
export function xattrsJson(xattrs: Xattrs | undefined): string | null {
  if (xattrs === undefined) return null;
  return JSON.stringify(Object.fromEntries(sortedEntries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('hex')])));
}
