import type { ComponentChange, NamedComponent } from './component-changes.ts';
import { mostLines } from './most-lines.ts';

const MARKS = { critical: '!!', warning: '! ', note: '  ' } as const;
const RANKS = { critical: 0, warning: 1, note: 2 } as const;

/** One line a change, for people; what is worst first. */
export function componentLines(changes: readonly ComponentChange[], most: number): string[] {
  const rows = changes.toSorted((a, b) => RANKS[a.severity] - RANKS[b.severity]);
  return mostLines(rows.map((one) => `${MARKS[one.severity]} ${said(one)}`), most, 'changes');
}

function said(change: ComponentChange): string {
  const { kind, before, after, cause, from = '', to = '', cvesLost = [], cvesGained = [] } = change;
  const one = after ?? before!;
  switch (kind) {
    case 'added': return `+ ${spelled(one)}${because(cause.evidence)}`;
    case 'removed': return `- ${spelled(one)}${because(cause.evidence)}`;
    case 'renamed': return `> ${spelled(before!)} is now ${spelled(after!)}${because(cause.evidence)}`;
    case 'moved': return `> ${one.name}: moved from ${before!.scope} to ${after!.scope}`;
    case 'version-up': return `~ ${one.name} ${versions(change)}`;
    case 'version-down': return `~ ${one.name} ${versions(change)}: an earlier version`;
    case 'version-unorderable': return `~ ${one.name} ${versions(change)}: nobody can tell which is the later`;
    case 'source': return `~ ${spelled(one)}: the same version from other sources, ${cut(from)} → ${cut(to)}`;
    case 'patch-gained': return `~ ${spelled(one)}: patch ${to} is new${fixes(cvesGained, 'fixes')}${due(cause.code)}`;
    case 'patch-lost': return `~ ${spelled(one)}: patch ${from} is gone${fixes(cvesLost, 'fixed')}${due(cause.code)}`;
    case 'patch-changed': return `~ ${spelled(one)}: patch ${from.split('@')[0]!} is another${fixes(cvesLost, 'no more fixes')}${fixes(cvesGained, 'fixes')}${due(cause.code)}`;
    case 'license': return `~ ${spelled(one)}: license ${from} → ${to}${because(cause.evidence)}${due(cause.code)}`;
    case 'content': return `~ ${spelled(one)}: built otherwise${because(cause.evidence)}, ${cut(from)} → ${cut(to)}`;
  }
}

function spelled({ name, version }: NamedComponent): string {
  return version === '' ? name : `${name} ${version}`;
}

function versions({ before, after }: ComponentChange): string {
  return [before, after].map((one) => (one!.version === '' ? 'none' : one!.version)).join(' → ');
}

function because(evidence: readonly string[]): string {
  return evidence.length === 0 ? '' : ` (${evidence.join('; ')})`;
}

function due(code: ComponentChange['cause']['code']): string {
  return code === 'version' ? ', with the version' : '';
}

function fixes(ids: readonly string[], verb: string): string {
  return ids.length === 0 ? '' : `, which ${verb} ${ids.join(' ')}`;
}

function cut(digests: string): string {
  return digests.split(' ').map((digest) => digest.slice(0, 12)).join(' ');
}
