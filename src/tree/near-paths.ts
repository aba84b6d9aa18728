import { distance } from 'fastest-levenshtein';

import { compareText } from '../foundation/order.ts';
import { nameOf, type PathBytes } from './entry.ts';

const MOST = 5;

/** Of absolute paths those that may have been meant: the same name elsewhere first, then what differs by few letters. */
export function nearPaths(asked: string, paths: readonly string[]): string[] {
  const absolute = asked.startsWith('/') ? asked : `/${asked}`;
  const name = nameOf(absolute as PathBytes);
  const limit = Math.max(2, Math.floor(absolute.length / 4));
  const close = paths.flatMap((path) => {
    const letters = Math.abs(path.length - absolute.length) > limit ? Infinity : distance(path, absolute);
    const same = name !== '' && nameOf(path as PathBytes) === name;
    return same || letters <= limit ? [{ path, rank: same ? 0 : letters }] : [];
  });
  return close.toSorted((a, b) => a.rank - b.rank || compareText(a.path, b.path)).slice(0, MOST).map(({ path }) => path);
}
