import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import type { RebuildResult } from '../evidence/verdict.ts';
import { provenanceOf, type VerificationTarget } from '../actions/request-verification.ts';
import { envelopeOf, exportStatements } from '../actions/signed-statements.ts';
import { runVerification, type VerifyReport } from '../actions/verify-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import { BuildProgress } from './build-progress.ts';
import type { CliDeps } from './cli-deps.ts';
import { writeWhole } from './output-file.ts';
import { harmless } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { VerifyVerb } from './verbs.ts';

type Report = JsonOf<'verify'>;
export type ComparedFile = Report['file'];

/** Runs one verification to its end, with progress. */
export async function verifyTarget(target: VerificationTarget, parallel: number | undefined, deps: CliDeps, workshop: Workshop): Promise<VerifyReport> {
  const { statementSha256, buildId } = await provenanceOf(target, workshop.records);
  const means = await deps.openVerifyMeans(workshop, parallel === undefined ? {} : { parallel });
  const { operator } = await means.openDesk();
  const { id } = await workshop.records.verifications.start({ statementSha256, operator, ...(buildId === undefined ? {} : { buildId }) });
  let progress: BuildProgress | undefined;
  const timer = setInterval(() => progress?.redraw(), 1000);
  try {
    const report = await runVerification(id, means, {
      signal: deps.signal,
      onPlan: ({ plan }) => { progress = new BuildProgress(deps.terminal, { steps: [...plan.steps.keys()], expectedMs: new Map(), parallel: parallel ?? 2 }, () => deps.clock.monotonicMs()); },
      onEvent: (event) => progress?.show(event),
    }, workshop);
    if (report === undefined) throw new Failure('ACTIONS.CANCELLED', `the verification ${id} was cancelled`);
    return report;
  } finally {
    clearInterval(timer);
    progress?.finish();
  }
}

export async function concluded(report: VerifyReport, file: ComparedFile, { json, output }: Pick<VerifyVerb, 'json' | 'output'>, deps: CliDeps, { records }: Workshop): Promise<ExitCode> {
  const signed = output === undefined ? undefined : await records.evidence.statement(report.rebuildStatement);
  if (output !== undefined && signed !== undefined) await writeWhole(output, exportStatements([envelopeOf(signed)], 'jsonl'));
  const [logged] = await records.log.about(report.rebuildStatement);
  const shape = shapeOf(report, file, logged?.index ?? null);
  if (json) printShape(deps.terminal, 'verify', shape);
  else printReport(shape, deps);
  return exitOf(report.outcome, file);
}

function shapeOf({ compared, artifacts, ...report }: VerifyReport, file: ComparedFile, logIndex: number | null): Report {
  const first = compared?.steps?.first;
  return {
    ...report, logIndex, file,
    artifacts: artifacts.map(({ name, verdict, expected, actual, equivalence }) => ({
      name, verdict, expected: expected ?? null, actual: actual ?? null, normaliser: equivalence === undefined ? null : `${equivalence.normaliser.name} ${equivalence.normaliser.version}`,
    })),
    firstDifferingStep: first === undefined ? null : {
      step: first.step, inputs: first.inputs.map(({ step }) => step), outputs: first.outputs,
      files: (compared?.files ?? []).map(({ output, path, kind, fields }) => ({ path: `${output}/${path}`, kind, fields: [...fields] })),
    },
  };
}

function printReport({ statement, rebuild, artifacts, firstDifferingStep, outcome, subcode, message, rebuildStatement, logIndex, file }: Report, { terminal }: CliDeps): void {
  terminal.data(`statement sha256:${statement}\n${rebuild === null ? '' : `rebuild ${rebuild}\n`}`);
  for (const { name, verdict, expected, actual, normaliser } of artifacts) {
    terminal.data(`${verdict} ${name} sha256:${expected ?? '-'}${actual === null || actual === expected ? '' : ` rebuilt sha256:${actual}`}${normaliser === null ? '' : ` by ${normaliser}`}\n`);
  }
  if (firstDifferingStep !== null) {
    const { step, inputs, files } = firstDifferingStep;
    terminal.data(`first step that differs: ${step}${inputs.length === 0 ? '' : `; its inputs are as before: ${inputs.join(', ')}`}\n`);
    for (const { path, kind, fields } of files.slice(0, FILES_SHOWN)) terminal.data(`  ${kind} ${harmless(path)}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}\n`);
    if (files.length > FILES_SHOWN) terminal.data(`  and ${files.length - FILES_SHOWN} more\n`);
  }
  if (file !== null) terminal.data(`${file.verdict ?? 'UNKNOWN'} ${harmless(file.path)} sha256:${file.sha256}${file.subject === null ? ', which is no subject of the statement' : ` is ${file.subject}`}\n`);
  terminal.data(`verdict ${outcome}${subcode === null ? '' : ` (${subcode})`}${message === null ? '' : `: ${harmless(message)}`}\n`);
  terminal.data(`signed sha256:${rebuildStatement}, log entry ${logIndex ?? 'none yet'}\n`);
}

const FILES_SHOWN = 20;

/** A file that was given and is no subject of the statement can't be answered for, whatever was rebuilt. */
function exitOf(outcome: RebuildResult, file: ComparedFile): ExitCode {
  switch (outcome) {
    case 'ERROR': return EXIT.world;
    case 'INCONCLUSIVE': return EXIT.undecided;
    case 'REPRODUCED': case 'EQUIVALENT': return file === null || file.verdict === 'REPRODUCED' || file.verdict === 'EQUIVALENT' ? EXIT.done : EXIT.no;
    case 'BUILD_FAILED': case 'EXTRA_OUTPUT': case 'MISSING_OUTPUT': case 'NOT_REPRODUCED': return EXIT.no;
  }
}
