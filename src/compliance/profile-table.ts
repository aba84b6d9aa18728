import { displayPath, pathBytes } from '../tree/entry.ts';
import type { FieldSummary, ProfileReport, ProfileRow } from './profile-report.ts';

/** A report for a terminal: each field with its numbers, then what is not met, required fields first; of that at most `most` lines. */
export function profileTable(report: ProfileReport, most = 40): string {
  const { standard, met, summary, rows } = report;
  const lines = [
    `${standard}: ${met ? 'everything required is met' : 'not everything required is met'}`, '',
    tableLine('field', 'clause', 'demand', 'met', 'not met', 'n/a', ''), ...summary.map(summaryLine), ...missingLines(rows, most),
  ];
  return lines.map((line) => `${displayPath(pathBytes(line.trimEnd()))}\n`).join('');
}

function summaryLine({ field, clause, demand, met, notMet, notApplicable, percent }: FieldSummary): string {
  return tableLine(field, clause, demand, String(met), String(notMet), String(notApplicable), percent === undefined ? '-' : `${percent} %`);
}

function tableLine(field: string, clause: string, demand: string, met: string, notMet: string, notApplicable: string, percent: string): string {
  return `${field.padEnd(44)} ${clause.padEnd(23)} ${demand.padEnd(9)} ${met.padStart(6)} ${notMet.padStart(8)} ${notApplicable.padStart(6)} ${percent.padStart(8)}`;
}

const DEMANDS = ['required', 'if-exists', 'optional'];

function missingLines(rows: readonly ProfileRow[], most: number): string[] {
  const missing = rows.filter(({ status }) => status === 'not-met').toSorted((a, b) => DEMANDS.indexOf(a.demand) - DEMANDS.indexOf(b.demand));
  if (missing.length === 0) return [];
  const left = missing.length - most;
  return ['', 'not met:', ...missing.slice(0, most).map(missingLine), ...(left > 0 ? [`… and ${left} more; --format json has all`] : [])];
}

function missingLine({ field, demand, value, remedy, subject }: ProfileRow): string {
  return `  ${subjectWords(subject)}: ${field}${demand === 'required' ? '' : ` (${demand})`}: ${value}. ${remedy ?? ''}`;
}

function subjectWords(subject: ProfileRow['subject']): string {
  switch (subject.kind) {
    case 'document': return 'document';
    case 'component': return `${subject.name} ${subject.version.length > 40 ? `${subject.version.slice(0, 12)}…` : subject.version}`.trim();
    case 'files': return `${subject.count} files of ${subject.owner} (${subject.examples[0]}${subject.count > 1 ? ' …' : ''})`;
  }
}
