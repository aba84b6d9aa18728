import type { ErrorCode } from './error-registry.ts';

/** What every error of ours carries. `message` and `hint` may reach a user, `cause` never does. */
interface Told {
  /** What to do about it, one sentence. */
  hint?: string;
  /** Where: a file, a line, a configuration path, a step. */
  place?: string;
  cause?: unknown;
  /** Machine-readable facts (expected, found, candidates …). */
  details?: Record<string, unknown>;
}

abstract class CodedError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, told: Told = {}) {
    super(message, told.cause === undefined ? undefined : { cause: told.cause });
    this.code = code;
    this.hint = told.hint;
    this.place = told.place;
    this.details = told.details ?? {};
  }
}

/** Expected: the input or the state of things says no. Never retried. */
export class Failure extends CodedError {
  override readonly name = 'Failure';
}

/** The outside world failed us: engine, network, disk. */
export class Fault extends CodedError {
  override readonly name = 'Fault';
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, told: Told & { retryable?: boolean } = {}) {
    super(code, message, told);
    this.retryable = told.retryable ?? false;
  }
}

/** Ours: a broken invariant. Caught only in `main`. */
export class Bug extends CodedError {
  override readonly name = 'Bug';

  constructor(message: string, told: Told = {}) {
    super('FOUNDATION.BUG', message, told);
  }
}

/** Branches on the shape, not on `instanceof`: under a test realm, classes can differ. */
export function isCoded(error: unknown): error is Failure | Fault | Bug {
  return typeof error === 'object' && error !== null && 'code' in error && 'name' in error
    && (error.name === 'Failure' || error.name === 'Fault' || error.name === 'Bug');
}

/** The `code` of a node system error (`ENOENT` …) or of one of ours; undefined for anything else. */
export function errorCodeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
