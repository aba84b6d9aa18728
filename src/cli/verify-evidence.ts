import type { ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';
import type { VerifyVerb } from './verbs.ts';

export async function verifyEvidence(_input: VerifyVerb & { evidence: string }, _deps: CliDeps): Promise<ExitCode> {
  throw new Failure('CLI.USAGE', 'not there yet');
}
