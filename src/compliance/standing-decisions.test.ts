import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import type { PackageBasis } from './package-basis.ts';
import { standingDecisions, type DecisionRow, type StandingDecisions } from './standing-decisions.ts';

const [V1, V2] = [sha256('source 1'), sha256('source 2')];
const [TEXT, OTHER_TEXT] = [sha256('text'), sha256('other text')];

const basis = (changes: Partial<PackageBasis> = {}): PackageBasis => ({ name: 'alpha', declared: 'GPL-2.0-only OR MIT', sourceDigest: V1, licenseTextDigest: TEXT, ...changes });
const row = (changes: Partial<DecisionRow> = {}): DecisionRow => ({
  id: 'd1', kind: 'CHOICE', package: 'alpha', expression: 'MIT OR GPL-2.0-only', decided: 'MIT', sourceDigest: V1, licenseTextDigest: TEXT, reason: 'we link it', actor: 'jo',
  decidedAt: new Date('2026-01-01T00:00:00Z'), withdrawnAt: null, ...changes,
});
const conclusion = (changes: Partial<DecisionRow> = {}): DecisionRow => row({ kind: 'CONCLUSION', expression: 'GPL-2.0-only OR MIT', decided: 'ISC', ...changes });
const told = ({ decisions, byPackage }: StandingDecisions): unknown => [decisions.map(({ decision: { id }, state, reason }) => [id, state, ...(reason === undefined ? [] : [reason])]), byPackage['alpha'] ?? 'nothing'];
const standing = (rows: readonly DecisionRow[], one = basis()): unknown => told(standingDecisions(rows, [one]));

describe('a choice', () => {
  it('holds for what it was made on', () => {
    expect(standing([row()])).toEqual([[['d1', 'holds']], { effective: 'MIT' }]);
  });

  it('is carried to another version with the same license texts', () => {
    expect(standing([row()], basis({ sourceDigest: V2 }))).toEqual([[['d1', 'carried']], { effective: 'MIT' }]);
  });

  it('resurfaces with another license text, with none, and with another offer', () => {
    const why = 'the license text is another than when it was decided';
    expect(standing([row()], basis({ sourceDigest: V2, licenseTextDigest: OTHER_TEXT }))).toEqual([[['d1', 'resurfaced', why]], 'nothing']);
    expect(standing([row()], basis({ sourceDigest: V2, licenseTextDigest: undefined }))).toEqual([[['d1', 'resurfaced', why]], 'nothing']);
    expect(standing([row()], basis({ declared: 'ISC OR MIT' }))).toEqual([[['d1', 'resurfaced', 'another choice is offered than the one that was decided']], 'nothing']);
  });

  it('that was withdrawn is none', () => {
    expect(standing([row({ withdrawnAt: new Date('2026-02-01T00:00:00Z') })])).toEqual([[], 'nothing']);
  });

  it('of two that hold the later one counts; one that holds counts before a later one that does not', () => {
    const later = { id: 'd2', decided: 'GPL-2.0-only', decidedAt: new Date('2026-03-01T00:00:00Z') };
    expect(standing([row(later), row()])).toEqual([[['d2', 'holds']], { effective: 'GPL-2.0-only' }]);
    expect(standing([row({ ...later, sourceDigest: V2, licenseTextDigest: OTHER_TEXT }), row()])).toEqual([[['d1', 'holds']], { effective: 'MIT' }]);
  });

  it('without a text holds for the same sources alone', () => {
    expect(standing([row({ licenseTextDigest: null })], basis({ licenseTextDigest: undefined }))).toEqual([[['d1', 'holds']], { effective: 'MIT' }]);
    expect(standing([row({ licenseTextDigest: null })], basis({ sourceDigest: V2, licenseTextDigest: undefined }))).toEqual([[['d1', 'resurfaced', 'the license text is another than when it was decided']], 'nothing']);
  });

  it('is made of what was concluded, where that is another license than the declared one', () => {
    const concluded = conclusion({ id: 'c1', decided: 'ISC OR Zlib' });
    expect(standing([concluded, row({ expression: 'ISC OR Zlib', decided: 'ISC' })])).toEqual([[['d1', 'holds'], ['c1', 'holds']], { concluded: 'ISC OR Zlib', effective: 'ISC' }]);
  });
});

it('a choice of what is declared holds beside a conclusion that offers it too, and resurfaces beside one that does not', () => {
  expect(standing([row(), conclusion({ id: 'c1', decided: 'MIT OR ISC' })])).toEqual([[['d1', 'holds'], ['c1', 'holds']], { concluded: 'ISC OR MIT', effective: 'MIT' }]);
  expect(standing([row(), conclusion({ id: 'c1', decided: 'ISC OR Zlib' })])).toEqual([[['d1', 'resurfaced', 'it is not one of the licenses that were concluded since'], ['c1', 'holds']], { concluded: 'ISC OR Zlib' }]);
});

describe('a conclusion', () => {
  it('holds for the very sources and texts', () => {
    expect(standing([conclusion()])).toEqual([[['d1', 'holds']], { concluded: 'ISC' }]);
  });

  it.each<[string, Partial<PackageBasis>, string]>([
    ['other sources', { sourceDigest: V2 }, 'sources or patches are others than when it was concluded'],
    ['other texts', { licenseTextDigest: OTHER_TEXT }, 'the license texts are others than when it was concluded'],
    ['no text any more', { licenseTextDigest: undefined }, 'the license texts are others than when it was concluded'],
    ['another declaration', { declared: 'MIT' }, 'another license is declared than when it was concluded'],
  ])('resurfaces with %s', (_what, changes, why) => {
    expect(standing([conclusion()], basis(changes))).toEqual([[['d1', 'resurfaced', why]], 'nothing']);
  });

  it('is also drawn where what is declared cannot be read', () => {
    expect(standing([conclusion({ expression: 'see the wiki' })], basis({ declared: 'see the wiki' }))).toEqual([[['d1', 'holds']], { concluded: 'ISC' }]);
  });

  it('that is no expression is none', () => {
    expect(standing([conclusion({ decided: 'whatever' })])).toEqual([[['d1', 'resurfaced', 'what was concluded is no SPDX expression']], 'nothing']);
  });
});

it('a decision about one package says nothing of another', () => {
  expect(standingDecisions([row(), conclusion({ id: 'c' })], [basis({ name: 'beta' })])).toMatchObject({ decisions: [], byPackage: {} });
});

it('neither the order of rows nor that of packages counts', () => {
  const one = fc.record({
    id: fc.uuid(), kind: fc.constantFrom<DecisionRow['kind']>('CHOICE', 'CONCLUSION'), package: fc.constantFrom('alpha', 'beta'), decided: fc.constantFrom('MIT', 'GPL-2.0-only', 'no license'),
    sourceDigest: fc.constantFrom(V1, V2), licenseTextDigest: fc.constantFrom(TEXT, OTHER_TEXT, null), decidedAt: fc.constantFrom(new Date('2026-01-01'), new Date('2026-01-02')),
  }).map((changes) => row({ expression: 'GPL-2.0-only OR MIT', ...changes }));
  const rows = fc.uniqueArray(one, { selector: ({ id }) => id, maxLength: 8 }).chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
  const packages = [basis(), basis({ name: 'beta', sourceDigest: V2 })];
  fc.assert(fc.property(rows, ([ordered, shuffled]) => {
    expect(standingDecisions(shuffled, packages.toReversed())).toEqual(standingDecisions(ordered, packages));
  }));
});
