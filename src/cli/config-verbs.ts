import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';
export function configVerbs(_deps: CliDeps): Pick<Verbs, 'configNew' | 'configAdd' | 'configRemove' | 'configSet' | 'configSearch' | 'configShow' | 'configSave'> { return {} as never; }
