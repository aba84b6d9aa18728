import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Condition, OptionValue } from './model.ts';

export function sameValue(a: OptionValue, b: OptionValue): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** An absent condition holds; one on an option without a value does not. */
export function holds(condition: Condition | undefined, options: Readonly<Record<string, OptionValue>>): boolean {
  if (condition === undefined) return true;
  return Object.hasOwn(options, condition.option) && sameValue(options[condition.option]!, condition.equals);
}

/** `tls = true`, for people. */
export function spelledCondition(condition: Condition): string {
  return `${condition.option} = ${spelledValue(condition.equals)}`;
}

export function spelledValue(value: OptionValue): string {
  return typeof value === 'object' ? canonicalJson(value) : String(value);
}
