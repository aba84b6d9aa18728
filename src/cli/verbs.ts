import type { ExitCode } from '../foundation/exit-codes.ts';

/** What every verb is told. */
export interface Common {
  json: boolean;
}

export interface BuildVerb extends Common {
  target: string;
  output?: string;
  /** No action result is reused; every step runs. */
  cold: boolean;
  offline: boolean;
  parallel?: number;
}

export interface BootVerb extends Common {
  target: string;
  check: boolean;
  image?: string;
  sshPort?: number;
  authorizedKeys?: string;
  command?: string;
}

export interface ServeVerb extends Common { host: string; port: number; worker: boolean }

export type ListKind = 'boards' | 'recipes' | 'configs' | 'builds';

/** One function a verb; `main` stands behind it. */
export interface Verbs {
  up(input: Common & { host: string; port: number; board: string }): Promise<ExitCode>;
  test(input: { full: boolean }): Promise<ExitCode>;
  setup(input: Common): Promise<ExitCode>;
  doctor(input: Common): Promise<ExitCode>;
  build(input: BuildVerb): Promise<ExitCode>;
  boot(input: BootVerb): Promise<ExitCode>;
  serve(input: ServeVerb): Promise<ExitCode>;
  plan(input: Common & { target: string }): Promise<ExitCode>;
  list(input: Common & { kind: ListKind; limit: number }): Promise<ExitCode>;
  show(input: Common & { what: string }): Promise<ExitCode>;
  log(input: Common & { build: string; step?: string; times: boolean }): Promise<ExitCode>;
  shell(input: { step: string; target: string }): Promise<ExitCode>;
  sourcesFetch(input: Common & { targets: readonly string[] }): Promise<ExitCode>;
  sandboxUpdate(input: Common & { mirror?: string; write: boolean }): Promise<ExitCode>;
  storeVerify(input: Common): Promise<ExitCode>;
  gc(input: Common & { dryRun: boolean; keepDays: number }): Promise<ExitCode>;
  configNew(input: Common & { name: string; board: string }): Promise<ExitCode>;
  configAdd(input: Common & { name: string; packages: readonly string[] }): Promise<ExitCode>;
  configRemove(input: Common & { name: string; packages: readonly string[] }): Promise<ExitCode>;
  configSet(input: Common & { name: string; assignments: readonly string[] }): Promise<ExitCode>;
  configUpdate(input: Common & { name: string }): Promise<ExitCode>;
  configSearch(input: Common & { name: string; text: string }): Promise<ExitCode>;
  configShow(input: Common & { name: string; explain?: string }): Promise<ExitCode>;
  configSave(input: Common & { name: string; file?: string }): Promise<ExitCode>;
}
