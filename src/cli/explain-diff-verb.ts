import { detailsOnRecord } from '../actions/explain-contents.ts';
import { wholeFiles, withOpenTrees } from '../actions/open-subjects.ts';
import { explainPath } from '../compare/explain-path.ts';
import { presentExplanation } from '../compare/explanation-json.ts';
import { explanationText } from '../compare/explanation-text.ts';
import { withImagesBeside } from '../compare/told.ts';
import { DETAIL_LIMITS } from '../detail/detail.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { withCompared } from './compared-subjects.ts';
import type { ContentsVerbs } from './verbs.ts';

/** One path of two builds or images. 0: the same on both sides; 3: proved noise alone; 1: it differs. */
export async function explainDiffVerb({ left, right, path, json }: Parameters<ContentsVerbs['explainDiff']>[0], deps: CliDeps): Promise<ExitCode> {
  return withCompared({ left, right }, deps, ({ subjects, compared, workshop }) => withOpenTrees(subjects, workshop, async (open) => {
    const keep = workshop === undefined ? {} : { keep: detailsOnRecord(workshop) };
    const told = withImagesBeside(compared);
    const explanation = await explainPath(told, path, open, { ...keep, whole: () => wholeFiles(subjects, DETAIL_LIMITS.contentBytes) });
    if (json) deps.terminal.data(`${canonicalJson(presentExplanation(explanation, told.owner))}\n`);
    else deps.terminal.data(explanationText(explanation));
    return explanation.exit;
  }));
}
