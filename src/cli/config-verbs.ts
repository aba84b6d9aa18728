import { Failure } from '../foundation/failure.ts';
import type { Edit } from '../actions/change-configuration.ts';
import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';

/** Each verb with its parts is loaded when it is asked for. */
export function configVerbs(deps: CliDeps): Pick<Verbs, `config${string}` & keyof Verbs> {
  return {
    configNew: async (input) => (await import('./config-change-verbs.ts')).configNewVerb(input, deps),
    configAdd: async ({ name, packages, json }) => {
      const { addPackage } = await import('../catalog/edit-configuration.ts');
      return edit(name, packages.map((one) => (configuration, catalog) => addPackage(configuration, one, catalog)), `adds ${packages.join(', ')}`, json, deps);
    },
    configRemove: async ({ name, packages, json }) => {
      const { removePackage } = await import('../catalog/edit-configuration.ts');
      return edit(name, packages.map((one) => (configuration, catalog) => removePackage(configuration, one, catalog)), `removes ${packages.join(', ')}`, json, deps);
    },
    configSet: async ({ name, assignments, json }) => {
      const { setValue } = await import('../catalog/edit-configuration.ts');
      const parsed = assignments.map(parseAssignment);
      return edit(name, parsed.map(({ key, text }) => (configuration, catalog) => setValue(configuration, key, text, catalog)), `sets ${parsed.map(({ key }) => key).join(', ')}`, json, deps);
    },
    configUpdate: async (input) => (await import('./config-change-verbs.ts')).configUpdateVerb(input, deps),
    configSearch: async (input) => (await import('./config-search-verb.ts')).configSearchVerb(input, deps),
    configShow: async (input) => (await import('./config-show-verb.ts')).configShowVerb(input, deps),
    configSave: async (input) => (await import('./config-save-verb.ts')).configSaveVerb(input, deps),
  };
}

async function edit(name: string, edits: readonly Edit[], message: string, json: boolean, deps: CliDeps): ReturnType<Verbs['configSet']> {
  return (await import('./config-change-verbs.ts')).configEditVerb({ name, edits, message, json }, deps);
}

/** `KEY=TEXT`; the text may have more of `=` in it. */
function parseAssignment(assignment: string): { key: string; text: string } {
  const at = assignment.indexOf('=');
  if (at > 0) return { key: assignment.slice(0, at), text: assignment.slice(at + 1) };
  throw new Failure('CATALOG.INVALID', `"${assignment}" is no assignment`, { place: assignment, hint: 'Write KEY=VALUE, for instance PACKAGE.OPTION=VALUE, system.hostname=NAME or images=ext4,tar.' });
}
