import { canonicalJson } from '../foundation/canonical-json.ts';
import { displayPath, pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Change, Comparison } from './comparison.ts';
import { exitOf } from './verdict.ts';

export const COMPARISON_FORMAT = 'provenroot comparison 1';

/** One object in canonical form: the same comparison, the same bytes. Paths have a leading slash; what is no UTF-8 is also told in hexadecimal. */
export function comparisonJson(comparison: Comparison): string {
  return canonicalJson(wellFormed(presentComparison(comparison)));
}

export function presentComparison(comparison: Comparison): Record<string, unknown> {
  const { verdict, layout, changes, findings } = comparison;
  return { format: COMPARISON_FORMAT, verdict, exit: exitOf(comparison), layout, changes: changes.map(presentChange), findings };
}

export function presentChange({ place, path, otherPath, kind, classes, causes, noise, before, after, sizeDelta, parts, inside }: Change): Record<string, unknown> {
  return {
    place, ...presentPath('path', path), ...(otherPath === undefined ? {} : presentPath('otherPath', otherPath)), kind, classes,
    causes: causes.map(({ evidence, coverage, ...cause }) => ({ ...cause, coverage: rounded(coverage), evidence })), noise, sizeDelta,
    ...(before === undefined ? {} : { before: presentEntry(before) }), ...(after === undefined ? {} : { after: presentEntry(after) }),
    ...(parts === undefined ? {} : { parts }), ...(inside === undefined ? {} : { inside: presentComparison(inside) }),
  };
}

export function presentPath(field: string, path: PathBytes): Record<string, string> {
  const shown = displayPath(path);
  return { [field]: `/${shown}`, ...(pathBytes(shown) === path ? {} : { [`${field}Hex`]: Buffer.from(path, 'latin1').toString('hex') }) };
}

function presentEntry(entry: TreeEntry): Record<string, unknown> {
  const { target, ...rest } = { target: undefined, ...entry };
  return { ...rest, ...(target === undefined ? {} : presentPath('target', target)) };
}

/** Names of partitions are any 16-bit units, half of a pair among them. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toWellFormed(), wellFormed(field)])) : value;
}

/** Four digits: a share is no measurement. */
function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
