import { compareText } from './order.ts';

/** One thing that is wrong (or worth knowing) in an input; checks return all of them, sorted. */
export interface Finding {
  severity: 'error' | 'warning' | 'note';
  /** File, relative to the catalog or as the user gave it. */
  path: string;
  /** 1-based; 0 where a file has no lines. */
  line: number;
  /** Rule id, kebab-case. */
  rule: string;
  message: string;
  /** What to write instead, or what to do. */
  suggestion?: string;
}

export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) => compareText(a.path, b.path) || a.line - b.line || compareText(a.rule, b.rule) || compareText(a.message, b.message),
  );
}
