import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { describeBuild } from '../actions/describe-build.ts';
import { describeBoard, describeRecipe } from '../actions/describe-catalog.ts';
import { describeConfiguration } from '../actions/describe-configuration.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { CliDeps } from './cli-deps.ts';
import type { Terminal } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import { buildText } from './show-build.ts';
import { boardText, recipeText } from './show-catalog.ts';
import { configurationText } from './show-configuration.ts';
import type { Verbs } from './verbs.ts';

/** `board:NAME`, `recipe:NAME`, `config:NAME`, or whatever stands for a build. */
export function showVerb({ what, json }: Parameters<Verbs['show']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const shown = await read(what, workshop, terminal);
    if (json) printShape(terminal, 'show', shown);
    else print(shown, terminal);
    return EXIT.done;
  });
}

async function read(what: string, workshop: Workshop, terminal: Terminal): Promise<JsonOf<'show'>> {
  const [, kind, name] = /^(board|recipe|config):(.+)$/s.exec(what) ?? [];
  switch (kind) {
    case 'board': return { kind, ...await describeBoard(name!, workshop) };
    case 'recipe': return { kind, ...await describeRecipe(name!, workshop) };
    case 'config': return { kind, ...await describeConfiguration(name!, workshop) };
    default: return { kind: 'build', ...await describeBuild(await buildId(what, workshop, terminal), workshop) };
  }
}

/** A name that is no build's may be that of something else. */
async function buildId(what: string, { records, catalogs }: Workshop, terminal: Terminal): Promise<string> {
  try {
    return (await records.resolveBuild(what)).id;
  } catch (error) {
    if (errorCodeOf(error) === 'RECORDS.UNKNOWN') {
      const { boards, recipes } = (await catalogs.current()).catalog;
      const kinds = [...(boards.has(what) ? ['board'] : []), ...(recipes.has(what) ? ['recipe'] : []), ...(await records.configurations.find(what) === undefined ? [] : ['config'])];
      for (const kind of kinds) terminal.note(`there is a ${kind} of that name: ./provenroot show ${kind}:${what}\n`);
    }
    throw error;
  }
}

function print(shown: JsonOf<'show'>, terminal: Terminal): void {
  switch (shown.kind) {
    case 'build': buildText(shown, terminal); return;
    case 'board': boardText(shown, terminal); return;
    case 'recipe': recipeText(shown, terminal); return;
    case 'config': configurationText(shown, terminal);
  }
}
