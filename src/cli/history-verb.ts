import { comparersHere } from '../actions/comparers.ts';
import { readHistory, type HistorySubject } from '../actions/read-history.ts';
import { historyText } from '../compare/history-text.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { printShape } from './print-shape.ts';
import type { ContentsVerbs } from './verbs.ts';

/** 1 where no build that was looked at has it. */
export function historyVerb({ target, board, kind, name, last, all, json }: Parameters<ContentsVerbs['history']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const question = { scope: board ? { board: target } : { target }, subject: { [kind]: name } as HistorySubject, last };
    const history = await readHistory(question, { workshop, comparers: comparersHere(workshop.store) });
    if (json) printShape(deps.terminal, 'history', history);
    else deps.terminal.data(historyText(history, all));
    return history.spans.some(({ state }) => state !== null) ? EXIT.done : EXIT.no;
  });
}
