import { startupSnapshot } from 'node:v8';

import type { CliDeps } from '../cli/cli-deps.ts';
import { runCommandLine } from '../cli/command-line.ts';
import { createVerbs } from '../cli/create-verbs.ts';
import type { Terminal } from '../cli/output.ts';
import { systemClock } from '../foundation/clock.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import { CHECKOUT } from './checkout.ts';
import { Elsewhere } from './elsewhere.ts';
import { readEnvironment } from './environment.ts';
import { endOnInterrupt, runAtTerminal } from './run-at-terminal.ts';
import { VERSION } from './version.ts';

/*
 * What `make-snapshot.ts` makes a snapshot of: the command line with all it takes to compare two files, loaded and run once. A process that starts
 * from it is `cli.mjs` as it stands after half of its time. The launcher takes it where a comparison names two files; whatever needs a home
 * after all is begun anew from `cli.mjs`, before anything was printed.
 */
startupSnapshot.setDeserializeMainFunction(() => { void answer(); });
void rehearse((process.env['PROVENROOT_REHEARSAL'] ?? '').split('\n'));

async function answer(): Promise<void> {
  const argv = process.argv.slice(2);
  const { home, debianKeyring } = readEnvironment();
  process.exitCode = await runAtTerminal(argv, async (terminal, signal) => {
    try {
      return await run(argv, filesOnly(terminal, { signal, home, debianKeyring }));
    } catch (error) {
      if (error instanceof Elsewhere) beginAnew(argv);
      throw error;
    }
  });
}

/** Compares two files and then the next two, and prints nothing. */
async function rehearse(files: readonly string[]): Promise<void> {
  const silent = { data: () => undefined, note: () => undefined, interactive: false, columns: 80 };
  for (let at = 0; at + 1 < files.length; at += 2) await run(['diff', files[at]!, files[at + 1]!], filesOnly(silent, { signal: new AbortController().signal, home: '', debianKeyring: '' }));
}

function run(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  return runCommandLine(argv, createVerbs(deps), VERSION);
}

function filesOnly(terminal: Terminal, known: Pick<CliDeps, 'signal' | 'home' | 'debianKeyring'>): CliDeps {
  const elsewhere = (): never => { throw new Elsewhere(); };
  return {
    terminal, clock: systemClock, ...known, endOnInterrupt, version: VERSION, checkout: CHECKOUT,
    withWorkshop: elsewhere, withSigner: elsewhere, openDesk: elsewhere, openYard: elsewhere, loadedSandboxes: elsewhere, openVerifyMeans: elsewhere, openEmptyHome: elsewhere,
    openVariationMeans: elsewhere, openFetcher: elsewhere, debianMirrors: elsewhere, openProbes: elsewhere, runShell: elsewhere, setUp: elsewhere, serve: elsewhere, runTests: elsewhere,
  };
}

/** In this process's place. */
function beginAnew(argv: readonly string[]): never {
  const options = process.execArgv.filter((word, i, all) => word !== SNAPSHOT && all[i - 1] !== SNAPSHOT);
  return process.execve!(process.execPath, [process.execPath, ...options, `${CHECKOUT}/src/main/cli.mjs`, ...argv], process.env);
}

const SNAPSHOT = '--snapshot-blob';
