import type { Finding } from '../foundation/finding.ts';
import { isCoded, type Failure } from '../foundation/failure.ts';
import { presentError } from './present-error.ts';

export interface UserError { code: string; message: string; path: string[] }

/** What a mutation gave, or why the caller must change the request; what is not the caller's to mend is thrown on. */
export async function refusable<Payload extends object>(act: () => Promise<Payload>, empty: Payload): Promise<Payload & { userErrors: UserError[] }> {
  try {
    return { ...(await act()), userErrors: [] };
  } catch (error) {
    if (!isCoded(error) || error.name !== 'Failure' || presentError(error).http >= 500) throw error;
    return { ...empty, userErrors: userErrorsOf(error) };
  }
}

function userErrorsOf(failure: Failure): UserError[] {
  const findings = failure.details['findings'];
  if (Array.isArray(findings) && findings.length > 0) return (findings as Finding[]).map((finding) => fromFinding(failure.code, finding));
  const { message, hint, place } = presentError(failure);
  return [{ code: failure.code, message: `${message}. ${hint}`, path: place === undefined ? ['input'] : ['input', place] }];
}

function fromFinding(code: string, { path, line, message, suggestion }: Finding): UserError {
  const where = line > 0 ? `line ${line}: ` : '';
  return { code, message: `${where}${message}${suggestion === undefined ? '' : `; ${suggestion}`}`, path: ['input', path] };
}
