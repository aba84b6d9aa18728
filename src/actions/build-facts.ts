import { createGunzip } from 'node:zlib';
import { pipeline, Readable } from 'node:stream';

import { rootTables } from '../build/root-tables.ts';
import type { BuildFacts, BuilderFacts, CatalogVersions, DocumentFacts, ImageFacts, StepFacts } from '../evidence/build-facts.ts';
import { fileManifest } from '../evidence/file-manifest.ts';
import { BlobHasher, sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug, Failure } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import { shippedInOrder } from '../plan/plan.ts';
import type { Resolution } from '../plan/resolution.ts';
import type { BuildDocumentFormat } from '../records/build-document-records.ts';
import { VERIFY } from '../records/build-reference.ts';
import type { ProvenanceImageRow, ProvenanceStepRow } from '../records/reads/provenance-reads.ts';
import type { CatalogPins } from './catalogs.ts';
import { recordedConfiguration, resolved } from './prepare-plan.ts';
import type { BuildRequest } from './start-build.ts';
import type { Workshop } from './workshop.ts';

/** Everything on record of a build that succeeded. Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED. */
export async function gatherBuildFacts(buildId: string, workshop: Workshop): Promise<BuildFacts> {
  const { reads, store } = workshop;
  const [build] = await reads.builds.byId([buildId]);
  const told = await reads.provenance.build(buildId);
  if (build === undefined || told === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  const { startedAt, finishedAt, rootTree, state, purpose, nondeterministic } = build;
  if (state !== 'SUCCEEDED' || rootTree === null || finishedAt === null) {
    throw new Failure('ACTIONS.NOT_SUCCEEDED', `build ${buildId} is ${state}: only what has succeeded is attested`, { place: buildId });
  }
  const definition = JSON.parse(told.definition) as BuildDefinition;
  const request = told.request as BuildRequest;
  const resolution = await resolutionOf(request, buildId, workshop);
  const tables = tablesOf(resolution);
  const [images, steps, fetches, inputs] = await Promise.all([
    reads.provenance.images(buildId), reads.provenance.steps(buildId), reads.provenance.fetches(buildId), reads.provenance.inputs(buildId),
  ]);
  return {
    build: { id: buildId, purpose, startedAt: startedAt ?? finishedAt, finishedAt, nondeterministic },
    definition, definitionDigest: build.definitionDigest as Sha256,
    request: {
      target: request.target, revision: told.revisionNumber, configuration: request.configuration,
      catalog: namedVersions(definition, request.catalog), reuse: request.reuse !== false && purpose !== VERIFY,
    },
    images: await Promise.all(images.map((image) => imageFacts(image, workshop))),
    recipes: recipesOf(resolution), ...tables,
    runtimeComponents: inputs.filter(({ role }) => role === 'runtime-component').map(({ name, digest }) => ({ name, digest })),
    sandbox: await sandboxFacts(definition.sandbox, workshop),
    steps: steps.map((step) => stepFacts(step, purpose)),
    fetches,
    builder: builderFacts(told.builder),
    rootTree: rootTree as Sha256, fileManifest: fileManifest(await store.getTree(rootTree as Sha256)),
    documents: await documentsOf(buildId, workshop),
  };
}

/** Names and media types of what a provenance names, by format. */
const NAMED_DOCUMENTS: Readonly<Partial<Record<BuildDocumentFormat, Pick<DocumentFacts, 'name' | 'role' | 'mediaType'>>>> = {
  'cyclonedx-1.7': { name: 'bom.cdx.json', role: 'sbom', mediaType: 'application/vnd.cyclonedx+json; version=1.7' },
  'legal-info': { name: 'legal-info.json', role: 'legal-info', mediaType: 'application/json' },
};

/** The first of each, of its first inventory: what is decided about licenses later, or written by another release, changes no provenance. */
async function documentsOf(buildId: string, { reads }: Workshop): Promise<DocumentFacts[]> {
  const rows = ((await reads.contents.documentsOf([buildId])).get(buildId) ?? []).toReversed();
  const first = rows[0]?.inventoryDigest;
  const oldest = new Map(rows.filter(({ inventoryDigest, detail }) => inventoryDigest === first && detail === 'packages').toReversed().map((row) => [row.format, row]));
  return [...oldest.values()].flatMap(({ format, sha256: digest, sizeBytes }) => {
    const named = NAMED_DOCUMENTS[format];
    return named === undefined ? [] : [{ ...named, sha256: digest as Sha256, sizeBytes }];
  });
}

/** As the build was resolved when it was asked for. */
export async function resolutionOf({ target, configuration, catalog }: BuildRequest, buildId: string, { catalogs }: Workshop): Promise<Resolution> {
  return resolved(recordedConfiguration(configuration, `the configuration of build ${buildId}`), await catalogs.pinned(catalog), target);
}

/** Of the catalog that a plan was made from, what took part: with these alone the plan is the same. */
function namedVersions({ recipes, templates, target }: BuildDefinition, { board, architecture }: CatalogPins): CatalogVersions {
  const one = (name: string, versions: Readonly<Record<string, Sha256>>): Record<string, Sha256> => {
    const digest = versions[name];
    if (digest === undefined) throw new Bug(`a build was planned without a version of ${name}`);
    return { [name]: digest };
  };
  return { recipe: recipes, template: templates, board: one(target.board, board), architecture: one(target.architecture, architecture) };
}

function recipesOf({ packages }: Resolution): BuildFacts['recipes'] {
  return [...packages.values()].map(({ recipe: { name, version, role, license, purl, sources }, shipped }) => ({
    name, version, role, license, shipped, sources, ...(purl === undefined ? {} : { purl }),
  }));
}

function tablesOf(resolution: Resolution): Pick<BuildFacts, 'tables' | 'initScripts'> {
  const { initScripts, ...tables } = rootTables(shippedInOrder(resolution), resolution.system);
  return { tables: { ...tables }, initScripts: initScripts.map(({ owner, row }) => ({ owner, name: row.name, digest: sha256(row.bytes) })) };
}

export async function imageFacts(image: ProvenanceImageRow, { store }: Workshop): Promise<ImageFacts> {
  if (!image.name.endsWith('.gz')) return image;
  const hasher = new BlobHasher();
  for await (const chunk of pipeline(Readable.from(store.readBlob(image.sha256)), createGunzip(), () => undefined)) hasher.update(chunk as Uint8Array);
  return { ...image, uncompressed: { name: image.name.slice(0, -'.gz'.length), ...hasher.finish() } };
}

async function sandboxFacts(digest: Sha256, { reads }: Workshop): Promise<BuildFacts['sandbox']> {
  const sandbox = await reads.provenance.sandbox(digest);
  if (sandbox === undefined) throw new Bug(`the sandbox ${digest} is not on record`);
  const packages = await reads.provenance.sandboxPackages(digest);
  return { ...sandbox, packages: sortedBy(packages, ({ name, architecture }) => `${name} ${architecture}`) };
}

function stepFacts(step: ProvenanceStepRow, purpose: string): StepFacts {
  const { name, kind, recipe, stage, planKey, actionKey, outcome, nondeterministic, needs, outputs, standing } = step;
  if (actionKey === null || outcome === null) throw new Bug(`step ${name} of a build that succeeded has no result`);
  // A rebuild goes on with its own outputs; any other build with those that stand, where its own were different.
  const used = nondeterministic && purpose !== VERIFY ? standing : outputs;
  return { name, kind, recipe, stage, planKey, actionKey, outcome, nondeterministic, outputs: used, needs, execution: executionFacts(step) };
}

function executionFacts(step: ProvenanceStepRow): StepFacts['execution'] {
  const { executionId, executionBuildId, startedAt, finishedAt, cpuMs, wallMs, peakMemoryBytes, runner, logSha256, logSizeBytes } = step;
  if (executionId === null || startedAt === null || finishedAt === null) return null;
  return {
    id: executionId, buildId: executionBuildId, startedAt, finishedAt, cpuMs: cpuMs ?? 0, wallMs: wallMs ?? 0, peakMemoryBytes: peakMemoryBytes ?? 0, runner,
    log: logSha256 === null ? null : { sha256: logSha256, sizeBytes: logSizeBytes ?? 0 },
  };
}

/** As `Yard.runnerFacts` puts it on record. */
function builderFacts(builder: unknown): BuilderFacts {
  const facts = builder as Partial<Record<string, unknown>>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
  const engine = Object.entries((facts['engine'] ?? {}) as Record<string, unknown>).map(([name, value]) => [name, text(value)] as const);
  return {
    provenroot: text(facts['provenroot']), runner: text(facts['runner']), node: text(facts['node']), cores: count(facts['cores']), jobs: count(facts['jobs']),
    engine: Object.fromEntries(engine),
  };
}
