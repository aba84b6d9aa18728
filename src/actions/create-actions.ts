import type { Queue } from '../queue/task.ts';
import type { Actions } from './actions.ts';
import { explainPackage } from './explain-package.ts';
import { previewPlan } from './plan-preview.ts';
import { preparePlan } from './prepare-plan.ts';
import { previewChange } from './preview-change.ts';
import { publishRecipeVersion } from './publish-recipe-version.ts';
import { cancelBuild, doorTarget, requestBuild } from './request-build.ts';
import { createConfiguration, saveRevision } from './save-revision.ts';
import type { Workshop } from './workshop.ts';

/** The use cases over one home. What they start is run by whoever works on the queue. */
export function createActions(workshop: Workshop, queue: Queue): Actions {
  return {
    createConfiguration: (input) => createConfiguration(input, workshop),
    saveRevision: (input) => saveRevision(input, workshop),
    publishRecipeVersion: (input) => publishRecipeVersion(input, workshop),
    startBuild: (target) => requestBuild(target, workshop, queue),
    cancelBuild: ({ buildId }) => cancelBuild(buildId, workshop, queue),
    planPreview: async (target) => previewPlan(await preparePlan(doorTarget(target), workshop), workshop),
    explain: ({ revisionId, package: name }) => explainPackage(revisionId, name, workshop),
    whatIf: ({ revisionId, change }) => previewChange(revisionId, change, workshop),
  };
}
