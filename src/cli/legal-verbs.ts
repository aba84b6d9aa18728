import { checkLegalInfo, type LegalReport } from '../actions/check-legal-info.ts';
import { legalInfoOf } from '../actions/legal-archive.ts';
import { provenanceOf } from '../actions/request-verification.ts';
import { retainInputs } from '../actions/retain-inputs.ts';
import { statementOnRecord } from '../actions/verify-build.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { provenance } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { writeArchive } from './output-file.ts';
import { harmless, sizeText } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { ContentsVerbs } from './verbs.ts';
import { openGiven } from './verify-bundle-verb.ts';

export function legalVerbs(deps: CliDeps): Pick<ContentsVerbs, 'legalInfo' | 'legalInfoCheck'> {
  return { legalInfo: (input) => legalInfo(input, deps), legalInfoCheck: (input) => legalInfoCheck(input, deps) };
}

/** Each archive whole or not at all. What a rebuild takes is fetched where it is not in the store any more. */
function legalInfo({ build, output, sandbox, json }: Parameters<ContentsVerbs['legalInfo']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const { id } = await workshop.records.resolveBuild(build);
    await provenance(id, deps, workshop);
    const { statementSha256 } = await provenanceOf({ buildId: id }, workshop.records);
    await retainInputs(await statementOnRecord(statementSha256, workshop), () => deps.openFetcher(workshop, { offline: false }), workshop);
    const info = await legalInfoOf(id, sandbox !== undefined, workshop);
    const bundle = { path: output, ...await writeArchive(info.archive(), output) };
    const second = sandbox === undefined || info.sandbox === undefined ? null : { path: sandbox, ...await writeArchive(info.sandbox(), sandbox) };
    const { leftOut, files } = info.manifest.index;
    const shape: JsonOf<'legal-info'> = {
      build: id, index: info.manifest.sha256, files: files.length, bundle, sandbox: second,
      leftOut: leftOut.map(({ path, package: name, license, rule, sha256 }) => ({ path, package: name, license, rule, sha256 })),
    };
    if (json) printShape(deps.terminal, 'legal-info', shape);
    else printBundle(shape, deps);
    return EXIT.done;
  });
}

function printBundle({ build, files, bundle, sandbox, leftOut }: JsonOf<'legal-info'>, { terminal }: CliDeps): void {
  terminal.data(`source bundle of build ${build} -> ${bundle.path}\nsha256:${bundle.sha256} (${sizeText(bundle.sizeBytes)}), ${files} files\n`);
  if (sandbox !== null) terminal.data(`its sandbox -> ${sandbox.path}\nsha256:${sandbox.sha256} (${sizeText(sandbox.sizeBytes)})\nboth are checked with: legal-info check ${bundle.path} ${sandbox.path}\n`);
  for (const { path, license, rule } of leftOut) terminal.data(`left out: ${harmless(path)} (${harmless(license)}: ${rule})\n`);
}

const EXITS: Readonly<Record<LegalReport['outcome'], ExitCode>> = { REPRODUCED: EXIT.done, DIFFERS: EXIT.no, INCONCLUSIVE: EXIT.undecided };

async function legalInfoCheck({ bundle, sandbox, json }: Parameters<ContentsVerbs['legalInfoCheck']>[0], deps: CliDeps): Promise<ExitCode> {
  const { terminal, signal } = deps;
  const report = await checkLegalInfo(openGiven(bundle), openGiven(sandbox), {
    signal, openEmptyHome: () => deps.openEmptyHome(),
    onEvent: (event) => { if (event.type === 'step-finished') terminal.note(`${event.step}: done\n`); },
  });
  if (json) printShape(terminal, 'legal-info-check', shapeOf(report));
  else printCheck(report, deps);
  return EXITS[report.outcome];
}

function shapeOf({ outcome, subcode, message, definitionDigest, indexSha256, provenance: statement, namedByProvenance, release, missing, images, first }: LegalReport): JsonOf<'legal-info-check'> {
  return {
    outcome, subcode, message, definitionDigest, index: indexSha256, provenance: statement, namedByProvenance, release,
    leftOut: missing.map(({ path, package: name, license, rule, sha256 }) => ({ path, package: name, license, rule, sha256 })),
    images: images.map(({ name, verdict, expected, actual }) => ({ name, verdict, expected: expected ?? null, actual: actual ?? null })), firstDifferingStep: first?.step ?? null,
  };
}

function printCheck({ outcome, message, definitionDigest, images, first }: LegalReport, { terminal }: CliDeps): void {
  for (const { name, verdict, expected } of images) terminal.data(`${verdict} ${harmless(name)} sha256:${expected ?? 'none'}\n`);
  terminal.data(`definition sha256:${definitionDigest}\n${outcome}${message === null ? '' : `: ${harmless(message)}`}\n`);
  if (first !== null) terminal.data(`first step that came out otherwise: ${harmless(first.step)}\n`);
}
