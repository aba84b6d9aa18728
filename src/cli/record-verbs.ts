import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';
export function recordVerbs(_deps: CliDeps): Pick<Verbs, 'plan' | 'list' | 'show' | 'log' | 'shell'> { return {} as never; }
