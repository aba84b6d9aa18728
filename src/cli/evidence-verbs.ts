import type { CliDeps } from './cli-deps.ts';
import { keysVerbs } from './keys-verbs.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** Each verb with its parts is loaded when it is asked for. */
export function evidenceVerbs(deps: CliDeps): EvidenceVerbs {
  return {
    attest: async (input) => (await import('./attest-verb.ts')).attestVerb(input, deps),
    verify: async (input) => (await import('./verify-verb.ts')).verifyVerb(input, deps),
    who: async (input) => (await import('./who-verb.ts')).whoVerb(input, deps),
  } as unknown as EvidenceVerbs;
}
void keysVerbs;
