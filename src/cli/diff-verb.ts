import { exitOfSubjects, subjectsJson, subjectsText } from '../actions/present-subjects.ts';
import { judgeRules, parseFailRules } from '../compare/fail-on.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { withCompared, type ComparedSubjects } from './compared-subjects.ts';
import { writeWhole } from './output-file.ts';
import type { ContentsVerbs } from './verbs.ts';

const ALL_REPORT_BYTES = 20_000_000;

/** Two builds, two images, or one of each. 0: the same bytes; 3: every difference proved noise; 1: all else. With rules 1 where one fires, else 0. */
export async function diffVerb({ left, right, all, json, html, failOn }: Parameters<ContentsVerbs['diff']>[0], deps: CliDeps): Promise<ExitCode> {
  const rules = failOn === undefined ? undefined : parseFailRules(failOn);
  return withCompared({ left, right }, deps, async ({ subjects, compared }) => {
    const firings = rules === undefined ? undefined : judgeRules(rules, compared, knownOf(subjects));
    if (html !== undefined) {
      const { DEFAULT_REPORT_BYTES, htmlReport } = await import('../compare/html-report.ts');
      await writeWhole(html, htmlReport(compared, { left, right, maxBytes: all ? ALL_REPORT_BYTES : DEFAULT_REPORT_BYTES, ...(firings === undefined ? {} : { firings }) }));
    }
    if (json) deps.terminal.data(`${subjectsJson(compared, firings)}\n`);
    else deps.terminal.data(subjectsText(compared, all, firings));
    return exitOfSubjects(compared, firings);
  });
}

/** What builds on record tell, and files do not. */
function knownOf({ left, right }: ComparedSubjects['subjects']): { owners: boolean; packages: boolean } {
  const builds = [left, right].filter(({ kind }) => kind === 'build').length;
  return { owners: builds > 0, packages: builds === 2 };
}
