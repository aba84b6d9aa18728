import { variationRule, type VariationName } from '../catalog/variation-name.ts';
import type { Blame } from './search-causes.ts';

/**
 * The reasons of a recipe for what was found: each cause must have a condition that the recipe deviates from. Undefined
 * where one has none; what differs by itself is never excused.
 */
export function excusedBy({ causes }: Blame, deviations: readonly { rule: string; reason: string }[]): string[] | undefined {
  const reasons = new Map(deviations.map(({ rule, reason }) => [rule, reason]));
  const reasonOf = (cause: readonly VariationName[]): string | undefined => cause.map((name) => reasons.get(variationRule(name))).find((reason) => reason !== undefined);
  const found = causes.map(reasonOf);
  const given = found.filter((reason) => reason !== undefined);
  return given.length > 0 && given.length === found.length ? [...new Set(given)] : undefined;
}
