import type { Sha256 } from '../foundation/digest.ts';
import type { QuorumPolicy } from './quorum-policy.ts';
import { votesOf, type Run, type Vote } from './votes.ts';

export type AggregateState = 'VERIFIED' | 'VERIFIED_BY_ONE' | 'DISPUTED' | 'REFUTED' | 'FLAKY' | 'STALE' | 'UNVERIFIED' | 'QUARANTINED';

/** An exemption as it is on record, as far as it counts for these bytes. */
export interface Exemption { id: string; reviewedAt: string | null; openedBy: string; reviewedBy: string | null; expiresAt: string; closedAt: string | null }

export interface AggregateQuestion {
  runs: readonly Run[];
  /** Of the provenance in question. */
  definitionDigest: Sha256;
  /** The operator that the trust root binds the builder's key to: its own rebuilds are not independent. */
  builderOperator: string;
  exemptions: readonly Exemption[];
  policy: QuorumPolicy;
  /** RFC 3339, milliseconds, UTC: what was believed then. */
  now: string;
}

export interface Aggregate {
  state: AggregateState;
  /** What it would be without the exemption; the same where there is none. */
  underlying: Exclude<AggregateState, 'QUARANTINED'>;
  /** VERIFIED(k): independent operators that say yes. */
  independent: number;
  /** Whether a gate lets it through: an exemption changes this and no verdict. */
  gate: 'pass' | 'fail';
  reasons: readonly string[];
  votes: readonly Vote[];
  /** Operators whose vote stands against the state, below a quorum: an alarm all the same. */
  dissent: readonly string[];
  exemption?: string;
}

/** What several rebuilders' words are worth together. Pure: the same runs, policy and time give the same answer. */
export function aggregateOf(question: AggregateQuestion): Aggregate {
  const { policy, builderOperator, exemptions, now } = question;
  const votes = votesOf(question.runs, question);
  const counted = policy.includesOriginalBuilder ? votes : votes.filter(({ operator }) => operator !== builderOperator);
  const own = policy.includesOriginalBuilder ? undefined : votes.find(({ operator }) => operator === builderOperator);
  const tally = tallyOf(counted);
  const { state: underlying, reasons } = stateOf(tally, own, policy.need);
  const exemption = ALARMS.has(underlying) ? exemptions.find((one) => isActive(one, now)) : undefined;
  const state = exemption === undefined ? underlying : 'QUARANTINED';
  return {
    state, underlying, independent: tally.yes.length, votes, reasons, dissent: dissentOf(underlying, votes),
    gate: state === 'VERIFIED' || state === 'QUARANTINED' ? 'pass' : 'fail',
    ...(exemption === undefined ? {} : { exemption: exemption.id }),
  };
}

const ALARMS: ReadonlySet<string> = new Set(['DISPUTED', 'REFUTED', 'FLAKY']);

interface Tally { yes: readonly string[]; no: readonly string[]; flaky: readonly string[]; stale: readonly string[] }

function tallyOf(votes: readonly Vote[]): Tally {
  const of = (vote: Vote['vote']): string[] => votes.filter((one) => one.vote === vote).map(({ operator }) => operator);
  return { yes: of('yes'), no: of('no'), flaky: of('flaky'), stale: of('stale') };
}

type Decided = { state: Exclude<AggregateState, 'QUARANTINED'>; reasons: string[] };

/**
 * A side that has its quorum decides; one below it is heard as dissent and changes nothing, so that fewer liars than the
 * quorum can not turn an answer that honest rebuilders have given. Only where nobody has it, a contradiction is a dispute.
 */
function stateOf({ yes, no, flaky, stale }: Tally, own: Vote | undefined, need: number): Decided {
  const told = (state: Decided['state'], ...reasons: string[]): Decided => ({ state, reasons });
  if (flaky.length >= need) return told('FLAKY', `${said(flaky)} get the same bytes only at times`);
  if (yes.length >= need && no.length >= need) return told('DISPUTED', `${said(yes)} reproduced it, ${said(no)} did not`);
  if (yes.length >= need) return told('VERIFIED', `${said(yes)} reproduced it, needed are ${need}`, ...against([...no, ...flaky]));
  if (no.length >= need) return told('REFUTED', `${said(no)} did not reproduce it, needed are ${need}`, ...against([...yes, ...flaky]));
  if (flaky.length > 0) return told('FLAKY', `${said(flaky)} get the same bytes only at times`);
  if (yes.length > 0 && no.length > 0) return told('DISPUTED', `${said(yes)} reproduced it, ${said(no)} did not`);
  if (no.length > 0) return told('DISPUTED', `the builder says these bytes, ${said(no)} got others`);
  if (yes.length > 0) return told('VERIFIED_BY_ONE', `${said(yes)} reproduced it, needed are ${need}`);
  if (stale.length > 0) return told('STALE', `the last success, by ${said(stale)}, is too long ago`);
  return byItself(own, told);
}

/** Nobody else has tried: the builder's own word, which is worth a hint and no more. */
function byItself(own: Vote | undefined, told: (state: Decided['state'], ...reasons: string[]) => Decided): Decided {
  switch (own?.vote) {
    case 'yes': return told('VERIFIED_BY_ONE', `only ${own.operator}, who built it, reproduced it`);
    case 'no': return told('DISPUTED', `${own.operator}, who built it, did not get the same bytes again`);
    case 'flaky': return told('FLAKY', `${own.operator}, who built it, gets the same bytes only at times`);
    case 'stale': return told('STALE', `the last success, by ${own.operator}, who built it, is too long ago`);
    case undefined: return told('UNVERIFIED', 'nobody whom the root trusts has rebuilt it');
  }
}

const said = (operators: readonly string[]): string => operators.join(', ');

function against(operators: readonly string[]): string[] {
  return operators.length === 0 ? [] : [`against it, below a quorum: ${said(operators)}`];
}

function dissentOf(state: AggregateState, votes: readonly Vote[]): string[] {
  const contrary: Partial<Record<AggregateState, readonly Vote['vote'][]>> = { VERIFIED: ['no', 'flaky'], REFUTED: ['yes', 'flaky'] };
  return votes.filter(({ vote }) => contrary[state]?.includes(vote) === true).map(({ operator }) => operator);
}

/** Reviewed by another than who opened it, and neither closed nor over. */
function isActive({ reviewedAt, openedBy, reviewedBy, expiresAt, closedAt }: Exemption, now: string): boolean {
  return reviewedAt !== null && reviewedBy !== null && reviewedBy !== openedBy && reviewedAt <= now && now < expiresAt && (closedAt === null || now < closedAt);
}
