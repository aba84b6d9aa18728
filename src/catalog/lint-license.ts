import { parseExpression } from '../licensing/parse-expression.ts';
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

export const licenseSyntax: RecipeLint = {
  subject: 'recipe', id: 'license-syntax', severity: 'error',
  explain: 'The license is not an SPDX expression: ids of the SPDX license list joined by AND, OR and WITH in capitals, with parentheses.',
  check(recipe, report) {
    check(recipe.license, (message, suggestion) => report(['license'], message, suggestion));
    for (const [index, { license }] of recipe.runtimeComponents.entries()) check(license, (message, suggestion) => report(['runtime_components', index, 'license'], message, suggestion));
  },
};

function check(expression: string, report: (message: string, suggestion?: string) => void): void {
  // SPDX takes operators in lower case too; in recipes they are capitals, so that prose is not taken for an expression.
  const lower = expression.match(/(?<=^|[\s()])(and|or|with)(?=$|[\s()])/);
  if (lower !== null) return report(`${quoted(expression)}: ${quoted(lower[0])} stands where AND, OR or WITH is expected`);
  for (const { message, suggestion } of parseExpression(expression).problems) {
    report(`${quoted(expression)}: ${message}`, suggestion === undefined ? undefined : `did you mean \`${suggestion}\`?`);
  }
}
