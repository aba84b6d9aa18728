import type { ArtifactVerdict } from '../evidence/verdict.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { VERIFY } from '../records/build-reference.ts';
import { judgeBytes, operatorOf, rootOnRecord } from './judge-artifacts.ts';
import type { Workshop } from './workshop.ts';

/** All that is known here of some bytes; nothing is rebuilt. Times are RFC 3339, UTC. */
export interface WhoMade {
  sha256: Sha256;
  /** Of this record, newest first; rebuilds that were made to check another are left out. */
  builds: readonly { build: string; target: string; image: string; definitionDigest: string; finishedAt: string | null }[];
  /** Oldest first. */
  statements: readonly StatementAbout[];
  releases: readonly { product: string; version: string; build: string; statement: string; createdAt: string }[];
  aggregate: { state: string; count: number; reasons: readonly string[] };
}

interface StatementAbout {
  statement: string;
  predicateType: string;
  /** What it calls these bytes. */
  name: string;
  /** As this home's root calls the holder of the key; null where the root knows none of the keys. */
  operator: string | null;
  verdict: ArtifactVerdict | null;
  at: string;
  logIndex: number | null;
}

const AT_MOST = 100;

export async function whoMade(digest: Sha256, workshop: Pick<Workshop, 'records' | 'reads' | 'clock'>): Promise<WhoMade> {
  const { reads } = workshop;
  const [root, judged, about, uses] = await Promise.all([
    rootOnRecord(workshop), judgeBytes([digest], workshop), reads.evidence.bySubject([digest], AT_MOST), reads.artifacts.usesOf([digest], AT_MOST),
  ]);
  const images = (uses.get(digest) ?? []).filter(({ role }) => role === 'IMAGE');
  const builds = (await reads.builds.byId(images.map(({ buildId }) => buildId))).filter(({ purpose }) => purpose !== VERIFY);
  const releases = await reads.releases.ofBuilds(builds.map(({ id }) => id));
  const aggregate = judged.get(digest)!;
  return {
    sha256: digest,
    builds: images.flatMap(({ buildId, name }) => builds.filter(({ id }) => id === buildId).map(({ targetName, definitionDigest, finishedAt }) => ({
      build: buildId, target: targetName, image: name.toString('utf8'), definitionDigest, finishedAt: finishedAt?.toISOString() ?? null,
    }))),
    statements: (about.get(digest) ?? []).toReversed().map(({ payloadSha256, predicateType, subjectName, keyIds, verdict, recordedAt, loggedAt, logIndex }) => ({
      statement: payloadSha256, predicateType, name: subjectName, operator: root === undefined ? null : operatorOf(keyIds, root),
      verdict: verdict as ArtifactVerdict | null, at: (loggedAt ?? recordedAt).toISOString(), logIndex,
    })),
    releases: [...releases.values()].flat().map(({ product, version, buildId, statementSha256, createdAt }) => ({ product, version, build: buildId, statement: statementSha256, createdAt: createdAt.toISOString() })),
    aggregate: { state: aggregate.state, count: aggregate.independent, reasons: aggregate.reasons },
  };
}
