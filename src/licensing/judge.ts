import { isCompound, leavesOf, printLeaf, type Expression, type Leaf } from './expression.ts';
import { standingChoice } from './license-choice.ts';
import { categoryOf, type LicenseCategory } from './license-category.ts';
import { effectOf } from './linkage.ts';
import { parseExpression } from './parse-expression.ts';
import { ruleFor } from './policy-rules.ts';
import type { LicensePolicy, LicenseUsage, PolicyException, Verdict } from './policy.ts';
import { waysToSatisfy, type Way } from './ways-to-satisfy.ts';

export interface LicenseViolation {
  verdict: Exclude<Verdict, 'allow'>;
  /** A rule's id, or one of: bad-expression, too-many-ways, choice-open, choice-stale, otherwise. */
  rule: string;
  usage: LicenseUsage;
  /** As printed; the whole expression where it is not about one license. */
  license: string;
  message: string;
  /** The exception that let it pass until it ended. */
  expired: PolicyException | undefined;
}

export interface LicenseJudgement {
  /** In the order of the usages. */
  violations: readonly LicenseViolation[];
  /** What would be violations, had an exception not let them pass. */
  excepted: readonly { violation: LicenseViolation; exception: PolicyException }[];
  /** Under which licenses each usage stands, as decided or as the policy likes best; undefined where that cannot be told. */
  taken: readonly (Way | undefined)[];
  /** Exceptions that let nothing pass: they may go. */
  unused: readonly PolicyException[];
}

/** Weighs every usage. Of a choice without a decision the way with the mildest verdict counts, and of those the one that asks least: anyone may take it. */
export function judge(policy: LicensePolicy, usages: readonly LicenseUsage[], now: Date): LicenseJudgement {
  const judged = usages.map((usage) => judgeUsage(policy, usage));
  const found = judged.flatMap(({ violations }) => violations).map((violation) => withException(policy, violation, now));
  const excepted = found.flatMap(({ violation, exception, holds }) => (exception !== undefined && holds ? [{ violation, exception }] : []));
  return {
    violations: found.filter(({ holds }) => !holds).map(({ violation, exception }) => ({ ...violation, expired: exception })),
    excepted,
    taken: judged.map(({ taken }) => taken),
    unused: policy.exceptions.filter((exception) => !found.some((one) => one.exception === exception)),
  };
}

interface JudgedUsage { violations: readonly LicenseViolation[]; taken: Way | undefined }

function judgeUsage(policy: LicensePolicy, usage: LicenseUsage): JudgedUsage {
  const violation = (verdict: LicenseViolation['verdict'], rule: string, license: string, message: string): LicenseViolation => ({ verdict, rule, usage, license, message, expired: undefined });
  const { expression, problems } = parseExpression(usage.expression);
  if (expression === undefined) return { violations: [violation('review', 'bad-expression', usage.expression, problems[0].message)], taken: undefined };

  const choice = standingChoice(policy.choices, usage, expression);
  const stale = choice.kind === 'stale' && usage.linkage !== 'build-only'
    ? [violation('review', 'choice-stale', usage.expression, `the choice of ${choice.choice.chosen} by ${choice.choice.by} no longer holds: ${choice.reason}`)] : [];
  const { ways } = waysToSatisfy(choice.kind === 'holds' ? choice.expression : expression);
  if (ways === undefined) return { violations: [...stale, violation('review', 'too-many-ways', usage.expression, 'it can be satisfied in more ways than are looked at')], taken: undefined };

  const weighed = ways.map((way) => ({ way, leaves: way.map((leaf) => ({ leaf, ...weigh(policy, usage, leaf) })) }));
  const best = weighed.toSorted((a, b) => severity(a.leaves) - severity(b.leaves) || demand(a.way, policy) - demand(b.way, policy))[0]!;
  const open = policy.requireChoice && ways.length > 1 && usage.linkage !== 'build-only'
    ? [violation('review', 'choice-open', usage.expression, 'nobody has decided which of its licenses is taken')] : [];
  const violations = best.leaves.flatMap(({ leaf, verdict, rule, reason }) => (verdict === 'allow' ? [] : [violation(verdict, rule, printLeaf(leaf), `${printLeaf(leaf)} of ${spelledUse(usage)}: ${reason}`)]));
  return { violations: [...stale, ...open, ...violations], taken: best.way };
}

const WEIGHT = { allow: 0, review: 1, deny: 2 } as const;

/** The worst verdict first, then how many there are. */
function severity(leaves: readonly { verdict: Verdict }[]): number {
  const weights = leaves.map(({ verdict }) => WEIGHT[verdict]);
  return Math.max(...weights) * 1000 + weights.filter((weight) => weight > 0).length;
}

const DEMANDS: readonly (LicenseCategory | undefined)[] = ['public-domain', 'permissive', 'weak-copyleft', 'strong-copyleft', 'network-copyleft', 'restricted', 'non-commercial', 'proprietary', 'unstated', undefined];

/** Among ways with one verdict: the most that any of its licenses asks for. */
function demand(way: Way, { categories }: LicensePolicy): number {
  return Math.max(...way.map((leaf) => DEMANDS.indexOf(categoryOf(leaf, categories))));
}

function weigh(policy: LicensePolicy, usage: LicenseUsage, leaf: Leaf): { verdict: Verdict; rule: string; reason: string } {
  const { into } = usage;
  const rule = ruleFor(policy.rules, {
    license: printLeaf(leaf), category: categoryOf(leaf, policy.categories) ?? 'unknown', linkage: usage.linkage, effect: effectOf(leaf, usage.linkage, policy.categories),
    into: into === undefined ? undefined : categoriesOf(parseExpression(into.expression).expression, policy, usage), package: usage.package, component: usage.component,
  });
  return rule === undefined ? { verdict: policy.otherwise, rule: 'otherwise', reason: `no rule of ${policy.name} speaks of it` } : { verdict: rule.verdict, rule: rule.id, reason: rule.reason };
}

/** All that may hold for the whole: which of its own licenses is taken is not this usage's to say. Exceptions for programs do not reach modules. */
function categoriesOf(expression: Expression | undefined, policy: LicensePolicy, usage: LicenseUsage): readonly (LicenseCategory | 'unknown')[] {
  if (expression === undefined) return ['unknown'];
  if (isCompound(expression)) return leavesOf(expression).flatMap((leaf) => categoriesOf(leaf, policy, usage));
  const weighed = usage.linkage === 'kernel-module' && expression.kind === 'with' ? expression.license : expression;
  return [categoryOf(weighed, policy.categories) ?? 'unknown'];
}

function spelledUse({ package: name, component, linkage, into }: LicenseUsage): string {
  const part = component === undefined ? name : `${name} (${component})`;
  const target = into === undefined ? '' : ` into ${into.package}`;
  switch (linkage) {
    case 'file': return `${part}, shipped as a file`;
    case 'static': return `${part}, linked statically${target}`;
    case 'dynamic': return `${part}, linked dynamically${target}`;
    case 'kernel-module': return `${part}, a module linked${target === '' ? ' into the kernel' : target}`;
    case 'build-only': return `${part}, used while building`;
  }
}

function withException({ exceptions }: LicensePolicy, violation: LicenseViolation, now: Date): { violation: LicenseViolation; exception: PolicyException | undefined; holds: boolean } {
  const fitting = exceptions.filter((one) => one.package === violation.usage.package && fitsLicense(one, violation) && (one.linkages === undefined || one.linkages.includes(violation.usage.linkage)));
  const holding = fitting.find(({ expires }) => expires === undefined || now.toISOString().slice(0, 10) <= expires);
  return { violation, exception: holding ?? fitting[0], holds: holding !== undefined };
}

function fitsLicense({ license }: PolicyException, violation: LicenseViolation): boolean {
  return ruleFor([{ id: '', verdict: 'allow', licenses: [license], reason: '' }], { license: violation.license }) !== undefined;
}
