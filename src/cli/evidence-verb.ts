import type { Sha256 } from '../foundation/digest.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { provenanceOf } from '../actions/request-verification.ts';
import { retainInputs } from '../actions/retain-inputs.ts';
import { statementOnRecord } from '../actions/verify-build.ts';
import { gatherEvidence } from '../actions/write-evidence.ts';
import type { Workshop } from '../actions/workshop.ts';
import { provenance } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { writeArchive } from './output-file.ts';
import { sizeText } from './output.ts';
import { printShape } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** Writes the archive whole or not at all. */
export function evidenceVerb({ subject, output, withInputs, json }: Parameters<EvidenceVerbs['evidence']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const { build, release } = await subjectOf(subject, workshop);
    await provenance(build, deps, workshop);
    if (withInputs) await retain(build, deps, workshop);
    const { content, archive } = await gatherEvidence(build, { withInputs, ...(release === undefined ? {} : { release }) }, workshop);
    const { sha256, sizeBytes } = await writeArchive(archive(), output);
    const inputs = content.inputs ?? [];
    const report = { build, output, sha256, sizeBytes, statements: content.statements.length, inputs: inputs.length, inputBytes: inputs.reduce((sum, one) => sum + one.sizeBytes, 0) };
    if (json) printShape(deps.terminal, 'evidence', report);
    else deps.terminal.data(`evidence of build ${build} -> ${output}\nsha256:${sha256} (${sizeText(sizeBytes)}), ${report.statements} statements${withInputs ? `, ${inputs.length} inputs (${sizeText(report.inputBytes)})` : ''}\nit is checked with: verify-bundle ${output} --root root.json, where root.json (\`keys root\`) goes another way\n`);
    return EXIT.done;
  });
}

async function retain(build: string, deps: CliDeps, workshop: Workshop): Promise<void> {
  const { statementSha256 } = await provenanceOf({ buildId: build }, workshop.records);
  await retainInputs(await statementOnRecord(statementSha256, workshop), () => deps.openFetcher(workshop, { offline: false }), workshop);
}

/** A release as `PRODUCT@VERSION`, else BUILD. */
async function subjectOf(subject: string, { records }: Workshop): Promise<{ build: string; release?: Sha256 }> {
  const at = subject.indexOf('@');
  if (at < 0) return { build: (await records.resolveBuild(subject)).id };
  const [product, version] = [subject.slice(0, at), subject.slice(at + 1)];
  const release = await records.evidence.release(product, version);
  if (release === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no release ${version} of ${product}`, { place: subject, hint: 'See `release list`.' });
  return { build: release.buildId, release: release.statementSha256 };
}
