import { canonicalText } from '../licensing/canonical-expression.ts';
import { LICENSE_LIST } from '../licensing/license-list.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import { matchesPattern } from '../licensing/policy-rules.ts';

export interface PatternProblem { message: string; suggestion?: string }

/** Why a pattern would never fit a license as it is printed in canonical form; undefined where it may. References are anybody's. */
export function patternProblem(pattern: string): PatternProblem | undefined {
  if (pattern.includes('Ref-') || pattern === 'NOASSERTION' || pattern === 'NONE') return undefined;
  if (!pattern.includes('*')) return textProblem(pattern);
  const [license = '', exception, ...others] = pattern.split(' WITH ');
  if (others.length > 0) return { message: 'WITH stands in it twice' };
  if (/\s/.test(license) || (exception !== undefined && /\s/.test(exception))) return { message: 'a license or an exception has no blanks in it' };
  // `GPL-*` may also stand for `GPL-2.0-only WITH some-exception`, for which the license alone is enough.
  const plus = license.endsWith('+');
  if (!canonicalIds().some((id) => matchesPattern(license, id) || (plus && matchesPattern(license, `${id}+`)))) return missing('license', license);
  if (exception === undefined || LICENSE_LIST.exceptionIds.some((id) => matchesPattern(exception, id))) return undefined;
  return missing('exception', exception);
}

/** A whole expression is a pattern too: what is said of a choice is said of all of it. */
function textProblem(text: string): PatternProblem | undefined {
  const { expression, problems } = parseExpression(text);
  if (expression === undefined) return { message: problems[0].message, ...(problems[0].suggestion === undefined ? {} : { suggestion: problems[0].suggestion }) };
  const canonical = canonicalText(expression);
  return canonical === text ? undefined : { message: 'licenses are compared in canonical form, which is another', suggestion: canonical };
}

function missing(what: string, pattern: string): PatternProblem {
  return { message: `no ${what} of the SPDX list ${LICENSE_LIST.version} fits ${JSON.stringify(pattern)}` };
}

let known: readonly string[] | undefined;

/** Deprecated ids are printed as what replaces them. */
function canonicalIds(): readonly string[] {
  known ??= [...new Set(LICENSE_LIST.licenseIds.map((id) => canonicalText({ kind: 'license', id, plus: false })))];
  return known;
}
