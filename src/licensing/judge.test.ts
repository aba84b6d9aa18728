import fc from 'fast-check';

import { judge, type LicenseJudgement } from './judge.ts';
import { categoryOf } from './license-category.ts';
import { LICENSE_LIST } from './license-list.ts';
import { obligationsOf } from './obligations.ts';
import { DEFAULT_POLICY, type LicenseChoice, type LicensePolicy, type LicenseUsage } from './policy.ts';

const NOW = new Date('2026-11-23T10:00:00Z');
const TEXT = 'a'.repeat(64);
const OTHER_TEXT = 'b'.repeat(64);

const usage = (expression: string, changes: Partial<LicenseUsage> = {}): LicenseUsage => ({
  package: 'alpha', component: undefined, expression, linkage: 'file', into: undefined, path: ['rootfs.squashfs', '/usr/bin/alpha', 'alpha'],
  sourceDigest: '1'.repeat(64), licenseTextDigest: TEXT, ...changes,
});
const policy = (changes: Partial<LicensePolicy> = {}): LicensePolicy => ({ ...DEFAULT_POLICY, categories: { 'LicenseRef-acme': 'proprietary' }, ...changes });
const judged = (one: LicenseUsage, changes: Partial<LicensePolicy> = {}, now = NOW): LicenseJudgement => judge(policy(changes), [one], now);
const rules = (one: LicenseUsage, changes: Partial<LicensePolicy> = {}, now = NOW): string[] => judged(one, changes, now).violations.map(({ verdict, rule }) => `${verdict} ${rule}`);

const CLOSED = { package: 'application', expression: 'LicenseRef-acme' };
const KERNEL = { package: 'kernel', expression: 'GPL-2.0-only WITH Linux-syscall-note' };

describe('the policy that holds without one', () => {
  it.each<[string, LicenseUsage, string[]]>([
    ['a host tool under GPL-3.0', usage('GPL-3.0-only', { linkage: 'build-only' }), []],
    ['a host tool whose terms nobody knows', usage('NOASSERTION', { linkage: 'build-only' }), []],
    ['a program under GPL-2.0', usage('GPL-2.0-only'), []],
    ['a GPL-2.0 library linked statically into a proprietary binary', usage('GPL-2.0-only', { linkage: 'static', into: CLOSED }), ['deny copyleft-into-closed']],
    ['the same, linked dynamically', usage('GPL-2.0-only', { linkage: 'dynamic', into: CLOSED }), ['deny copyleft-into-closed']],
    ['the same, beside a permissive choice', usage('GPL-2.0-only OR MIT', { linkage: 'static', into: CLOSED }), []],
    ['the same, with a permissive part', usage('GPL-2.0-only AND MIT', { linkage: 'static', into: CLOSED }), ['deny copyleft-into-closed']],
    ['the same, with an exception for linking', usage('GPL-3.0-or-later WITH GCC-exception-3.1', { linkage: 'static', into: CLOSED }), []],
    ['the same, with an exception for something else', usage('GPL-2.0-only WITH Font-exception-2.0', { linkage: 'static', into: CLOSED }), ['deny copyleft-into-closed']],
    ['a GPL-2.0 library linked into a GPL-2.0 program', usage('GPL-2.0-only', { linkage: 'static', into: { package: 'b', expression: 'GPL-2.0-or-later' } }), []],
    ['a GPL library linked into what nobody knows', usage('GPL-2.0-only', { linkage: 'static', into: { package: 'b', expression: 'NOASSERTION' } }), ['review copyleft-into-unknown']],
    ['an LGPL library linked statically into a proprietary binary', usage('LGPL-2.1-or-later', { linkage: 'static', into: CLOSED }), []],
    ['a module of the kernel under GPL-2.0', usage('GPL-2.0-only', { linkage: 'kernel-module', into: KERNEL }), []],
    ['a proprietary module of the kernel', usage('LicenseRef-acme', { linkage: 'kernel-module', into: KERNEL }), ['deny closed-into-copyleft']],
    ['a proprietary program beside the kernel', usage('LicenseRef-acme'), ['review closed']],
    ['a reference that nobody has put into a category', usage('LicenseRef-other'), ['review unknown']],
    ['terms that are not stated', usage('NOASSERTION'), ['review unknown']],
    ['what is no expression', usage('Apache2'), ['review bad-expression']],
  ])('%s', (_what, one, expected) => {
    expect(rules(one)).toEqual(expected);
  });

  it('names the way from the image to the license', () => {
    const [violation] = judged(usage('GPL-2.0-only', { component: 'library', linkage: 'static', into: CLOSED })).violations;
    expect(violation).toMatchObject({ license: 'GPL-2.0-only', usage: { path: ['rootfs.squashfs', '/usr/bin/alpha', 'alpha'] } });
    expect(violation!.message).toBe('GPL-2.0-only of alpha (library), linked statically into application: its terms go for the whole that it is linked into, and the terms of that do not allow it');
  });
});

it('of an open choice the license that asks least is taken, where the verdict is the same', () => {
  expect(judged(usage('GPL-2.0-only OR LGPL-2.1-only OR MIT')).taken).toEqual([[expect.objectContaining({ id: 'MIT' })]]);
});

describe('a rule', () => {
  const deny = (rule: Partial<LicensePolicy['rules'][number]>): Partial<LicensePolicy> => ({ rules: [{ id: 'r', verdict: 'deny', reason: 'no', ...rule }] });

  it.each<[string, Partial<LicensePolicy['rules'][number]>, LicenseUsage, boolean]>([
    ['by license', { licenses: ['GPL-3.0-*'] }, usage('GPL-3.0-or-later'), true],
    ['by license, of another version', { licenses: ['GPL-3.0-*'] }, usage('GPL-2.0-only'), false],
    ['by license, in canonical form', { licenses: ['GPL-3.0-or-later'] }, usage('gpl-3.0+'), true],
    ['by exception', { licenses: ['* WITH Classpath-exception-2.0'] }, usage('GPL-2.0-only WITH Classpath-exception-2.0'), true],
    ['by linkage', { linkages: ['static'] }, usage('MIT'), false],
    ['by component', { components: ['*tests*'] }, usage('MIT', { component: 'library and tests' }), true],
    ['by component, where none is stated', { components: ['*'] }, usage('MIT'), false],
    ['by package', { packages: ['al*a'] }, usage('MIT'), true],
    ['by category', { categories: ['network-copyleft'] }, usage('AGPL-3.0-or-later'), true],
    ['by all of these', { categories: ['permissive'], linkages: ['static'] }, usage('MIT'), false],
  ])('fits %s', (_what, rule, one, fits) => {
    expect(rules(one, deny(rule))).toEqual(fits ? ['deny r'] : []);
  });

  it('that comes first decides', () => {
    expect(rules(usage('MIT'), { rules: [{ id: 'a', verdict: 'allow', reason: '' }, { id: 'b', verdict: 'deny', reason: '' }], otherwise: 'deny' })).toEqual([]);
    expect(rules(usage('MIT'), { rules: [], otherwise: 'review' })).toEqual(['review otherwise']);
  });
});

describe('an exception', () => {
  const one = usage('GPL-2.0-only', { linkage: 'static', into: CLOSED });
  const exception = { id: 'e1', package: 'alpha', license: 'GPL-2.0-*', reason: 'the source is offered', expires: '2026-11-23' };

  it('lets pass, and is reported with what it let pass', () => {
    const { violations, excepted, unused } = judged(one, { exceptions: [exception] });
    expect([violations, excepted.map(({ exception: { id }, violation }) => `${id} ${violation.rule}`), unused]).toEqual([[], ['e1 copyleft-into-closed'], []]);
  });

  it('that has expired resurfaces the day after, by name', () => {
    expect(rules(one, { exceptions: [exception] }, new Date('2026-11-23T23:59:59Z'))).toEqual([]);
    const { violations } = judged(one, { exceptions: [exception] }, new Date('2026-11-24T00:00:00Z'));
    expect(violations).toEqual([expect.objectContaining({ rule: 'copyleft-into-closed', expired: exception })]);
  });

  it.each([
    ['another package', { ...exception, package: 'beta' }], ['another license', { ...exception, license: 'GPL-3.0-*' }], ['another linkage', { ...exception, linkages: ['file' as const] }],
  ])('for %s lets nothing pass, and may go', (_what, other) => {
    const { violations, unused } = judged(one, { exceptions: [other] });
    expect([violations.length, unused]).toEqual([1, [other]]);
  });
});

describe('a recorded choice', () => {
  const offered = usage('MIT OR GPL-2.0-only');
  const choice: LicenseChoice = { package: 'alpha', expression: 'GPL-2.0-only OR MIT', chosen: 'MIT', sourceDigest: offered.sourceDigest, licenseTextDigest: TEXT, by: 'jo', reason: 'we link it' };
  const taken = (one: LicenseUsage, choices: readonly LicenseChoice[]): unknown => judged(one, { choices, requireChoice: true });
  const NEXT = { sourceDigest: '2'.repeat(64) };

  it('is asked for where the policy wants one, and settles it', () => {
    expect(rules(offered, { requireChoice: true })).toEqual(['review choice-open']);
    expect(taken(offered, [choice])).toMatchObject({ violations: [], taken: [[{ id: 'MIT' }]] });
  });

  it('is kept across a change of version while the license text is the same', () => {
    expect(taken({ ...offered, ...NEXT }, [choice])).toMatchObject({ violations: [], taken: [[{ id: 'MIT' }]] });
  });

  it.each<[string, LicenseUsage]>([
    ['the license text is another', { ...offered, ...NEXT, licenseTextDigest: OTHER_TEXT }],
    ['there is no license text any more', { ...offered, ...NEXT, licenseTextDigest: undefined }],
    ['what was chosen is no longer offered', usage('GPL-2.0-only OR ISC')],
  ])('resurfaces when %s', (_what, one) => {
    expect(rules(one, { choices: [choice] })).toContain('review choice-stale');
  });

  it('of what was never offered does not count', () => {
    expect(rules(offered, { choices: [{ ...choice, chosen: 'ISC' }] })).toEqual(['review choice-stale']);
  });

  it('is held against the rules, though another way would please them', () => {
    const denied = { rules: [{ id: 'no-gpl', verdict: 'deny' as const, licenses: ['GPL-*'], reason: 'no' }] };
    expect(rules(offered, denied)).toEqual([]);
    expect(rules(offered, { ...denied, choices: [{ ...choice, chosen: 'GPL-2.0-only' }] })).toEqual(['deny no-gpl']);
  });

  it('may take a version of "or any later"', () => {
    expect(rules(usage('GPL-2.0-or-later'), { choices: [{ ...choice, expression: 'GPL-2.0-or-later', chosen: 'GPL-2.0-only' }] })).toEqual([]);
  });
});

describe('obligations', () => {
  const owed = (...usages: LicenseUsage[]): string[] => {
    const { taken } = judge(policy(), usages, NOW);
    return obligationsOf(usages.map((one, index) => ({ usage: one, taken: taken[index]! }))).map(({ obligation, license, packages }) => `${obligation} ${license} ${packages.join(',')}`);
  };

  it('are none for build tools and for what asks for nothing', () => {
    expect(owed(usage('GPL-3.0-only', { linkage: 'build-only' }), usage('CC0-1.0'), usage('0BSD'))).toEqual([]);
  });

  it('are gathered by license over all packages', () => {
    expect(owed(usage('MIT'), usage('MIT', { package: 'beta' }))).toEqual(['copyright-notice MIT alpha,beta', 'license-text MIT alpha,beta']);
  });

  it('depend on how it is linked', () => {
    expect(owed(usage('LGPL-2.1-only', { linkage: 'dynamic' })).map((one) => one.split(' ')[0])).toEqual(['copyright-notice', 'license-text', 'modification-notice', 'source-code']);
    expect(owed(usage('LGPL-2.1-only', { linkage: 'static' }))).toContain('relinking LGPL-2.1-only alpha');
  });

  it('are none for what the compiler leaves in a program, and are there for it as a file', () => {
    expect(owed(usage('GPL-3.0-or-later WITH GCC-exception-3.1', { linkage: 'static', into: CLOSED }))).toEqual([]);
    expect(owed(usage('GPL-3.0-or-later WITH GCC-exception-3.1'))).toContain('source-code GPL-3.0-or-later WITH GCC-exception-3.1 alpha');
    expect(owed(usage('GPL-2.0-only WITH Linux-syscall-note', { linkage: 'static', into: CLOSED })).length).toBeGreaterThan(0);
  });

  it('name the section that asks', () => {
    const [first] = obligationsOf([{ usage: usage('GPL-3.0-only'), taken: [{ kind: 'license', id: 'GPL-3.0-only', plus: false }] }]).filter(({ obligation }) => obligation === 'installation-information');
    expect(first?.source).toBe('GPL-3.0 section 6, for user products');
  });
});

it('every license of the list has a category', () => {
  const without = LICENSE_LIST.licenseIds.filter((id) => categoryOf({ kind: 'license', id, plus: false }) === undefined);
  expect(without).toEqual(['GPL-2.0-with-bison-exception']);
});

it('an AND is never milder than one of its parts, and an OR never harsher', () => {
  const id = fc.constantFrom('MIT', 'GPL-2.0-only', 'AGPL-3.0-only', 'BUSL-1.1', 'LGPL-2.1-only', 'NOASSERTION');
  const weight = (expression: string): number => Math.max(0, ...judged(usage(expression, { linkage: 'static', into: CLOSED })).violations.map(({ verdict }) => (verdict === 'deny' ? 2 : 1)));
  fc.assert(fc.property(id, id, (a, b) => {
    expect(weight(`${a} AND ${b}`)).toBe(Math.max(weight(a), weight(b)));
    if (a !== 'NOASSERTION' && b !== 'NOASSERTION') expect(weight(`${a} OR ${b}`)).toBe(Math.min(weight(a), weight(b)));
  }));
});
