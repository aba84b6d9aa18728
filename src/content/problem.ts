import { isReadFailure } from '../bytes/read-failure.ts';

/** A part of a file that could not be read; the rest was. */
export interface ContentProblem {
  /** `BYTES.DAMAGED`, `BYTES.TRUNCATED`, `BYTES.LIMIT` or `BYTES.UNSUPPORTED`. */
  code: string;
  message: string;
}

/** Many parts of one file can be broken; the first ones say enough. */
const MOST_PROBLEMS = 20;

/** What `read` gives; where the input is at fault, undefined and a problem more. */
export function tolerate<T>(problems: ContentProblem[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    const told = problems.some(({ message }) => message === error.message);
    if (!told && problems.length < MOST_PROBLEMS) problems.push({ code: error.code, message: error.message });
    return undefined;
  }
}
