import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { listCatalog } from '../actions/describe-catalog.ts';
import { listBuilds } from '../actions/list-builds.ts';
import { listConfigurations } from '../actions/list-configurations.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { CliDeps } from './cli-deps.ts';
import { printTable, type Terminal } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { ListKind, Verbs } from './verbs.ts';

export function listVerb({ kind, limit, json }: Parameters<Verbs['list']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const list = await read(kind, limit, workshop);
    if (json) printShape(terminal, 'list', list);
    else printList(list, terminal);
    return EXIT.done;
  });
}

async function read(kind: ListKind, limit: number, workshop: Workshop): Promise<JsonOf<'list'>> {
  switch (kind) {
    case 'boards': return { kind, boards: listCatalog((await workshop.catalogs.current()).catalog).boards };
    case 'recipes': return { kind, recipes: listCatalog((await workshop.catalogs.current()).catalog).recipes };
    case 'configs': return { kind, configs: await listConfigurations(workshop) };
    case 'builds': return { kind, builds: await listBuilds(limit, workshop) };
  }
}

function printList(list: JsonOf<'list'>, terminal: Terminal): void {
  switch (list.kind) {
    case 'boards':
      printTable(terminal, ['board', 'architecture', 'summary'], list.boards.map(({ name, architecture, summary }) => [name, architecture, summary]));
      return;
    case 'recipes':
      printTable(terminal, ['recipe', 'version', 'role', 'license', 'summary'], list.recipes.map(({ name, version, role, license, summary }) => [name, version, role, license, summary]));
      return;
    case 'configs':
      printTable(terminal, ['configuration', 'board', 'revision', 'digest'], list.configs.map(({ configuration, board, revision, digest }) => [configuration, board, String(revision), `sha256:${digest}`]));
      return;
    case 'builds':
      printTable(terminal, ['build', 'target', 'state', 'started', 'steps', 'purpose', 'definition'], list.builds.map((build) => [
        build.build, build.target, build.state, build.createdAt, `${build.counts.run} run, ${build.counts.reused} reused, ${build.counts.failed} failed`, build.purpose,
        `sha256:${build.definitionDigest}`,
      ]));
  }
}
