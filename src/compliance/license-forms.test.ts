import fc from 'fast-check';

import { capturedTexts, licensedInventory, MIT_TEXT, type LicensedRow } from '../../tests/support/licensed-inventory.ts';
import { DEFAULT_POLICY } from '../licensing/policy.ts';
import { licenseCsv } from './license-csv.ts';
import { licenseHtml } from './license-html.ts';
import { licenseReport, type LicenseReport } from './license-report.ts';
import { licenseTable } from './license-table.ts';

type Rows = Readonly<Record<string, LicensedRow>>;
const reportOf = (rows: Rows): LicenseReport => licenseReport(licensedInventory(rows), DEFAULT_POLICY, capturedTexts(rows), '2026-11-23T00:00:00Z');

const hostile = fc.string({ unit: fc.constantFrom('=', '+', '@', '-', '"', ',', '\n', '\r', '\t', '\u001b', '<', '&', "'", ' ', 'a', 'ü', '|', '\u202e'), minLength: 1, maxLength: 30 });

/** RFC 4180, as an ordinary reader takes it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (const [, row] of text.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/gy)) {
    rows.push([...row!.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^",]*)/gy)].map(([, cell]) => (cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!)));
  }
  return rows;
}

describe('CSV', () => {
  it('reads back as one row a package, and no cell is a formula', () => {
    fc.assert(fc.property(fc.uniqueArray(hostile, { maxLength: 4 }), hostile, (names, version) => {
      const report = reportOf(Object.fromEntries(names.map((name) => [name, { license: 'MIT', version, text: MIT_TEXT }])));
      const [head, ...rows] = readCsv(licenseCsv(report));
      expect(rows.map((row) => row.length)).toEqual(rows.map(() => head!.length));
      expect(rows.map(([name]) => name!.replace(/^'/, ''))).toEqual(report.packages.map(({ name }) => name));
      for (const cell of rows.flat()) expect(cell).not.toMatch(/^\s*[=+\-@\t\r]/);
    }), { numRuns: 200 });
  });

  it('has declared and effective license, categories, and digests of texts', () => {
    const [head, row] = readCsv(licenseCsv(reportOf({ alpha: { license: 'MIT OR ISC', concluded: 'MIT', text: MIT_TEXT } })));
    const at = (column: string): string => row![head!.indexOf(column)]!;
    expect([at('package'), at('shipped'), at('declared'), at('effective'), at('categories'), at('license files'), at('verdict')]).toEqual(['alpha', 'yes', 'ISC OR MIT', 'MIT', 'permissive', 'COPYING', 'ALLOWED']);
  });
});

describe('the table', () => {
  it('has no control character, whatever packages are called', () => {
    fc.assert(fc.property(hostile, hostile, (name, license) => {
      expect(licenseTable(reportOf({ [name]: { license, version: name } }))).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }), { numRuns: 100 });
  });

  it('has one line for a license that is in every program', () => {
    const rows: Rows = { a: { license: 'MIT' }, b: { license: 'MIT' }, start: { license: 'LicenseRef-start', kind: 'runtime-component' } };
    const report = licenseReport(licensedInventory(rows, [['a', 'linksStatically', 'start'], ['b', 'linksStatically', 'start']]), DEFAULT_POLICY, capturedTexts(rows), '2026-11-23T00:00:00Z');
    expect(report.reviews.length).toBe(2);
    expect(licenseTable(report).split('\n').filter((line) => line.includes('LicenseRef-start of start'))).toEqual([expect.stringMatching(/into a.*; and into 1 more$/)]);
  });

  it('shows what ships, what is wrong, and ends in the verdict', () => {
    const lines = licenseTable(reportOf({ alpha: { license: 'NOASSERTION' }, beta: { license: 'MIT', text: MIT_TEXT }, tool: { license: 'MIT', scope: 'host' } })).trimEnd().split('\n');
    expect(lines.slice(0, 3).map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual(['PACKAGE | VERSION | LICENSE | COMES IN | TEXTS', 'alpha | 1.0 | NOASSERTION | file | 0 | REVIEW', 'beta | 1.0 | MIT | file | 1']);
    expect(lines).toContain('for review:');
    expect(lines.at(-1)).toMatch(/^REVIEW: 0 violations, 1 for review, by the policy default \(sha256:[0-9a-f]{64}\) on 2026-11-23$/);
  });
});

it('the page is text however packages are called, and runs nothing', () => {
  const tags = (page: string): string[] => [...new Set(page.match(/<\/?[a-z]+[^>]*>/gi) ?? [])].toSorted();
  const page = (name: string, license: string): string => [...licenseHtml(reportOf({ [name]: { license, version: name } }))].join('');
  const harmless = new Set([...tags(page('a', 'MIT')), ...tags(page('a', 'unreadable words'))]);
  fc.assert(fc.property(hostile, hostile, (name, license) => {
    expect(tags(page(name, license)).filter((tag) => !harmless.has(tag))).toEqual([]);
  }), { numRuns: 100 });
  expect(page('<script>', 'MIT')).not.toMatch(/<script|\bon[a-z]+=/i);
});
