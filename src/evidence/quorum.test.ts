import fc from 'fast-check';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../signing/envelope.ts';
import type { TrustRoot } from '../signing/trust-root.ts';
import { tinyFacts } from '../../tests/support/build-facts.ts';
import { testKey, type TestKey } from '../../tests/support/signing-fixture.ts';
import { envelopeBy, testRoot } from '../../tests/support/test-root.ts';
import { aggregateOf, type Aggregate, type AggregateQuestion, type Exemption } from './aggregate.ts';
import { bindRebuild, runOf, type BoundRebuild } from './bound-rebuild.ts';
import { parseStatement, type ParsedStatement } from './parse-statement.ts';
import { parseSummary, summaryOf, type SummaryQuestion } from './quorum.ts';
import { DEFAULT_POLICY, parsePolicy, policyDigest, type QuorumPolicy } from './quorum-policy.ts';
import { rebuildStatement, type RebuildFacts } from './rebuild-statement.ts';
import { parseRelease, releaseStatement } from './release-statement.ts';
import { statementOf } from './statement.ts';
import { expectedArtifacts, failedRebuild, judgeArtifacts } from './verdict.ts';
import { votesOf, wilsonInterval, type Run } from './votes.ts';

const DEFINITION = sha256('definition');
const DAY = 24 * 60 * 60 * 1000;
const at = (day: number): string => new Date(Date.UTC(2026, 0, 1) + day * DAY).toISOString();

/** One run of an operator on a day: `+` reproduced, `-` not, `=` equivalent, `?` inconclusive, `x` failed. */
const VERDICTS = { '+': 'REPRODUCED', '-': 'NOT_REPRODUCED', '=': 'EQUIVALENT', '?': 'INCONCLUSIVE', 'x': 'BUILD_FAILED' } as const;
const run = (operator: string, verdict: keyof typeof VERDICTS, day = 0): Run =>
  ({ operator, at: at(day), statement: sha256(`${operator} ${verdict} ${day}`), definitionDigest: DEFINITION, verdict: VERDICTS[verdict] });
const runs = (...told: string[]): Run[] => told.map((one, i) => run(one.slice(0, -1), one.slice(-1) as keyof typeof VERDICTS, i / 1000));

const aggregate = (given: readonly Run[], more: Partial<AggregateQuestion> = {}): Aggregate =>
  aggregateOf({ runs: given, definitionDigest: DEFINITION, builderOperator: 'builder', exemptions: [], policy: DEFAULT_POLICY, now: at(10), ...more });
const state = (...told: string[]): string => aggregate(runs(...told)).state;

describe('what several rebuilders are worth together', () => {
  test.each<[string, string, string[]]>([
    ['UNVERIFIED', 'nobody has tried', []],
    ['UNVERIFIED', 'attempts that came to no verdict', ['a?', 'bx']],
    ['VERIFIED_BY_ONE', 'one operator', ['a+']],
    ['VERIFIED_BY_ONE', 'one operator with many runs', ['a+', 'a+', 'a+']],
    ['VERIFIED_BY_ONE', 'the builder\'s own operator alone', ['builder+']],
    ['VERIFIED_BY_ONE', 'the builder\'s own operator and one more', ['builder+', 'a+']],
    ['VERIFIED', 'two operators besides the builder\'s', ['a+', 'b+']],
    ['VERIFIED', 'two against one', ['a+', 'b+', 'c-']],
    ['DISPUTED', 'one against one', ['a+', 'b-']],
    ['DISPUTED', 'two against two', ['a+', 'b+', 'c-', 'd-']],
    ['DISPUTED', 'one who did not, and only the builder\'s word for it', ['a-']],
    ['REFUTED', 'two who did not', ['a-', 'b-']],
    ['FLAKY', 'one that gets it half of the time', ['a+', 'a-', 'a+', 'a-', 'a+', 'a-']],
    ['VERIFIED_BY_ONE', 'one that failed once and has got it since', ['a-', 'a+']],
    ['DISPUTED', 'an equivalent that the policy does not accept', ['a+', 'b=']],
  ])('is %s for %s', (expected, _what, told) => {
    expect(state(...told)).toBe(expected);
  });

  test('counts independent operators', () => {
    expect(aggregate(runs('a+', 'b+', 'c+', 'builder+')).independent).toBe(3);
  });

  test('is STALE when the last success is older than the policy allows', () => {
    expect(aggregate(runs('a+', 'b+'), { now: at(180) }).state).toBe('VERIFIED');
    expect(aggregate(runs('a+', 'b+'), { now: at(182) }).state).toBe('STALE');
  });

  test('is what was believed then: later runs say nothing', () => {
    const told = [run('a', '+', 1), run('b', '+', 5), run('b', '-', 9), run('c', '-', 9)];
    expect([0, 2, 6, 10].map((day) => aggregate(told, { now: at(day) }).state)).toEqual(['UNVERIFIED', 'VERIFIED_BY_ONE', 'VERIFIED', 'REFUTED']);
  });

  test('counts no run of another definition', () => {
    expect(aggregate(runs('a+', 'b+').map((one) => ({ ...one, definitionDigest: sha256('other') }))).state).toBe('UNVERIFIED');
  });

  test('asks for what the policy asks for', () => {
    const policy: QuorumPolicy = { ...DEFAULT_POLICY, need: 3, of: ['a', 'b', 'c'], accept: ['REPRODUCED', 'EQUIVALENT'] };
    expect(aggregate(runs('a+', 'b+', 'd+'), { policy }).state).toBe('VERIFIED_BY_ONE');
    expect(aggregate(runs('a+', 'b+', 'c='), { policy }).state).toBe('VERIFIED');
    expect(aggregate(runs('builder+', 'a+'), { policy: { ...DEFAULT_POLICY, includesOriginalBuilder: true } }).state).toBe('VERIFIED');
  });

  const words = fc.array(fc.record({ operator: fc.constantFrom('a', 'b', 'c', 'd', 'builder'), verdict: fc.constantFrom<keyof typeof VERDICTS>('+', '-', '=', '?', 'x'), day: fc.nat(9) }), { maxLength: 30 });

  test('does not depend on the order in which words came in', () => {
    fc.assert(fc.property(words, fc.nat(), (told, turn) => {
      const given = told.map(({ operator, verdict, day }) => run(operator, verdict, day));
      const turned = [...given.slice(turn % (given.length + 1)), ...given.slice(0, turn % (given.length + 1))].toReversed();
      expect(aggregate(turned)).toEqual(aggregate(given));
    }));
  });

  test('is never VERIFIED by fewer operators than the policy asks for, however many runs they have', () => {
    fc.assert(fc.property(words, (told) => {
      const { state: found, independent, votes } = aggregate(told.map(({ operator, verdict, day }) => run(operator, verdict, day)));
      expect(independent).toBe(votes.filter(({ vote, operator }) => vote === 'yes' && operator !== 'builder').length);
      expect(found === 'VERIFIED' ? independent >= DEFAULT_POLICY.need : true).toBe(true);
    }));
  });

  test('is turned by no number of lies of fewer operators than the quorum', () => {
    const question = fc.record({
      need: fc.integer({ min: 1, max: 4 }), spare: fc.nat(3), truth: fc.boolean(),
      lies: fc.array(fc.record({ liar: fc.nat(2), verdict: fc.constantFrom<keyof typeof VERDICTS>('+', '-', '=', '?', 'x'), day: fc.nat(12) }), { maxLength: 60 }),
      byBuilder: fc.boolean(),
    });
    fc.assert(fc.property(question, ({ need, spare, truth, lies, byBuilder }) => {
      const policy = { ...DEFAULT_POLICY, need };
      const honest = Array.from({ length: need + spare }, (_, i) => run(`honest-${i}`, truth ? '+' : '-', 1));
      const lying = lies.filter(({ liar }) => liar < need - 1).map(({ liar, verdict, day }) => run(`liar-${liar}`, verdict, day));
      const own = byBuilder ? lies.map(({ verdict, day }) => run('builder', verdict, day)) : [];
      const without = aggregate(honest, { policy });
      const withLies = aggregate([...honest, ...lying, ...own], { policy });
      expect(without.state).toBe(truth ? 'VERIFIED' : 'REFUTED');
      expect([withLies.state, withLies.gate]).toEqual([without.state, without.gate]);
    }), { numRuns: 1000 });
  });

  test('hears a word below the quorum as dissent all the same', () => {
    expect(aggregate(runs('a+', 'b+', 'c-')).dissent).toEqual(['c']);
    expect(aggregate(runs('a-', 'b-', 'c+')).dissent).toEqual(['c']);
  });
});

describe('a quarantine', () => {
  const exemption: Exemption = { id: 'q1', openedBy: 'ann', reviewedBy: 'bob', reviewedAt: at(1), expiresAt: at(100), closedAt: null };
  const quarantined = (told: readonly Run[], one: Partial<Exemption>, now = at(10)): Aggregate => aggregate(told, { exemptions: [{ ...exemption, ...one }], now });

  test('changes the gate and not what stands behind it', () => {
    expect(quarantined(runs('a-', 'b-'), {})).toMatchObject({ state: 'QUARANTINED', underlying: 'REFUTED', gate: 'pass', exemption: 'q1' });
    expect(aggregate(runs('a-', 'b-'))).toMatchObject({ state: 'REFUTED', gate: 'fail' });
  });

  test('exempts nothing that is verified or that nobody has tried', () => {
    expect(quarantined(runs('a+', 'b+'), {})).toMatchObject({ state: 'VERIFIED', gate: 'pass' });
    expect(quarantined([], {})).toMatchObject({ state: 'UNVERIFIED', gate: 'fail' });
  });

  test.each<[string, Partial<Exemption>, string]>([
    ['nobody has reviewed', { reviewedBy: null, reviewedAt: null }, at(10)], ['its opener reviewed', { reviewedBy: 'ann' }, at(10)], ['is over', {}, at(100)],
    ['was closed', { closedAt: at(5) }, at(10)], ['is reviewed only later', { reviewedAt: at(20) }, at(10)],
  ])('that %s counts for nothing', (_what, one, now) => {
    expect(quarantined(runs('a-', 'b-'), one, now).state).toBe('REFUTED');
  });
});

describe('Wilson\'s interval', () => {
  test('is that of the tables', () => {
    const rounded = (successes: number, trials: number): number[] => wilsonInterval(successes, trials).map((one) => Math.round(one * 1000) / 1000);
    expect([rounded(0, 10), rounded(5, 10), rounded(10, 10), rounded(81, 263)]).toEqual([[0, 0.278], [0.237, 0.763], [0.722, 1], [0.255, 0.366]]);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  test('lies within 0 and 1 and around the share', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(1000), (trials, some) => {
      const successes = some % (trials + 1);
      const [low, high] = wilsonInterval(successes, trials);
      expect([low >= 0, high <= 1, low <= successes / trials + 1e-12, high >= successes / trials - 1e-12]).toEqual([true, true, true, true]);
    }));
  });

  test('calls no operator flaky with fewer than five runs', () => {
    const vote = (...told: string[]): string => votesOf(runs(...told), { definitionDigest: DEFINITION, policy: DEFAULT_POLICY, now: at(10) })[0]!.vote;
    expect([vote('a+', 'a-', 'a+', 'a-'), vote('a+', 'a-', 'a+', 'a-', 'a+'), vote(...Array<string>(40).fill('a+'), 'a-', 'a+')]).toEqual(['no', 'flaky', 'yes']);
  });
});

describe('a policy', () => {
  const codeOf = (text: string): unknown => {
    try {
      return parsePolicy(Buffer.from(text), 'a policy');
    } catch (error) {
      return (error as { code: unknown }).code;
    }
  };

  test('is known by its digest and read as it was written', () => {
    expect(parsePolicy(Buffer.from(JSON.stringify(DEFAULT_POLICY)), 'a policy')).toEqual(DEFAULT_POLICY);
    expect(policyDigest({ ...DEFAULT_POLICY, need: 3 })).not.toBe(policyDigest(DEFAULT_POLICY));
  });

  test.each([
    ['no quorum', { need: 0 }], ['no operator', { of: [] }], ['another way to tell rebuilders apart', { distinct: ['worker'] }], ['nothing that it accepts', { accept: [] }],
    ['a no that it accepts', { accept: ['NOT_REPRODUCED'] }], ['a field more', { more: 1 }], ['21 points', { minimumCompleteness: 21 }],
  ])('with %s is refused', (_what, change) => {
    expect(codeOf(JSON.stringify({ ...DEFAULT_POLICY, ...change }))).toBe('EVIDENCE.BAD_POLICY');
  });
});

describe('a verification summary', () => {
  const OPERATORS = ['uni', 'lab', 'acme'];
  const builder = testKey();
  const rebuilders = new Map<string, TestKey>(OPERATORS.map((operator) => [operator, testKey()]));
  const root: TrustRoot = testRoot(builder, 'acme', [...rebuilders].map(([operator, rebuilder]) => ({ operator, rebuilder })));
  let provenance: ParsedStatement;
  beforeAll(async () => { provenance = parseStatement(statementOf(await tinyFacts()).payload, 'it'); });

  type Told = 'good' | 'bad' | 'equivalent' | 'failed';
  async function payloadOf(operator: string, told: Told, claimed = operator): Promise<Buffer> {
    const images = expectedArtifacts(provenance.statement);
    const actual = told === 'good' ? images : images.map((one) => ({ ...one, sha256: sha256(`${one.name} otherwise`) }));
    const equivalence = { normaliser: { name: 'n', version: 1, digest: sha256('n') }, normalisedSha256: sha256('same') };
    const artifacts = await judgeArtifacts(images, actual, { comparable: true, equivalence: () => Promise.resolve(told === 'equivalent' ? equivalence : undefined) });
    const facts: RebuildFacts = {
      original: provenance, definitionDigest: provenance.definitionDigest, attempt: 1, outcome: told === 'failed' ? { ...failedRebuild('compile'), message: 'no' } : { artifacts },
      rebuilder: { id: 'x', version: {}, operator: claimed, independence: { operator: claimed, site: '', cpuVendor: '', kernel: '', worker: '' } },
      timings: { startedAt: new Date(0), finishedAt: new Date(1), cpuMs: 1, peakMemoryBytes: 1 },
    };
    return rebuildStatement(facts).payload;
  }

  async function bound(operator: string, told: Told, day = 1, claimed = operator): Promise<BoundRebuild> {
    return bindRebuild(envelopeBy(rebuilders.get(operator)!, await payloadOf(operator, told, claimed), IN_TOTO_PAYLOAD_TYPE), root, at(day), 'a rebuild');
  }

  const summary = (rebuilds: readonly BoundRebuild[], more: Partial<SummaryQuestion> = {}): ReturnType<typeof summaryOf>['statement']['predicate'] => {
    const made = summaryOf({
      provenance, builderOperator: 'acme', rebuilds, completeness: { score: 18 }, policy: DEFAULT_POLICY, verifier: { id: 'https://verifier.example', version: { provenroot: '0.1.0' } }, now: at(10), ...more,
    });
    expect(parseSummary(made.payload, 'it').statement).toEqual(made.statement);
    return made.statement.predicate;
  };

  test('says SLSA_BUILD_REPRODUCED where two operators besides the builder\'s agree', async () => {
    const { verificationResult, verifiedLevels, provenroot_operators: operators, inputAttestations } = summary([await bound('uni', 'good'), await bound('lab', 'good')]);
    expect([verificationResult, verifiedLevels, operators]).toEqual(['PASSED', ['SLSA_BUILD_REPRODUCED'], ['lab', 'uni']]);
    expect(inputAttestations).toHaveLength(3);
  });

  test.each<[string, [string, Told][]]>([
    ['one operator', [['uni', 'good']]], ['one operator twice', [['uni', 'good'], ['uni', 'good']]], ['one besides the builder\'s own', [['uni', 'good'], ['acme', 'good']]],
    ['two and one who did not', [['uni', 'good'], ['lab', 'good'], ['acme', 'bad']]], ['one and one equivalent', [['uni', 'good'], ['lab', 'equivalent']]],
    ['one and one that came to nothing', [['uni', 'good'], ['lab', 'failed']]], ['nobody', []],
  ])('is FAILED with reasons for %s', async (_what, told) => {
    const rebuilds: BoundRebuild[] = [];
    for (const [i, [operator, verdict]] of told.entries()) rebuilds.push(await bound(operator, verdict, i + 1));
    const { verificationResult, verifiedLevels, provenroot_reasons: reasons, provenroot_operators: operators } = summary(rebuilds);
    expect([verificationResult, verifiedLevels, reasons.length > 0, operators]).toEqual(['FAILED', ['FAILED'], true, []]);
  });

  test('never says SLSA_BUILD_REPRODUCED by the leave of a policy', async () => {
    const lenient: QuorumPolicy = { ...DEFAULT_POLICY, need: 1, includesOriginalBuilder: true, accept: ['REPRODUCED', 'EQUIVALENT'] };
    for (const rebuilds of [[await bound('uni', 'good')], [await bound('uni', 'good'), await bound('acme', 'good')], [await bound('uni', 'good'), await bound('lab', 'equivalent')]]) {
      expect(summary(rebuilds, { policy: lenient })).toMatchObject({ verificationResult: 'PASSED', verifiedLevels: [] });
    }
  });

  test('lets a quorum outvote a no only where the policy says so', async () => {
    const rebuilds = [await bound('uni', 'good'), await bound('lab', 'good'), await bound('acme', 'bad')];
    expect(summary(rebuilds, { policy: { ...DEFAULT_POLICY, onDispute: 'outvote' } })).toMatchObject({ verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_REPRODUCED'] });
  });

  test('is FAILED for a provenance that is not complete enough, and for words that are too old', async () => {
    const rebuilds = [await bound('uni', 'good'), await bound('lab', 'good')];
    expect(summary(rebuilds, { completeness: { score: 17 } }).provenroot_reasons).toEqual(['the provenance has 17 points of completeness, the policy asks for 18']);
    expect(summary(rebuilds, { now: at(300) }).provenroot_reasons.some((reason) => reason.includes('older than 180 days'))).toBe(true);
  });

  test('hears nobody under another name than the root has for the key', async () => {
    await expect(bound('uni', 'good', 1, 'lab')).rejects.toMatchObject({ code: 'EVIDENCE.WRONG_OPERATOR' });
    const stranger = testKey();
    const envelope = envelopeBy(stranger, await payloadOf('uni', 'good'), IN_TOTO_PAYLOAD_TYPE);
    expect(() => bindRebuild(envelope, root, at(1), 'a rebuild')).toThrow(expect.objectContaining({ code: 'SIGNING.NOT_SIGNED' }));
    expect(() => bindRebuild(envelopeBy(builder, Buffer.from('{}'), IN_TOTO_PAYLOAD_TYPE), root, at(1), 'a rebuild')).toThrow(expect.objectContaining({ code: 'SIGNING.NOT_SIGNED' }));
  });

  test('that contradicts itself is refused', () => {
    const { statement } = summaryOf({ provenance, builderOperator: 'acme', rebuilds: [], completeness: { score: 18 }, policy: DEFAULT_POLICY, verifier: { id: 'x', version: {} }, now: at(1) });
    const lying = { ...statement, predicate: { ...statement.predicate, verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_REPRODUCED'], provenroot_reasons: [] } };
    expect(() => parseSummary(Buffer.from(canonicalJson(lying)), 'it')).toThrow(expect.objectContaining({ code: 'EVIDENCE.CONTRADICTION' }));
  });

  test('and runs speak of the artifact that expected these bytes', async () => {
    const rebuild = await bound('uni', 'bad');
    const [image] = expectedArtifacts(provenance.statement);
    expect(runOf(rebuild, image!.sha256)).toMatchObject({ operator: 'uni', verdict: 'NOT_REPRODUCED', definitionDigest: provenance.definitionDigest });
    expect(runOf(rebuild, sha256('other'))).toBeUndefined();
    expect(runOf(await bound('uni', 'failed'), image!.sha256)?.verdict).toBe('BUILD_FAILED');
  });

  test('stands beside a release that is read as it was made', () => {
    const made = releaseStatement({ product: 'kiosk', version: '1.4.0', provenance, releasedAt: new Date(0) });
    expect(parseRelease(made.payload, 'it')).toEqual({ payloadSha256: made.payloadSha256, statement: made.statement });
    expect(made.statement.subject.map(({ name }) => name).toSorted()).toEqual(['bzImage', 'rootfs.cpio.gz', 'rootfs.ext4', 'rootfs.tar']);
  });
});
