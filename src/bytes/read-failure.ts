import { Failure, isCoded } from '../foundation/failure.ts';

/** Bytes contradict their own format. `place` names what is wrong in the input's words: `inode 12`, `entry 3 "a/b"`. */
export function damaged(place: string, why: string, cause?: unknown): never {
  throw new Failure('BYTES.DAMAGED', `${place} ${why}`, { place, cause });
}

/** Well-formed as far as is known, but not read: the message names the feature. */
export function unsupported(place: string, what: string): never {
  throw new Failure('BYTES.UNSUPPORTED', `${place}: ${what} is not read`, { place, details: { feature: what } });
}

export function truncated(place: string, why: string): never {
  throw new Failure('BYTES.TRUNCATED', `${place} ${why}`, { place });
}

export function overLimit(place: string, why: string, limit: number, found: number): never {
  throw new Failure('BYTES.LIMIT', `${place} ${why}`, { place, details: { limit, found } });
}

const CODES = new Set(['BYTES.DAMAGED', 'BYTES.UNSUPPORTED', 'BYTES.TRUNCATED', 'BYTES.LIMIT', 'TREE.BAD_ENTRY']);

/** The input's fault, as opposed to the disk's or ours. */
export function isReadFailure(error: unknown): error is Failure {
  return isCoded(error) && error.name === 'Failure' && CODES.has(error.code);
}
