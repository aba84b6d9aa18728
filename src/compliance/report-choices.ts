import type { Component } from '../inventory/inventory.ts';
import { printLeaf } from '../licensing/expression.ts';
import type { LicenseJudgement } from '../licensing/judge.ts';
import { standingChoice } from '../licensing/license-choice.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { LicensePolicy } from '../licensing/policy.ts';
import { waysToSatisfy } from '../licensing/ways-to-satisfy.ts';
import type { PackageBasis } from './package-basis.ts';
import type { StandingDecisions } from './standing-decisions.ts';
import type { PlacedUsage } from './usages-of.ts';

/** One choice of licenses that what ships offers. */
export interface ReportedChoice {
  package: string;
  offered: string;
  /** The smallest sets of licenses that satisfy it; absent where there are too many. */
  ways?: readonly string[];
  /** What the report goes on: as decided, else the way that the policy likes best; absent where that differs by use or cannot be told. */
  taken?: string;
  /** `open`: nobody has decided. `carried`: decided for another version with the same texts. `resurfaced`: decided once, to be decided anew. */
  state: 'open' | 'holds' | 'carried' | 'resurfaced';
  by?: string;
  reason?: string;
  resurfacedBecause?: string;
}

interface Chosen {
  components: readonly Component[];
  usages: readonly PlacedUsage[];
  judgement: LicenseJudgement;
  policy: LicensePolicy;
  standing: StandingDecisions | undefined;
  bases: ReadonlyMap<string, PackageBasis>;
}

export function choicesOf({ components, usages, judgement, policy, standing, bases }: Chosen): ReportedChoice[] {
  const byRef = Map.groupBy(usages.map((usage, index) => ({ usage, way: judgement.taken[index] })), ({ usage }) => usage.ref);
  return components.flatMap((one): ReportedChoice[] => {
    const own = byRef.get(one.ref) ?? [];
    const offered = one.licenses.concluded;
    if (offered === undefined || own.every(({ usage }) => usage.linkage === 'build-only')) return [];
    const { expression } = parseExpression(offered);
    const { ways } = expression === undefined ? { ways: [] } : waysToSatisfy(expression);
    const told = decisionOf(one, offered, policy, standing, bases);
    if ((ways?.length ?? 2) < 2 && told.state === 'open') return [];
    const taken = [...new Set(own.map(({ way }) => (way === undefined ? '' : way.map(printLeaf).join(' AND '))))];
    return [{
      package: one.name, offered, ...(ways === undefined ? {} : { ways: ways.map((way) => way.map(printLeaf).join(' AND ')) }), ...(taken.length === 1 && taken[0] !== '' ? { taken: taken[0]! } : {}), ...told,
    }];
  });
}

type Told = Pick<ReportedChoice, 'state' | 'by' | 'reason' | 'resurfacedBecause'>;

/** A decision on record goes before a choice of the policy's file. */
function decisionOf({ ref, name, licenses }: Component, offered: string, policy: LicensePolicy, standing: StandingDecisions | undefined, bases: ReadonlyMap<string, PackageBasis>): Told {
  const recorded = standing?.decisions.find((one) => one.package === name && one.decision.kind === 'CHOICE');
  const { sourceDigest, licenseTextDigest } = bases.get(ref)!;
  const { expression } = parseExpression(offered);
  if (recorded !== undefined && recorded.state !== 'resurfaced') return { state: recorded.state, by: recorded.decision.actor, reason: recorded.decision.reason };
  const filed = expression === undefined ? { kind: 'none' as const } : standingChoice(policy.choices, { package: name, expression: offered, sourceDigest, licenseTextDigest }, expression);
  if (filed.kind === 'holds') return { state: 'holds', by: filed.choice.by, reason: filed.choice.reason };
  if (recorded !== undefined) return { state: 'resurfaced', by: recorded.decision.actor, reason: recorded.decision.reason, ...(recorded.reason === undefined ? {} : { resurfacedBecause: recorded.reason }) };
  if (filed.kind === 'stale') return { state: 'resurfaced', by: filed.choice.by, reason: filed.choice.reason, resurfacedBecause: filed.reason };
  return { state: standing === undefined && licenses.effectiveBasis === 'decision' ? 'holds' : 'open' };
}
