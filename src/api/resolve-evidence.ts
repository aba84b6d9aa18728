import type { StatementToCheck } from '../actions/check-statement.ts';
import type { JudgedBytes } from '../actions/judge-artifacts.ts';
import type { CompletenessPoint } from '../evidence/completeness.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE } from '../evidence/predicates.ts';
import type { CheckedStatement, StatementStep } from '../evidence/verify-statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { BuildRow } from '../records/reads/build-reads.ts';
import type { PayloadRow, SignatureRow, StatementRow, SubjectRow, SubjectStatementRow } from '../records/reads/evidence-reads.ts';
import type { TimelineRow } from '../records/reads/timeline-reads.ts';
import type { VerificationDetailRow } from '../records/reads/verification-reads.ts';
import { byKey } from './batches.ts';
import { childConnection } from './child-list.ts';
import type { Context } from './context.ts';
import { STATEMENT_LIST, TIMELINE_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { nodeId } from './node-ids.ts';
import { checkedFirst, type PageArguments } from './page.ts';
import { buildById } from './resolve-build.ts';
import type { ArtifactValue } from './resolve-query.ts';
import { safeName, safeValue } from './safe-text.ts';

const MOST_STATEMENTS = 100;
const SUBJECTS_SHOWN = 200;

export function statementByDigest(context: Context, digest: string): Promise<StatementRow | undefined> {
  return context.batches.one('statement', digest, async (digests) => byKey(await context.reads.evidence.byDigest(digests), (row) => row.payloadSha256));
}

/** What was signed about some bytes; more than one document's worth is asked for by its builds. */
async function statementsAbout(digest: string, { first, predicateType }: { first: number; predicateType?: string | null }, context: Context): Promise<SubjectStatementRow[]> {
  checkedFirst(first, MOST_STATEMENTS);
  const batch = JSON.stringify(['statements about', first, predicateType ?? null]);
  return await context.batches.one(batch, digest, (digests) => context.reads.evidence.bySubject(digests, first, predicateType ?? undefined)) ?? [];
}

function verificationBehind(row: StatementRow, context: Context): Promise<VerificationDetailRow | undefined> {
  return context.batches.one('verification of a rebuild statement', row.payloadSha256, async (digests) =>
    byKey(await context.reads.verifications.byRebuildStatement(digests), (found) => found.rebuildStatementSha256!));
}

function payloadOf(row: StatementRow, context: Context): Promise<PayloadRow | undefined> {
  return context.batches.one('payload', row.payloadSha256, async (digests) => byKey(await context.reads.evidence.payloads(digests), (found) => found.payloadSha256));
}

/** What somebody else signed may be anything: bytes that are no JSON have no content, but for their digest. */
function contentOf(bytes: Uint8Array): unknown {
  try {
    return safeValue(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return null;
  }
}

async function provenanceOf(row: BuildRow, context: Context): Promise<StatementRow | null> {
  const found = await context.batches.one('provenance', row.id, async (ids) => {
    const pages = await context.reads.evidence.ofBuilds(ids, { predicateType: PROVENANCE_TYPE, origin: 'own' }, { first: 1 });
    return new Map([...pages].flatMap(([id, [newest]]) => newest === undefined ? [] : [[id, newest]]));
  });
  return found ?? null;
}

interface CheckArgument { envelope?: string | null; statement?: Sha256 | null; proof?: string | null; root?: string | null; file?: Sha256 | null }

function statementToCheck(given: CheckArgument): StatementToCheck {
  const { envelope, statement, proof, root, file } = present(given);
  if ((envelope === undefined) === (statement === undefined)) throw new Failure('API.BAD_REQUEST', 'give either an envelope or the digest of a statement');
  return {
    envelope: statement ?? Buffer.from(envelope!), ...(proof === undefined ? {} : { proof: Buffer.from(proof) }), ...(root === undefined ? {} : { root: Buffer.from(root) }),
    ...(file === undefined ? {} : { file }),
  };
}

export const EVIDENCE_RESOLVERS = {
  Query: {
    statement: (_: unknown, { sha256 }: { sha256: string }, context: Context) => statementByDigest(context, sha256),
    verifyStatement: (_: unknown, { input }: { input: CheckArgument }, context: Context) => context.actions.verifyStatement(statementToCheck(input)),
  },
  Build: {
    provenance: (row: BuildRow, _: unknown, context: Context) => provenanceOf(row, context),
    completeness: async (row: BuildRow, _: unknown, context: Context) => {
      const provenance = await provenanceOf(row, context);
      return provenance === null ? null : context.actions.completeness({ payload: (await payloadOf(provenance, context))!.payload });
    },
    evidenceUrl: (row: BuildRow, _: unknown, context: Context) => `${context.address}/builds/${nodeId('Build', row.id)}/evidence.tar`,
    statements: (row: BuildRow, given: PageArguments & { predicateType?: string | null }, context: Context) =>
      childConnection(context, STATEMENT_LIST, row.id, given, given.predicateType ?? '', (ids, page) => context.reads.evidence.ofBuilds(ids, present({ predicateType: given.predicateType }), page)),
  },
  Artifact: {
    statements: ({ sha256 }: ArtifactValue, given: { first: number; predicateType?: string | null }, context: Context) => statementsAbout(sha256, given, context),
    verdicts: async ({ sha256 }: ArtifactValue, { first }: { first: number }, context: Context) =>
      (await statementsAbout(sha256, { first, predicateType: REBUILD_TYPE }, context)).filter(({ verdict }) => verdict !== null),
    aggregate: ({ sha256 }: ArtifactValue, _: unknown, context: Context) =>
      context.batches.one('aggregate', sha256, async (digests) => await context.actions.judge({ digests: digests as Sha256[] }) as ReadonlyMap<string, JudgedBytes>),
    timeline: ({ sha256 }: ArtifactValue, given: PageArguments & { asOf?: Date | null }, context: Context) =>
      childConnection(context, TIMELINE_LIST, sha256, given, given.asOf?.toISOString() ?? '', (digests, page) => context.reads.timelines.of(digests, given.asOf ?? undefined, page)),
  },
  Statement: {
    id: (row: StatementRow) => nodeId('Statement', row.payloadSha256),
    sha256: (row: StatementRow) => row.payloadSha256,
    predicateType: (row: StatementRow) => safeValue(row.predicateType),
    payloadType: (row: StatementRow) => safeValue(row.payloadType),
    origin: (row: StatementRow) => row.origin.toUpperCase(),
    build: (row: StatementRow, _: unknown, context: Context) => row.buildId === null ? null : buildById(context, row.buildId),
    subjects: (row: StatementRow, _: unknown, context: Context) =>
      context.batches.one('subjects', row.payloadSha256, (digests) => context.reads.evidence.subjectsOf(digests, SUBJECTS_SHOWN)),
    signatures: (row: StatementRow, _: unknown, context: Context) =>
      context.batches.one('signatures', row.payloadSha256, (digests) => context.reads.evidence.signaturesOf(digests)),
    content: async (row: StatementRow, _: unknown, context: Context) => contentOf((await payloadOf(row, context))!.payload),
    url: (row: StatementRow, _: unknown, context: Context) => `${context.address}/attestations/${row.payloadSha256}`,
  },
  Aggregate: {
    passes: ({ gate }: JudgedBytes) => gate === 'pass',
  },
  Vote: {
    at: ({ at }: JudgedBytes['votes'][number]) => new Date(at),
  },
  CompletenessPoint: {
    vacuous: ({ vacuous }: CompletenessPoint) => vacuous === true,
    finding: ({ finding }: CompletenessPoint) => safeValue(finding),
  },
  StatementCheck: {
    loggedAt: ({ loggedAt }: CheckedStatement) => loggedAt === undefined ? null : new Date(loggedAt),
  },
  StatementStep: {
    message: ({ message }: StatementStep) => safeValue(message),
  },
  StatementSubject: {
    name: (row: SubjectRow) => safeName(Buffer.from(row.name, 'utf8')),
  },
  StatementSignature: {
    signature: (row: SignatureRow) => row.signature.toString('base64'),
  },
  SignedVerdict: {
    name: (row: SubjectStatementRow) => safeName(Buffer.from(row.subjectName, 'utf8')),
    statement: (row: SubjectStatementRow) => row,
    verification: (row: SubjectStatementRow, _: unknown, context: Context) => verificationBehind(row, context),
  },
  TimelineEvent: {
    detail: (row: TimelineRow) => safeValue(row.detail),
    build: (row: TimelineRow, _: unknown, context: Context) => row.buildId === null ? null : buildById(context, row.buildId),
  },
};
