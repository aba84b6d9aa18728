import { finalRoot } from '../build/root-step.ts';
import { basesOfFacts } from '../compliance/package-basis.ts';
import { standingDecisions } from '../compliance/standing-decisions.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug, Failure } from '../foundation/failure.ts';
import { inventoryOf } from '../inventory/inventory-of.ts';
import type { InventoryFacts, ImageFacts as InventoryImage, OwnedEntry, PackageFacts } from '../inventory/inventory-facts.ts';
import type { Inventory, Organisation } from '../inventory/inventory.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import type { Resolution, ResolvedPackage } from '../plan/resolution.ts';
import { ROOT_STEP } from '../plan/plan.ts';
import { VERIFY } from '../records/build-reference.ts';
import type { ProvenanceStepRow } from '../records/reads/provenance-reads.ts';
import { displayPath } from '../tree/entry.ts';
import { imageFacts, resolutionOf } from './build-facts.ts';
import { licenseTextsOf } from './license-texts.ts';
import { examineFiles, loaderPathsOf } from './inventory-contents.ts';
import { recordedConfiguration } from './prepare-plan.ts';
import type { BuildRequest } from './start-build.ts';
import type { Workshop } from './workshop.ts';

/** What a finished build is made of. Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED. */
export async function inventoryOfBuild(buildId: string, workshop: Workshop): Promise<Inventory> {
  return inventoryOf(await gatherInventoryFacts(buildId, workshop));
}

/** From the record and the store; two builds of one definition with the same outputs give the same. */
export async function gatherInventoryFacts(buildId: string, workshop: Workshop): Promise<InventoryFacts> {
  const { reads, store } = workshop;
  const [build] = await reads.builds.byId([buildId]);
  const told = await reads.provenance.build(buildId);
  if (build === undefined || told === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  if (build.state !== 'SUCCEEDED' || build.rootTree === null) {
    throw new Failure('ACTIONS.NOT_SUCCEEDED', `build ${buildId} is ${build.state}: only what has succeeded has contents to tell`, { place: buildId });
  }
  const definition = JSON.parse(told.definition) as BuildDefinition;
  const resolution = await resolutionOf(told.request as BuildRequest, buildId, workshop);
  const steps = stepsUsed(await reads.provenance.steps(buildId), build.purpose);
  const root = await finalRoot(steps.find(({ name }) => name === ROOT_STEP)?.used ?? {}, store);
  const packages = await packagesOf(resolution, definition, steps, workshop);
  const sandbox = await sandboxOf(definition.sandbox, workshop);
  return {
    definition, definitionDigest: build.definitionDigest as Sha256, rootTree: build.rootTree as Sha256,
    organisation: organisationOf(told.request as BuildRequest, buildId), decisions: await decisionsOf({ packages, sandbox }, resolution, workshop),
    toolchain: resolution.toolchain, kernel: resolution.kernel,
    packages,
    images: await imagesOf(buildId, steps, workshop),
    files: [...root.tree.entries].map(([path, entry]): OwnedEntry => {
      const owner = root.owners.get(path);
      return { path, entry, ...(owner === undefined ? {} : { owner }) };
    }),
    contents: await examineFiles(root.tree, store), loaderPaths: await loaderPathsOf(root.tree, store),
    sandbox,
  };
}

function organisationOf({ configuration }: BuildRequest, buildId: string): Organisation {
  return recordedConfiguration(configuration, `the configuration of build ${buildId}`).organization ?? {};
}

/** What people decided about these licenses, as far as it still holds. */
async function decisionsOf(facts: Pick<InventoryFacts, 'packages' | 'sandbox'>, { packages }: Resolution, workshop: Workshop): Promise<InventoryFacts['decisions']> {
  const rows = await workshop.records.contents.decisions();
  if (rows.length === 0) return {};
  const texts = await licenseTextsOf([...packages.values()].map(({ recipe }) => recipe), workshop);
  return standingDecisions(rows, basesOfFacts(facts, texts)).byPackage;
}

type UsedStep = ProvenanceStepRow & { used: Readonly<Record<string, Sha256>> };

/** A rebuild goes on with its own outputs; any other build with those that stand, where its own were different. */
function stepsUsed(steps: readonly ProvenanceStepRow[], purpose: string): UsedStep[] {
  return steps.map((step) => ({ ...step, used: step.nondeterministic && purpose !== VERIFY ? step.standing : step.outputs }));
}

async function packagesOf(resolution: Resolution, definition: BuildDefinition, steps: readonly UsedStep[], workshop: Workshop): Promise<PackageFacts[]> {
  const byRecipe = Map.groupBy(steps, ({ recipe }) => recipe ?? '');
  return Promise.all([...resolution.packages.values()].map(async (one) => {
    const own = byRecipe.get(one.recipe.name) ?? [];
    return {
      ...packageFacts(one, definition), usesToolchain: own.some(({ needs }) => needs.includes(resolution.toolchain)),
      staticLibraries: await staticLibraries(own, workshop),
    };
  }));
}

/** What of a package its resolution and the definition tell. */
export function packageFacts({ recipe, options, reasons, needs }: ResolvedPackage, definition: BuildDefinition): Omit<PackageFacts, 'usesToolchain' | 'staticLibraries'> {
  const { name, version, role, summary, homepage, license, licenseFiles, cpe, purl, sources, patches, runtimeComponents, deviations, folderDigest, uses, users } = recipe;
  const template = definition.templates[uses];
  const planKey = definition.steps[name];
  if (template === undefined || planKey === undefined) throw new Bug(`the definition of a build has no template or no step of ${name}`);
  return {
    name, version, role, summary, license, licenseFiles, sources, patches, runtimeComponents, deviations, folderDigest, options, reasons, needs,
    ...(homepage === undefined ? {} : { homepage }), ...(cpe === undefined ? {} : { cpe }), ...(purl === undefined ? {} : { purl }),
    template: { name: uses, folderDigest: template }, planKey, declaresUsers: users.length > 0,
  };
}

async function staticLibraries(steps: readonly UsedStep[], { store }: Workshop): Promise<string[]> {
  const sysroots = steps.flatMap(({ used }) => used['sysroot'] ?? []);
  const trees = await Promise.all(sysroots.map((digest) => store.getTree(digest)));
  return trees.flatMap(({ entries }) => [...entries].filter(([path, { kind }]) => kind === 'file' && path.endsWith('.a')).map(([path]) => displayPath(path)));
}

async function imagesOf(buildId: string, steps: readonly UsedStep[], workshop: Workshop): Promise<InventoryImage[]> {
  const makers = await imageMakers(steps, workshop);
  const rows = await workshop.reads.provenance.images(buildId);
  return Promise.all(rows.map(async (row) => {
    const { name, format, sha256, sha512, sizeBytes, writerVersion, uncompressed } = await imageFacts(row, workshop);
    const maker = makers.get(name);
    return {
      name, format, hashes: { sha256, sha512 }, sizeBytes, writerVersion, ...(maker === undefined ? {} : { package: maker }),
      ...(uncompressed === undefined ? {} : { uncompressed }),
    };
  }));
}

/** By name of the image the package whose step left it; images of the root have none. */
async function imageMakers(steps: readonly UsedStep[], { store }: Workshop): Promise<Map<string, string>> {
  const makers = new Map<string, string>();
  for (const { recipe, used } of steps) {
    if (recipe === null || used['images'] === undefined) continue;
    for (const [path, { kind }] of (await store.getTree(used['images'])).entries) if (kind === 'file') makers.set(displayPath(path), recipe);
  }
  return makers;
}

async function sandboxOf(digest: Sha256, { reads }: Workshop): Promise<InventoryFacts['sandbox']> {
  const sandbox = await reads.provenance.sandbox(digest);
  if (sandbox === undefined) throw new Bug(`the sandbox ${digest} is not on record`);
  const { suite } = sandbox.definition as { suite?: unknown };
  return {
    digest, lockDigest: sandbox.lockDigest, architecture: sandbox.architecture, suite: typeof suite === 'string' ? suite : '',
    packages: await reads.provenance.sandboxPackages(digest),
  };
}
