import { statSync } from 'node:fs';

import { errorCodeOf } from '../foundation/failure.ts';

/** Through links. Of what is not there, false: whoever opens it says why. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    return false;
  }
}
