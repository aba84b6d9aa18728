import { configurationForm, parseConfiguration } from '../catalog/configuration.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { Failure } from '../foundation/failure.ts';
import { planBuild } from '../plan/plan.ts';
import { resolved, type PreparedPlan } from './prepare-plan.ts';
import type { BuildRequest } from './start-build.ts';
import type { Workshop } from './workshop.ts';

/** Kind of the task that asks a worker to run a build; payload `{ buildId }`. */
export const BUILD_TASK = 'build';

/** Plans a build on record again, from its own catalog versions. Throws BUILD.DEFINITION_CHANGED where this engine gives another definition. */
export async function prepareQueued(buildId: string, workshop: Workshop): Promise<PreparedPlan> {
  const found = await workshop.records.builds.request(buildId);
  if (found === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  const request = found.request as unknown as BuildRequest;
  const { value: configuration, findings } = parseConfiguration(Buffer.from(canonicalJson(request.configuration)), `build ${buildId}`);
  if (configuration === undefined) throw new Failure('PLAN.UNRESOLVED', `the configuration of build ${buildId} cannot be read`, { details: { findings } });
  const pinned = await workshop.catalogs.pinned(request.catalog);
  const plan = planBuild(resolved(configuration, pinned, request.target), pinned.catalog, workshop.engine);
  if (plan.definitionDigest !== found.definitionDigest) {
    throw new Failure('BUILD.DEFINITION_CHANGED', `build ${buildId} was planned as ${found.definitionDigest}, this engine plans ${plan.definitionDigest}`, { place: buildId });
  }
  return { plan, configuration, configurationForm: configurationForm(configuration), pinned, targetName: request.target };
}
