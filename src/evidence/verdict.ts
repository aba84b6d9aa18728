import type { FailureKind } from '../build/failure-kind.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { Equivalence } from './normalisers.ts';
import type { BuildStatement } from './statement-schema.ts';

/** Of one artifact, from the best to the worst (study C.2). */
export const ARTIFACT_VERDICTS = ['REPRODUCED', 'EQUIVALENT', 'INCONCLUSIVE', 'EXTRA_OUTPUT', 'MISSING_OUTPUT', 'NOT_REPRODUCED'] as const;
export type ArtifactVerdict = (typeof ARTIFACT_VERDICTS)[number];
export type RebuildResult = ArtifactVerdict | 'BUILD_FAILED' | 'ERROR';

/** Bytes that a statement or a rebuild names. */
export interface NamedDigest { name: string; sha256: Sha256 }

export interface JudgedArtifact {
  name: string;
  verdict: ArtifactVerdict;
  /** Absent for an EXTRA_OUTPUT. */
  expected?: Sha256;
  /** Absent for a MISSING_OUTPUT, and where nothing was built. */
  actual?: Sha256;
  /** What makes both equal: EQUIVALENT only. */
  equivalence?: Equivalence;
  /** One sentence beside the verdict. */
  detail?: string;
}

export interface Comparison {
  /** Definitions agree: only then is a difference a difference. */
  comparable: boolean;
  /** Tried for artifacts whose bytes differ; undefined where no normaliser makes them equal or the bytes are not at hand. */
  equivalence?: (artifact: { name: string; expected: Sha256; actual: Sha256 }) => Promise<Equivalence | undefined>;
}

/** Each artifact by name, sorted; by digest alone, so that no path or name can turn a verdict. */
export async function judgeArtifacts(expected: readonly NamedDigest[], actual: readonly NamedDigest[], comparison: Comparison): Promise<JudgedArtifact[]> {
  const before = new Map(expected.map(({ name, sha256 }) => [name, sha256]));
  const after = new Map(actual.map(({ name, sha256 }) => [name, sha256]));
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted(compareText);
  const judged: JudgedArtifact[] = [];
  for (const name of names) judged.push(await judgedArtifact(name, before.get(name), after.get(name), comparison));
  return judged;
}

async function judgedArtifact(name: string, expected: Sha256 | undefined, actual: Sha256 | undefined, { comparable, equivalence }: Comparison): Promise<JudgedArtifact> {
  const both = { name, ...(expected === undefined ? {} : { expected }), ...(actual === undefined ? {} : { actual }) };
  if (!comparable) return { ...both, verdict: 'INCONCLUSIVE', detail: 'the definitions differ' };
  if (expected === undefined) return { ...both, verdict: 'EXTRA_OUTPUT' };
  if (actual === undefined) return { ...both, verdict: 'MISSING_OUTPUT' };
  if (expected === actual) return { ...both, verdict: 'REPRODUCED' };
  const found = await equivalence?.({ name, expected, actual });
  return found === undefined ? { ...both, verdict: 'NOT_REPRODUCED' } : { ...both, verdict: 'EQUIVALENT', equivalence: found };
}

/** The worst of its artifacts; nothing to compare decides nothing. */
export function outcomeOf(artifacts: readonly Pick<JudgedArtifact, 'verdict'>[]): ArtifactVerdict {
  const worst = Math.max(-1, ...artifacts.map(({ verdict }) => ARTIFACT_VERDICTS.indexOf(verdict)));
  return ARTIFACT_VERDICTS[worst] ?? 'INCONCLUSIVE';
}

/** The images of a statement as a rebuild must give them: what a user gets, not what lies within. */
export function expectedArtifacts({ subject }: Pick<BuildStatement, 'subject'>): NamedDigest[] {
  return subject.filter(({ annotations }) => annotations['uncompressedFormOf'] === undefined).map(({ name, digest }) => ({ name, sha256: digest.sha256 }));
}

/** Bytes within a compressed image, as the statement names them. */
export function uncompressedForm({ subject }: Pick<BuildStatement, 'subject'>, name: string): Sha256 | undefined {
  return subject.find(({ annotations }) => annotations['uncompressedFormOf'] === name)?.digest.sha256;
}

export type FailedRebuild = { result: 'BUILD_FAILED' | 'ERROR'; subcode: string };

const BUILD_FAILURES: Readonly<Partial<Record<FailureKind, string>>> = {
  'compile': 'compile', 'configure': 'compile', 'install': 'compile', 'unpack': 'compile', 'input-conflict': 'compile', 'root-conflict': 'compile', 'image': 'compile',
  'patch-rejected': 'patch_rejected', 'source-hash': 'hash_mismatch_source', 'configuration-unsatisfied': 'config_unsatisfiable',
};
/** Of these a machine may be to blame; a second one of another size would have to say the same. */
const ERRORS: Readonly<Partial<Record<FailureKind, string>>> = {
  'out-of-memory': 'oom', 'time-limit': 'timeout', 'disk-full': 'disk_full', 'source-unreachable': 'input_missing', 'engine-unreachable': 'rootfs_unavailable', 'cancelled': 'worker_lost', 'internal': 'internal',
};

/** A rebuild that gave no images: whether the sources say no, or our side failed (study C.2). */
export function failedRebuild(kind: string): FailedRebuild {
  const subcode = BUILD_FAILURES[kind as FailureKind];
  return subcode === undefined ? { result: 'ERROR', subcode: ERRORS[kind as FailureKind] ?? 'internal' } : { result: 'BUILD_FAILED', subcode };
}
