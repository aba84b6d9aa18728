import { parseRebuildStatement } from '../evidence/rebuild-statement.ts';
import { parseRelease } from '../evidence/release-statement.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import type { VerdictRow, VerificationDetailRow } from '../records/reads/verification-reads.ts';
import type { LogFinding } from '../transparency/fsck.ts';
import type { Workshop } from './workshop.ts';

type Parts = Pick<Workshop, 'records' | 'reads'>;

const PAGE = 200;

/** Verdicts and releases as rows say them against the logged statements that they were written from. */
export async function checkVerdictRows(workshop: Parts): Promise<LogFinding[]> {
  const findings: LogFinding[] = [];
  for await (const row of verifications(workshop)) findings.push(...await checkVerification(row, workshop));
  for await (const release of releases(workshop)) {
    const statement = await payloadOf(release.statementSha256 as Sha256, workshop);
    const said = statement === undefined ? undefined : unlessMalformed(() => parseRelease(statement, 'a release').statement.predicate);
    if (said === undefined || said.product !== release.product || said.version !== release.version) {
      findings.push({ flaw: 'row-differs', place: `release ${release.product} ${release.version}`, message: 'is not what its statement says' });
    }
  }
  return findings;
}

async function checkVerification(row: VerificationDetailRow, workshop: Parts): Promise<LogFinding[]> {
  const place = `verification ${row.id}`;
  const payload = row.rebuildStatementSha256 === null ? undefined : await payloadOf(row.rebuildStatementSha256 as Sha256, workshop);
  if (payload === undefined) return [{ flaw: 'row-missing', place, message: 'is done and has no statement on record' }];
  const predicate = unlessMalformed(() => parseRebuildStatement(payload, place).statement.predicate);
  const rows = (await workshop.reads.verifications.verdictsOf([row.id])).get(row.id) ?? [];
  const said = predicate?.artifacts.map(({ name, verdict, expected, actual }) => [name, verdict, expected?.sha256 ?? null, actual?.sha256 ?? null]);
  const same = predicate !== undefined && predicate.result === row.outcome && canonicalJson(sorted(said!)) === canonicalJson(sorted(rows.map(verdictOf)));
  return same ? [] : [{ flaw: 'row-differs', place, message: 'says another verdict than its signed statement' }];
}

function verdictOf({ artifact, verdict, expectedSha256, actualSha256 }: VerdictRow): (string | null)[] {
  return [artifact, verdict, expectedSha256, actualSha256];
}

function sorted(rows: readonly (readonly (string | null)[])[]): string[] {
  return rows.map((row) => canonicalJson(row)).toSorted();
}

async function payloadOf(digest: Sha256, { records }: Parts): Promise<Buffer | undefined> {
  return (await records.evidence.statement(digest))?.payload;
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isCoded(error) && error.name !== 'Bug') return undefined;
    throw error;
  }
}

async function* verifications({ reads }: Parts): AsyncGenerator<VerificationDetailRow> {
  for (let after: string | undefined; ;) {
    const page = (await reads.verifications.list({ state: 'DONE' }, { first: PAGE, ...(after === undefined ? {} : { after: [after] }) })).slice(0, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}

async function* releases({ reads }: Parts): AsyncGenerator<{ id: string; product: string; version: string; statementSha256: string }> {
  for (let after: string | undefined; ;) {
    const page = (await reads.releases.list({}, { first: PAGE, ...(after === undefined ? {} : { after: [after] }) })).slice(0, PAGE);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}
