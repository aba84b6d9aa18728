import { GraphQLError, type GraphQLFormattedError } from 'graphql';

import { ERRORS, type ErrorCode } from '../foundation/error-registry.ts';
import { isCoded } from '../foundation/failure.ts';

/** What a caller may know of an error: never a stack, a cause, or the words of a driver. */
export interface PublicError {
  code: ErrorCode;
  message: string;
  hint: string;
  place: string | undefined;
  http: number;
}

/** Reports what callers are not told. */
export interface ErrorLog { error(event: { requestId: string; error: unknown }): void }

export function presentError(error: unknown): PublicError {
  if (isCoded(error) && error.name !== 'Bug' && Object.hasOwn(ERRORS, error.code)) {
    const { http, remedy } = ERRORS[error.code];
    return { code: error.code, message: error.message, hint: error.hint ?? remedy, place: error.place, http };
  }
  if (isUnreachableDatabase(error)) return plain('RECORDS.DATABASE_UNREACHABLE');
  return plain('FOUNDATION.BUG');
}

/** True for what is ours or the world's to mend: it belongs in the log. */
export function isInternal(error: unknown): boolean {
  return presentError(error).http >= 500;
}

function plain(code: ErrorCode): PublicError {
  const { http, summary, remedy } = ERRORS[code];
  return { code, message: summary, hint: remedy, place: undefined, http };
}

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03', '08001', '08006']);

function isUnreachableDatabase(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (typeof code === 'string' && CONNECTION_CODES.has(code))
    || (typeof message === 'string' && /^(Connection terminated|timeout exceeded when trying to connect)/.test(message));
}

/** One entry of `errors` of a GraphQL answer. */
export function presentGraphqlError(formatted: GraphQLFormattedError, original: unknown, requestId: string): GraphQLFormattedError {
  const cause = original instanceof GraphQLError ? original.originalError : original;
  if (cause === undefined || cause === null || cause instanceof GraphQLError) return withCode(formatted, 'API.INVALID_DOCUMENT', requestId);
  const { code, message, hint, place } = presentError(cause);
  const where = { ...(formatted.locations ? { locations: formatted.locations } : {}), ...(formatted.path ? { path: formatted.path } : {}) };
  return { message, ...where, extensions: { code, hint, requestId, ...(place === undefined ? {} : { place }) } };
}

/** Errors of parsing, validation and coercion: the sentence is graphql-js' own and tells about the document only. */
function withCode(formatted: GraphQLFormattedError, code: ErrorCode, requestId: string): GraphQLFormattedError {
  const { message, locations, path } = formatted;
  return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions: { code, hint: ERRORS[code].remedy, requestId } };
}
