import type { LicenseCategory } from './license-category.ts';
import type { Effect, Linkage } from './linkage.ts';
import type { PolicyRule } from './policy.ts';

/** What a rule is held against. */
interface Weighed {
  license: string;
  category?: LicenseCategory | 'unknown';
  linkage?: Linkage;
  effect?: Effect;
  into?: readonly (LicenseCategory | 'unknown')[] | undefined;
  package?: string;
  component?: string | undefined;
}

/** The first rule that fits. */
export function ruleFor(rules: readonly PolicyRule[], weighed: Weighed): PolicyRule | undefined {
  return rules.find((rule) => fits(rule, weighed));
}

function fits(rule: PolicyRule, { license, category, linkage, effect, into, package: name, component }: Weighed): boolean {
  return among(rule.categories, category) && among(rule.linkages, linkage) && among(rule.effects, effect)
    && (rule.into === undefined || (into ?? []).some((one) => rule.into!.includes(one)))
    && matches(rule.licenses, license) && matches(rule.packages, name) && matches(rule.components, component);
}

function among<T>(wanted: readonly T[] | undefined, value: T | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function matches(patterns: readonly string[] | undefined, text: string | undefined): boolean {
  return patterns === undefined || (text !== undefined && matchesOne(patterns, text));
}

/** A few licenses are held against the same patterns thousands of times. */
const ANSWERS = new WeakMap<readonly string[], Map<string, boolean>>();

function matchesOne(patterns: readonly string[], text: string): boolean {
  const known = ANSWERS.get(patterns) ?? new Map<string, boolean>();
  ANSWERS.set(patterns, known);
  const answer = known.get(text) ?? patterns.some((pattern) => matchesPattern(pattern, text));
  known.set(text, answer);
  return answer;
}

/** `*` is any text, also none; everything else is itself. Without regular expressions: the pattern comes from a file. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (parts.length === 1) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
