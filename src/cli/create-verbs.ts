import { EXIT } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { contentsVerbs } from './contents-verbs.ts';
import { configVerbs } from './config-verbs.ts';
import { evidenceVerbs } from './evidence-verbs.ts';
import { printShape } from './print-shape.ts';
import { recordVerbs } from './record-verbs.ts';
import { upkeepVerbs } from './upkeep-verbs.ts';
import type { Verbs } from './verbs.ts';

/** What a verb needs is loaded when it is asked for: all of it took 0.3 s. */
export function createVerbs(deps: CliDeps): Verbs {
  return {
    build: async (input) => (await import('./build-verb.ts')).buildVerb(input, deps),
    boot: async (input) => (await import('./boot-verb.ts')).bootVerb(input, deps),
    up: async (input) => (await import('./up-verb.ts')).upVerb(input, deps),
    test: ({ full }) => deps.runTests(full),
    setup: async ({ json }) => {
      const report = await deps.setUp(['build', 'boot']);
      if (json) printShape(deps.terminal, 'setup', report);
      else deps.terminal.data(`ready: engine ${report.engine}${report.installed.length === 0 ? '' : `, installed ${report.installed.join(' ')}`}\n`);
      return EXIT.done;
    },
    serve: async ({ host, port, worker, json }) => {
      if (worker) await deps.setUp(['build']);
      return deps.serve({ host, port, worker, onListening: (address) => {
        if (json) printShape(deps.terminal, 'serve', { address, graphql: `${address}/graphql` });
        else deps.terminal.data(`listening on ${address}/graphql\n`);
      } });
    },
    ...recordVerbs(deps),
    ...upkeepVerbs(deps),
    ...configVerbs(deps),
    ...evidenceVerbs(deps),
    ...contentsVerbs(deps),
  };
}
