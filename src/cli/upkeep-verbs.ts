import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';
export function upkeepVerbs(_deps: CliDeps): Pick<Verbs, 'doctor' | 'sourcesFetch' | 'sandboxUpdate' | 'storeVerify' | 'gc'> { return {} as never; }
