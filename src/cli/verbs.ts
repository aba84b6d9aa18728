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
  /** File of a license policy to judge the build by. */
  policy?: string;
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

export type KeyRole = 'builder' | 'log' | 'rebuilder' | 'releaser' | 'root' | 'verifier';

export interface VerifyVerb extends Common {
  /** BUILD; or, with `evidence`, absent. */
  build?: string;
  /** An evidence archive to rebuild from, under a root that came another way. */
  evidence?: string;
  root?: string;
  /** Bytes to compare the rebuilt image with. */
  file?: string;
  /** Where to write the signed verdict: what another operator imports. */
  output?: string;
  parallel?: number;
}

/** Everything about proving: statements, releases, rebuilds, the log, keys. */
export interface EvidenceVerbs {
  attest(input: Common & { build: string; output?: string; format: 'jsonl' | 'dsse' | 'sigstore' }): Promise<ExitCode>;
  /** `policy`: file of a license policy that the build must not violate. */
  releaseCreate(input: Common & { product: string; version: string; build: string; policy?: string }): Promise<ExitCode>;
  releaseList(input: Common): Promise<ExitCode>;
  verify(input: VerifyVerb): Promise<ExitCode>;
  summary(input: Common & { build: string; policy?: string; output?: string }): Promise<ExitCode>;
  who(input: Common & { subject: string }): Promise<ExitCode>;
  evidence(input: Common & { subject: string; output: string; withInputs: boolean }): Promise<ExitCode>;
  verifyBundle(input: Common & { bundle: string; root: string; file?: string }): Promise<ExitCode>;
  importStatements(input: Common & { file: string }): Promise<ExitCode>;
  vary(input: Common & { build: string; profile?: string; conditions: readonly string[]; steps: readonly string[] }): Promise<ExitCode>;
  logFsck(input: Common & { checkpoint?: string }): Promise<ExitCode>;
  logProof(input: Common & { digest: string }): Promise<ExitCode>;
  keysList(input: Common): Promise<ExitCode>;
  keysRoot(input: { output?: string }): Promise<ExitCode>;
  keysPublic(input: { role: KeyRole; output?: string }): Promise<ExitCode>;
  keysRotate(input: Common & { role: KeyRole }): Promise<ExitCode>;
  keysTrust(input: Common & { file: string; operator: string; roles: readonly KeyRole[]; builders: readonly string[] }): Promise<ExitCode>;
  keysDistrust(input: Common & { keyId: string }): Promise<ExitCode>;
  quarantineOpen(input: Common & { scope: string; reason: string; url: string; by: string; days: number }): Promise<ExitCode>;
  quarantineReview(input: Common & { id: string; by: string }): Promise<ExitCode>;
  quarantineList(input: Common): Promise<ExitCode>;
}

export type BillFormat = 'cyclonedx' | 'cyclonedx-1.6' | 'spdx3' | 'spdx2';
export type LicensesFormat = 'table' | 'json' | 'notice' | 'notice-html' | 'csv';
export type DiffSection = 'images' | 'packages' | 'licenses' | 'sbom' | 'config' | 'inputs';
export type ProfileName = 'bsi' | 'ntia' | 'cra';

/** What is in it: documents, licenses, source bundle, owners. */
export interface ContentsVerbs {
  sbom(input: Common & { build: string; format: BillFormat; detail: 'packages' | 'files'; output?: string }): Promise<ExitCode>;
  sbomCheck(input: Common & { document: string; image: string; root: string; statement?: string }): Promise<ExitCode>;
  report(input: Common & { build: string; profile: ProfileName }): Promise<ExitCode>;
  owner(input: Common & { build: string; path: string }): Promise<ExitCode>;
  licenses(input: { build: string; policy?: string; format: LicensesFormat; output?: string }): Promise<ExitCode>;
  licenseDecide(input: Common & { kind: 'CHOICE' | 'CONCLUSION'; build: string; package: string; expression: string; reason: string; by: string }): Promise<ExitCode>;
  licenseWithdraw(input: Common & { id: string; reason: string; by: string }): Promise<ExitCode>;
  licenseDecisions(input: Common): Promise<ExitCode>;
  /** `sandbox`: where the second archive goes; absent: none is written. */
  legalInfo(input: Common & { build: string; output: string; sandbox?: string }): Promise<ExitCode>;
  legalInfoCheck(input: Common & { bundle: string; sandbox: string }): Promise<ExitCode>;
  /** Each a BUILD or the path of an image. `all`: no limit of lines. `html`: file of a report. `failOn`: rules that make the exit code. `only`: that section alone. */
  diff(input: Common & { left: string; right: string; all: boolean; html?: string; failOn?: string; only?: DiffSection; policy?: string }): Promise<ExitCode>;
  explainDiff(input: Common & { left: string; right: string; path: string }): Promise<ExitCode>;
  /** `kind`: what `name` is. `board`: TARGET is a board, whatever was built for it. */
  history(input: Common & { target: string; board: boolean; kind: 'path' | 'package' | 'license' | 'symbol'; name: string; last: number; all: boolean }): Promise<ExitCode>;
}

/** One function a verb; `main` stands behind it. */
export interface Verbs extends EvidenceVerbs, ContentsVerbs {
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
