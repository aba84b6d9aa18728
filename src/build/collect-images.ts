import { Bug } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import { IMAGE_FORMATS } from '../image/image-formats.ts';
import type { Plan } from '../plan/plan.ts';
import type { StepId } from '../plan/step.ts';
import { displayPath } from '../tree/entry.ts';
import type { BuildDeps } from './build-deps.ts';
import type { WrittenImage } from './journal.ts';
import type { StepOutputs } from './run-plan.ts';

/** Every file that a step left in its `images` output: kernels from their recipes, root file systems from the image steps. */
export async function collectImages(plan: Plan, outputsOf: StepOutputs, deps: BuildDeps): Promise<WrittenImage[]> {
  const images: WrittenImage[] = [];
  for (const step of plan.steps.values()) {
    const digest = outputsOf(step.id)['images'];
    if (digest === undefined) continue;
    for (const [path, entry] of (await deps.store.getTree(digest)).entries) {
      if (entry.kind !== 'file') continue;
      const digests = await deps.store.statBlob(entry.sha256);
      if (digests === undefined) throw new Bug(`the image ${displayPath(path)} is not in the store`);
      images.push({ name: displayPath(path), digests, step: step.id, ...formatFacts(plan, step.id) });
    }
  }
  refuseTwins(images);
  return sortedBy(images, ({ name }) => name);
}

function formatFacts(plan: Plan, id: StepId): Pick<WrittenImage, 'format' | 'parameters' | 'writerVersion'> {
  const step = plan.steps.get(id)!;
  if (step.kind !== 'image') return { format: 'kernel', parameters: {}, writerVersion: step.definition.versions['stepRunner'] ?? '' };
  const format = IMAGE_FORMATS[step.choice.format];
  return { format: step.choice.format, parameters: format.parameters(step.choice, step.definition.epochSeconds), writerVersion: format.writerVersion };
}

function refuseTwins(images: readonly WrittenImage[]): void {
  const seen = new Set<string>();
  for (const { name, step } of images) {
    if (seen.has(name)) throw new Bug(`two steps give an image named ${name}; the second is ${step}`);
    seen.add(name);
  }
}
