import type { LicenseReport, ReportedViolation } from './license-report.ts';
import { plainLine } from './plain-text.ts';
import type { ReportedPackage } from './report-packages.ts';

/** Wider columns are cut with an ellipsis; reports in JSON and CSV have all of it. */
const WIDTHS = { name: 28, version: 16, license: 48 } as const;

/** For a terminal: packages, then what is wrong, then counts and the verdict; no line has a control character. */
export function licenseTable(report: LicenseReport): string {
  const { packages, violations, reviews, passedByException, choices, conclusions, obligations, textFindings, summary, policy, verdict, judgedOn } = report;
  const open = obligations.flatMap(({ obligation, license, open: all }) => all.map(({ package: name, reason }) => `${name}: ${license} asks for ${obligation.replaceAll('-', ' ')}: ${reason}`));
  const resurfaced = [...choices, ...conclusions].filter(({ state }) => state === 'resurfaced');
  const lines = [
    ...columns([['PACKAGE', 'VERSION', 'LICENSE', 'COMES IN', 'TEXTS', ''], ...packages.filter(({ shipped }) => shipped).map(row)]),
    ...section('violations', grouped(violations)), ...section('for review', grouped(reviews)),
    ...section('passed by exception', passedByException.map((one) => `${spelled(one)}; ${one.exception.id}: ${one.exception.reason}${one.exception.expires === undefined ? '' : `, until ${one.exception.expires}`}`)),
    ...section('open choices', choices.filter(({ state }) => state === 'open').map(({ package: name, offered, taken }) => `${name}: ${offered}${taken === undefined ? '' : `; this report goes by ${taken}`}`)),
    ...section('to be decided anew', resurfaced.map(({ package: name, resurfacedBecause = '' }) => `${name}: ${resurfacedBecause}`)),
    ...section('owed, and fulfilled by nothing here', open),
    ...section('license texts', textFindings.filter(({ severity }) => severity !== 'note').map(({ message }) => message)),
    '',
    `${summary.shipped} of ${summary.packages} packages ship; ${summary.byCategory.filter(({ shipped }) => shipped > 0).map(({ category, shipped }) => `${shipped} ${category}`).join(', ') || 'none has a license'}`,
    `${verdict}: ${violations.length} violations, ${reviews.length} for review, by the policy ${policy.name} (sha256:${policy.sha256}) on ${judgedOn}`,
  ];
  return `${lines.map(plainLine).join('\n')}\n`;
}

function row({ name, version, licenses, linkages, texts, verdict }: ReportedPackage): string[] {
  const wrong = texts.filter(({ sha256, expectedSha256 }) => sha256 === undefined || (expectedSha256 !== undefined && expectedSha256 !== sha256)).length;
  return [
    cut(name, WIDTHS.name), cut(version, WIDTHS.version), cut(licenses.map(({ license }) => license).join(', ') || 'unknown', WIDTHS.license), linkages.join(', '),
    `${texts.length}${wrong === 0 ? '' : `, ${wrong} wrong`}`, verdict === 'ALLOWED' ? '' : verdict,
  ];
}

/** What the compiler leaves behind is in every program: one line for all of them. */
function grouped(all: readonly ReportedViolation[]): string[] {
  return [...Map.groupBy(all, ({ rule, package: name, license, linkage, message }) => JSON.stringify([rule, name, license, linkage ?? message])).values()]
    .map((group) => `${spelled(group[0]!)}${group.length === 1 ? '' : `; and into ${group.length - 1} more`}`);
}

function spelled({ path, message, expired }: ReportedViolation): string {
  return `${message} (${path.join(' > ')})${expired === undefined ? '' : `; its exception ${expired.id} ended on ${expired.expires}`}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd());
}
