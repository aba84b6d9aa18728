import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { canonicalText } from './canonical-expression.ts';
import { normalizeBuildrootLicense } from './normalize-buildroot-license.ts';
import { parseExpression } from './parse-expression.ts';

/**
 * What `make show-info-all` of Buildroot 2026.08-rc1 (e991fa071605) says of every package that is not virtual; one row for each license
 * string and expression, with one of its packages. Expressions of strings that are not plain were read and corrected by a person.
 */
interface Row { target: number; host: number; packageName: string; text: string; expression: string; complete: boolean; rules: string }

const CORPUS = join(import.meta.dirname, '../../tests/support/buildroot-licenses.tsv');
const NO_STATEMENT = new Set(['unknown', '']);

let rows: Row[];

beforeAll(async () => {
  rows = (await readFile(CORPUS, 'utf8')).trimEnd().split('\n').map((line): Row => {
    const [target, host, packageName, text, expression, incomplete, rules] = line.split('\t');
    return { target: Number(target), host: Number(host), packageName: packageName!, text: JSON.parse(text!) as string, expression: expression!, complete: incomplete === '', rules: rules! };
  });
});

const targets = (chosen: readonly Row[]): number => chosen.reduce((sum, { target }) => sum + target, 0);
const percent = (part: number, whole: number): string => `${part} of ${whole}, ${(100 * part / whole).toFixed(2)} %`;

it('every license string of Buildroot is read as a person has read it', () => {
  const read = rows.map(({ text, packageName }) => {
    const { expression, complete, findings } = normalizeBuildrootLicense(text, packageName);
    return { text, packageName, expression, complete, rules: [...new Set(findings.map(({ rule }) => rule))].toSorted().join(' ') };
  });
  expect(read).toEqual(rows.map(({ text, packageName, expression, complete, rules }) => ({ text, packageName, expression, complete, rules })));
});

it('plain lists of ids are what replacing the separators gives', () => {
  const plain = rows.filter(({ text }) => /^[\w.+-]+(( or |, )[\w.+-]+)*$/.test(text))
    .map((row) => ({ row, parsed: parseExpression(`(${row.text.replaceAll(', ', ') AND (').replaceAll(' or ', ' OR ')})`).expression }))
    .flatMap(({ row, parsed }) => (parsed === undefined ? [] : [{ row, parsed }]));
  expect(targets(plain.map(({ row }) => row))).toBeGreaterThan(2400);
  for (const { row, parsed } of plain) expect(row.expression).toBe(canonicalText(parsed));
});

it('every expression is a valid one, and says NOASSERTION only with a finding', () => {
  for (const { expression, rules } of rows) {
    expect(parseExpression(expression).problems).toEqual([]);
    if (expression === 'NOASSERTION') expect(rules).not.toBe('');
  }
});

it('at least 97 of 100 packages that state a license get an expression with no reference of our own making', () => {
  const stated = rows.filter(({ text }) => !NO_STATEMENT.has(text));
  const known = stated.filter(({ expression }) => expression !== 'NOASSERTION');
  const onlyListed = known.filter(({ expression }) => !expression.includes('LicenseRef-'));
  const narrower = known.filter(({ rules }) => /exception-not-named|alternative-left-out/.test(rules));
  console.log([
    `target packages that state a license: an expression for ${percent(targets(known), targets(stated))}`,
    `  with ids of the SPDX list alone: ${percent(targets(onlyListed), targets(stated))}`,
    `  narrower than what was granted (an unnamed exception or choice left out, with a finding): ${targets(narrower)}`,
    `all target packages, also those that state none: ${percent(targets(known), targets(rows))}`,
  ].join('\n'));
  expect(targets(known) / targets(stated)).toBeGreaterThanOrEqual(0.97);
  const references = new Set(known.flatMap(({ expression }) => expression.match(/LicenseRef-\S+[^)\s]/g) ?? []).filter((reference) => !reference.startsWith('LicenseRef-scancode-')));
  const written = rows.map(({ text }) => text).join(' ');
  expect([...references].filter((reference) => !written.includes(reference))).toEqual([]);
});
