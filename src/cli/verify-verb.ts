import type { ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { provenance } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { concluded, verifyTarget } from './verify-run.ts';
import type { VerifyVerb } from './verbs.ts';

/** Rebuilds from a build's own statement, or from an evidence archive, and says what came of it. */
export async function verifyVerb(input: VerifyVerb, deps: CliDeps): Promise<ExitCode> {
  if (input.evidence !== undefined) return (await import('./verify-evidence.ts')).verifyEvidence({ ...input, evidence: input.evidence }, deps);
  const { build } = input;
  if (build === undefined) throw new Failure('CLI.USAGE', 'say which build to verify', { hint: 'verify BUILD, or verify --evidence FILE --root root.json' });
  return deps.withWorkshop(async (workshop) => {
    const { id } = await workshop.records.resolveBuild(build);
    await provenance(id, deps, workshop);
    const report = await verifyTarget({ buildId: id }, input.parallel, deps, workshop);
    return concluded(report, null, input, deps, workshop);
  });
}
