import fc from 'fast-check';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { tinyFacts } from '../../tests/support/build-facts.ts';
import { checkCompleteness } from './completeness.ts';
import { parseStatement, type ParsedStatement } from './parse-statement.ts';
import { parseSummary, summaryOf } from './quorum.ts';
import { DEFAULT_POLICY, parsePolicy } from './quorum-policy.ts';
import { parseRebuildStatement, rebuildStatement } from './rebuild-statement.ts';
import { parseRelease, releaseStatement } from './release-statement.ts';
import { billProblems } from './sbom-bijection.ts';
import { parseStepList } from './step-comparison.ts';
import { statementOf } from './statement.ts';
import { expectedArtifacts, judgeArtifacts } from './verdict.ts';

let provenance: ParsedStatement;
let byproducts: Map<string, Uint8Array>;
let documents: { name: string; value: object; parse: (bytes: Uint8Array, place: string) => unknown }[];

beforeAll(async () => {
  const facts = await tinyFacts();
  const made = statementOf(facts);
  provenance = parseStatement(made.payload, 'it');
  byproducts = new Map(made.statement.predicate.runDetails.byproducts.map(({ name, digest }) => [name, [...made.blobs].find(([own]) => own === digest['sha256'])![1]]));
  const images = expectedArtifacts(provenance.statement);
  const rebuilt = rebuildStatement({
    original: provenance, definitionDigest: provenance.definitionDigest, attempt: 1, outcome: { artifacts: await judgeArtifacts(images, images, { comparable: true }) },
    rebuilder: { id: 'x', version: {}, operator: 'a', independence: { operator: 'a', site: '', cpuVendor: '', kernel: '', worker: '' } },
    timings: { startedAt: new Date(0), finishedAt: new Date(1), cpuMs: 1, peakMemoryBytes: 1 },
  });
  const summary = summaryOf({ provenance, builderOperator: 'a', rebuilds: [], completeness: { score: 1 }, policy: DEFAULT_POLICY, verifier: { id: 'x', version: {} }, now: '2026-01-01T00:00:00.000Z' });
  documents = [
    { name: 'rebuild', value: rebuilt.statement, parse: parseRebuildStatement },
    { name: 'summary', value: summary.statement, parse: parseSummary },
    { name: 'release', value: releaseStatement({ product: 'p', version: '1', provenance, releasedAt: new Date(0) }).statement, parse: parseRelease },
    { name: 'policy', value: DEFAULT_POLICY, parse: parsePolicy },
    { name: 'steps', value: JSON.parse(Buffer.from(byproducts.get('steps.json')!).toString()) as object, parse: parseStepList },
  ];
});

const outcomeOf = (parse: (bytes: Uint8Array, place: string) => unknown, bytes: Uint8Array): string => {
  try {
    parse(bytes, 'it');
    return 'accepted';
  } catch (error) {
    return String((error as { code: unknown }).code);
  }
};

describe('what strangers hand in', () => {
  test('is accepted as it was made, and refused with a code whatever is changed in it', () => {
    for (const { value, parse } of documents) {
      expect(outcomeOf(parse, Buffer.from(canonicalJson(value)))).toBe('accepted');
      const paths = pathsOf(value);
      fc.assert(fc.property(fc.constantFrom(...paths), fc.json({ maxDepth: 2 }), (path, json) => {
        const other = structuredClone(value) as Record<string, unknown>;
        const parent = path.slice(0, -1).reduce<Record<string, unknown>>((inner, key) => inner[key] as Record<string, unknown>, other);
        parent[path.at(-1)!] = JSON.parse(json);
        expect(outcomeOf(parse, Buffer.from(canonicalJson(other)))).toMatch(/^(accepted|EVIDENCE\.[A-Z_]+)$/);
      }), { numRuns: 60 });
    }
  });

  test('is refused with a code when it is no document at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const { parse } of documents) expect(outcomeOf(parse, bytes)).toMatch(/^(EVIDENCE|SIGNING)\.[A-Z_]+$/);
    }), { numRuns: 60 });
  });

  test('beside a statement costs the one point that it was there for, and nothing else', () => {
    const names = provenance.statement.predicate.runDetails.byproducts.map(({ name }) => name);
    fc.assert(fc.property(fc.constantFrom(...names), fc.json({ maxDepth: 3 }), (name, json) => {
      const statement = structuredClone(provenance.statement);
      statement.predicate.runDetails.byproducts.find((one) => one.name === name)!.digest = { sha256: sha256(json) };
      const { score } = checkCompleteness({ parsed: { ...provenance, statement }, byproducts: new Map([...byproducts, [name, Buffer.from(json)]]) });
      expect([17, 18]).toContain(score);
    }), { numRuns: 100 });
  });

  test('as an SBOM gives problems and no error', () => {
    const bills = fc.record({ bomFormat: fc.constant('CycloneDX'), spdxVersion: fc.constant('SPDX-2.3'), components: fc.jsonValue(), packages: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(fc.property(fc.oneof(bills, fc.jsonValue()), (bill) => { expect(billProblems(bill, provenance.statement).length).toBeGreaterThan(0); }), { numRuns: 200 });
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  return [...(path.length === 0 ? [] : [path]), ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}
