import type { AdditionRef, Exception, License, LicenseRef, SpecialLicense } from './expression.ts';
import { closestId, quotedWord, type ExpressionProblem } from './expression-problem.ts';
import type { LicenseList } from './license-list.ts';
import type { Token } from './tokens.ts';

const REFERENCE = /^(?:DocumentRef-([A-Za-z0-9.-]+):)?(LicenseRef|AdditionRef)-([A-Za-z0-9.-]+)$/;
const LOOKS_LIKE_REFERENCE = /^(documentref|licenseref|additionref)-/i;

type Simple = License | LicenseRef | SpecialLicense;

/** A value, or why there is none. */
type Read<T> = { value: T } | { problem: ExpressionProblem };

const problemAt = ({ at, text }: Token, rule: ExpressionProblem['rule'], message: string, suggestion?: string): { problem: ExpressionProblem } =>
  ({ problem: { rule, at, length: text.length, message, ...(suggestion === undefined ? {} : { suggestion }) } });

export function readSimple(token: Token, list: LicenseList): Read<Simple> {
  const { text } = token;
  const upper = text.toUpperCase();
  if (upper === 'NONE' || upper === 'NOASSERTION') return { value: { kind: 'special', id: upper } };
  if (LOOKS_LIKE_REFERENCE.test(text)) return readReference(token, 'LicenseRef');
  return readListed(token, list);
}

function readListed(token: Token, list: LicenseList): Read<License> {
  const { text } = token;
  const listed = list.license(text);
  if (listed !== undefined) return { value: { kind: 'license', id: listed.id, plus: false } };
  const earlier = text.endsWith('+') ? list.license(text.slice(0, -1)) : undefined;
  if (earlier !== undefined) return { value: { kind: 'license', id: earlier.id, plus: true } };
  const exception = list.exception(text);
  if (exception !== undefined) return problemAt(token, 'misplaced-exception', `${quotedWord(text)} is an exception: it stands after a license and WITH`);
  return problemAt(token, 'unknown-license', `${quotedWord(text)} is no license of the SPDX list ${list.version}`, closestId(text, list.licenseIds));
}

export function readAddition(token: Token, list: LicenseList): Read<Exception | AdditionRef> {
  const { text } = token;
  if (LOOKS_LIKE_REFERENCE.test(text)) return readReference(token, 'AdditionRef');
  const listed = list.exception(text);
  if (listed !== undefined) return { value: { kind: 'exception', id: listed.id } };
  return problemAt(token, 'unknown-exception', `${quotedWord(text)} is no exception of the SPDX list ${list.version}`, closestId(text, list.exceptionIds));
}

function readReference(token: Token, expected: 'LicenseRef'): Read<LicenseRef>;
function readReference(token: Token, expected: 'AdditionRef'): Read<AdditionRef>;
function readReference(token: Token, expected: 'LicenseRef' | 'AdditionRef'): Read<LicenseRef | AdditionRef> {
  const found = REFERENCE.exec(token.text);
  if (found?.[2] !== expected) {
    return problemAt(token, 'reference-form', `${quotedWord(token.text)}: write \`${expected}-\`, or \`DocumentRef-…:${expected}-\`, in this case, then letters, digits, \`.\` and \`-\``);
  }
  return { value: { kind: expected === 'LicenseRef' ? 'license-ref' : 'addition-ref', document: found[1], name: found[3]! } };
}
