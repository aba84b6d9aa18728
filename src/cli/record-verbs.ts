import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';

/** Each verb with its parts is loaded when it is asked for. */
export function recordVerbs(deps: CliDeps): Pick<Verbs, 'plan' | 'list' | 'show' | 'log' | 'shell'> {
  return {
    plan: async (input) => (await import('./plan-verb.ts')).planVerb(input, deps),
    list: async (input) => (await import('./list-verb.ts')).listVerb(input, deps),
    show: async (input) => (await import('./show-verb.ts')).showVerb(input, deps),
    log: async (input) => (await import('./log-verb.ts')).logVerb(input, deps),
    shell: async (input) => (await import('./shell-verb.ts')).shellVerb(input, deps),
  };
}
