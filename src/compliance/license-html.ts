import { html, htmlPage, htmlTable } from './html-page.ts';
import type { LicenseReport, ReportedViolation } from './license-report.ts';

/** The report as a page that needs nothing beside it. */
export function licenseHtml(report: LicenseReport): Iterable<string> {
  return htmlPage(`Licenses of ${report.build.board}: ${report.verdict}`, body(report));
}

function* body({ policy, judgedOn, build, packages, violations, reviews, passedByException, choices, obligations, textFindings }: LicenseReport): Generator<string> {
  yield `<p>Judged by the policy ${html(policy.name)} (sha256:${policy.sha256}) on ${html(judgedOn)}; definition ${html(build.definitionDigest)}.</p>\n`;
  yield* section('Violations', ['rule', 'package', 'license', 'way', 'what'], violations.map((one) => ({ cells: violationCells(one), className: 'violated' })));
  yield* section('For review', ['rule', 'package', 'license', 'way', 'what'], reviews.map((one) => ({ cells: violationCells(one), className: 'review' })));
  yield* section('Passed by exception', ['exception', 'until', 'package', 'license', 'reason'], passedByException.map(({ exception, package: name, license }) => ({ cells: [exception.id, exception.expires ?? '', name, license, exception.reason] })));
  yield* section('Packages', ['package', 'version', 'scope', 'comes in', 'licenses', 'categories', 'texts', 'verdict'], packages.map(({ name, version, scope, linkages, licenses, texts, verdict }) => ({
    cells: [name, version, scope, linkages.join(', '), licenses.map(({ license }) => license).join(', '), [...new Set(licenses.map(({ category }) => category))].join(', '), texts.map(({ path }) => path).join(', '), verdict],
    ...(verdict === 'ALLOWED' ? {} : { className: verdict === 'VIOLATED' ? 'violated' : 'review' }),
  })));
  yield* section('Choices', ['package', 'offered', 'taken', 'state', 'by', 'reason'], choices.map(({ package: name, offered, taken = '', state, by = '', reason = '', resurfacedBecause }) => ({ cells: [name, offered, taken, state, by, resurfacedBecause ?? reason] })));
  yield* section('Obligations', ['obligation', 'license', 'packages', 'fulfilled by', 'open'], obligations.map(({ obligation, license, packages: names, fulfilledBy, open }) => ({
    cells: [obligation, license, names.join(', '), [...new Set(fulfilledBy.map(({ by, path }) => (path === undefined ? by : `${by} ${path}`)))].join(', '), open.map(({ package: name, reason }) => `${name}: ${reason}`).join('; ')],
  })));
  yield* section('License texts', ['severity', 'what'], textFindings.map(({ severity, message }) => ({ cells: [severity, message] })));
}

function violationCells({ rule, package: name, license, path, message }: ReportedViolation): string[] {
  return [rule, name, license, path.join(' > '), message];
}

function* section(title: string, head: readonly string[], rows: readonly { cells: readonly string[]; className?: string }[]): Generator<string> {
  if (rows.length > 0) yield `<h2>${html(title)}</h2>\n${htmlTable(head, rows)}`;
}
