import { compareExpressions } from '../licensing/equalities.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import { patternProblem } from './license-pattern.ts';
import type { PolicyRuleId } from './policy-rules.ts';
import type { PolicyYaml } from './policy-schema.ts';

export interface PolicyProblem { place: readonly (string | number)[]; rule: PolicyRuleId; message: string; suggestion?: string }

/** What a policy that fits its schema would never do, or not as meant. */
export function policyProblems(policy: PolicyYaml): PolicyProblem[] {
  return [repeatedIds, unreachable, licensePatterns, days, packages, choices, categories].flatMap((check) => check(policy));
}

function repeatedIds(policy: PolicyYaml): PolicyProblem[] {
  return (['rules', 'exceptions'] as const).flatMap((list) => policy[list].flatMap(({ id }, index) => {
    const first = policy[list].findIndex((one) => one.id === id);
    return first === index ? [] : [{ place: [list, index, 'id'], rule: 'repeated-id', message: `the id ${JSON.stringify(id)} is that of ${list}[${first}] too` } as const];
  }));
}

function unreachable({ rules }: PolicyYaml): PolicyProblem[] {
  const all = rules.findIndex(({ id: _id, verdict: _verdict, reason: _reason, ...conditions }) => Object.keys(conditions).length === 0);
  const first = rules[all + 1];
  return all < 0 || first === undefined ? [] : [{
    place: ['rules', all + 1], rule: 'rule-not-reached', message: `the rule ${JSON.stringify(rules[all]!.id)} before it fits everything`, suggestion: `write \`otherwise: ${rules[all]!.verdict}\` in its place`,
  }];
}

/** Each is held against the whole list, which takes a millisecond where none fits, and later against every license and package. */
const MAX_PATTERNS = 1000;

function licensePatterns({ rules, exceptions }: PolicyYaml): PolicyProblem[] {
  const stated = [
    ...rules.flatMap(({ licenses = [] }, index) => licenses.map((pattern, at) => ({ place: ['rules', index, 'licenses', at], pattern }))),
    ...exceptions.map(({ license }, index) => ({ place: ['exceptions', index, 'license'], pattern: license })),
  ];
  const count = stated.length + rules.reduce((sum, { packages: names = [] }) => sum + names.length, 0);
  if (count > MAX_PATTERNS) return [{ place: ['rules'], rule: 'too-many-patterns', message: `there are ${count} patterns, ${MAX_PATTERNS} are allowed` }];
  return stated.flatMap(({ place, pattern }): PolicyProblem[] => {
    const problem = patternProblem(pattern);
    return problem === undefined ? [] : [{
      place, rule: 'unknown-license', message: `${JSON.stringify(pattern)}: ${problem.message}`, ...(problem.suggestion === undefined ? {} : { suggestion: `did you mean \`${problem.suggestion}\`?` }),
    }];
  });
}

function days({ exceptions }: PolicyYaml): PolicyProblem[] {
  return exceptions.flatMap(({ expires }, index): PolicyProblem[] => {
    if (expires === undefined || isDay(expires)) return [];
    return [{ place: ['exceptions', index, 'expires'], rule: 'bad-date', message: `${expires} is no day of the calendar` }];
  });
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

function packages({ exceptions, choices: chosen }: PolicyYaml): PolicyProblem[] {
  return (Object.entries({ exceptions, choices: chosen })).flatMap(([list, rows]) => rows.flatMap((row, index): PolicyProblem[] =>
    row.package.includes('*') ? [{ place: [list, index, 'package'], rule: 'package-pattern', message: `${JSON.stringify(row.package)} names no one package` }] : []));
}

function choices({ choices: chosen }: PolicyYaml): PolicyProblem[] {
  return chosen.flatMap((row, index): PolicyProblem[] => {
    const texts = (['offered', 'chosen'] as const).map((key) => ({ key, text: row[key], parsed: parseExpression(row[key]) }));
    const bad = texts.filter(({ parsed }) => parsed.expression === undefined);
    if (bad.length > 0) return bad.map(({ key, text, parsed }) => ({ place: ['choices', index, key], rule: 'bad-choice', message: `${JSON.stringify(text)}: ${parsed.problems[0]!.message}` }));
    const [offered, taken] = texts.map(({ text, parsed }) => ({ text, expression: parsed.expression! }));
    if (compareExpressions(offered!, taken!).firstCovers === true) return [];
    return [{ place: ['choices', index, 'chosen'], rule: 'bad-choice', message: `${JSON.stringify(row.chosen)} is not one of the licenses that ${JSON.stringify(row.offered)} offers` }];
  });
}

function categories({ categories: stated }: PolicyYaml): PolicyProblem[] {
  return Object.keys(stated).flatMap((reference): PolicyProblem[] => {
    const { expression } = parseExpression(reference);
    const isReference = expression?.kind === 'license-ref' || (expression?.kind === 'with' && (expression.license.kind === 'license-ref' || expression.addition.kind === 'addition-ref'));
    return isReference ? [] : [{ place: ['categories', reference], rule: 'bad-category', message: `${JSON.stringify(reference)} is no license reference` }];
  });
}
