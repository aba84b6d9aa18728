import { ROOT_PATH } from '../tree/entry.ts';
import type { Change } from './comparison.ts';

/** Two files that are no trees: all that differs is in the one change. */
export function isWhole({ place, path, classes, before, after }: Change): boolean {
  return place === '' && path === ROOT_PATH && classes.includes('content') && before === undefined && after === undefined;
}
