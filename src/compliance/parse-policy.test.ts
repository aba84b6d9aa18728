import fc from 'fast-check';

import type { Failure } from '../foundation/failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { DEFAULT_POLICY, type LicensePolicy } from '../licensing/policy.ts';
import { parsePolicy, policyDigest, policyText } from './parse-policy.ts';

const parsed = (text: string): LicensePolicy => parsePolicy(Buffer.from(`format: 1\nname: house\n${text}`), 'policy.yaml');
function refusal(text: string): string[] {
  try {
    parsed(text);
  } catch (error) {
    const { code, details } = error as Failure;
    expect(code).toBe('COMPLIANCE.BAD_POLICY');
    return (details['findings'] as Finding[]).map(({ line, rule, suggestion = '' }) => `${line} ${rule} ${suggestion}`.trimEnd());
  }
  return [];
}

const RULE = '  - { id: a, verdict: deny, reason: no, ';
const EXCEPTION = '  - { id: e, package: alpha, license: MIT, reason: yes it may, ';
const CHOICE = `  - { package: alpha, license_text: ${'a'.repeat(64)}, by: jo, reason: we link it, `;

it('puts its rules before those of Provenroot, or goes without them', () => {
  const rules = `rules:\n${RULE}licenses: [GPL-3.0-*] }\n`;
  expect(parsed(rules).rules.map(({ id }) => id)).toEqual(['a', ...DEFAULT_POLICY.rules.map(({ id }) => id)]);
  expect(parsed(`base: none\n${rules}`).rules).toEqual([{ id: 'a', verdict: 'deny', reason: 'no', licenses: ['GPL-3.0-*'] }]);
});

it('is the default without a line', () => {
  expect(parsed('')).toEqual({ ...DEFAULT_POLICY, name: 'house' });
});

it.each<[string, string, string[]]>([
  ['an exception without a reason', 'exceptions:\n  - { id: e, package: alpha, license: MIT }\n', ['4 missing-key']],
  ['a reason of blanks', `rules:\n  - { id: a, verdict: deny, reason: "  " }\n`, ['4 bad-format']],
  ['a verdict that there is not', 'rules:\n  - { id: a, verdict: forbid, reason: no }\n', ['4 not-allowed']],
  ['a key that is misspelt', 'requires_choice: true\n', ['3 unknown-key did you mean `require_choice`?']],
  ['a license that is misspelt', `rules:\n${RULE}licenses: [Apache-2] }\n`, ['4 unknown-license did you mean `Apache-2.0`?']],
  ['a license in another case', `rules:\n${RULE}licenses: [mit] }\n`, ['4 unknown-license did you mean `MIT`?']],
  ['a deprecated id', `rules:\n${RULE}licenses: [GPL-2.0] }\n`, ['4 unknown-license did you mean `GPL-2.0-only`?']],
  ['a pattern that fits nothing', `rules:\n${RULE}licenses: [MIT, "GLP-*"] }\n`, ['4 unknown-license']],
  ['a pattern of an exception that fits nothing', `rules:\n${RULE}licenses: ["* WITH Clazzpath-*"] }\n`, ['4 unknown-license']],
  ['more patterns than are looked at', `rules:\n${RULE}licenses: [${'MIT, '.repeat(600)}MIT] }\n  - { id: b, verdict: deny, reason: no, packages: [${'x, '.repeat(600)}x] }\n`, ['3 too-many-patterns']],
  ['a day that is none', `exceptions:\n${EXCEPTION}expires: "2026-02-30" }\n`, ['4 bad-date']],
  ['a month without its day', `exceptions:\n${EXCEPTION}expires: "2026-02" }\n`, ['4 bad-format']],
  ['an exception for every package', 'exceptions:\n  - { id: e, package: "*", license: MIT, reason: no }\n', ['4 package-pattern']],
  ['one id twice', `rules:\n${RULE}packages: [x] }\n${RULE}packages: [y] }\n`, ['5 repeated-id']],
  ['a rule behind one that fits everything', 'rules:\n  - { id: a, verdict: review, reason: no }\n  - { id: b, verdict: deny, reason: no }\n', ['5 rule-not-reached write `otherwise: review` in its place']],
  ['a category for a license of the list', 'categories:\n  MIT: proprietary\n', ['4 bad-category']],
  ['a choice of what is not offered', `choices:\n${CHOICE}offered: MIT OR ISC, chosen: Zlib }\n`, ['4 bad-choice']],
  ['a choice of what is no expression', `choices:\n${CHOICE}offered: MIT or maybe ISC, chosen: MIT }\n`, ['4 bad-choice']],
  ['no YAML', 'rules: [\n', ['4 yaml-syntax']],
])('refuses %s, at its line', (_what, text, expected) => {
  expect(refusal(text)).toEqual(expected);
});

it('tells all that is wrong at once', () => {
  expect(refusal(`rules:\n${RULE}licenses: [mit] }\nexceptions:\n${EXCEPTION}expires: "2026-13-01" }\n`).length).toBe(2);
});

it.each(['GPL-*', '*', '* WITH Classpath-exception-2.0', 'GPL-2.0-only WITH Linux-syscall-note', 'LicenseRef-acme-*', 'MIT OR GPL-2.0-only', 'NOASSERTION', 'Apache-2.0+'])('takes the pattern %s', (pattern) => {
  const canonical = pattern === 'MIT OR GPL-2.0-only' ? 'GPL-2.0-only OR MIT' : pattern;
  expect(refusal(`rules:\n${RULE}licenses: ["${canonical}"] }\n`)).toEqual([]);
});

it('takes JSON', () => {
  expect(parsePolicy(Buffer.from('{"format":1,"name":"x","otherwise":"deny"}'), 'policy.json')).toMatchObject({ name: 'x', otherwise: 'deny' });
});

it('is the same after it was written and read, and has one digest however it was written', () => {
  const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
  const words = fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom('a', ' ', '"', '\\', ':', '{', '#', 'ü', "'") }).filter((text) => text.trim() !== '');
  const verdict = fc.constantFrom<'allow' | 'review' | 'deny'>('allow', 'review', 'deny');
  const rule = fc.record({ id, verdict, reason: words, linkages: fc.uniqueArray(fc.constantFrom<'file' | 'static'>('file', 'static'), { minLength: 1 }), licenses: fc.uniqueArray(fc.constantFrom('MIT', 'GPL-*'), { minLength: 1 }) });
  const exception = fc.record({ id, package: id, license: fc.constantFrom('MIT', 'GPL-*'), reason: words, expires: fc.constantFrom('2026-01-31', '2030-12-31') });
  const policy = fc.record({
    name: words, rules: fc.uniqueArray(rule, { selector: (one) => one.id, maxLength: 4 }), otherwise: verdict, requireChoice: fc.boolean(),
    exceptions: fc.uniqueArray(exception, { selector: (one) => one.id, maxLength: 4 }), categories: fc.constantFrom({}, { 'LicenseRef-a': 'proprietary' as const }),
    choices: fc.constantFrom([], [{ package: 'a', expression: 'MIT OR ISC', chosen: 'MIT', sourceDigest: '', licenseTextDigest: 'a'.repeat(64), by: 'jo', reason: 'r' }]),
    findings: fc.record({ textChanged: verdict, textMissing: verdict, obligationOpen: verdict }),
  });
  fc.assert(fc.property(policy, (one) => {
    const again = parsePolicy(Buffer.from(policyText(one)), 'again');
    expect(again).toEqual(one);
    expect(policyDigest(again)).toBe(policyDigest(one));
  }), { numRuns: 50 });
});

it('answers whatever it is given with a policy or a refusal', () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map((text) => Buffer.from(text)), fc.string().map((text) => Buffer.from(`format: 1\nname: x\nrules:\n  - ${text}`))), (bytes) => {
    try {
      parsePolicy(bytes, 'x');
    } catch (error) {
      expect((error as Failure).code).toBe('COMPLIANCE.BAD_POLICY');
    }
  }), { numRuns: 200 });
});
