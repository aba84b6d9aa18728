import { displayPath, type PathBytes } from '../tree/entry.ts';

/** An entry, as failures and findings name it. */
export function placeOf(path: PathBytes): string {
  return `"/${displayPath(path.slice(0, 256) as PathBytes)}"`;
}
