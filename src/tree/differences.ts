import { canonicalJson } from '../foundation/canonical-json.ts';
import { displayPath, type PathBytes, type TreeEntry } from './entry.ts';
import { comparePaths, type Tree } from './tree.ts';

export interface TreeDifference {
  /** As people read it, without a leading slash. */
  path: string;
  kind: 'added' | 'removed' | 'changed';
  /** Of a changed path: which fields of its entry differ (`sha256`, `mode`, `target` …), sorted; else empty. */
  fields: readonly string[];
}

/** Where `b` differs from `a`, in the trees' order. Empty exactly where the trees are equal. */
export function treeDifferences(a: Tree, b: Tree): TreeDifference[] {
  const paths = new Set<PathBytes>([...a.entries.keys(), ...b.entries.keys()]);
  return [...paths].toSorted(comparePaths).flatMap((path): TreeDifference[] => {
    const before = a.entries.get(path);
    const after = b.entries.get(path);
    const place = displayPath(path);
    if (before === undefined) return [{ path: place, kind: 'added', fields: [] }];
    if (after === undefined) return [{ path: place, kind: 'removed', fields: [] }];
    const fields = differingFields(before, after);
    return fields.length === 0 ? [] : [{ path: place, kind: 'changed', fields }];
  });
}

function differingFields(a: TreeEntry, b: TreeEntry): string[] {
  const left: Readonly<Record<string, unknown>> = { ...a };
  const right: Readonly<Record<string, unknown>> = { ...b };
  const fields = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...fields].filter((field) => text(left[field]) !== text(right[field])).toSorted();
}

function text(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}
