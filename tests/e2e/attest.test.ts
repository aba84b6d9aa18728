import { jsonDigest } from '../../src/foundation/canonical-json.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { parseStatement, type ParsedStatement } from '../../src/evidence/parse-statement.ts';
import { PROVENANCE_TYPE } from '../../src/evidence/predicates.ts';
import { TinyHome, type BuildJson } from '../support/tiny-home.ts';

/** A real build of the tiny catalog: what its statement says is what is on record, and what is on record is in it. */
describe('the provenance of a build', () => {
  let home: TinyHome;
  let built: BuildJson;
  let payload: Buffer;
  let parsed: ParsedStatement;

  beforeAll(async () => {
    home = await TinyHome.open();
    built = await home.build();
    const [row] = await home.rows<{ payload: Buffer }>('SELECT payload FROM statements WHERE build_id = $1 AND predicate_type = $2', [built.build, PROVENANCE_TYPE]);
    payload = Buffer.from(row!.payload);
    parsed = parseStatement(payload, 'the statement');
  }, 600_000);
  afterAll(() => home.close());

  test('is made, signed and logged at the end of it', async () => {
    const found = await home.rows<{ signatures: number; entries: number }>(`SELECT (SELECT count(*)::int FROM statement_signatures g WHERE g.payload_sha256 = $1) AS signatures,
      (SELECT count(*)::int FROM log_entries e WHERE e.about = $1) AS entries`, [sha256(payload)]);
    expect(found).toEqual([{ signatures: 1, entries: 1 }]);
  });

  test('speaks of every image by both digests, and gives the engine\'s definition back', async () => {
    const images = parsed.statement.subject.filter(({ annotations }) => annotations['uncompressedFormOf'] === undefined);
    expect(Object.fromEntries(images.map(({ name, digest }) => [name, digest.sha256]))).toEqual(Object.fromEntries(built.images.map(({ name, sha256: digest }) => [name, digest])));
    const blobs = await home.rows<{ sha256: string; sha512: string }>('SELECT sha256, sha512 FROM blobs WHERE sha256 = ANY($1)', [images.map(({ digest }) => digest.sha256)]);
    expect(images.every(({ digest }) => blobs.some((blob) => blob.sha256 === digest.sha256 && blob.sha512 === digest.sha512))).toBe(true);
    expect([parsed.definitionDigest, jsonDigest(parsed.definition)]).toEqual([built.definitionDigest, built.definitionDigest]);
  });

  test('has all 20 points of completeness', async () => {
    const run = await home.cli('attest', built.build, '--json');
    const { completeness, statement } = JSON.parse(run.stdout) as { statement: string; completeness: { met: number; total: number; points: { number: number; met: boolean; finding: string }[] } };
    expect(completeness.points.filter(({ met }) => !met)).toEqual([]);
    // Nothing about the build has changed: another call gives the same statement and adds nothing.
    const [counted] = await home.rows<{ count: number }>('SELECT count(*)::int AS count FROM statements WHERE build_id = $1', [built.build]);
    expect([run.code, completeness.met, statement, counted?.count]).toEqual([0, 20, sha256(payload), 1]);
  }, 120_000);

  test('names every byproduct and log that it stands on, and the store keeps them', async () => {
    const kept = await home.rows<{ name: string; sha256: string }>('SELECT name, sha256 FROM statement_blobs WHERE payload_sha256 = $1', [sha256(payload)]);
    const names = kept.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['steps.json', 'logs.json', 'files.jsonl', 'fetches.json', 'sandbox-packages.json', 'table system', 'log hello']));
    expect((await home.verifyStore()).findings).toEqual([]);
  });
});
