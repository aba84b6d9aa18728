import { canonicalJson } from '../foundation/canonical-json.ts';
import { displayPath, pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Change, Comparison } from './comparison.ts';
import { exitOf } from './verdict.ts';

export const COMPARISON_FORMAT = 'provenroot comparison 1';

/** One object in canonical form: the same comparison, the same bytes. Paths have a leading slash; what is no UTF-8 is also told in hexadecimal. */
export function comparisonJson(comparison: Comparison): string {
  return canonicalJson(presentComparison(comparison));
}

function presentComparison(comparison: Comparison): Record<string, unknown> {
  const { verdict, layout, changes, findings } = comparison;
  return { format: COMPARISON_FORMAT, verdict, exit: exitOf(comparison), layout, changes: changes.map(presentChange), findings: findings.map(({ message, ...finding }) => ({ ...finding, message: wellFormed(message) })) };
}

function presentChange({ place, path, otherPath, kind, classes, causes, noise, before, after, sizeDelta, parts, inside }: Change): Record<string, unknown> {
  return {
    place, ...presentPath('path', path), ...(otherPath === undefined ? {} : presentPath('otherPath', otherPath)), kind, classes,
    causes: causes.map(({ evidence, coverage, ...cause }) => ({ ...cause, coverage: rounded(coverage), evidence: evidence.map(wellFormed) })), noise, sizeDelta,
    ...(before === undefined ? {} : { before: presentEntry(before) }), ...(after === undefined ? {} : { after: presentEntry(after) }),
    ...(parts === undefined ? {} : { parts }), ...(inside === undefined ? {} : { inside: presentComparison(inside) }),
  };
}

function presentPath(field: string, path: PathBytes): Record<string, string> {
  const shown = displayPath(path);
  return { [field]: `/${shown}`, ...(pathBytes(shown) === path ? {} : { [`${field}Hex`]: Buffer.from(path, 'latin1').toString('hex') }) };
}

function presentEntry(entry: TreeEntry): Record<string, unknown> {
  const { target, ...rest } = { target: undefined, ...entry };
  return { ...rest, ...(target === undefined ? {} : presentPath('target', target)) };
}

/** Evidence is taken out of files as bytes. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** Four digits: a share is no measurement. */
function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
