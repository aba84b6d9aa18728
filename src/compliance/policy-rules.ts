/** What a policy file is checked for beyond its schema, by id; `docs/policy-format.md` lists them. */
export const POLICY_RULES = {
  'bad-category': 'A category is given for what is no license reference. Licenses of the SPDX list have theirs; name a `LicenseRef-`.',
  'bad-choice': 'A choice takes what is not offered, or one of its texts is no SPDX expression. Write both as the license report shows them.',
  'bad-date': 'A day is not one of the calendar. Write YYYY-MM-DD.',
  'package-pattern': 'An exception or a choice names a package by a pattern. Name each package, so that a new one is looked at.',
  'repeated-id': 'Two rules or two exceptions have one id. Give each its own: reports refer to them.',
  'rule-not-reached': 'An earlier rule fits everything, so this one never decides. Move it up, or use `otherwise` in place of the earlier one.',
  'too-many-patterns': 'A policy has more patterns than are looked at. Use categories, or patterns that fit more.',
  'unknown-license': 'A pattern fits no license of the SPDX list in canonical form, so it would never do anything. Correct it; deprecated ids stand for those that replace them.',
} as const satisfies Readonly<Record<string, string>>;

export type PolicyRuleId = keyof typeof POLICY_RULES;
