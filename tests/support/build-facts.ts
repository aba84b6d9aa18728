import { configurationForm, plainConfiguration } from '../../src/catalog/configuration.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import type { BuildFacts, StepFacts } from '../../src/evidence/build-facts.ts';
import { fileManifest } from '../../src/evidence/file-manifest.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step } from '../../src/plan/step.ts';
import { pathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { catalogAt, planOf, TINY_CATALOG } from './planning.ts';

const HELLO: TreeEntry = { kind: 'file', mode: 0o755, uid: 0, gid: 0, sha256: sha256('hello'), sizeBytes: 5, xattrs: { 'user.a': 'b' } };
const AT = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const RUNNER = { provenroot: '0.1.0', runner: 'docker', engine: { version: '20.10', kernel: '6.18' }, cores: 2, jobs: 2, node: 'v24' };

/** What a finished build of the plan would leave, made up: every fetch on record, every step run here. */
export function factsOfPlan(plan: Plan, catalog: Catalog, board = 'tiny', configuration = plainConfiguration(board)): BuildFacts {
  const versions = <T extends { folderDigest: string }>(items: ReadonlyMap<string, T>): Record<string, never> =>
    Object.fromEntries([...items].map(([name, { folderDigest }]) => [name, folderDigest])) as Record<string, never>;
  const { resolution } = plan;
  return {
    build: { id: '01890000-0000-7000-8000-000000000001', purpose: 'build', startedAt: AT, finishedAt: AT, nondeterministic: false },
    definition: plan.definition, definitionDigest: plan.definitionDigest,
    request: {
      target: board, revision: null, configuration: configurationForm(configuration), reuse: true,
      catalog: {
        recipe: versions(catalog.recipes), template: versions(catalog.templates), board: versions(catalog.boards),
        architecture: { [resolution.architecture.name]: sha256('architecture') },
      },
    },
    images: [...[...plan.steps.values()].flatMap((step) => step.kind === 'image' ? [imageOf(step.choice.format)] : []), { ...imageOf('kernel'), name: 'bzImage' }],
    recipes: [...resolution.packages.values()].map(({ recipe, shipped }) => ({
      name: recipe.name, version: recipe.version, role: recipe.role, license: recipe.license, shipped, sources: recipe.sources,
      ...(recipe.purl === undefined ? {} : { purl: recipe.purl }),
    })),
    tables: { users: [], permissions: [], devices: [], system: resolution.system },
    initScripts: [{ owner: 'hello', name: 'S50hello', digest: sha256('script') }],
    runtimeComponents: [],
    sandbox: {
      digest: plan.definition.sandbox, lockDigest: sha256('lock'), architecture: 'amd64', definition: { suite: 'bookworm' },
      packages: [{ name: 'gcc', version: '12', architecture: 'amd64', sha256: sha256('gcc'), sizeBytes: 3, pool: 'pool/main/g/gcc/gcc.deb' }],
    },
    steps: [...plan.steps.values()].map(stepOf),
    fetches: plan.sources.map((source) => ({ sha256: source.sha256, sizeBytes: source.sizeBytes, url: `https://example.org/${source.file}`, fetchedAt: AT, buildId: null })),
    builder: { provenroot: '0.1.0', runner: 'docker', node: 'v24', cores: 2, jobs: 2, engine: RUNNER.engine },
    rootTree: sha256('root'), fileManifest: fileManifest(makeTree([[pathBytes('bin/hello'), HELLO], [pathBytes('bin/hi'), { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes('hello') }]])), documents: [],
  };
}

function imageOf(format: string): BuildFacts['images'][number] {
  const name = `rootfs.${format}`;
  const base = { name, format, sha256: sha256(name), sha512: sha256(name).repeat(2), sizeBytes: 4, parameters: { epochSeconds: 1 }, writerVersion: '1' };
  return format.endsWith('.gz') ? { ...base, uncompressed: { name: 'rootfs.cpio', sha256: sha256('cpio'), sha512: sha256('cpio').repeat(2), sizeBytes: 8 } } : base;
}

function stepOf(step: Step): StepFacts {
  const container = step.kind === 'container' ? step : undefined;
  const outputs = container?.stage === 'main' || container === undefined ? { target: sha256(`${step.id} target`) } : { config: sha256(`${step.id} config`) };
  return {
    name: step.id, kind: step.kind, recipe: container?.recipe ?? null, stage: container?.stage ?? null, planKey: step.planKey, actionKey: sha256(`${step.id} action`),
    outcome: 'run', nondeterministic: false, outputs, needs: [...new Set(step.needs.map((need) => need.step))],
    execution: {
      id: `execution of ${step.id}`, buildId: '01890000-0000-7000-8000-000000000001', startedAt: AT, finishedAt: AT, cpuMs: 1, wallMs: 2, peakMemoryBytes: 3, runner: RUNNER,
      log: { sha256: sha256(`${step.id} log`), sizeBytes: 5 },
    },
  };
}

/** Facts of the tiny catalog's board. */
export async function tinyFacts(): Promise<BuildFacts> {
  const catalog = await catalogAt(TINY_CATALOG);
  return factsOfPlan(planOf(catalog, 'tiny'), catalog);
}
