import { Bug } from '../foundation/failure.ts';
import type { Plan } from '../plan/plan.ts';
import type { ContainerStep, Step } from '../plan/step.ts';
import { displayPath } from '../tree/entry.ts';
import { smallFile, type SmallFile } from './small-file.ts';

/** As they lie below /src in every step; the recipe's own files are in the catalog. */
const OWN_SCRIPTS = /^step\/(phases\/.+|with\/.+|unpack|series)$/;

/**
 * What controlled compilation and installation, word for word: the step runner, and for each step its phases after every
 * template and option was filled in, with what they read. In which environment is in `definition.json`.
 */
export function buildScripts({ steps, stepRunner }: Pick<Plan, 'steps' | 'stepRunner'>): SmallFile[] {
  return [smallFile('scripts/step-runner.sh', 'script', stepRunner, true), ...[...steps.values()].filter(isContainerStep).flatMap(stepScripts)];
}

function isContainerStep(step: Step): step is ContainerStep {
  return step.kind === 'container';
}

function stepScripts({ id, stepTree, blobs }: ContainerStep): SmallFile[] {
  return [...stepTree.entries].flatMap(([path, entry]): SmallFile[] => {
    const shown = displayPath(path);
    if (entry.kind !== 'file' || !OWN_SCRIPTS.test(shown)) return [];
    const bytes = blobs.get(entry.sha256);
    if (bytes === undefined) throw new Bug(`step ${id} has no bytes of its ${shown}`);
    return [smallFile(`scripts/${id}/${shown.slice('step/'.length)}`, 'script', bytes)];
  });
}
