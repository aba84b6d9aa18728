import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { QuorumPolicy } from './quorum-policy.ts';
import type { RebuildResult } from './verdict.ts';

/** What one signed rebuild statement says of one artifact. */
export interface Run {
  /** Payload of the statement. */
  statement: Sha256;
  /** The operator that the trust root binds the signing key to. What a statement calls its operator counts for nothing. */
  operator: string;
  /** When the log saw it: RFC 3339, milliseconds, UTC. */
  at: string;
  definitionDigest: Sha256;
  verdict: RebuildResult;
}

/** `yes` and `no`: the newest comparable run; `flaky`: many runs that are neither; `stale`: a yes that is too old. */
export interface Vote {
  operator: string;
  vote: 'yes' | 'no' | 'flaky' | 'stale';
  at: string;
  statement: Sha256;
  /** The newest run was bit for bit the same, whatever else a policy accepts. */
  exact: boolean;
  /** Comparable runs, and those of them that said yes. */
  runs: number;
  reproduced: number;
  /** Wilson's 95 % interval of the reproduced share. */
  interval: readonly [low: number, high: number];
}

/** Fewer runs say nothing about chance (study C.5). */
const FLAKY_RUNS = 5;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface VoteQuestion { definitionDigest: Sha256; policy: QuorumPolicy; now: string }

/**
 * One vote an operator, however many runs, machines or keys it has. Counted are runs of this very definition, not behind
 * `now`, that came to a yes or a no: a rebuild that failed says nothing about the bytes.
 */
export function votesOf(runs: readonly Run[], { definitionDigest, policy, now }: VoteQuestion): Vote[] {
  const comparable = runs.filter((run) => run.definitionDigest === definitionDigest && run.at <= now && isDecided(run.verdict) && (policy.of === null || policy.of.includes(run.operator)));
  const byOperator = new Map<string, Run[]>();
  for (const run of comparable) byOperator.set(run.operator, [...(byOperator.get(run.operator) ?? []), run]);
  return [...byOperator].toSorted(([a], [b]) => compareText(a, b)).map(([operator, own]) => voteOf(operator, own, policy, now));
}

function voteOf(operator: string, runs: readonly Run[], policy: QuorumPolicy, now: string): Vote {
  const newest = runs.toSorted((a, b) => compareText(b.at, a.at) || compareText(a.statement, b.statement))[0]!;
  const reproduced = runs.filter(({ verdict }) => isYes(verdict, policy)).length;
  const interval = wilsonInterval(reproduced, runs.length);
  const flaky = runs.length >= FLAKY_RUNS && interval[0] > 0.05 && interval[1] < 0.95;
  const tooOld = Date.parse(now) - Date.parse(newest.at) > policy.maxAgeDays * DAY_MS;
  const vote = flaky ? 'flaky' : !isYes(newest.verdict, policy) ? 'no' : tooOld ? 'stale' : 'yes';
  return { operator, vote, at: newest.at, statement: newest.statement, exact: newest.verdict === 'REPRODUCED', runs: runs.length, reproduced, interval };
}

function isDecided(verdict: RebuildResult): boolean {
  return verdict === 'REPRODUCED' || verdict === 'EQUIVALENT' || verdict === 'NOT_REPRODUCED' || verdict === 'MISSING_OUTPUT';
}

function isYes(verdict: RebuildResult, { accept }: QuorumPolicy): boolean {
  return (accept as readonly string[]).includes(verdict);
}

const Z = 1.96;

/** E. B. Wilson, 1927: the 95 % score interval of a share; the whole range where nothing was tried. */
export function wilsonInterval(successes: number, trials: number): [low: number, high: number] {
  if (trials === 0) return [0, 1];
  const share = successes / trials;
  const scale = 1 + Z * Z / trials;
  const middle = (share + Z * Z / (2 * trials)) / scale;
  const spread = Z / scale * Math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials));
  return [Math.max(0, middle - spread), Math.min(1, middle + spread)];
}
