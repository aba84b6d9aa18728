import type { Machine, Purpose, SetUpReport } from '../actions/set-up-machine.ts';
import type { CliDeps } from '../cli/cli-deps.ts';
import { runCommandLine } from '../cli/command-line.ts';
import type { Terminal } from '../cli/output.ts';
import { createVerbs } from '../cli/create-verbs.ts';
import { systemClock } from '../foundation/clock.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import { CHECKOUT } from './checkout.ts';
import type { Environment } from './environment.ts';
import { endOnInterrupt, runAtTerminal } from './run-at-terminal.ts';
import { VERSION } from './version.ts';

/** One command, from its words to its exit code. Heavy parts are loaded by the verbs that need them. */
export async function runCli(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  return runAtTerminal(argv, (terminal, signal) => runCommandLine(argv, createVerbs(cliDeps(environment, terminal, signal)), VERSION));
}

function cliDeps(environment: Environment, terminal: Terminal, signal: AbortSignal): CliDeps {
  return {
    terminal, clock: systemClock, signal, endOnInterrupt, version: VERSION, home: environment.home, checkout: CHECKOUT,
    withWorkshop: async (use) => {
      const { openWorkshop } = await import('./open-workshop.ts');
      const workshop = await openWorkshop(environment);
      try {
        return await use(workshop);
      } finally {
        await workshop.close();
      }
    },
    withSigner: async (use) => {
      const { homeSigner } = await import('./open-signer.ts');
      const signer = homeSigner(environment);
      try {
        return await use(signer);
      } finally {
        await signer.close();
      }
    },
    openDesk: async (workshop) => {
      const [{ homeSigner }, { openDesk }] = await Promise.all([import('./open-signer.ts'), import('../actions/desk.ts')]);
      return openDesk(homeSigner(environment), workshop);
    },
    openYard: async (workshop, options) => {
      const { openYard } = await import('./open-yard.ts');
      return openYard(environment, workshop, { ...options, note: (line) => terminal.note(`${line}\n`), signal });
    },
    openVerifyMeans: async (workshop, options) => {
      const { openVerifyMeans } = await import('./open-verify-means.ts');
      await setUp(environment, terminal, ['build']);
      return openVerifyMeans(environment, workshop, { ...options, note: (line) => terminal.note(`${line}\n`) });
    },
    openEmptyHome: async () => {
      const { openEmptyHome } = await import('./open-empty-home.ts');
      await setUp(environment, terminal, ['build']);
      return openEmptyHome(environment, (line) => terminal.note(`${line}\n`));
    },
    openVariationMeans: async (workshop) => {
      const [{ openVariation }, { openYard }] = await Promise.all([import('./open-variation.ts'), import('./open-yard.ts')]);
      await setUp(environment, terminal, ['build']);
      return {
        variation: await openVariation(environment),
        openYard: (stop) => openYard(environment, workshop, { offline: true, note: (line) => terminal.note(`${line}\n`), signal: stop }),
      };
    },
    openFetcher: async (workshop, options) => {
      const { openFetcher } = await import('./open-yard.ts');
      return openFetcher(environment, workshop, { ...options, signal });
    },
    loadedSandboxes: async () => (await import('./open-yard.ts')).openLoadedSandboxes(environment),
    debianMirrors: async () => (await import('./open-yard.ts')).debianMirrorsOf(environment),
    debianKeyring: environment.debianKeyring,
    openProbes: async () => (await import('./open-probes.ts')).openProbes(environment, await openMachine(environment)),
    runShell: async (workshop, command) => (await import('./run-shell.ts')).runShell(environment, workshop, command, signal),
    setUp: (purposes) => setUp(environment, terminal, purposes),
    serve: async (options) => {
      const { serve } = await import('./serve.ts');
      return serve(environment, { ...options, signal });
    },
    runTests: async (full) => {
      const { runTests } = await import('./run-tests.ts');
      return runTests({ root: CHECKOUT, full, setUp: () => setUp(environment, terminal, ['build', 'boot', 'test']) });
    },
  };
}

async function setUp(environment: Environment, terminal: Terminal, purposes: readonly Purpose[]): Promise<SetUpReport> {
  const { setUpMachine } = await import('../actions/set-up-machine.ts');
  return setUpMachine(await openMachine(environment), purposes, (line) => terminal.note(`${line}\n`));
}

async function openMachine({ home, root, dockerHost }: Environment): Promise<Machine> {
  const { thisMachine } = await import('./machine.ts');
  const { checkEngine, connectEngine } = await import('../sandbox/docker-engine.ts');
  return thisMachine({ home, root, dockerHost, pingEngine: () => checkEngine(connectEngine(dockerHost)) });
}
