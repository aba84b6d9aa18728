import { sampleInventory, samplePackage } from '../../tests/support/inventory-sample.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Component, Inventory, Licenses } from '../inventory/inventory.ts';
import { licenseChanges, licenseLines, type LicenseChange } from './license-changes.ts';
import { licenseMeaning, type LicenseMeaning } from './license-meaning.ts';
import { policyChanges, policyLines, type JudgedLicenses } from './policy-changes.ts';

function with_(name: string, change: (component: Component) => Partial<Component>, inventory = sampleInventory()): Inventory {
  return { ...inventory, components: inventory.components.map((one) => (one.name === name ? { ...one, ...change(one) } : one)) };
}

const licensed = (fields: Partial<Licenses>) => ({ licenses }: Component): Partial<Component> => ({ licenses: { ...licenses, ...fields } });
const declared = (text: string): Inventory => with_('beta', licensed({ declared: text, concluded: text }));
const without = ({ relations, ...inventory }: Inventory, kind: string): Inventory => ({ ...inventory, relations: relations.filter((one) => one.kind !== kind) });

describe('what became of a license expression', () => {
  test.each<[string, string, LicenseMeaning]>([
    ['MIT', 'MIT', 'same-text'], ['MIT AND Zlib', 'Zlib AND MIT', 'same-form'], ['GPL-2.0', 'GPL-2.0-only', 'same-form'], ['mit', 'MIT', 'same-form'], ['MIT OR MIT', 'MIT', 'same-form'],
    ['MIT OR (MIT AND Zlib)', 'MIT', 'same-meaning'], ['MIT AND (Zlib OR ISC)', '(MIT AND Zlib) OR (MIT AND ISC)', 'same-meaning'],
    ['MIT', 'MIT OR Zlib', 'wider'], ['GPL-2.0-only', 'GPL-2.0-or-later', 'wider'], ['MIT OR Zlib', 'MIT', 'narrower'], ['GPL-2.0-or-later', 'GPL-3.0-or-later', 'narrower'],
    ['MIT', 'GPL-2.0-only', 'other'], ['MIT OR Zlib', 'MIT OR ISC', 'other'], ['MIT', 'NOASSERTION', 'untold'], ['MIT', 'what is this', 'untold'],
  ])('%s to %s is %s', (before, after, meaning) => {
    const inverse: Partial<Record<LicenseMeaning, LicenseMeaning>> = { wider: 'narrower', narrower: 'wider' };
    expect([licenseMeaning(before, after), licenseMeaning(after, before)]).toEqual([meaning, inverse[meaning] ?? meaning]);
  });
});

describe('what licenses of two inventories differ in', () => {
  test('is nothing between an inventory and itself', () => {
    expect(licenseChanges(sampleInventory(), sampleInventory())).toEqual([]);
  });

  test.each<[string, Inventory, Partial<LicenseChange>[]]>([
    ['another license', declared('MIT'), [{ kind: 'expression', package: 'beta', alarm: true, aspect: 'declared', meaning: 'other' }]],
    ['the same license, written otherwise', declared('LicenseRef-beta AND GPL-2.0-only'), [{ kind: 'expression', alarm: false, meaning: 'same-form' }]],
    ['one license of two', declared('GPL-2.0-only'), [{ kind: 'expression', alarm: true, meaning: 'wider' }]],
    ['what was declared beyond what a person concluded', with_('libalpha', licensed({ declared: 'MIT OR Zlib OR ISC' })), [{ kind: 'expression', package: 'libalpha', aspect: 'declared', meaning: 'wider' }]],
    ['what a person concluded, and chose', with_('libalpha', licensed({ concluded: 'Zlib', effective: 'Zlib' })), [{ kind: 'expression', aspect: 'concluded', before: 'MIT', after: 'Zlib' }, { kind: 'expression', aspect: 'effective' }]],
    ['what cannot be read any more', with_('beta', ({ licenses: { declared: _gone, ...licenses } }) => ({ licenses: { ...licenses, unreadable: 'ask us' } })), [{ kind: 'expression', alarm: true, meaning: 'untold', after: 'ask us' }]],
    ['another text of the same name', with_('beta', licensed({ files: [{ path: 'LICENSE', sha256: sha256('new') }] })), [{ kind: 'text-changed', alarm: true, path: 'LICENSE', before: sha256('license'), after: sha256('new') }]],
    ['the same text of another name', with_('beta', licensed({ files: [{ path: 'COPYING', sha256: sha256('license') }] })), [{ kind: 'text-moved', alarm: false, before: 'LICENSE', after: 'COPYING' }]],
    ['a text more', with_('beta', licensed({ files: [{ path: 'LICENSE', sha256: sha256('license') }, { path: 'NOTICE', sha256: sha256('notice') }] })), [{ kind: 'text-added', alarm: true, path: 'NOTICE' }]],
    ['a text less', with_('beta', licensed({ files: [] })), [{ kind: 'text-removed', alarm: true, path: 'LICENSE' }]],
    ['a tool that ships now', with_('host-gamma', () => ({ scope: 'ships' })), [{ kind: 'scope', alarm: true, before: 'host', after: 'ships' }]],
    ['a link less', without(sampleInventory(), 'linksStatically'), [{ kind: 'unlinked', package: 'libalpha', alarm: false, linkage: 'static', into: 'beta' }]],
    ['a package whose license is news', { ...sampleInventory(), components: [...sampleInventory().components, samplePackage('delta', { licenses: { declared: 'GPL-3.0-only', effective: 'GPL-3.0-only', files: [] } })] }, [{ kind: 'package-added', package: 'delta', alarm: true, after: 'GPL-3.0-only' }]],
    ['a package whose license was there', { ...sampleInventory(), components: [...sampleInventory().components, samplePackage('delta')] }, [{ kind: 'package-added', package: 'delta', alarm: false }]],
    ['a tool whose license is news', { ...sampleInventory(), components: [...sampleInventory().components, samplePackage('delta', { scope: 'host', licenses: { declared: 'GPL-3.0-only', files: [] } })] }, [{ kind: 'package-added', alarm: false }]],
  ])('is told: %s', (_title, right, changes) => {
    const there = licenseChanges(sampleInventory(), right);
    expect(there).toHaveLength(changes.length);
    expect(there).toMatchObject(changes);
    const back = licenseChanges(right, sampleInventory());
    expect(back.map(({ before, after }) => JSON.stringify([after, before])).toSorted()).toEqual(there.map(({ before, after }) => JSON.stringify([before, after])).toSorted());
  });

  test('raises the alarm for what is linked in, not for what is loaded', () => {
    const alarms = (kind: string): boolean[] => licenseChanges(without(sampleInventory(), kind), sampleInventory()).map(({ alarm }) => alarm);
    expect([alarms('linksStatically'), alarms('linksDynamically')]).toEqual([[true], [false]]);
  });

  test('is told alarms first, and no license writes on the terminal', () => {
    const lines = licenseLines(licenseChanges(sampleInventory(), with_('libalpha', licensed({ declared: 'Zlib OR MIT' }), with_('beta', licensed({ declared: 'a\u001b[2J' })))), 5);
    expect(lines).toEqual([String.raw`! beta: GPL-2.0-only AND LicenseRef-beta → a\x1b[2J, what it means cannot be told`, '  libalpha: MIT OR Zlib → Zlib OR MIT, only written otherwise']);
  });
});

describe('what a policy says of two builds', () => {
  const violation = { rule: 'copyleft', package: 'beta', license: 'GPL-2.0-only', message: 'beta may not' };
  const nothing: JudgedLicenses = { violations: [], reviews: [], obligations: [], choices: [], conclusions: [] };
  const owed = (...open: string[]): JudgedLicenses => ({ ...nothing, obligations: [{ obligation: 'source-code', license: 'GPL-2.0-only', packages: ['beta'], open: open.map((reason) => ({ package: 'beta', reason })) }] });
  const chosen = (state: 'open' | 'holds' | 'resurfaced'): JudgedLicenses => ({ ...nothing, choices: [{ package: 'beta', offered: 'MIT OR Zlib', taken: 'MIT', state, ...(state === 'resurfaced' ? { resurfacedBecause: 'another text' } : {}) }] });
  const concluded = (state: 'holds' | 'resurfaced'): JudgedLicenses => ({ ...nothing, conclusions: [{ package: 'beta', state, concluded: 'MIT', ...(state === 'resurfaced' ? { resurfacedBecause: 'other sources' } : {}) }] });

  test.each<[string, JudgedLicenses, JudgedLicenses, string[]]>([
    ['a violation that is new', nothing, { ...nothing, violations: [violation] }, ['new violation: beta (copyleft): beta may not']],
    ['a violation that is cleared', { ...nothing, violations: [violation] }, nothing, ['cleared violation: beta (copyleft): beta may not']],
    ['one that stays, in other words', { ...nothing, violations: [violation] }, { ...nothing, violations: [{ ...violation, message: 'another' }] }, []],
    ['a review that became a violation', { ...nothing, reviews: [violation] }, { ...nothing, violations: [violation] }, ['new violation: beta (copyleft): beta may not', 'cleared review: beta (copyleft): beta may not']],
    ['an obligation that is new', nothing, owed(), ['new obligation: beta: GPL-2.0-only asks for source code']],
    ['an obligation that nothing fulfils any more', owed(), owed('no source'), ['new obligation: beta: GPL-2.0-only asks for source code: no source', 'cleared obligation: beta: GPL-2.0-only asks for source code']],
    ['a choice that holds no more', chosen('holds'), chosen('resurfaced'), ['invalidated choice: beta: another text']],
    ['a choice that holds again', chosen('resurfaced'), chosen('holds'), ['restored choice: beta: another text']],
    ['a choice that nobody made', chosen('open'), chosen('holds'), []],
    ['a conclusion that holds no more', concluded('holds'), concluded('resurfaced'), ['invalidated conclusion: beta: other sources']],
  ])('is told: %s', (_title, left, right, lines) => {
    expect(policyLines(policyChanges(left, right), 9)).toEqual(lines);
    expect([policyChanges(left, left), policyChanges(right, right)]).toEqual([[], []]);
  });
});
