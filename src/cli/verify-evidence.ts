import type { ExitCode } from '../foundation/exit-codes.ts';
import { EXIT } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { importEvidence } from '../actions/import-evidence.ts';
import type { VerifyReport } from '../actions/verify-build.ts';
import { parseTrustedRoot } from '../signing/trust-root.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven } from './output-file.ts';
import { printShape } from './print-shape.ts';
import { linesOf, openGiven } from './verify-bundle-verb.ts';
import { concluded, verifyTarget, type ComparedFile } from './verify-run.ts';
import type { VerifyVerb } from './verbs.ts';
import { fileDigest } from './who-verb.ts';

/**
 * Another machine, an empty database: the archive is judged by a root that came another way, what it holds is taken over,
 * and the images are rebuilt from it alone and compared with the bytes in hand.
 */
export async function verifyEvidence({ evidence, root, file, output, parallel, json }: VerifyVerb & { evidence: string }, deps: CliDeps): Promise<ExitCode> {
  if (root === undefined) throw new Failure('CLI.USAGE', 'say which root.json to judge the evidence by', { hint: '--root root.json, which must have come another way than the archive' });
  const trusted = parseTrustedRoot(await readGiven(root), root);
  const digest = file === undefined ? undefined : await fileDigest(file);
  return deps.withWorkshop(async (workshop) => {
    const options = { trusted, now: deps.clock.now().toISOString(), ...(digest === undefined ? {} : { file: digest }) };
    const { report, statement } = await importEvidence(openGiven(evidence), options, workshop, await deps.openDesk(workshop));
    for (const line of linesOf(report)) deps.terminal.note(`${line}\n`);
    if (statement === undefined) {
      const failed = report.steps.find(({ outcome }) => outcome === 'failed');
      if (!json) { deps.terminal.data('nothing was rebuilt: the evidence is not good\n'); return EXIT.no; }
      printShape(deps.terminal, 'error', { error: { code: failed?.code ?? 'EVIDENCE.BAD_BUNDLE', message: failed?.message ?? 'the evidence is not good', place: evidence, hint: 'See `verify-bundle --json`.', findings: [] } });
      return EXIT.no;
    }
    const verified = await verifyTarget({ statementSha256: statement.payloadSha256 }, parallel, deps, workshop);
    return concluded(verified, file === undefined || digest === undefined ? null : comparedFile(file, digest, verified), { json, ...(output === undefined ? {} : { output }) }, deps, workshop);
  });
}

function comparedFile(path: string, sha256: string, { artifacts }: VerifyReport): ComparedFile {
  const artifact = artifacts.find(({ expected }) => expected === sha256);
  return { path, sha256, subject: artifact?.name ?? null, verdict: artifact?.verdict ?? null };
}
