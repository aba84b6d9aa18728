import { z } from 'zod';

import { described, format, sha256, summary, text } from '../catalog/field-schemas.ts';
import type { LicenseCategory } from '../licensing/license-category.ts';
import type { Effect, Linkage } from '../licensing/linkage.ts';
import type { Verdict } from '../licensing/policy.ts';

const CATEGORIES = ['public-domain', 'permissive', 'weak-copyleft', 'strong-copyleft', 'network-copyleft', 'restricted', 'non-commercial', 'proprietary', 'unstated'] as const satisfies readonly LicenseCategory[];
const LINKAGES = ['file', 'static', 'dynamic', 'kernel-module', 'build-only'] as const satisfies readonly Linkage[];
const EFFECTS = ['none', 'notice', 'own-source', 'whole', 'restricted'] as const satisfies readonly Effect[];
const VERDICTS = ['allow', 'review', 'deny'] as const satisfies readonly Verdict[];

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and `-`, at most 64, a letter or digit first');
const pattern = z.string().regex(/^[!-~]([ -~]{0,198}[!-~])?$/, 'must be 1 to 200 printable characters without a blank at either end');
const patterns = z.array(pattern).min(1).max(1000);
const reason = text.regex(/\S/, 'must say something');
const verdict = z.enum(VERDICTS);
const category = z.enum([...CATEGORIES, 'unknown']);
const linkages = z.array(z.enum(LINKAGES)).min(1).max(LINKAGES.length);

const rule = z.strictObject({
  id: described(id, 'Short and stable: reports refer to it.'),
  verdict: described(verdict, 'What holds where everything that the rule names fits.'),
  licenses: described(patterns.optional(), 'Patterns over a license in canonical form, with its exception: `GPL-3.0-*`, `* WITH Classpath-exception-2.0`. `*` is any text, also that of an exception.'),
  categories: described(z.array(category).min(1).max(10).optional(), 'What the license asks for; `unknown` is NOASSERTION and references that no category is given for.'),
  linkages: described(linkages.optional(), 'How the work comes into what is shipped.'),
  effects: described(z.array(z.enum(EFFECTS)).min(1).max(EFFECTS.length).optional(), 'How far its terms go in that linkage; `whole` is to all that it is linked into.'),
  into: described(z.array(category).min(1).max(10).optional(), 'Categories of what it is linked into; fits only where it is linked into something.'),
  packages: described(patterns.optional(), 'Patterns over the name of the package.'),
  reason: described(reason, 'Stands in every violation of the rule.'),
});

const exception = z.strictObject({
  id: described(id, 'Short and stable: reports refer to it.'),
  package: described(pattern, 'Name of the package, without patterns.'),
  license: described(pattern, 'Pattern over a license in canonical form.'),
  linkages: described(linkages.optional(), 'Everywhere without it.'),
  reason: described(reason, 'Why it may pass.'),
  expires: described(z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'must be a day, YYYY-MM-DD').optional(), 'The last day (UTC) on which it holds; the day after, what it let pass is back.'),
});

const choice = z.strictObject({
  package: described(pattern, 'Name of the package.'),
  offered: described(pattern, 'The license that is declared, an SPDX expression with OR in it.'),
  chosen: described(pattern, 'Which of it is taken.'),
  license_text: described(sha256, 'Digest of the license texts, as the license report shows it; with other texts the choice has to be made anew.'),
  by: described(summary, 'Who chose.'),
  reason: described(reason, 'Why.'),
});

export const policySchema = z.strictObject({
  format,
  name: described(summary, 'Name of the policy, as reports show it.'),
  base: described(z.enum(['default', 'none']).default('default'), 'Rules that hold where none of the file\'s fits: those of Provenroot, or none.'),
  otherwise: described(verdict.default('allow'), 'What holds where no rule fits.'),
  require_choice: described(z.boolean().default(false), 'An open choice is for review, though one of its licenses would be allowed.'),
  rules: described(z.array(rule).max(1000).default([]), 'In order: the first that fits decides.'),
  exceptions: described(z.array(exception).max(1000).default([]), 'Let pass what the rules do not.'),
  choices: described(z.array(choice).max(1000).default([]), 'Which license of an OR is taken, where no decision is on record.'),
  categories: described(z.record(pattern, z.enum(CATEGORIES)).default({}), 'Categories of licenses that are not on the SPDX list, by reference: `LicenseRef-acme-eula`.'),
  findings: described(z.strictObject({
    text_changed: described(verdict.default('review'), 'A license text is another than the recipe states.'),
    text_missing: described(verdict.default('review'), 'A license text that a shipped package names is not in its sources.'),
    obligation_open: described(verdict.default('allow'), 'Something is owed that nothing in notice and source bundle fulfils.'),
  }).prefault({}), 'What holds for findings beside the licenses themselves.'),
});

export type PolicyYaml = z.infer<typeof policySchema>;
