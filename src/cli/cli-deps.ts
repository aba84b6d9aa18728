import type { Clock } from '../foundation/clock.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import type { Yard } from '../actions/run-build.ts';
import type { Purpose, SetUpReport } from '../actions/set-up-machine.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { SourceFetcher } from '../sources/fetcher.ts';
import type { Terminal } from './output.ts';

/** What the verbs stand on; `main` makes it. */
export interface CliDeps {
  terminal: Terminal;
  clock: Clock;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
  home: string;
  /** Opens the home for one use: database, store, catalog. */
  withWorkshop<T>(use: (workshop: Workshop) => Promise<T>): Promise<T>;
  /** The engine, checked and cleared of leftovers. */
  openYard(workshop: Workshop, options: { offline: boolean; parallel?: number }): Promise<Yard>;
  openFetcher(workshop: Workshop, options: { offline: boolean }): Promise<SourceFetcher>;
  setUp(purposes: readonly Purpose[]): Promise<SetUpReport>;
  /** Serves until interrupted. */
  serve(options: { host: string; port: number; worker: boolean; onListening: (address: string) => void }): Promise<ExitCode>;
  runTests(full: boolean): Promise<ExitCode>;
}
