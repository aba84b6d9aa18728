import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { DEFAULT_POLICY, parsePolicy, policyDigest } from '../evidence/quorum-policy.ts';
import { provenanceOf } from '../actions/request-verification.ts';
import { envelopeOf, exportStatements } from '../actions/signed-statements.ts';
import { summarizeStatement } from '../actions/summarize-statement.ts';
import { provenance } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven, writeWhole } from './output-file.ts';
import { harmless } from './output.ts';
import { printShape } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** What all known rebuilds of a build are worth together under a policy, as a signed verification summary. */
export function summaryVerb({ build, policy: policyFile, output, json }: Parameters<EvidenceVerbs['summary']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const policy = policyFile === undefined ? DEFAULT_POLICY : parsePolicy(await readGiven(policyFile), policyFile);
    const { id } = await workshop.records.resolveBuild(build);
    await provenance(id, deps, workshop);
    const { statementSha256 } = await provenanceOf({ buildId: id }, workshop.records);
    const desk = await deps.openDesk(workshop);
    const verifier = { id: `urn:provenroot:verifier:${desk.operator}`, version: { provenroot: deps.version } };
    const { payloadSha256, summary } = await summarizeStatement(statementSha256, verifier, workshop, desk, policy);
    if (output !== undefined) await writeWhole(output, exportStatements([envelopeOf((await workshop.records.evidence.statement(payloadSha256))!)], 'jsonl'));
    const { verificationResult, verifiedLevels, provenroot_reasons: reasons, provenroot_operators: operators } = summary;
    if (json) {
      printShape(deps.terminal, 'summary', {
        build: id, statement: statementSha256, summary: payloadSha256, policy: policyDigest(policy), result: verificationResult, levels: verifiedLevels, operators, reasons, output: output ?? null,
      });
    } else {
      for (const reason of reasons) deps.terminal.data(`${harmless(reason)}\n`);
      deps.terminal.data(`${verificationResult}${verificationResult === 'FAILED' ? '' : `: ${verifiedLevels.join(', ')}`}${operators.length === 0 ? '' : ` by ${operators.join(', ')}`}\nsigned sha256:${payloadSha256}\n`);
    }
    return verificationResult === 'PASSED' ? EXIT.done : EXIT.no;
  });
}
