import type { Clock } from '../foundation/clock.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import type { EmptyHome } from '../actions/check-legal-info.ts';
import type { MachineProbes } from '../actions/examine-machine.ts';
import type { Yard } from '../actions/run-build.ts';
import type { RunVariationMeans } from '../actions/run-variation.ts';
import type { Purpose, SetUpReport } from '../actions/set-up-machine.ts';
import type { Desk } from '../actions/desk.ts';
import type { VerifyMeans } from '../actions/verify-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { LoadedSandboxes } from '../sandbox/loaded-images.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { KeyRing, Signer } from '../signing/signer.ts';
import type { SourceFetcher } from '../sources/fetcher.ts';
import type { Terminal } from './output.ts';

/** What the verbs stand on; `main` makes it. */
export interface CliDeps {
  terminal: Terminal;
  clock: Clock;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
  /** From here on an interrupt ends the process at once: nothing is open that has to be closed, and the next long step lets no signal through. */
  endOnInterrupt(): void;
  /** Of Provenroot. */
  version: string;
  home: string;
  /** Where recipes, boards and the definition of the sandbox lie. */
  checkout: string;
  /** Opens the home for one use: database, store, catalog. */
  withWorkshop<T>(use: (workshop: Workshop) => Promise<T>): Promise<T>;
  /** The signer of this home, in a process of its own; let go afterwards. */
  withSigner<T>(use: (signer: Signer & KeyRing) => Promise<T>): Promise<T>;
  /** The desk of this home, for as long as the command runs; the signer is asked at the first need. */
  openDesk(workshop: Workshop): Promise<Desk>;
  /** The engine, checked and cleared of leftovers. */
  openYard(workshop: Workshop, options: { offline: boolean; parallel?: number }): Promise<Yard>;
  /** Undefined where no engine answers. */
  loadedSandboxes(): Promise<LoadedSandboxes | undefined>;
  /** What rebuilding takes; there is no way to the network in it. */
  openVerifyMeans(workshop: Workshop, options: { parallel?: number }): Promise<VerifyMeans>;
  /** A home in which nothing is, on this machine, without a way to the network. */
  openEmptyHome(): Promise<EmptyHome>;
  openVariationMeans(workshop: Workshop): Promise<RunVariationMeans>;
  /** `debianMirror` in place of those of this machine. */
  openFetcher(workshop: Workshop, options: { offline: boolean; debianMirror?: string }): Promise<SourceFetcher>;
  /** Roots of Debian archives (`…/debian`) that this machine uses, best first. */
  debianMirrors(): Promise<readonly string[]>;
  /** What their releases are signed with. */
  debianKeyring: string;
  openProbes(): Promise<MachineProbes>;
  /** The command in its sandbox, which is up, on this process's terminal; the shell's exit code. */
  runShell(workshop: Workshop, command: SandboxCommand): Promise<number>;
  setUp(purposes: readonly Purpose[]): Promise<SetUpReport>;
  /** Serves until interrupted; the worker first publishes the documents of the build that is named. */
  serve(options: { host: string; port: number; worker: boolean; publish?: string; onListening: (address: string) => void }): Promise<ExitCode>;
  runTests(full: boolean): Promise<ExitCode>;
}
