import { deepFrozen } from '../catalog/freeze.ts';
import { parseYaml } from '../catalog/parse-folder.ts';
import { present } from '../catalog/present.ts';
import { findingAt } from '../catalog/schema-findings.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { DEFAULT_POLICY, type LicensePolicy } from '../licensing/policy.ts';
import { policyProblems } from './lint-policy.ts';
import { policySchema, type PolicyYaml } from './policy-schema.ts';

/** YAML or JSON (`docs/policy-format.md`). `place` is how findings name the file. Throws COMPLIANCE.BAD_POLICY with all of them. */
export function parsePolicy(bytes: Uint8Array, place: string): LicensePolicy {
  const { value, document, findings } = parseYaml(bytes, place, policySchema);
  if (value === undefined || document === undefined) throw refused(place, findings);
  const problems = policyProblems(value).map((problem) => findingAt(document, problem));
  if (problems.length > 0) throw refused(place, sortFindings(problems));
  return deepFrozen(toPolicy(value));
}

function refused(place: string, findings: readonly Finding[]): Failure {
  const [first] = findings;
  const told = first === undefined ? '' : `: line ${first.line}: ${first.message}${findings.length === 1 ? '' : `, and ${findings.length - 1} more`}`;
  return new Failure('COMPLIANCE.BAD_POLICY', `${place} is no license policy${told}`, { place, details: { findings } });
}

function toPolicy({ name, base, otherwise, require_choice: requireChoice, rules, exceptions, choices, categories, findings }: PolicyYaml): LicensePolicy {
  return {
    name, otherwise, requireChoice, categories,
    rules: [...rules.map(({ id, verdict, reason, ...conditions }) => ({ id, verdict, reason, ...present(conditions) })), ...(base === 'default' ? DEFAULT_POLICY.rules : [])],
    exceptions: exceptions.map(({ id, package: name_, license, reason, linkages, expires }) => ({ id, package: name_, license, reason, ...present({ linkages, expires }) })),
    // No source has this digest: such a choice holds by its license texts alone.
    choices: choices.map(({ package: name_, offered, chosen, license_text: licenseTextDigest, by, reason }) => ({ package: name_, expression: offered, chosen, sourceDigest: '', licenseTextDigest, by, reason })),
    findings: { textChanged: findings.text_changed, textMissing: findings.text_missing, obligationOpen: findings.obligation_open },
  };
}

/** The policy as a file that says the same without a base: what is kept beside a report. `parsePolicy` reads it. */
export function policyText({ name, otherwise, requireChoice, categories, rules, exceptions, choices, findings }: LicensePolicy): string {
  const form = {
    name, base: 'none', otherwise, require_choice: requireChoice, rules, exceptions, categories,
    choices: choices.flatMap(({ package: name_, expression, chosen, licenseTextDigest, by, reason }) => (licenseTextDigest === undefined ? [] : [{ package: name_, offered: expression, chosen, license_text: licenseTextDigest, by, reason }])),
    findings: { text_changed: findings.textChanged, text_missing: findings.textMissing, obligation_open: findings.obligationOpen },
  };
  // `format` comes first in every file of ours, and so here.
  return `{"format":1,${canonicalJson(form).slice(1)}`;
}

/** sha256 of its text. */
export function policyDigest(policy: LicensePolicy): Sha256 {
  return sha256(policyText(policy));
}
