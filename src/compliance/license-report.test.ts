import fc from 'fast-check';

import { capturedTexts, licensedInventory, MIT_TEXT, type LicensedRow, type Link } from '../../tests/support/licensed-inventory.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { DEFAULT_POLICY, type LicensePolicy } from '../licensing/policy.ts';
import { licenseReport, type LicenseReport } from './license-report.ts';
import { basesOf } from './package-basis.ts';
import type { DecisionRow } from './standing-decisions.ts';

type Rows = Readonly<Record<string, LicensedRow>>;
interface Given { links?: readonly Link[]; policy?: Partial<LicensePolicy>; found?: Readonly<Record<string, string | null>>; decisions?: readonly DecisionRow[]; now?: string }

const OWN = { 'LicenseRef-acme': 'proprietary' } as const;

function reported(rows: Rows, { links = [], policy = {}, found = {}, decisions, now = '2026-11-23T10:00:00Z' }: Given = {}): LicenseReport {
  return licenseReport(licensedInventory(rows, links), { ...DEFAULT_POLICY, categories: OWN, ...policy }, capturedTexts(rows, found), now, decisions);
}

const CLOSED: Rows = { app: { license: 'LicenseRef-acme' }, lib: { license: 'GPL-2.0-only', scope: 'build' } };
const STATIC: Given = { links: [['app', 'linksStatically', 'lib']], policy: { rules: [DEFAULT_POLICY.rules.find(({ id }) => id === 'copyleft-into-closed')!] } };

describe('the verdict', () => {
  it('of a host tool under GPL-3.0 raises nothing', () => {
    const report = reported({ app: { license: 'MIT', text: MIT_TEXT }, tool: { license: 'GPL-3.0-only', scope: 'host' } }, { links: [['app', 'needsAtHost', 'tool']] });
    expect([report.verdict, report.violations, report.reviews, report.obligations.filter(({ packages }) => packages.includes('tool'))]).toEqual(['ALLOWED', [], [], []]);
  });

  it('of a GPL-2.0-only library linked statically into a proprietary program names the way from the image to the license', () => {
    const { verdict, violations } = reported(CLOSED, STATIC);
    expect([verdict, violations]).toEqual(['VIOLATED', [{
      rule: 'copyleft-into-closed', package: 'lib', license: 'GPL-2.0-only', linkage: 'static', into: 'app', path: ['rootfs.tar', '/usr/bin/app', 'lib', 'GPL-2.0-only'], fileCount: 1,
      message: 'GPL-2.0-only of lib, linked statically into app: its terms go for the whole that it is linked into, and the terms of that do not allow it',
    }]]);
  });

  it('with an exception lets it pass until the last day, and the day after tells which exception ended', () => {
    const exceptions = [{ id: 'e1', package: 'lib', license: 'GPL-*', reason: 'the source is offered', expires: '2026-11-23' }];
    const policy = { ...STATIC.policy, exceptions };
    const during = reported(CLOSED, { ...STATIC, policy });
    expect([during.verdict, during.passedByException.map(({ rule, exception: { id } }) => `${rule} ${id}`)]).toEqual(['ALLOWED', ['copyleft-into-closed e1']]);
    const after = reported(CLOSED, { ...STATIC, policy, now: '2026-11-24T00:00:00Z' });
    expect([after.verdict, after.violations[0]?.expired]).toEqual(['VIOLATED', { id: 'e1', reason: 'the source is offered', expires: '2026-11-23' }]);
  });

  it('names exceptions that let nothing pass', () => {
    expect(reported({ a: { license: 'MIT' } }, { policy: { exceptions: [{ id: 'old', package: 'gone', license: '*', reason: 'r' }] } }).unusedExceptions).toEqual([{ id: 'old', reason: 'r' }]);
  });

  it('reviews what nobody knows where it ships, and not where it builds', () => {
    const report = reported({ a: { license: 'see the wiki' }, b: { license: 'see the wiki', scope: 'host' } });
    expect([report.verdict, report.reviews.map(({ rule, package: name }) => `${rule} ${name}`), report.summary.unknown]).toEqual(['REVIEW', ['bad-expression a'], 1]);
  });
});

describe('a recorded choice', () => {
  const rows = (version: string, text = MIT_TEXT): Rows => ({ alpha: { license: 'MIT OR GPL-2.0-only', text, version } });
  const [basis] = basesOf(licensedInventory(rows('1.0')), capturedTexts(rows('1.0'))).values();
  const decision: DecisionRow = {
    id: 'd', kind: 'CHOICE', package: 'alpha', expression: 'GPL-2.0-only OR MIT', decided: 'MIT', sourceDigest: basis!.sourceDigest, licenseTextDigest: basis!.licenseTextDigest ?? null,
    reason: 'we link it', actor: 'jo', decidedAt: new Date('2026-01-01T00:00:00Z'), withdrawnAt: null,
  };
  const choice = (given: Rows, decisions: readonly DecisionRow[] | undefined): unknown => {
    const { choices: [one], verdict, packages: [row] } = reported(given, { ...(decisions === undefined ? {} : { decisions }), policy: { requireChoice: true } });
    return [verdict, one?.state, row?.effective, one?.taken];
  };

  it('is asked for, and settles the matter', () => {
    expect(choice(rows('1.0'), [])).toEqual(['REVIEW', 'open', undefined, 'MIT']);
    expect(choice(rows('1.0'), [decision])).toEqual(['ALLOWED', 'holds', 'MIT', 'MIT']);
  });

  it('is kept across a version bump with the same license text, and not with another', () => {
    expect(choice(rows('2.0'), [decision])).toEqual(['ALLOWED', 'carried', 'MIT', 'MIT']);
    expect(choice(rows('2.0', `${MIT_TEXT}\nYou must also buy the author a beer.\n`), [decision])).toEqual(['REVIEW', 'resurfaced', undefined, 'MIT']);
  });

  it('that is withdrawn leaves the matter open', () => {
    expect(choice(rows('1.0'), [{ ...decision, withdrawnAt: new Date('2026-02-01T00:00:00Z') }])).toEqual(['REVIEW', 'open', undefined, 'MIT']);
  });

  it('may stand in the policy\'s file, bound to the license texts', () => {
    const filed = { package: 'alpha', expression: 'MIT OR GPL-2.0-only', chosen: 'MIT', sourceDigest: '', licenseTextDigest: basis!.licenseTextDigest, by: 'jo', reason: 'r' };
    const state = (given: Rows): unknown => {
      const { verdict, choices: [one] } = reported(given, { decisions: [], policy: { requireChoice: true, choices: [filed] } });
      return [verdict, one?.state];
    };
    expect(state(rows('3.0'))).toEqual(['ALLOWED', 'holds']);
    expect(state(rows('3.0', 'another text'))).toEqual(['REVIEW', 'resurfaced']);
  });

  it('reaches what is linked with the package', () => {
    const both: Rows = { app: { license: 'LicenseRef-acme OR GPL-2.0-only' }, lib: { license: 'GPL-2.0-only', scope: 'build' } };
    const row = { ...decision, package: 'app', expression: 'LicenseRef-acme OR GPL-2.0-only', decided: 'GPL-2.0-only', sourceDigest: [...basesOf(licensedInventory(both), new Map()).values()].find(({ name }) => name === 'app')!.sourceDigest };
    const verdict = (decisions: readonly DecisionRow[]): string => reported(both, { links: [['app', 'linksStatically', 'lib']], decisions }).verdict;
    expect([verdict([]), verdict([row])]).toEqual(['VIOLATED', 'ALLOWED']);
  });

  it('and a conclusion go into the report as they stand', () => {
    const { conclusions, packages: [row] } = reported(rows('2.0'), { decisions: [{ ...decision, kind: 'CONCLUSION', decided: 'MIT' }] });
    expect([conclusions.map(({ state, resurfacedBecause }) => [state, resurfacedBecause]), row?.concludedBasis]).toEqual([[['resurfaced', 'sources or patches are others than when it was concluded']], 'declared']);
  });
});

describe('obligations', () => {
  const owed = (report: LicenseReport, kind: string): unknown => report.obligations.filter(({ obligation }) => obligation === kind).map(({ license, fulfilledBy, open }) => [license, fulfilledBy.map(({ package: name, by, path }) => [name, by, path].filter(Boolean).join(' ')), open.map(({ package: name }) => name)]);

  it('name the text in the notice, and are open where there is none', () => {
    const report = reported({ a: { license: 'MIT', text: MIT_TEXT }, b: { license: 'MIT' } });
    expect(owed(report, 'copyright-notice')).toEqual([['MIT', ['a notice-text COPYING'], ['b']]]);
    // Anybody's copy of the same text will do.
    expect(owed(report, 'license-text')).toEqual([['MIT', ['a notice-text COPYING', 'b notice-text COPYING'], []]]);
  });

  it('are not fulfilled by the text of another license', () => {
    expect(owed(reported({ a: { license: 'ISC', text: MIT_TEXT } }), 'license-text')).toEqual([['ISC', [], ['a']]]);
  });

  it('are taken to be fulfilled by a text that holds several licenses, which is told', () => {
    const { obligations: [notice] } = reported({ a: { license: 'ISC', text: `${MIT_TEXT}\nParts of it are under other terms, which stand in the files themselves, each at its own place and in its own words.\n` } });
    expect(notice?.fulfilledBy).toEqual([expect.objectContaining({ by: 'notice-text', path: 'COPYING', unsure: true })]);
  });

  it('of copyleft name source and patches in the bundle, or that nothing was changed', () => {
    const report = reported({ a: { license: 'GPL-2.0-only', patches: ['0001-fix.patch'] }, b: { license: 'GPL-2.0-only' } });
    expect(owed(report, 'source-code')).toEqual([['GPL-2.0-only', ['a bundle-source a-1.0.tar.xz', 'a bundle-patch 0001-fix.patch', 'b bundle-source b-1.0.tar.xz'], []]]);
    expect(owed(report, 'modification-notice')).toEqual([['GPL-2.0-only', ['a bundle-patch 0001-fix.patch', 'b unmodified'], []]]);
  });

  it('to let others link anew are open where the source of the whole may not be passed on', () => {
    const lib: LicensedRow = { license: 'LGPL-2.1-only', scope: 'build' };
    const links: readonly Link[] = [['app', 'linksStatically', 'lib']];
    expect(owed(reported({ app: { license: 'MIT' }, lib }, { links }), 'relinking')).toEqual([['LGPL-2.1-only', ['lib bundle-source app-1.0.tar.xz'], []]]);
    expect(owed(reported({ app: { license: 'LicenseRef-acme' }, lib }, { links }), 'relinking')).toEqual([['LGPL-2.1-only', [], ['lib']]]);
  });

  it('that are open may be for review', () => {
    const policy = { findings: { ...DEFAULT_POLICY.findings, obligationOpen: 'review' as const } };
    expect(reported({ a: { license: 'MIT' } }, { policy }).reviews.map(({ rule }) => rule)).toEqual(['obligation-open', 'obligation-open']);
    expect(reported({ a: { license: 'MIT' } }).verdict).toBe('ALLOWED');
  });
});

describe('a license text', () => {
  const rules = (rows: Rows, found: Given['found'] = {}): string[] => reported(rows, { found }).textFindings.map(({ severity, rule }) => `${severity} ${rule}`);

  it('that is what the recipe states, and what is declared, raises nothing', () => {
    expect(rules({ a: { license: 'MIT', text: MIT_TEXT } })).toEqual([]);
  });

  it('that has changed under its name is for review', () => {
    const report = reported({ a: { license: 'MIT', text: MIT_TEXT } }, { found: { a: `${MIT_TEXT}\n` } });
    expect([report.verdict, report.reviews.map(({ rule, package: name }) => `${rule} ${name}`), report.textFindings.map(({ rule }) => rule)]).toEqual(['REVIEW', ['text-changed a'], ['text-changed']]);
    expect(report.packages[0]?.texts[0]).toMatchObject({ path: 'COPYING', match: { licenses: expect.arrayContaining(['MIT']) as unknown, exact: true, similarity: 1 } });
  });

  it('that is gone is for review, by the policy\'s word', () => {
    const given = { found: { a: null } };
    expect(reported({ a: { license: 'MIT', text: MIT_TEXT } }, given).reviews.map(({ rule }) => rule)).toEqual(['text-missing']);
    expect(reported({ a: { license: 'MIT', text: MIT_TEXT } }, { ...given, policy: { findings: { ...DEFAULT_POLICY.findings, textMissing: 'deny' } } }).verdict).toBe('VIOLATED');
  });

  it('of another license than the declared one, or that nobody knows, is told', () => {
    expect(rules({ a: { license: 'ISC', text: MIT_TEXT } })).toEqual(['warning text-not-declared']);
    expect(rules({ a: { license: 'ISC', text: 'Do what is right.' } })).toEqual(['note text-unknown']);
  });

  it('of a host tool is worth a note', () => {
    expect(rules({ a: { license: 'ISC', text: MIT_TEXT, scope: 'host' } }, { a: `${MIT_TEXT}!` })).toEqual(['note text-changed', 'note text-not-declared']);
    expect(reported({ a: { license: 'ISC', text: MIT_TEXT, scope: 'host' } }, { found: { a: null } }).verdict).toBe('ALLOWED');
  });

  it('that was matched when it was captured is not needed to know its license', () => {
    const rows: Rows = { a: { license: 'ISC', text: MIT_TEXT } };
    const texts = new Map([...capturedTexts(rows)].map(([name, all]) => [name, all.map(({ text: _text, ...one }) => ({ ...one, licenseId: 'MIT' }))]));
    const { textFindings: [one] } = licenseReport(licensedInventory(rows), DEFAULT_POLICY, texts, '2026-11-23T00:00:00Z');
    expect(one?.rule).toBe('text-not-declared');
  });
});

it('counts by license and category what ships', () => {
  const { summary } = reported({ a: { license: 'MIT' }, b: { license: 'MIT AND GPL-2.0-only' }, c: { license: 'MIT', scope: 'host' } });
  expect(summary).toMatchObject({
    packages: 3, shipped: 2, unknown: 0,
    byLicense: [{ license: 'MIT', category: 'permissive', packages: 3, shipped: 2 }, { license: 'GPL-2.0-only', category: 'strong-copyleft', packages: 1, shipped: 1 }],
  });
});

it('is one JSON value for equal inventories, whatever the order of their lists and the hour of the day', () => {
  const licenses = ['MIT', 'GPL-2.0-only', 'GPL-2.0-only OR MIT', 'LicenseRef-acme', 'NOASSERTION', 'LGPL-2.1-or-later', 'no license at all', ''];
  const names = ['a', 'b', 'c'];
  const rows = fc.tuple(...names.map(() => fc.record({ license: fc.constantFrom(...licenses), scope: fc.constantFrom<'ships' | 'build' | 'host'>('ships', 'build', 'host') })))
    .map((all): Rows => Object.fromEntries(names.map((name, index) => [name, { ...all[index]!, text: MIT_TEXT }])));
  const link = fc.tuple(fc.constantFrom(...names), fc.constantFrom<Link[1]>('linksDynamically', 'linksStatically', 'kernelModule'), fc.constantFrom(...names));
  fc.assert(fc.property(rows, fc.uniqueArray(link, { maxLength: 5, selector: (one) => one.join(' ') }), (given, links) => {
    const inventory = licensedInventory(given, links);
    const other = { ...inventory, components: inventory.components.toReversed(), relations: inventory.relations.toReversed(), files: inventory.files.toReversed() };
    const texts = capturedTexts(given);
    const report = licenseReport(inventory, DEFAULT_POLICY, texts, '2026-11-23T00:00:00Z', []);
    expect(JSON.parse(JSON.stringify(report))).toStrictEqual(report);
    const text = canonicalJson(licenseReport(inventory, DEFAULT_POLICY, texts, '2026-11-23T00:00:00Z', []));
    expect(canonicalJson(licenseReport(other, DEFAULT_POLICY, new Map([...texts].toReversed()), '2026-11-23T23:00:00Z', []))).toBe(text);
  }), { numRuns: 60 });
});
