import { sortFindings, type Finding } from '../foundation/finding.ts';
import type { Component } from '../inventory/inventory.ts';
import { checkTextIdentity } from '../licensing/check-license-text.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { LicenseText, LicenseTexts } from './license-texts.ts';
import type { TextIdentities } from './text-identity.ts';

/** What findings about license texts are called, and what to do. */
export const TEXT_RULES = {
  'text-changed': 'Read what has changed; then state the new digest in the recipe, and its license if that is another.',
  'text-missing': 'The license file has moved or gone: look where the license stands now, and correct the recipe.',
  'text-not-captured': 'The sources were not looked into; what is said of the text is what the recipe says.',
  'text-not-declared': 'Declare it too, or conclude what the package is really under.',
  'text-reflowed': 'State the new digest in the recipe.',
  'text-unknown': 'Read it: its terms are known to nobody here.',
} as const;

/** About the license texts of everything that has some; of what is not shipped all of it is worth a note only. Sorted. */
export function textFindings(components: readonly Component[], texts: LicenseTexts, shipped: ReadonlySet<string>, identities: TextIdentities): Finding[] {
  return sortFindings(components.flatMap((one) => findingsOf(one, texts.get(one.name), identities).map((finding) => (shipped.has(one.ref) ? finding : { ...finding, severity: 'note' as const }))));
}

function findingsOf(one: Component, captured: readonly LicenseText[] | undefined, identities: TextIdentities): Finding[] {
  const { licenses: { files, declared, concluded } } = one;
  const finding = (rule: keyof typeof TEXT_RULES, severity: Finding['severity'], message: string): Finding =>
    ({ severity, path: `recipes/${one.name}/recipe.yaml`, line: 0, rule, message: `${one.name}: ${message}`, suggestion: TEXT_RULES[rule] });
  if (captured === undefined) return files.length === 0 ? [] : [finding('text-not-captured', 'note', 'its license texts were not captured')];
  const { expression } = parseExpression(concluded ?? declared ?? '');
  return [
    ...files.filter(({ path }) => !captured.some((text) => text.path === path)).map(({ path }) => finding('text-missing', 'warning', `${path} is not in its sources`)),
    ...captured.filter(({ sha256, declaredSha256 }) => declaredSha256 !== undefined && declaredSha256 !== sha256)
      .map(({ path, sha256, declaredSha256 }) => finding('text-changed', 'warning', `${path} has the sha256 ${sha256}, its recipe states ${declaredSha256}`)),
    ...captured.flatMap((text) => {
      const matches = identities.matches(text);
      if (matches === undefined || expression === undefined) return [];
      return checkTextIdentity(text.path, matches, expression).map(({ rule, severity, message }) => finding(rule, severity, message));
    }),
  ];
}
