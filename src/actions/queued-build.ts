import { configurationForm } from '../catalog/configuration.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { planBuild } from '../plan/plan.ts';
import { recordedConfiguration, resolved, type PreparedPlan } from './prepare-plan.ts';
import type { NewTask } from '../queue/task.ts';
import type { BuildRequest } from './start-build.ts';
import type { Workshop } from './workshop.ts';

/** Kind of the task that asks a worker to run a build; payload `{ buildId }`. */
export const BUILD_TASK = 'build';

/** One task a build, however often it is asked for. */
export function buildTask(buildId: string): NewTask {
  return { kind: BUILD_TASK, key: buildId, payload: { buildId } };
}

/** What was asked of a build on record. Throws RECORDS.UNKNOWN. */
export async function buildRequest(buildId: string, { records }: Workshop): Promise<{ request: BuildRequest; definitionDigest: Sha256 }> {
  const found = await records.builds.request(buildId);
  if (found === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  return { request: found.request as unknown as BuildRequest, definitionDigest: found.definitionDigest };
}

/** Plans a build on record again, from its own catalog versions. Throws BUILD.DEFINITION_CHANGED where this engine gives another definition. */
export async function prepareQueued(buildId: string, workshop: Workshop): Promise<PreparedPlan> {
  const { request, definitionDigest } = await buildRequest(buildId, workshop);
  const prepared = await preparePinned(request, `the configuration of build ${buildId}`, workshop);
  if (prepared.plan.definitionDigest !== definitionDigest) {
    throw new Failure('BUILD.DEFINITION_CHANGED', `build ${buildId} was planned as ${definitionDigest}, this engine plans ${prepared.plan.definitionDigest}`, { place: buildId });
  }
  return prepared;
}

/** A plan of exactly these catalog versions, which are on record. `name` is for messages. */
export async function preparePinned(
  { target, configuration: form, catalog }: Pick<BuildRequest, 'target' | 'configuration' | 'catalog'>, name: string, workshop: Workshop,
): Promise<PreparedPlan> {
  const configuration = recordedConfiguration(form, name);
  const pinned = await workshop.catalogs.pinned(catalog);
  const plan = planBuild(resolved(configuration, pinned, target), pinned.catalog, workshop.engine);
  return { plan, configuration, configurationForm: configurationForm(configuration), pinned, targetName: target };
}
