import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

import fc from 'fast-check';

import { canonicalExpression, formKey } from '../../src/licensing/canonical-expression.ts';
import { compareExpressions } from '../../src/licensing/equalities.ts';
import { LICENSE_LIST } from '../../src/licensing/license-list.ts';
import { parseExpression } from '../../src/licensing/parse-expression.ts';
import { smallExpression } from '../support/expressions.ts';
import { printExpression } from '../../src/licensing/expression.ts';

/** What another parser says of a text: the text of what it read, or undefined where it refuses. */
type Verdicts = (texts: readonly string[]) => (string | undefined)[];

/** Why an oracle may say something else; the first that applies to a text explains it. */
interface Difference { weAccept: boolean; why: string; applies(text: string): boolean }

const words = (text: string): string[] => text.match(/[^\s()]+/g) ?? [];
const isOperator = (word: string): boolean => /^(and|or|with)$/i.test(word);

const id = fc.oneof(
  { arbitrary: fc.constantFrom(...LICENSE_LIST.licenseIds), weight: 6 },
  { arbitrary: fc.constantFrom(...LICENSE_LIST.exceptionIds), weight: 1 },
  { arbitrary: fc.constantFrom('MIT', 'GPL-2.0', 'GPL-2.0+', 'Apache-2.0+', 'GPL-2.0-or-later+', 'mit', 'gpl-2.0-only', 'LicenseRef-a', 'DocumentRef-a:LicenseRef-b', 'AdditionRef-a', 'NONE', 'NOASSERTION', 'BSD', 'LicenseRef-', '+', 'MIT,'), weight: 3 },
);
const operator = fc.oneof({ arbitrary: fc.constantFrom(' AND ', ' OR '), weight: 8 }, fc.constantFrom(' and ', ' or ', ' And ', '\tOR ', 'AND ', ' '));
const withException = fc.tuple(id, fc.constantFrom(' WITH ', ' with '), fc.constantFrom(...LICENSE_LIST.exceptionIds, 'MIT', 'AdditionRef-a')).map((parts) => parts.join(''));
const text = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof({ maxDepth: 3, depthSize: 'small' }, { arbitrary: id, weight: 4 }, { arbitrary: withException, weight: 2 },
    { arbitrary: fc.tuple(tie('text'), operator, tie('text')).map((parts) => parts.join('')), weight: 5 },
    { arbitrary: fc.tuple(fc.constantFrom('(', '( ', '(('), tie('text'), fc.constantFrom(')', ' )', '))')).map((parts) => parts.join('')), weight: 2 }),
})).text;

/** One for each difference of the tables, so that none depends on chance. */
const CHOSEN = ['(MIT)AND ISC', 'MIT And ISC', 'mit', 'MIT WITH PCRE2-exception', 'MIT WITH AdditionRef-a', 'NONE', 'MIT\tOR ISC', 'LicenseRef-a', '(LicenseRef-)) AND GPL-2.0 OR (MIT))'];

/** Every text that we and the oracle read differently, without a reason in the table; and reasons that explain nothing. */
function unexplained(texts: readonly string[], oracle: Verdicts, differences: readonly Difference[]): string[] {
  const verdicts = oracle(texts);
  const used = new Set<string>();
  const found = texts.flatMap((one, index) => {
    const { expression, problems } = parseExpression(one);
    const theirs = verdicts[index];
    if (expression !== undefined && theirs !== undefined) {
      const read = parseExpression(theirs).expression;
      const same = read !== undefined && formKey(canonicalExpression(read)) === formKey(canonicalExpression(expression));
      return same ? [] : [`${JSON.stringify(one)}: ${theirs}`];
    }
    if ((expression === undefined) === (theirs === undefined)) return [];
    const known = differences.find(({ weAccept, applies }) => weAccept === (expression !== undefined) && applies(one));
    if (known !== undefined) used.add(known.why);
    return known !== undefined ? [] : [`${JSON.stringify(one)}: ${problems[0]?.message ?? 'accepted'}; the oracle: ${theirs ?? 'refused'}`];
  });
  return [...found, ...differences.filter(({ why }) => !used.has(why)).map(({ why }) => `never needed: ${why}`)];
}

const SPACING: Difference = { weAccept: false, why: 'the grammar wants a space on either side of an operator', applies: (one) => /[()+](and|or|with)\b|\b(and|or|with)[()]/i.test(one) };
const MIXED_CASE: Difference = { weAccept: false, why: 'operators are all upper or all lower case', applies: (one) => words(one).some((word) => isOperator(word) && word !== word.toUpperCase() && word !== word.toLowerCase()) };

describe('spdx-expression-parse 5', () => {
  const require = createRequire(import.meta.url);
  const parse = require('spdx-expression-parse') as (text: string) => Node;
  const itsOwn = createRequire(require.resolve('spdx-expression-parse'));
  const ids = new Set([...itsOwn('spdx-license-ids') as string[], ...itsOwn('spdx-license-ids/deprecated') as string[]]);
  const exceptions = new Set(itsOwn('spdx-exceptions') as string[]);
  type Node = { license: string; plus?: true; exception?: string } | { left: Node; conjunction: 'and' | 'or'; right: Node };

  const print = (node: Node): string => ('left' in node ? `(${print(node.left)} ${node.conjunction.toUpperCase()} ${print(node.right)})`
    : `${node.license}${node.plus === true ? '+' : ''}${node.exception === undefined ? '' : ` WITH ${node.exception}`}`);
  const oracle: Verdicts = (texts) => texts.map((one) => {
    try {
      return print(parse(one));
    } catch {
      return undefined;
    }
  });
  const operands = (one: string): string[] => words(one).filter((word) => !isOperator(word));

  const DIFFERENCES: readonly Difference[] = [
    { weAccept: true, why: 'it matches ids with their case; the annex does not', applies: (one) => operands(one).some((word) => LICENSE_LIST.license(word) !== undefined && !ids.has(word) && !ids.has(word.replace(/\+$/, ''))) },
    { weAccept: true, why: 'its list of exceptions is of 2024', applies: (one) => operands(one).some((word) => LICENSE_LIST.exception(word) !== undefined && !exceptions.has(word)) },
    { weAccept: true, why: 'it does not know AdditionRef-', applies: (one) => one.includes('AdditionRef-') },
    { weAccept: true, why: 'it does not know NONE and NOASSERTION', applies: (one) => /\b(NONE|NOASSERTION)\b/.test(one) },
    { weAccept: true, why: 'it takes spaces for white space, and nothing else', applies: (one) => one.includes('\t') },
    { weAccept: false, why: 'after `LicenseRef-` it takes the next word for the name, over parentheses that do not match', applies: (one) => /LicenseRef-[\s)]/.test(one) },
    SPACING, MIXED_CASE,
  ];

  it('reads the same texts as the same expressions, but for what the table says', () => {
    expect(unexplained([...CHOSEN, ...fc.sample(text, 20_000)], oracle, DIFFERENCES)).toEqual([]);
  });
});

const PYTHON = '/usr/bin/python3';
const hasPython = spawnSync(PYTHON, ['-c', 'import license_expression'], { stdio: 'ignore' }).status === 0;
if (!hasPython) console.log('python3-license-expression (Debian) is not installed: the comparison with it is skipped');

(hasPython ? describe : describe.skip)('python3-license-expression of Debian', () => {
  const run = <T>(program: string, input: unknown): T =>
    JSON.parse(execFileSync(PYTHON, ['-c', `import json, sys\nfrom license_expression import get_spdx_licensing\nspdx = get_spdx_licensing()\ninput = json.load(sys.stdin)\n${program}`], {
      input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 28,
    })) as T;

  const oracle: Verdicts = (texts) => run<(string | null)[]>(`
def read(text):
    try:
        return spdx.parse(text, validate=True, strict=True).render()
    except Exception:
        return None
json.dump([read(text) for text in input], sys.stdout)`, texts).map((read) => read ?? undefined);

  let known: ReadonlySet<string>;

  beforeAll(() => {
    known = new Set(run<string[]>('json.dump([key.lower() for symbol in spdx.known_symbols.values() for key in [symbol.key, *symbol.aliases]], sys.stdout)', []));
  });

  const DIFFERENCES: readonly Difference[] = [
    { weAccept: true, why: 'its list is 3.19 of 2022, and has no references, no `id+` that is not an id, no NONE and no NOASSERTION', applies: (one) => words(one).some((word) => !isOperator(word) && !known.has(word.toLowerCase())) },
    SPACING, MIXED_CASE,
  ];

  it('reads the same texts as the same expressions, but for what the table says', () => {
    expect(unexplained([...CHOSEN, ...fc.sample(text, 3000)], oracle, DIFFERENCES)).toEqual([]);
  });

  it('never calls two expressions equivalent that do not mean the same', () => {
    const pairs = fc.sample(fc.tuple(smallExpression, smallExpression), 1000).map(([one, other]) => [printExpression(one), printExpression(other)]);
    const equivalent = run<boolean[]>('json.dump([spdx.is_equivalent(one, other) for one, other in input], sys.stdout)', pairs);
    const side = (printed: string): { text: string; expression: NonNullable<ReturnType<typeof parseExpression>['expression']> } => ({ text: printed, expression: parseExpression(printed).expression! });
    const ours = pairs.map(([one, other]) => compareExpressions(side(one!), side(other!)).sameMeaning);
    expect(pairs.filter((_, index) => equivalent[index] && ours[index] !== true)).toEqual([]);
    // It does not multiply out, so it may miss one.
    const missed = pairs.filter((_, index) => !equivalent[index] && ours[index]);
    expect(missed.every((pair) => pair.some((printed) => printed.includes('(') || (printed.includes('AND') && printed.includes('OR'))))).toBe(true);
  });
});
