import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { runVariation } from '../actions/run-variation.ts';
import type { VariationReport } from '../actions/vary-build.ts';
import { chooseConditions } from '../variation/profiles.ts';
import type { CliDeps } from './cli-deps.ts';
import { harmless } from './output.ts';
import { printShape } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** Rebuilds each step alone under changed conditions and says which condition gets into which file. */
export function varyVerb({ build, profile, conditions, steps, json }: Parameters<EvidenceVerbs['vary']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const { id: buildId } = await workshop.records.resolveBuild(build);
    const chosen = chooseConditions(conditions.length > 0 ? { conditions } : { profile: profile ?? 'standard' });
    const means = await deps.openVariationMeans(workshop);
    const { id } = await workshop.records.variations.start({ buildId, profile: chosen.profile ?? 'listed', conditions: chosen.conditions });
    deps.terminal.note(`varies ${chosen.conditions.join(', ')}\n`);
    let told = '';
    const report = await runVariation(id, means, {
      signal: deps.signal, ...(steps.length === 0 ? {} : { steps }),
      onProgress: ({ stepsDone, stepsTotal, runs }) => {
        const line = `${stepsDone} of ${stepsTotal} steps, ${runs} runs`;
        if (line !== told) deps.terminal.note(deps.terminal.interactive ? `\r\u001b[K${line}` : `${line}\n`);
        told = line;
      },
    }, workshop);
    if (deps.terminal.interactive) deps.terminal.note('\n');
    if (report === undefined) throw new Failure('ACTIONS.CANCELLED', `the variation run ${id} was cancelled`);
    if (json) printShape(deps.terminal, 'vary', shapeOf(report));
    else print(report, deps);
    return exitOf(report);
  });
}

function exitOf({ outcome, counts }: VariationReport): ExitCode {
  switch (outcome) {
    case 'same': return counts.excused === 0 ? EXIT.done : EXIT.noise;
    case 'differs': return EXIT.no;
    case 'undecided': case 'cancelled': return EXIT.undecided;
  }
}

function print({ steps, outcome, counts }: VariationReport, { terminal }: CliDeps): void {
  for (const { step, state, files, unsearched, runs, message } of steps) {
    terminal.data(`${step}: ${state}, ${runs} ${runs === 1 ? 'run' : 'runs'}${message === undefined ? '' : `; ${harmless(message)}`}\n`);
    for (const { path, causes, excused } of files) {
      const blamed = causes.map((cause) => cause.length === 0 ? 'differs by itself' : cause.join(' with ')).join(', ');
      terminal.data(`  ${harmless(path === '' ? '(the step as a whole)' : path)}: ${blamed}${excused === undefined ? '' : `; excused: ${harmless(excused.join('; '))}`}\n`);
    }
    for (const path of unsearched) terminal.data(`  ${harmless(path)}: differs, not traced\n`);
  }
  terminal.data(`${outcome}: ${counts.files} files of ${counts.steps} steps differ, ${counts.excused} of them excused; ${counts.runs} runs\n`);
}

function shapeOf({ build, profile, conditions, instrument, outcome, steps, counts }: VariationReport): Parameters<typeof printShape<'vary'>>[2] {
  return {
    build, profile: profile ?? null, conditions: [...conditions], instrument, outcome, counts,
    steps: steps.map(({ step, state, conditions: own, runs, unsearched, message, files }) => ({
      step, state, conditions: [...own], runs, unsearched: [...unsearched], message: message ?? null,
      files: files.map(({ path, causes, excused }) => ({ path, causes: causes.map((cause) => [...cause]), excused: excused === undefined ? null : [...excused] })),
    })),
  };
}
