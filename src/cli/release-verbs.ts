import { EXIT } from '../foundation/exit-codes.ts';
import { createRelease } from '../actions/create-release.ts';
import type { CliDeps } from './cli-deps.ts';
import { documentMeans } from './documented.ts';
import { givenPolicy } from './licenses-verb.ts';
import { printTable } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

type Release = JsonOf<'release-list'>['releases'][number];

const AT_MOST = 10_000;

export function releaseVerbs(deps: CliDeps): Pick<EvidenceVerbs, 'releaseCreate' | 'releaseList'> {
  const { terminal } = deps;
  return {
    releaseCreate: ({ product, version, build, policy, json }) => deps.withWorkshop(async (workshop) => {
      const text = policy === undefined ? undefined : await givenPolicy(policy);
      const { id } = await workshop.records.resolveBuild(build);
      const { release, subjects, unchanged } = await createRelease(
        { product, version, buildId: id, ...(text === undefined ? {} : { policy: text }) }, workshop, await deps.openDesk(workshop),
        { ...documentMeans(deps, workshop), openFetcher: () => deps.openFetcher(workshop, { offline: false }) },
      );
      const [logged] = await workshop.records.log.about(release.statementSha256);
      if (json) printShape(terminal, 'release-create', { release: shown(release), subjects: [...subjects], logIndex: logged?.index ?? null, unchanged });
      else {
        terminal.data(`${product} ${version} is build ${release.buildId}${unchanged ? ', as it was' : ''}\nstatement sha256:${release.statementSha256}, log entry ${logged?.index ?? 'none yet'}\n`);
        for (const { name, sha256 } of subjects) terminal.data(`image sha256:${sha256} ${name}\n`);
      }
      return EXIT.done;
    }),
    releaseList: ({ json }) => deps.withWorkshop(async ({ reads }) => {
      const releases = (await reads.releases.list({}, { first: AT_MOST })).slice(0, AT_MOST).map(shown);
      if (json) printShape(terminal, 'release-list', { releases });
      else printTable(terminal, ['product', 'version', 'build', 'at', 'statement'], releases.map(({ product, version, build, createdAt, statement }) => [product, version, build, createdAt, statement]));
      return EXIT.done;
    }),
  };
}

function shown({ product, version, buildId, statementSha256, createdAt }: { product: string; version: string; buildId: string; statementSha256: string; createdAt: Date }): Release {
  return { product, version, build: buildId, statement: statementSha256, createdAt: createdAt.toISOString() };
}
