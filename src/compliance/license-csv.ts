import type { LicenseReport } from './license-report.ts';

const COLUMNS = ['package', 'version', 'scope', 'shipped', 'comes in', 'declared', 'concluded', 'effective', 'licenses', 'categories', 'license files', 'license file sha256', 'verdict', 'ref'] as const;

/** RFC 4180, one row a package. A cell that a spreadsheet would take for a formula has an apostrophe before it, and so has one that begins with one. */
export function licenseCsv({ packages }: LicenseReport): string {
  const rows = packages.map(({ name, version, scope, shipped, linkages, declared = '', concluded = '', effective = '', unreadable, licenses, texts, verdict, ref }) => [
    name, version, scope, shipped ? 'yes' : 'no', linkages.join(' '), unreadable ?? declared, concluded, effective, licenses.map(({ license }) => license).join('; '),
    [...new Set(licenses.map(({ category }) => category))].join(' '), texts.map(({ path }) => path).join('; '), texts.map(({ sha256, expectedSha256 }) => sha256 ?? expectedSha256 ?? '').join(' '), verdict, ref,
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Also behind blanks, and behind the tab and line ends that some programs skip. */
const FORMULA = /^\s*[=+\-@|%\t\r\n]|^'/;

function cell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
