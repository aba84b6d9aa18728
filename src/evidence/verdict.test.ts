import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { writeTar } from '../image/write-tar.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { tinyFacts } from '../../tests/support/build-facts.ts';
import { FIXED_ENGINE } from '../../tests/support/planning.ts';
import { compareEngine } from './engine-comparison.ts';
import { findEquivalence, normaliserDigest, NORMALISERS } from './normalisers.ts';
import { parseStatement, type ParsedStatement } from './parse-statement.ts';
import { parseRebuildStatement, rebuildStatement, type RebuildFacts } from './rebuild-statement.ts';
import type { RebuildStatement } from './rebuild-schema.ts';
import { compareSteps, parseStepList, type StatedStep } from './step-comparison.ts';
import { statementOf } from './statement.ts';
import { ARTIFACT_VERDICTS, expectedArtifacts, failedRebuild, judgeArtifacts, outcomeOf, uncompressedForm, type NamedDigest } from './verdict.ts';

const digest = fc.integer({ min: 0, max: 5 }).map((number) => sha256(String(number)));
const artifacts = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd:1', '../e'), sha256: digest }), { selector: ({ name }) => name });
const COMPARABLE = { comparable: true };

let original: ParsedStatement;
let steps: StatedStep[];
beforeAll(async () => {
  const { payload, statement, blobs } = statementOf(await tinyFacts());
  original = parseStatement(payload, 'it');
  const list = statement.predicate.runDetails.byproducts.find(({ name }) => name === 'steps.json')!;
  steps = parseStepList(blobs.get(list.digest['sha256'] as Sha256)!, 'the steps');
});

describe('verdicts', () => {
  test('are by digest and name alone, one for every artifact of either side', () => fc.assert(fc.asyncProperty(artifacts, artifacts, async (expected, actual) => {
    const judged = await judgeArtifacts(expected, actual, COMPARABLE);
    const of = (list: readonly NamedDigest[], name: string): Sha256 | undefined => list.find((one) => one.name === name)?.sha256;
    expect(judged.map(({ name }) => name)).toEqual([...new Set([...expected, ...actual].map(({ name }) => name))].toSorted());
    for (const { name, verdict } of judged) {
      const before = of(expected, name);
      const after = of(actual, name);
      expect(verdict).toBe(before === undefined ? 'EXTRA_OUTPUT' : after === undefined ? 'MISSING_OUTPUT' : before === after ? 'REPRODUCED' : 'NOT_REPRODUCED');
    }
  })));

  test('are never a no where the definitions differ', () => fc.assert(fc.asyncProperty(artifacts, artifacts, async (expected, actual) => {
    const judged = await judgeArtifacts(expected, actual, { comparable: false });
    expect(judged.filter(({ verdict }) => verdict !== 'INCONCLUSIVE')).toEqual([]);
  })));

  test('of a build are the worst of its artifacts, and undecided where there are none', () => {
    expect(outcomeOf([])).toBe('INCONCLUSIVE');
    fc.assert(fc.property(fc.array(fc.constantFrom(...ARTIFACT_VERDICTS), { minLength: 1 }), (verdicts) => {
      const outcome = outcomeOf(verdicts.map((verdict) => ({ verdict })));
      expect(verdicts).toContain(outcome);
      expect(verdicts.every((verdict) => ARTIFACT_VERDICTS.indexOf(verdict) <= ARTIFACT_VERDICTS.indexOf(outcome))).toBe(true);
      expect(outcome === 'REPRODUCED').toBe(verdicts.every((verdict) => verdict === 'REPRODUCED'));
    }));
  });

  test('tell what the sources refuse from what a machine could not do', () => {
    expect(['compile', 'patch-rejected', 'source-hash', 'configuration-unsatisfied'].map((kind) => failedRebuild(kind))).toEqual([
      { result: 'BUILD_FAILED', subcode: 'compile' }, { result: 'BUILD_FAILED', subcode: 'patch_rejected' },
      { result: 'BUILD_FAILED', subcode: 'hash_mismatch_source' }, { result: 'BUILD_FAILED', subcode: 'config_unsatisfiable' },
    ]);
    expect(['out-of-memory', 'time-limit', 'disk-full', 'source-unreachable', 'of another version'].map((kind) => failedRebuild(kind))).toEqual([
      { result: 'ERROR', subcode: 'oom' }, { result: 'ERROR', subcode: 'timeout' }, { result: 'ERROR', subcode: 'disk_full' },
      { result: 'ERROR', subcode: 'input_missing' }, { result: 'ERROR', subcode: 'internal' },
    ]);
  });

  test('are asked of what a user gets, not of what lies within a compressed image', () => {
    expect(expectedArtifacts(original.statement).map(({ name }) => name).toSorted()).toEqual(['bzImage', 'rootfs.cpio.gz', 'rootfs.ext4', 'rootfs.tar']);
    expect(uncompressedForm(original.statement, 'rootfs.cpio.gz')).toBe(sha256('cpio'));
  });
});

describe('the first step that differs', () => {
  const same = (): { name: string; outputs: Record<string, Sha256> }[] => steps.map(({ name, outputs }) => ({ name, outputs: { ...outputs } as Record<string, Sha256> }));

  test('is none where all outputs are equal', () => {
    expect(compareSteps(steps, same())).toEqual({ causes: [], followed: [], compared: steps.length });
  });

  test('comes with its inputs, and those that merely follow it are told apart', () => {
    const changed = same().map((one) => ['hello-lib', 'hello', 'root'].includes(one.name) ? { ...one, outputs: { target: sha256(`other ${one.name}`) } } : one);
    const { first, causes, followed } = compareSteps(steps, changed);
    expect(first).toEqual({
      step: 'hello-lib', outputs: [{ name: 'target', expected: sha256('hello-lib target'), actual: sha256('other hello-lib') }],
      inputs: [{ step: 'tiny-toolchain', outputs: { target: sha256('tiny-toolchain target') } }],
    });
    expect([causes, followed]).toEqual([['hello-lib'], ['hello', 'root']]);
  });

  test('counts an output that one side lacks, and not a step that the rebuild did not reach', () => {
    const lost = same().map((one) => one.name === 'hello' ? { name: 'hello', outputs: {} } : one).filter(({ name }) => name !== 'root');
    const { first, compared } = compareSteps(steps, lost);
    expect(first?.outputs).toEqual([{ name: 'target', expected: sha256('hello target'), actual: null }]);
    expect(compared).toBe(steps.length - 1);
  });
});

const REBUILDER = {
  id: 'https://provenroot.dev/builders/container@v1', version: { provenroot: '0.1.0' }, operator: 'acme',
  independence: { operator: 'acme', site: 'eu-1', cpuVendor: 'GenuineIntel', kernel: '6.18', worker: 'w1' },
};

async function rebuildFacts(actual: readonly NamedDigest[] = expectedArtifacts(original.statement)): Promise<RebuildFacts> {
  return {
    original, definitionDigest: original.definitionDigest, rebuilder: REBUILDER, attempt: 1,
    outcome: { artifacts: await judgeArtifacts(expectedArtifacts(original.statement), actual, COMPARABLE) },
    timings: { startedAt: new Date(0), finishedAt: new Date(1000), cpuMs: 1234, peakMemoryBytes: 5 },
  };
}

const codeOf = (statement: unknown): unknown => {
  try {
    parseRebuildStatement(Buffer.from(canonicalJson(statement)), 'it');
    return 'accepted';
  } catch (error) {
    return (error as { code: unknown }).code;
  }
};

describe('a rebuild statement', () => {
  test('is read as it was made, good or bad', async () => {
    const expected = expectedArtifacts(original.statement);
    const bad = expected.map((one, i) => i === 0 ? { ...one, sha256: sha256('other') } : one).slice(0, -1);
    for (const [actual, result] of [[expected, 'REPRODUCED'], [bad, 'NOT_REPRODUCED']] as const) {
      const made = rebuildStatement({ ...await rebuildFacts(actual), steps: compareSteps(steps, steps.map(({ name }) => ({ name, outputs: {} }))) });
      const parsed = parseRebuildStatement(made.payload, 'it');
      expect([parsed.payloadSha256, parsed.statement, parsed.statement.predicate.result]).toEqual([made.payloadSha256, made.statement, result]);
      expect(parsed.statement.subject.map(({ digest: own }) => own.sha256)).toEqual(expected.map((one) => one.sha256));
    }
  });

  test('is made of a rebuild that came to nothing, too, with the reason', async () => {
    const facts = { ...await rebuildFacts(), outcome: { ...failedRebuild('out-of-memory'), message: 'killed' } };
    const { statement } = parseRebuildStatement(rebuildStatement(facts).payload, 'it');
    expect(statement.predicate).toMatchObject({ result: 'ERROR', subcode: 'oom', message: 'killed', artifacts: [] });
  });

  test('names at most 1,000 files and counts all', async () => {
    const differences = Array.from({ length: 1500 }, (_, i) => ({ path: `file ${i}`, kind: 'changed' as const, fields: ['sha256'] }));
    const { statement } = rebuildStatement({
      ...await rebuildFacts(), steps: compareSteps(steps, steps.map(({ name }) => ({ name, outputs: {} }))), files: [{ output: 'target', differences }],
    });
    expect([statement.predicate.firstDifference?.files.length, statement.predicate.firstDifference?.filesTotal]).toEqual([1000, 1500]);
  });

  test.each<[string, string, (statement: RebuildStatement) => void]>([
    ['calls itself better than its artifacts', 'EVIDENCE.CONTRADICTION', ({ predicate }) => { predicate.artifacts[0]!.verdict = 'NOT_REPRODUCED'; }],
    ['says REPRODUCED over two digests', 'EVIDENCE.CONTRADICTION', ({ predicate }) => { predicate.artifacts[0]!.actual = { sha256: sha256('other') }; }],
    ['says EQUIVALENT and not by which rule', 'EVIDENCE.CONTRADICTION', ({ predicate }) => {
      predicate.artifacts[0] = { ...predicate.artifacts[0]!, verdict: 'EQUIVALENT', actual: { sha256: sha256('other') } };
      predicate.result = 'EQUIVALENT';
    }],
    ['leaves a subject out', 'EVIDENCE.CONTRADICTION', ({ predicate }) => { predicate.artifacts.pop(); }],
    ['speaks of bytes that are no subject', 'EVIDENCE.CONTRADICTION', (statement) => { statement.subject[0]!.digest.sha256 = sha256('other'); }],
    ['failed and has artifacts', 'EVIDENCE.CONTRADICTION', ({ predicate }) => { predicate.result = 'ERROR'; }],
    ['has a field more', 'EVIDENCE.UNKNOWN_PARAMETER', ({ predicate }) => { (predicate as Record<string, unknown>)['more'] = 1; }],
    ['is varied', 'EVIDENCE.BAD_STATEMENT', ({ predicate }) => { (predicate as Record<string, unknown>)['variationProfile'] = 'full'; }],
    ['is another predicate', 'EVIDENCE.WRONG_TYPE', (statement) => { (statement as Record<string, unknown>)['predicateType'] = 'https://provenroot.dev/rebuild/v2'; }],
  ])('that %s is refused as %s', async (_what, code, change) => {
    const statement = structuredClone(rebuildStatement(await rebuildFacts()).statement);
    change(statement);
    expect(codeOf(statement)).toBe(code);
  });
});

describe('a normaliser', () => {
  const source = (bytes: Uint8Array) => async function* (): AsyncIterable<Uint8Array> { yield bytes; };
  const text = Buffer.from('the same words '.repeat(100));

  test('makes gzip of other levels and times equal, by name, version and digest of its words', async () => {
    const other = gzipSync(text, { level: 1 });
    other.writeUInt32LE(1_700_000_000, 4);
    const found = await findEquivalence('rootfs.cpio.gz', { bytes: source(gzipSync(text, { level: 9 })) }, source(other));
    expect(found).toEqual({ normaliser: { name: 'gzip-content', version: 1, digest: normaliserDigest(NORMALISERS[0]!) }, normalisedSha256: sha256(text) });
  });

  test('needs no bytes of an original whose statement names what lies within', async () => {
    expect((await findEquivalence('a.gz', { uncompressed: sha256(text) }, source(gzipSync(text, { level: 1 }))))?.normalisedSha256).toBe(sha256(text));
    expect(await findEquivalence('a.gz', { uncompressed: sha256('other') }, source(gzipSync(text)))).toBeUndefined();
    expect(await findEquivalence('a.tar', { uncompressed: sha256(text) }, source(text))).toBeUndefined();
  });

  test('makes no other content equal, and nothing that it cannot read', async () => {
    expect(await findEquivalence('a.gz', { bytes: source(gzipSync(text)) }, source(gzipSync(`${text.toString()}.`)))).toBeUndefined();
    expect(await findEquivalence('a.gz', { bytes: source(text) }, source(text))).toBeUndefined();
    expect(await findEquivalence('a.gz', { bytes: source(gzipSync(text).subarray(0, 20)) }, source(gzipSync(text)))).toBeUndefined();
    expect(await findEquivalence('a.ext4', { bytes: source(gzipSync(text)) }, source(gzipSync(text, { level: 1 })))).toBeUndefined();
  });

  test('makes tar archives of another date and order equal, and not those with another mode', async () => {
    const contents = new Map([['a', 'one'], ['b', 'two']].map(([name, content]) => [sha256(content!), { name, content: Buffer.from(content!) }]));
    const tar = async (epochSeconds: number, mode = 0o644): Promise<Uint8Array> => {
      const entries = [...contents].map(([own, { name, content }]): [PathBytes, TreeEntry] => [pathBytes(name!), { kind: 'file', mode, uid: 0, gid: 0, sha256: own, sizeBytes: content.byteLength }]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of writeTar(makeTree(entries), { readBlob: (own) => source(contents.get(own)!.content)() }, { epochSeconds })) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    };
    const one = await tar(1);
    const reordered = Buffer.concat(membersOf(Buffer.from(await tar(2))));
    expect(reordered.equals(Buffer.from(await tar(2)))).toBe(false);
    expect((await findEquivalence('rootfs.tar', { bytes: source(one) }, source(reordered)))?.normaliser.name).toBe('tar-members');
    expect(await findEquivalence('rootfs.tar', { bytes: source(one) }, source(await tar(1, 0o600)))).toBeUndefined();
    expect((await findEquivalence('rootfs.tar.gz', { bytes: source(gzipSync(one)) }, source(gzipSync(reordered))))?.normaliser.name).toBe('tar-members');
  });

  test('has words that stand as they are: who changes them gives it another version', () => {
    expect(Object.fromEntries(NORMALISERS.map((one) => [`${one.name} ${one.version}`, normaliserDigest(one)]))).toMatchInlineSnapshot(`
{
  "gzip-content 1": "68b1a166a112b15be3547f92eb7f0e20934adeef01c3f7764f251730996346a1",
  "tar-members 1": "ea22e64077397a09030c195701b02d65aa165829f58245bab8f5b03fda10cf8c",
}
`);
  });
});

/** The members of an archive of two small files below a root, the last first: header and content, then the end. */
function membersOf(tar: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    starts.push(at);
    at += 512 + Math.ceil(Number.parseInt(tar.toString('latin1', at + 124, at + 135).trim(), 8) / 512) * 512;
  }
  const end = starts.at(-1)! + 1024;
  const members = starts.map((start, i) => tar.subarray(start, starts[i + 1] ?? end));
  return [...members.toReversed(), tar.subarray(end)];
}

describe('an engine', () => {
  test('that is the statement\'s own can rebuild it', () => {
    expect(compareEngine(original, FIXED_ENGINE, 1)).toEqual({ differences: [], release: '0.1.0' });
  });

  test.each([
    ['collector', { ...FIXED_ENGINE, collectorVersion: 2 }], ['finalize', { ...FIXED_ENGINE, finalizeVersion: 9 }], ['sandbox', { ...FIXED_ENGINE, sandbox: sha256('other') }],
    ['step runner', { ...FIXED_ENGINE, stepRunner: Buffer.from('other') }],
    ['writer of ext4', { ...FIXED_ENGINE, imageFormat: (choice: { format: string }) => ({ writerVersion: choice.format === 'ext4' ? '2' : '1', parameters: {}, finishedInSandbox: false }) }],
  ])('with another %s cannot, and says which release can', (part, engine) => {
    const { differences, release } = compareEngine(original, engine, 1);
    expect([differences.map((one) => one.part), release]).toEqual([[part], '0.1.0']);
  });

  test('of another plan format cannot', () => {
    expect(compareEngine(original, FIXED_ENGINE, 2).differences).toEqual([{ part: 'plan format', stated: '1', here: '2' }]);
  });
});
