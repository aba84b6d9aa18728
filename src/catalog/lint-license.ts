import type { RecipeLint } from './lint.ts';
import { reportRepeated } from './lint-sources.ts';
import { quoted } from './name.ts';

export const licenseFiles: RecipeLint = {
  subject: 'recipe', id: 'license-files', severity: 'error',
  explain: 'A recipe with sources lists no license file. Name where the license text stands in the sources, with its sha256.',
  check(recipe, report) {
    if (recipe.sources.length > 0 && recipe.licenseFiles.length === 0) report(['license_files'], 'no license file is listed', 'add `license_files` with path and sha256');
    reportRepeated(recipe.licenseFiles.map(({ path }) => path), (index, path) => report(['license_files', index, 'path'], `${quoted(path)} is listed twice`));
  },
};

/** Tokens and structure only; whether the ids exist is for the licensing room. */
export const licenseSyntax: RecipeLint = {
  subject: 'recipe', id: 'license-syntax', severity: 'error',
  explain: 'The license is not an SPDX expression: license ids joined by AND, OR and WITH in capitals, with parentheses.',
  check(recipe, report) {
    check(recipe.license, (message) => report(['license'], message));
    for (const [index, { license }] of recipe.runtimeComponents.entries()) check(license, (message) => report(['runtime_components', index, 'license'], message));
  },
};

const ID = /^(DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\+?$/;
const OPERATORS = new Set(['AND', 'OR', 'WITH']);

function check(expression: string, report: (message: string) => void): void {
  let depth = 0;
  let expectsId = true;
  for (const token of expression.match(/[()]|[^\s()]+/g) ?? []) {
    const problem = expectsId ? atId(token) : atOperator(token, depth);
    if (problem !== undefined) return report(`${quoted(expression)}: ${problem}`);
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else expectsId = !expectsId;
  }
  if (expectsId) report(`${quoted(expression)} ends where a license id is expected`);
  else if (depth > 0) report(`${quoted(expression)} lacks a closing parenthesis`);
}

function atId(token: string): string | undefined {
  if (token === '(') return undefined;
  return !OPERATORS.has(token) && ID.test(token) ? undefined : `${quoted(token)} stands where a license id is expected`;
}

function atOperator(token: string, depth: number): string | undefined {
  if (token === ')') return depth > 0 ? undefined : 'a parenthesis closes that was not opened';
  return OPERATORS.has(token) ? undefined : `${quoted(token)} stands where AND, OR or WITH is expected`;
}
