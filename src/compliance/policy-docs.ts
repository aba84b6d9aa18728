import { jsonSchemaFrom, type JsonSchema } from '../catalog/json-schemas.ts';
import { renderFormatPage } from '../catalog/schema-docs.ts';
import { sortedEntries } from '../foundation/order.ts';
import { DEFAULT_POLICY, type PolicyRule } from '../licensing/policy.ts';
import { POLICY_RULES } from './policy-rules.ts';
import { policySchema } from './policy-schema.ts';

const PAGE = {
  title: 'License policy format', file: 'A file of yours, YAML or JSON', schemaIn: 'src/compliance',
  intro: 'A license policy says which licenses may come into what ships, and how: as a file, linked statically or dynamically, as a kernel module, or only while building. `docs/policies` has examples.',
};

export function policyJsonSchema(): JsonSchema {
  return jsonSchemaFrom(policySchema, 'Provenroot license policy, format 1');
}

/** Generated files by path from the repository's root. */
export function renderPolicyDocs(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/policy-format.md', renderFormatPage(PAGE, policyJsonSchema(), behind())],
    ['docs/schema/policy.json', `${JSON.stringify(policyJsonSchema(), null, 2)}\n`],
  ]);
}

function behind(): string[] {
  return [
    '## Rules of `base: default`', '', 'They also hold where no policy is given.', '', '| rule | fits | verdict | reason |', '|---|---|---|---|',
    ...DEFAULT_POLICY.rules.map((rule) => `| \`${rule.id}\` | ${conditions(rule)} | ${rule.verdict} | ${rule.reason} |`), '',
    '## How it is judged', '',
    'Every license of every use is held against the rules. Of an OR without a decision the license with the mildest verdict counts, and of those the one that',
    'asks least, for anyone may take it.',
    'An exception lets pass what a rule does not, until its last day; then it is back, and the report names the exception that ended. A choice holds while the',
    'same is offered and the license texts are the same, through any change of version. One `deny` makes the verdict VIOLATED, one `review` REVIEW.', '',
    '## Checks', '', 'Checked beyond the fields; any of them refuses the file.', '', '| rule | what it means and what to do |', '|---|---|',
    ...sortedEntries<string>(POLICY_RULES).map(([id, explain]) => `| \`${id}\` | ${explain} |`), '',
  ];
}

function conditions({ id: _id, verdict: _verdict, reason: _reason, ...stated }: PolicyRule): string {
  return Object.entries(stated).map(([key, values]) => `${key}: ${(values as readonly string[]).join(', ')}`).join('; ');
}
