import { buildrootTerm } from './buildroot-terms.ts';
import { canonicalExpression, canonicalText } from './canonical-expression.ts';
import { printExpression, type Expression } from './expression.ts';
import { readPhrase, type PhraseFinding, type PhraseReading } from './license-phrase.ts';
import { splitLicenseString } from './split-license-string.ts';

export interface NormalizedLicense {
  /** SPDX, in canonical form; NOASSERTION where a part of the string has no expression. */
  expression: string;
  /** False where the string itself says that other licenses apply too. */
  complete: boolean;
  /** The parts of the string in their order, each with the component it is about. */
  scopes: readonly { scope: string | undefined; expression: string }[];
  findings: readonly PhraseFinding[];
}

/** Longer strings are not read; the longest of Buildroot has 1,300 characters. */
const MAX_LENGTH = 8_192;

/**
 * A license string as Buildroot's packages carry it, as SPDX. The conventions stand in docs/buildroot-licenses.md; what they leave open is
 * looked up in a table that people wrote, or becomes a finding. `packageName` decides where one phrase means different things.
 */
export function normalizeBuildrootLicense(text: string, packageName?: string): NormalizedLicense {
  if (text.length > MAX_LENGTH) return nothing({ severity: 'warning', rule: 'unknown', phrase: text.slice(0, 64), message: `the string has ${text.length} characters; at most ${MAX_LENGTH} are read` });
  const whole = text.trim().replaceAll(/\s+/g, ' ');
  const { pieces, balanced } = splitLicenseString(whole, (part) => buildrootTerm(part, packageName) !== undefined);
  if (!balanced) return nothing({ severity: 'warning', rule: 'parentheses', phrase: whole.slice(0, 64), message: 'parentheses do not match, or are nested too deep: where a component ends cannot be told' });
  if (pieces.length === 0) return nothing({ severity: 'warning', rule: 'unknown', phrase: '', message: 'there is no license in it' });
  const readings = pieces.map(({ phrase, scope }) => ({ scope, read: readPhrase(phrase, packageName) }));
  return {
    expression: combined(readings.map(({ read }) => read)),
    complete: !readings.some(({ read }) => read.more),
    scopes: readings.filter(({ read }) => !saysOnlyMore(read)).map(({ scope, read: { expression } }) => ({
      scope, expression: expression === undefined ? 'NOASSERTION' : printExpression(canonicalExpression(expression)),
    })),
    findings: once(readings.flatMap(({ read }) => read.findings)),
  };
}

/** A part that names no license but says that there are others. */
function saysOnlyMore({ expression, more }: PhraseReading): boolean {
  return more && expression === undefined;
}

function combined(readings: readonly PhraseReading[]): string {
  const stated = readings.filter((read) => !saysOnlyMore(read));
  const expressions = stated.flatMap(({ expression }): Expression[] => (expression === undefined ? [] : [expression]));
  if (stated.length === 0 || expressions.length < stated.length) return 'NOASSERTION';
  return expressions.length === 1 ? canonicalText(expressions[0]!) : canonicalText({ kind: 'and', operands: expressions });
}

function nothing(finding: PhraseFinding): NormalizedLicense {
  return { expression: 'NOASSERTION', complete: true, scopes: [], findings: [finding] };
}

function once(findings: readonly PhraseFinding[]): PhraseFinding[] {
  return [...new Map(findings.map((finding) => [`${finding.rule} ${finding.phrase}`, finding])).values()];
}
