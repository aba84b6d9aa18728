import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { readBuildLog, type StepLogReading } from '../actions/read-build-log.ts';
import type { CliDeps } from './cli-deps.ts';
import { LineTimes } from './line-times.ts';
import { durationText, harmless, type Terminal } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** Prints what a build printed, made harmless; one step alone has no heading. */
export function logVerb({ build, step, times, json }: Parameters<Verbs['log']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const { id } = await workshop.records.resolveBuild(build);
    const logs = await readBuildLog(id, step, workshop);
    if (json) {
      printShape(terminal, 'log', { build: id, steps: await Promise.all(logs.map(jsonLog)) });
      return EXIT.done;
    }
    for (const log of logs) {
      if (step === undefined) terminal.data(`=== ${log.step}: ${headingText(log)} ===\n`);
      await printLog(log, times, terminal);
    }
    return EXIT.done;
  });
}

function headingText({ state, outcome, wallMs, failure }: StepLogReading): string {
  const took = wallMs === null ? '' : ` in ${durationText(wallMs)}`;
  if (failure !== null) return `failed${took} (${failure.kind}): ${harmless(failure.message)}`;
  return outcome === 'reused' ? `reused, the log is that of the run it took${took}` : `${state.toLowerCase()}${took}`;
}

async function printLog(log: StepLogReading, times: boolean, terminal: Terminal): Promise<void> {
  const decoder = new TextDecoder();
  const lines = new LineTimes(log.times);
  let last = '\n';
  const print = (text: string): void => { if (text !== '') { terminal.data(text); last = text; } };
  for await (const bytes of log.read()) print(harmless(times ? lines.add(bytes) : decoder.decode(bytes, { stream: true })));
  print(harmless(times ? lines.end() : decoder.decode()));
  if (!last.endsWith('\n')) terminal.data('\n');
}

async function jsonLog({ step, state, outcome, times, read }: StepLogReading): Promise<JsonOf<'log'>['steps'][number]> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of read()) chunks.push(bytes);
  return { step, state, outcome, text: Buffer.concat(chunks).toString('utf8'), times };
}
