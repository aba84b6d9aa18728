import { aggregateOf, type Aggregate, type Exemption } from '../evidence/aggregate.ts';
import { bindRebuild, runOf, type BoundRebuild } from '../evidence/bound-rebuild.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE } from '../evidence/predicates.ts';
import { DEFAULT_POLICY, type QuorumPolicy } from '../evidence/quorum-policy.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import type { SubjectStatementRow } from '../records/reads/evidence-reads.ts';
import type { RecordedQuarantine } from '../records/quarantine-records.ts';
import { parseEnvelope } from '../signing/envelope.ts';
import { rootKey, trustedRoot, type TrustRoot } from '../signing/trust-root.ts';
import { envelopeOf } from './signed-statements.ts';
import type { Workshop } from './workshop.ts';

/** What the rebuilders whom this home trusts say of some bytes. */
export interface JudgedBytes extends Aggregate {
  /** Of the provenance that the bytes are judged by; null where nobody says how they were built. */
  definitionDigest: Sha256 | null;
  /** Whoever signed that provenance, as the root calls them; null for a stranger. */
  builderOperator: string | null;
}

const STATEMENTS_EACH = 500;

type Parts = Pick<Workshop, 'records' | 'reads' | 'clock'>;

/** For each digest; those that nobody has stated anything about are UNVERIFIED. The newest root on record says who counts. */
export async function judgeBytes(digests: readonly Sha256[], { records, reads, clock }: Parts, policy: QuorumPolicy = DEFAULT_POLICY): Promise<Map<Sha256, JudgedBytes>> {
  const root = await rootOnRecord({ records });
  const now = clock.now();
  const [statements, quarantines] = await Promise.all([reads.evidence.bySubject(digests, STATEMENTS_EACH), records.evidence.activeQuarantines(now)]);
  const rebuilds = await boundRebuilds([...statements.values()].flat(), root, { reads });
  return new Map(digests.map((digest) => {
    const about = statements.get(digest) ?? [];
    const provenance = firstProvenance(about, root);
    const definitionDigest = (provenance?.definitionDigest ?? null) as Sha256 | null;
    const builderOperator = root === undefined ? null : operatorOf(provenance?.keyIds ?? [], root);
    const runs = about.flatMap(({ payloadSha256 }) => { const run = rebuilds.get(payloadSha256); const found = run === undefined ? undefined : runOf(run, digest); return found === undefined ? [] : [found]; });
    const aggregate = aggregateOf({
      runs, definitionDigest: definitionDigest ?? '' as Sha256, builderOperator: builderOperator ?? '', policy, now: now.toISOString(),
      exemptions: quarantines.filter((one) => concerns(one, digest, about)).map(exemption),
    });
    return [digest, { ...aggregate, definitionDigest, builderOperator }];
  }));
}

/**
 * The first word about bytes is the one that others repeat or deny: of a builder whom the root knows, where there is one.
 * Else anybody could tell beforehand of another definition, under which nobody's rebuild counts.
 */
function firstProvenance(about: readonly SubjectStatementRow[], root: TrustRoot | undefined): SubjectStatementRow | undefined {
  const provenances = about.filter(({ predicateType }) => predicateType === PROVENANCE_TYPE);
  const isBuilder = (keyId: string): boolean => root !== undefined && rootKey(root, keyId)?.roles.includes('builder') === true;
  return provenances.findLast(({ keyIds }) => keyIds.some(isBuilder)) ?? provenances.at(-1);
}

/** The newest root.json that this home has recorded; undefined before the first signature. */
export async function rootOnRecord({ records }: Pick<Workshop, 'records'>): Promise<TrustRoot | undefined> {
  const newest = (await records.evidence.trustRoots()).at(-1);
  return newest === undefined ? undefined : trustedRoot(parseEnvelope(newest.envelope, 'the root on record'), 'the root on record');
}

export function operatorOf(keyIds: readonly string[], root: TrustRoot): string | null {
  return keyIds.map((keyId) => rootKey(root, keyId)?.operator).find((operator) => operator !== undefined) ?? null;
}

/** Rebuild statements that count, by payload: one that no trusted key signed, or that is not logged yet, is left out. */
async function boundRebuilds(rows: readonly SubjectStatementRow[], root: TrustRoot | undefined, { reads }: Pick<Workshop, 'reads'>): Promise<Map<string, BoundRebuild>> {
  if (root === undefined) return new Map();
  const logged = new Map(rows.filter(({ predicateType, loggedAt }) => predicateType === REBUILD_TYPE && loggedAt !== null).map((row) => [row.payloadSha256, row.loggedAt!]));
  const payloads = logged.size === 0 ? [] : await reads.evidence.payloads([...logged.keys()]);
  return new Map(payloads.flatMap(({ payloadSha256, payloadType, payload, keyIds, signatures }): [string, BoundRebuild][] => {
    const envelope = envelopeOf({ payloadType, payload, signatures: keyIds.map((keyId, i) => ({ keyId, signature: signatures[i]! })) });
    const bound = unlessUnsound(() => bindRebuild(envelope, root, logged.get(payloadSha256)!.toISOString(), `statement ${payloadSha256}`));
    return bound === undefined ? [] : [[payloadSha256, bound]];
  }));
}

function unlessUnsound<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isCoded(error) && error.name !== 'Bug') return undefined;
    throw error;
  }
}

/** Packages and files are for the gates that know what lies in an image. */
function concerns({ kind, scope }: RecordedQuarantine, digest: Sha256, about: readonly SubjectStatementRow[]): boolean {
  if (kind === 'digest') return scope === digest;
  return kind === 'image' && about.some(({ subjectName }) => subjectName === scope);
}

function exemption({ id, openedBy, reviewedBy, reviewedAt, expiresAt, closedAt }: RecordedQuarantine): Exemption {
  return { id, openedBy, reviewedBy, reviewedAt: reviewedAt?.toISOString() ?? null, expiresAt: expiresAt.toISOString(), closedAt: closedAt?.toISOString() ?? null };
}
