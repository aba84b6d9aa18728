import { plainConfiguration } from '../catalog/configuration.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { factsOfPlan, tinyFacts } from '../../tests/support/build-facts.ts';
import { catalogAt, OWN_CATALOG, planOf } from '../../tests/support/planning.ts';
import type { BuildFacts } from './build-facts.ts';
import { checkCompleteness, type Completeness } from './completeness.ts';
import { parseStatement } from './parse-statement.ts';
import type { ScoredStatement } from './scored-statement.ts';
import { statementOf } from './statement.ts';
import type { BuildStatement } from './statement-schema.ts';

let tiny: BuildFacts;
beforeAll(async () => { tiny = await tinyFacts(); });

/** As a reader has it: parsed from the signed bytes, byproducts by name. */
function scoredOf(facts: BuildFacts, documents: Readonly<Record<string, string>> = {}): ScoredStatement {
  const given = { ...facts, documents: [...facts.documents, ...Object.entries(documents).map(([name, text]) => documentOf(name, text))] };
  const { payload, blobs } = statementOf(given);
  const parsed = parseStatement(payload, 'it');
  const listed = parsed.statement.predicate.runDetails.byproducts.flatMap(({ name, digest }): [string, Uint8Array][] => {
    const bytes = blobs.get(digest['sha256'] as Sha256) ?? (documents[name] === undefined ? undefined : Buffer.from(documents[name]));
    return bytes === undefined ? [] : [[name, bytes]];
  });
  return { parsed, byproducts: new Map(listed) };
}

function documentOf(name: string, text: string): BuildFacts['documents'][number] {
  return { name, role: name.startsWith('bom') ? 'sbom' : 'legal-info', mediaType: 'application/json', sha256: sha256(text), sizeBytes: text.length };
}

const missed = ({ points }: Completeness): number[] => points.filter(({ met }) => !met).map(({ id }) => id);

/** The statement changed after it was read: for what the parser itself would refuse. */
function changed(scored: ScoredStatement, change: (statement: BuildStatement) => void): ScoredStatement {
  const statement = structuredClone(scored.parsed.statement);
  change(statement);
  return { ...scored, parsed: { ...scored.parsed, statement } };
}

describe('the completeness of a statement', () => {
  test('has 18 of 20 points until there are an SBOM and a license report', () => {
    const completeness = checkCompleteness(scoredOf(tiny));
    expect(missed(completeness)).toEqual([15, 16]);
    expect(completeness).toMatchObject({ score: 18, of: 20 });
    expect(completeness.points.filter(({ id }) => id === 15 || id === 16).map(({ finding }) => finding.startsWith('not there yet'))).toEqual([true, true]);
  });

  test('has 18 points for every board of our own catalog, as it is and with every package there is, each source with its address', async () => {
    const catalog = await catalogAt(OWN_CATALOG);
    const packages = Object.fromEntries([...catalog.recipes.values()].filter(({ role }) => role === 'package').map(({ name }) => [name, { options: {} }]));
    const configurations = [...catalog.boards.keys()].flatMap((board) => [{ board, configuration: plainConfiguration(board) }, { board, configuration: { ...plainConfiguration(board), packages } }]);
    for (const { board, configuration } of configurations) {
      const { points } = checkCompleteness(scoredOf(factsOfPlan(planOf(catalog, configuration), catalog, board, configuration)));
      expect([board, points.filter(({ met }) => !met).map(({ rule }) => rule)]).toEqual([board, ['sbom-matches', 'legal-info']]);
      expect(points.find(({ rule }) => rule === 'downloads-recorded')).not.toHaveProperty('vacuous');
    }
  });

  test('says of every point what it looked at, and of an empty one why there is nothing', () => {
    const { points } = checkCompleteness(scoredOf(tiny));
    expect(points.filter(({ finding }) => finding === '')).toEqual([]);
    expect(points.filter((point) => point.vacuous === true).map(({ rule }) => rule)).toEqual(['downloads-recorded', 'blobs-flagged', 'unsigned-forms']);
    expect(new Set(points.map(({ rule }) => rule)).size).toBe(20);
  });

  test.each(['CycloneDX', 'SPDX'])('has all 20 points with a license report and an SBOM in %s whose components are the dependencies', (form) => {
    const scored = scoredOf(tiny, { 'legal-info.tar': 'x', 'bom.json': billOf(form, tiny) });
    expect(missed(checkCompleteness(scored))).toEqual([]);
  });

  test.each(['CycloneDX', 'SPDX'])('misses the SBOM in %s that leaves a shipped package out, or has one that nothing explains', (form) => {
    const shipped = { ...tiny, recipes: tiny.recipes.filter(({ name }) => name !== 'hello') };
    const strange = { ...tiny, recipes: [...tiny.recipes, { ...tiny.recipes.find(({ shipped: is }) => is)!, name: 'stranger' }] };
    for (const facts of [shipped, strange]) expect(missed(checkCompleteness(scoredOf(tiny, { 'legal-info.tar': 'x', 'bom.json': billOf(form, facts) })))).toEqual([15]);
  });

  test('takes a component that nothing explains where it says why', () => {
    const bill = JSON.parse(billOf('CycloneDX', tiny)) as { components: object[] };
    const components = [...bill.components, { type: 'data', name: 'keys', version: '1', properties: [{ name: 'provenroot:exception', value: 'made at first boot' }] }];
    expect(missed(checkCompleteness(scoredOf(tiny, { 'legal-info.tar': 'x', 'bom.json': JSON.stringify({ ...bill, components }) })))).toEqual([]);
  });

  type Change = [number, string, (scored: ScoredStatement) => ScoredStatement];
  const inStatement = (id: number, what: string, change: (statement: BuildStatement) => void): Change => [id, what, (scored) => changed(scored, change)];
  const without = (role: string) => (statement: BuildStatement): void => {
    const { buildDefinition } = statement.predicate;
    buildDefinition.resolvedDependencies = buildDefinition.resolvedDependencies.filter(({ annotations }) => annotations?.['role'] !== role);
  };
  const content = (name: string, bytes: string | undefined) => (scored: ScoredStatement): ScoredStatement => {
    const byproducts = new Map(scored.byproducts);
    if (bytes === undefined) byproducts.delete(name);
    else byproducts.set(name, Buffer.from(bytes));
    const named = bytes === undefined ? scored : changed(scored, ({ predicate: { runDetails } }) => { runDetails.byproducts.find((one) => one.name === name)!.digest = { sha256: sha256(bytes) }; });
    return { ...named, byproducts };
  };

  const changes: Change[] = [
    inStatement(1, 'an unknown parameter', ({ predicate: { buildDefinition } }) => { (buildDefinition.externalParameters as Record<string, unknown>)['more'] = 1; }),
    inStatement(2, 'another configuration than its digest', ({ predicate: { buildDefinition } }) => { buildDefinition.externalParameters.configuration.document['board'] = 'x'; }),
    inStatement(3, 'no templates', without('template')),
    inStatement(5, 'no tables', without('table')),
    inStatement(5, 'no generated inputs', without('input')),
    inStatement(6, 'no outputs of the toolchain', without('toolchain')),
    [7, 'a package of the sandbox without sha256', content('sandbox-packages.json', '[{"name":"gcc","version":"12"}]')],
    [7, 'no list of the sandbox\'s packages', content('sandbox-packages.json', undefined)],
    inStatement(8, 'no kernel configuration', without('kernel-configuration')),
    inStatement(10, 'a variable of a session', ({ predicate: { buildDefinition } }) => { buildDefinition.internalParameters.environment.common['HOSTNAME'] = 'x'; }),
    inStatement(10, 'a time zone that is not fixed', ({ predicate: { buildDefinition } }) => { buildDefinition.internalParameters.environment.common['TZ'] = 'Europe/Oslo'; }),
    inStatement(11, 'a secret', ({ predicate: { buildDefinition } }) => { (buildDefinition.externalParameters as { secrets: string[] }).secrets = ['key']; }),
    inStatement(12, 'a branch', ({ predicate: { buildDefinition } }) => { buildDefinition.resolvedDependencies[0]!.uri = 'git+https://example.org/x@main'; }),
    inStatement(13, 'an image less', (statement) => { statement.subject = statement.subject.filter(({ name }) => name !== 'rootfs.ext4'); }),
    inStatement(13, 'a compressed image alone', (statement) => { statement.subject = statement.subject.filter(({ name }) => name !== 'rootfs.cpio'); }),
    inStatement(13, 'no kernel', (statement) => { statement.subject = statement.subject.filter(({ name }) => name !== 'bzImage'); }),
    inStatement(14, 'a signed image alone', (statement) => { statement.subject[0]!.annotations['signedBy'] = 'key'; }),
    [17, 'a file without a digest in the manifest', content('files.jsonl', '{"gid":0,"kind":"file","mode":420,"path":"a","uid":0}\n')],
    [17, 'an empty manifest', content('files.jsonl', '')],
    [18, 'a step without a log', content('logs.json', '[]')],
    [19, 'a download that is not on record', (scored) => changed(scored, ({ predicate: { runDetails } }) => { runDetails.metadata.provenroot_completeness.unrecordedFetches = 1; })],
    [19, 'another list of downloads than named', (scored) => ({ ...scored, byproducts: new Map([...scored.byproducts, ['fetches.json', Buffer.from('[ ]')]]) })],
    inStatement(20, 'another builder', ({ predicate: { runDetails } }) => { runDetails.builder.id = 'https://example.org/'; }),
    inStatement(20, 'no version of the engine', ({ predicate: { runDetails } }) => { delete runDetails.builder.version['engine.version']; }),
  ];
  test.each(changes)('misses point %i with %s', (id, _what, change) => {
    expect(missed(checkCompleteness(change(scoredOf(tiny))))).toEqual([id, 15, 16].toSorted((a, b) => a - b));
  });

  test('misses the downloads of a source whose address is not on record', () => {
    const digest = sha256('source');
    const recipes = tiny.recipes.map((recipe, i) => i > 0 ? recipe : {
      ...recipe, license: 'LicenseRef-vendor', sources: [{ file: 's.tar', sha256: digest, sizeBytes: 1, urls: [], origin: 'pristine' as const }],
    });
    const definition = { ...tiny.definition, inputs: [...tiny.definition.inputs, { role: 'source', name: `${recipes[0]!.name}/s.tar`, digest }] };
    const facts = { ...tiny, recipes, definition };
    const missedOf = (given: BuildFacts): number[] => {
      const { payload, blobs } = statementOf(given);
      const statement = JSON.parse(payload.toString()) as BuildStatement;
      const byproducts = new Map(statement.predicate.runDetails.byproducts.map(({ name, digest: own }) => [name, blobs.get(own['sha256'] as Sha256)!]));
      return missed(checkCompleteness({ parsed: { statement, definition, definitionDigest: given.definitionDigest, payloadSha256: sha256(payload) }, byproducts }));
    };
    expect(missedOf(facts)).toEqual([4, 9, 15, 16, 19]);
    const fetches = [{ sha256: digest, sizeBytes: 1, url: 'https://example.org/s.tar', fetchedAt: tiny.build.startedAt, buildId: null }];
    expect(missedOf({ ...facts, fetches })).toEqual([9, 15, 16]);
  });
});

function billOf(form: string, { recipes }: BuildFacts): string {
  const shipped = recipes.filter((recipe) => recipe.shipped);
  return JSON.stringify(form === 'CycloneDX'
    ? { bomFormat: 'CycloneDX', components: [...shipped.map(({ name, version }) => ({ type: 'library', name, version })), { type: 'file', name: '/bin/hello' }] }
    : { spdxVersion: 'SPDX-2.3', packages: [...shipped.map(({ name, version }) => ({ name, versionInfo: version })), { name: 'image', primaryPackagePurpose: 'OPERATING-SYSTEM' }] });
}
