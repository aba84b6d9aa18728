import { buildrootTerm } from './buildroot-terms.ts';
import { printExpression, type Expression } from './expression.ts';
import { closestId } from './expression-problem.ts';
import { LICENSE_LIST } from './license-list.ts';
import { parseExpression } from './parse-expression.ts';

/** What is worth knowing about the reading of a license string; nothing is concluded without one where the string is not plain. */
export interface PhraseFinding {
  severity: 'warning' | 'note';
  rule:
    | 'curated' | 'public-domain' | 'proprietary' | 'not-listed' | 'family' | 'unknown' | 'variable' | 'more-applies' | 'exception-not-named'
    | 'alternative-left-out' | 'comma-missing' | 'parentheses';
  /** The words of the string that it is about. */
  phrase: string;
  message: string;
  suggestion?: string;
}

/** `expression` is undefined where none can be stated; `more` where the phrase itself says that other licenses apply too. */
export interface PhraseReading { expression: Expression | undefined; more: boolean; findings: readonly PhraseFinding[] }

const reading = (expression: Expression | undefined, ...findings: PhraseFinding[]): PhraseReading => ({ expression, more: false, findings });

/** One license or a choice or sum of some, in the words of Buildroot's packages. */
export function readPhrase(phrase: string, packageName: string | undefined): PhraseReading {
  return curated(phrase, packageName) ?? variable(phrase) ?? listed(phrase)
    ?? joined(phrase, packageName, 'or') ?? joined(phrase, packageName, 'and') ?? inParentheses(phrase, packageName)
    ?? withException(phrase, packageName) ?? spaced(phrase, packageName) ?? unknown(phrase);
}

function curated(phrase: string, packageName: string | undefined): PhraseReading | undefined {
  const term = buildrootTerm(phrase, packageName);
  if (term === undefined) return undefined;
  const { expression: text, lacks, reason } = term;
  const { expression } = text === '' || text === 'NOASSERTION' ? { expression: undefined } : parseExpression(text);
  const finding = lacks === undefined
    ? { severity: 'note' as const, rule: 'curated' as const, phrase, message: reason }
    : { severity: 'warning' as const, rule: RULES[lacks], phrase, message: reason };
  return { expression, more: lacks === 'more-applies', findings: [finding] };
}

const RULES = {
  'public-domain': 'public-domain', proprietary: 'proprietary', 'not-listed': 'not-listed', family: 'family', 'more-applies': 'more-applies',
  exception: 'exception-not-named', unknown: 'unknown', alternative: 'alternative-left-out',
} as const;

function variable(phrase: string): PhraseReading | undefined {
  if (!phrase.includes('$')) return undefined;
  return reading(undefined, { severity: 'warning', rule: 'variable', phrase, message: `${JSON.stringify(phrase)} is a variable of make that was not expanded` });
}

/** Buildroot's own spelling is that of the list, with `+` for "or later"; case is not looked at. */
function listed(phrase: string): PhraseReading | undefined {
  if (/\s/.test(phrase)) return undefined;
  const { expression } = parseExpression(phrase);
  return expression === undefined || expression.kind === 'special' ? undefined : reading(expression);
}

/** Splits outside parentheses; "or" is tried first, so "and" binds tighter, as in SPDX. */
function joined(phrase: string, packageName: string | undefined, operator: 'or' | 'and'): PhraseReading | undefined {
  const operands = splitAtWord(phrase, operator);
  if (operands.length < 2) return undefined;
  const readings = operands.map((operand) => readPhrase(operand, packageName));
  const known = readings.flatMap(({ expression }) => (expression === undefined ? [] : [expression]));
  const findings = readings.flatMap((read) => read.findings);
  const more = readings.some((read) => read.more);
  if (known.length === readings.length) return { expression: known.length === 1 ? known[0]! : { kind: operator, operands: known }, more, findings };
  if (operator === 'and' || known.length === 0) return { expression: undefined, more, findings };
  // A choice may be taken without the choices that nobody can name.
  const leftOut: PhraseFinding = { severity: 'warning', rule: 'alternative-left-out', phrase, message: 'a choice that is no SPDX license was left out; those that remain are enough' };
  return { expression: known.length === 1 ? known[0]! : { kind: 'or', operands: known }, more, findings: [...findings, leftOut] };
}

function splitAtWord(phrase: string, word: string): string[] {
  const operands = [''];
  let depth = 0;
  for (const token of phrase.match(/[()]|[^\s()]+|\s+/g) ?? []) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (depth === 0 && token.toLowerCase() === word) operands.push('');
    else operands[operands.length - 1] += token;
  }
  return operands.map((operand) => operand.trim());
}

function inParentheses(phrase: string, packageName: string | undefined): PhraseReading | undefined {
  return phrase.startsWith('(') && phrase.endsWith(')') ? readPhrase(phrase.slice(1, -1).trim(), packageName) : undefined;
}

/** An exception without a name is left out: it only ever allows more, and to name one would be a guess. */
function withException(phrase: string, packageName: string | undefined): PhraseReading | undefined {
  const [base, addition, ...others] = splitAtWord(phrase, 'with');
  if (base === undefined || addition === undefined || others.length > 0) return undefined;
  const read = readPhrase(base, packageName);
  if (read.expression === undefined) return { ...read, expression: undefined };
  const { expression } = parseExpression(`${printExpression(read.expression)} WITH ${addition}`);
  if (expression !== undefined) return { ...read, expression };
  if (!/exceptions?\b/i.test(addition)) return undefined;
  const finding: PhraseFinding = {
    severity: 'warning', rule: 'exception-not-named', phrase,
    message: `which exception is meant is not said; ${printExpression(read.expression)} alone is never more than was granted`,
  };
  return { ...read, findings: [...read.findings, finding] };
}

/** Ids with nothing but space between them: somebody forgot the commas. */
function spaced(phrase: string, packageName: string | undefined): PhraseReading | undefined {
  const words = phrase.split(/\s+/);
  const readings = words.map((word) => curated(word, packageName) ?? listed(word));
  const expressions = readings.flatMap((read) => read?.expression ?? []);
  if (words.length < 2 || expressions.length < words.length) return undefined;
  return reading({ kind: 'and', operands: expressions }, ...readings.flatMap((read) => read?.findings ?? []), { severity: 'warning', rule: 'comma-missing', phrase, message: 'licenses stand side by side without a comma: read as if there were one' });
}

function unknown(phrase: string): PhraseReading {
  const suggestion = closestId(phrase, LICENSE_LIST.licenseIds);
  return reading(undefined, {
    severity: 'warning', rule: 'unknown', phrase, message: `${JSON.stringify(phrase.slice(0, 100))} is no license of the SPDX list ${LICENSE_LIST.version}, and nobody has written down what it means`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
