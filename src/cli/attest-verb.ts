import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { attestBuild, type Attestation } from '../actions/attest-build.ts';
import { envelopeOf, exportStatements } from '../actions/signed-statements.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import type { CliDeps } from './cli-deps.ts';
import { writeWhole } from './output-file.ts';
import { printSection } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** Makes the provenance where it is not there yet, says how complete it is, and hands it out. */
export function attestVerb({ build, output, format, json }: Parameters<EvidenceVerbs['attest']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const { id } = await workshop.records.resolveBuild(build);
    const { signer, log } = await deps.openDesk(workshop);
    const attestation = await attestBuild(id, workshop, signer, log);
    const statement = (await workshop.records.evidence.statement(attestation.payloadSha256))!;
    if (output !== undefined) await writeWhole(output, exportStatements([envelopeOf(statement)], format, format === 'sigstore' ? statement.signatures[0]!.keyId : undefined));
    const report = await reportOf(id, attestation, statement, output, workshop);
    if (json) printShape(deps.terminal, 'attest', report);
    else printReport(report, deps);
    return EXIT.done;
  });
}

type Report = JsonOf<'attest'>;

async function reportOf(build: string, { payloadSha256, completeness }: Attestation, statement: RecordedStatement, output: string | undefined, { records }: Workshop): Promise<Report> {
  const [logged] = await records.log.about(payloadSha256);
  return {
    build, statement: payloadSha256, definitionDigest: statement.definitionDigest!,
    subjects: statement.subjects.map(({ name, sha256 }) => ({ name, sha256 })), signedBy: statement.signatures.map(({ keyId }) => keyId),
    logIndex: logged?.index ?? null,
    completeness: { met: completeness.score, total: completeness.of, points: completeness.points.map(({ id, title, met, finding }) => ({ number: id, title, met, finding })) },
    output: output ?? null,
  };
}

function printReport({ build, statement, definitionDigest, subjects, signedBy, logIndex, completeness, output }: Report, { terminal }: CliDeps): void {
  terminal.data(`build ${build}\nprovenance sha256:${statement}\ndefinition sha256:${definitionDigest}\n`);
  for (const keyId of signedBy) terminal.data(`signed by ${keyId}\n`);
  terminal.data(`log entry ${logIndex ?? 'none yet'}\n`);
  printSection(terminal, 'subjects', ['name', 'sha256'], subjects.map(({ name, sha256 }) => [name, sha256]));
  printSection(terminal, `completeness ${completeness.met} of ${completeness.total}`, ['', 'point', 'finding'],
    completeness.points.map(({ number, title, met, finding }) => [`${number} ${met ? 'met' : 'NOT MET'}`, title, finding]));
  if (output !== null) terminal.note(`wrote ${output}\n`);
}
