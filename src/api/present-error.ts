import { GraphQLError, type GraphQLFormattedError } from 'graphql';

import { ERRORS, type ErrorCode } from '../foundation/error-registry.ts';
import { isCoded } from '../foundation/failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { safeValue } from './safe-text.ts';

/** What a caller may know of an error: never a stack, a cause, or the words of a driver. */
export interface PublicError {
  code: ErrorCode;
  message: string;
  hint: string;
  place: string | undefined;
  http: number;
  /** All that is wrong with an input, where a check found it; at most a hundred. */
  findings?: readonly object[];
}

/** Reports what callers are not told. */
export interface ErrorLog { error(event: { requestId: string; error: unknown }): void }

export function presentError(error: unknown): PublicError {
  if (isCoded(error) && error.name !== 'Bug' && Object.hasOwn(ERRORS, error.code)) {
    const { http, remedy } = ERRORS[error.code];
    return { code: error.code, message: error.message, hint: error.hint ?? remedy, place: error.place, http, ...findingsOf(error) };
  }
  if (isUnreachableDatabase(error)) return plain('RECORDS.DATABASE_UNREACHABLE');
  if (isUnstorableValue(error)) return { ...plain('API.BAD_REQUEST'), message: 'a value is none that the record can hold' };
  return plain('FOUNDATION.BUG');
}

const MOST_FINDINGS = 100;

/** They quote the input. */
function findingsOf({ details }: { details?: Readonly<Record<string, unknown>> }): Pick<PublicError, 'findings'> {
  const findings = details?.['findings'];
  if (!Array.isArray(findings) || findings.length === 0) return {};
  return { findings: (findings as Finding[]).slice(0, MOST_FINDINGS).map((each) => safeValue({ ...each, severity: each.severity.toUpperCase() }) as object) };
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

/** SQLSTATE class 22: text with a NUL byte, a number out of range. Only values that a caller chose can be so. */
function isUnstorableValue(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && /^22[0-9A-Z]{3}$/.test(error.code);
}

/** One entry of `errors` of a GraphQL answer. */
export function presentGraphqlError(formatted: GraphQLFormattedError, original: unknown, requestId: string): GraphQLFormattedError {
  const cause = innermost(original);
  if (cause === undefined || cause === null || cause instanceof GraphQLError) return withCode(formatted, 'API.INVALID_DOCUMENT', requestId);
  const { code, message, hint, place, http, findings } = presentError(cause);
  const where = { ...(formatted.locations ? { locations: formatted.locations } : {}), ...(formatted.path ? { path: formatted.path } : {}) };
  // A value that its scalar refuses: graphql-js says which variable it stands in.
  const told = formatted.path === undefined && http < 500 ? formatted.message : message;
  return { message: told, ...where, extensions: { code, hint, requestId, ...(place === undefined ? {} : { place }), ...(findings === undefined ? {} : { findings }) } };
}

/** Through graphql-js' wrappers; it also wraps what is no `Error` of its own realm. */
function innermost(error: unknown): unknown {
  if (error instanceof GraphQLError && error.originalError !== undefined) return innermost(error.originalError);
  return typeof error === 'object' && error !== null && 'thrownValue' in error ? error.thrownValue : error;
}

/** Errors of parsing, validation and coercion: the sentence is graphql-js' own and tells about the document only. */
function withCode(formatted: GraphQLFormattedError, code: ErrorCode, requestId: string): GraphQLFormattedError {
  const { message, locations, path } = formatted;
  return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions: { code, hint: ERRORS[code].remedy, requestId } };
}
