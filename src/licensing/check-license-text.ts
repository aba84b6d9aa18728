import { leavesOf, type Expression } from './expression.ts';
import { canonicalExpression } from './canonical-expression.ts';
import { matchLicenseText, type TextMatch } from './match-license-text.ts';
import { licenseTextDigest } from './normalize-license-text.ts';

export interface LicenseTextFinding {
  severity: 'warning' | 'note';
  rule: 'text-changed' | 'text-reflowed' | 'text-not-declared' | 'text-unknown';
  message: string;
}

interface CheckedText {
  /** Of the license file in the sources: the name under which it was known. */
  path: string;
  text: string;
  declared: Expression;
  /** The text that stood under the same name in the version before, where there was one. */
  before: string | undefined;
  /** Where it was matched already. */
  matches?: readonly TextMatch[];
}

/** As like as this, a text is taken for the license though words differ. */
const ALIKE = 0.95;

/** What a person should look at before a license text is believed. */
export function checkLicenseText({ path, text, declared, before, matches = matchLicenseText(text) }: CheckedText): LicenseTextFinding[] {
  return [...(before === undefined ? [] : changes(path, before, text)), ...checkTextIdentity(path, matches, declared)];
}

function changes(path: string, before: string, text: string): LicenseTextFinding[] {
  if (before === text) return [];
  return licenseTextDigest(before) === licenseTextDigest(text)
    ? [{ severity: 'note', rule: 'text-reflowed', message: `${path} has other bytes than before, and the same words` }]
    : [{ severity: 'warning', rule: 'text-changed', message: `${path} has other words than before under the same name` }];
}

/** Whether a text that was matched is one that is declared. */
export function checkTextIdentity(path: string, matches: readonly TextMatch[], declared: Expression): LicenseTextFinding[] {
  const best = matches.find(({ exact, similarity }) => exact || similarity >= ALIKE);
  if (best === undefined) return [{ severity: 'note', rule: 'text-unknown', message: `${path} is like no single license of the SPDX list${spelledParts(matches)}` }];
  const names = leavesOf(canonicalExpression(declared)).map((leaf) => (leaf.kind === 'with' ? leaf.license : leaf)).flatMap((leaf) => (leaf.kind === 'license' ? [leaf.id] : []));
  if (best.ids.some((id) => names.includes(id))) return [];
  return [{ severity: 'warning', rule: 'text-not-declared', message: `${path} is ${spelled(best)}, which the declared license does not name` }];
}

function spelled({ ids, exact, similarity }: TextMatch): string {
  return `${exact ? '' : `as good as (${similarity.toFixed(2)}) `}the text of ${ids[0]}`;
}

function spelledParts(matches: readonly TextMatch[]): string {
  const whole = matches.filter(({ contained }) => contained >= ALIKE).map(({ ids }) => ids[0]!);
  return whole.length === 0 ? '' : `; it holds more than the text of ${whole.join(', ')}`;
}
