import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { buildVerb } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** The main job in one command: set up, build, serve, and say what to try next. */
export async function upVerb({ board, host, port, json }: Parameters<Verbs['up']>[0], deps: CliDeps): Promise<ExitCode> {
  const { terminal } = deps;
  await deps.setUp(['build', 'boot']);
  const built = await buildVerb({ target: board, cold: false, offline: false, json }, deps);
  if (built !== EXIT.done) return built;
  const { id } = await deps.withWorkshop((workshop) => workshop.records.resolveBuild(board));
  return deps.serve({ host, port, worker: true, publish: id, onListening: (address) => {
    if (json) { printShape(terminal, 'up', { address, graphql: `${address}/graphql` }); return; }
    terminal.data([
      '', `serving ${address}/graphql (Ctrl-C ends it)`, '', 'try next:',
      `  ./provenroot boot ${board}            boot it on this terminal (Ctrl-a x ends QEMU)`,
      `  ./provenroot boot ${board} --check    boot, log in, run a command, power off`,
      `  ./provenroot show ${board}            what went in and what came out`,
      `  ./provenroot licenses ${board}        its licenses, and what they ask for`,
      `  ./provenroot sbom ${board}            its bill of materials, checked and signed`,
      `  curl -s ${address}/graphql -H 'content-type: application/json' \\`,
      `    -d '{"query":"{ builds(first: 1, board: \\"${board}\\") { nodes { id definitionDigest images { name sha256 url } } } }"}'`, '', '',
    ].join('\n'));
  } });
}
