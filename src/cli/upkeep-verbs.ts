import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';

/** Each verb with its parts is loaded when it is asked for. */
export function upkeepVerbs(deps: CliDeps): Pick<Verbs, 'doctor' | 'sourcesFetch' | 'sandboxUpdate' | 'storeVerify' | 'gc'> {
  return {
    doctor: async (input) => (await import('./doctor-verb.ts')).doctorVerb(input, deps),
    sourcesFetch: async (input) => (await import('./sources-fetch-verb.ts')).sourcesFetchVerb(input, deps),
    sandboxUpdate: async (input) => (await import('./sandbox-update-verb.ts')).sandboxUpdateVerb(input, deps),
    storeVerify: async (input) => (await import('./store-verbs.ts')).storeVerifyVerb(input, deps),
    gc: async (input) => (await import('./store-verbs.ts')).gcVerb(input, deps),
  };
}
