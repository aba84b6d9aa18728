import type { ImageChoice, OptionValue, SystemSettings } from '../catalog/model.ts';
import type { ComponentChange } from '../compare/component-changes.ts';
import type { ConfigurationChange as ConfigurationDifference } from '../compare/configuration-changes.ts';
import type { HistoryCause } from '../compare/history.ts';
import type { InputChange } from '../compare/input-changes.ts';
import type { ToldComparison } from '../compare/told.ts';
import type { OwnerExplanation } from '../compliance/explain-owner.ts';
import type { LicenseReport } from '../compliance/license-report.ts';
import type { ProfileName, ProfileReport } from '../compliance/profile-report.ts';
import type { ContentsToExplain } from './explain-contents.ts';
import type { ContentDetail } from '../detail/detail.ts';
import type { Completeness } from '../evidence/completeness.ts';
import type { CheckedStatement } from '../evidence/verify-statement.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import type { Reason } from '../plan/resolution.ts';
import type { ComparedId } from '../records/comparison-records.ts';
import type { NewQuarantine } from '../records/quarantine-records.ts';
import type { UploadRow } from '../records/upload-records.ts';
import type { StatementToCheck } from './check-statement.ts';
import type { LicenseComparison } from './compare-contents.ts';
import type { JudgedBytes } from './judge-artifacts.ts';
import type { AskedChange, HistoryQuestion, Spans } from './read-history.ts';
import type { ReceivedPart, UploadToOpen } from './uploads.ts';

/**
 * What the doors can ask for. A refusal that the caller can mend is a Failure; where many things are wrong its
 * `details.findings` holds all of them as Finding[].
 */
export interface Actions {
  createConfiguration(input: CreateConfiguration): Promise<{ configurationId: string; revisionId: string }>;
  saveRevision(input: SaveRevision): Promise<{ revisionId: string; unchanged: boolean }>;
  publishRecipeVersion(input: PublishRecipeVersion): Promise<{ folderDigest: Sha256; unchanged: boolean }>;
  startBuild(input: BuildTarget): Promise<{ buildId: string; reused: boolean }>;
  /** A finished build stays as it is; an unknown one is a Failure. */
  cancelBuild(input: { buildId: string }): Promise<void>;
  planPreview(input: BuildTarget): Promise<PlanPreview>;
  explain(input: { revisionId: string; package: string }): Promise<PackageExplanation>;
  whatIf(input: { revisionId: string; change: ConfigurationChange }): Promise<ChangePreview>;
  createRelease(input: CreateRelease): Promise<RequestedRelease>;
  /** Of a build's own provenance, or of any on record; joins one of the same statement that waits or runs. */
  startVerification(input: { buildId: string } | { statementSha256: Sha256 }): Promise<{ verificationId: string; joined: boolean }>;
  cancelVerification(input: { verificationId: string }): Promise<void>;
  startVariation(input: StartVariation): Promise<{ variationId: string }>;
  cancelVariation(input: { variationId: string }): Promise<void>;
  /** Whatever a worker does; an unknown one is a Failure. */
  cancelJob(input: { jobId: string }): Promise<void>;
  openQuarantine(input: NewQuarantine): Promise<{ quarantineId: string }>;
  reviewQuarantine(input: { quarantineId: string; reviewedBy: string }): Promise<void>;
  closeQuarantine(input: { quarantineId: string; closedBy: string }): Promise<void>;
  /** Envelopes, one a line; `statements` are the digests that they will be known by. */
  importStatements(input: { lines: Uint8Array }): Promise<{ jobId: string; statements: readonly Sha256[] }>;
  verifyStatement(input: StatementToCheck): Promise<CheckedStatement>;
  /** What the rebuilders whom this home trusts say of some bytes, for each digest. */
  judge(input: { digests: readonly Sha256[] }): Promise<ReadonlyMap<Sha256, JudgedBytes>>;
  /** Of a provenance on record. */
  completeness(input: { payload: Uint8Array }): Promise<Completeness>;
  /** An archive for a stranger. */
  writeEvidence(input: { buildId: string; withInputs: boolean }): Promise<AsyncIterable<Uint8Array>>;
  /** Gates and signatures are a worker's; what is published already is not published again. */
  publishDocuments(input: { buildId: string }): Promise<{ jobId: string }>;
  /** Judged now, by the policy's text or the one that holds without any; nothing is put on record. */
  licenseReport(input: JudgedLicenses): Promise<LicenseReport>;
  /** The report in another form: `notice` and `notice-html` are the attribution document. */
  licenseDocument(input: JudgedLicenses & { form: LicenseForm }): Promise<Iterable<string>>;
  /** By a worker once the build has ended; what it comes to is on record as one of the build's policy reports. */
  judgeBuild(input: { buildId: string; policy: Uint8Array }): Promise<{ jobId: string }>;
  profileReport(input: { buildId: string; profile: ProfileName }): Promise<ProfileReport>;
  explainOwner(input: { buildId: string; path: string }): Promise<OwnerExplanation>;
  /** Of two builds that have an inventory, from the record alone. */
  compareBuilds(input: ComparedPair): Promise<ToldComparison>;
  /** Since when a path, package, license or symbol is as it is; the causes of each change are asked for apart. */
  history(input: HistoryQuestion): Promise<Spans>;
  /** What the record says of the packages behind changes that a history names, in the same order. */
  historyCauses(changes: readonly AskedChange[]): Promise<readonly (readonly HistoryCause[])[]>;
  /** Of contents as builds and uploads that were compared name them, one result a pair. */
  explainContents(input: ContentsToExplain): Promise<readonly PromiseSettledResult<ContentDetail>[]>;
  /** Of both, as all below: what the packages say of their licenses; with a policy's text what it says of each build today. */
  compareLicenses(input: ComparedPair & { policy?: Uint8Array }): Promise<LicenseComparison>;
  compareComponents(input: ComparedPair): Promise<readonly ComponentChange[]>;
  compareConfigurations(input: ComparedPair): Promise<readonly ConfigurationDifference[]>;
  compareInputs(input: ComparedPair): Promise<readonly InputChange[]>;
  /** Throws as Uploads.open does, as do those below. */
  openUpload(input: UploadToOpen): Promise<{ uploadId: string }>;
  receiveUpload(input: ReceivedPart): Promise<UploadRow>;
  /** As it stands; where a kill came between its last byte and its end, that is made up for first. */
  settleUpload(input: { uploadId: string }): Promise<UploadRow>;
  removeUpload(input: { uploadId: string }): Promise<void>;
  /** By a worker; joins one of the same two that waits or runs. */
  startComparison(input: { left: ComparedId; right: ComparedId }): Promise<{ comparisonId: string; joined: boolean }>;
  cancelComparison(input: { comparisonId: string }): Promise<void>;
  /** What a worker found, by its digest. */
  comparisonResult(input: { resultSha256: Sha256 }): Promise<ToldComparison>;
  /** Of the package as the build has it: its sources and license texts are what the decision is about. */
  decideLicense(input: DecideLicense): Promise<{ decisionId: string }>;
  withdrawLicenseDecision(input: { decisionId: string; by: string; reason: string }): Promise<void>;
  /** The source bundle; with `sandbox` the archive of the sandbox's packages in its place. */
  writeLegalInfo(input: { buildId: string; sandbox: boolean }): Promise<AsyncIterable<Uint8Array>>;
}

/** Ids of builds. */
export interface ComparedPair { left: string; right: string }

/** `policy`: its text, YAML or JSON. */
export interface JudgedLicenses { buildId: string; policy?: Uint8Array }

export type LicenseForm = 'csv' | 'html' | 'notice' | 'notice-html';

export interface DecideLicense {
  buildId: string;
  package: string;
  /** `CHOICE`: which license of several is used. `CONCLUSION`: what a look at the sources came to. */
  kind: 'CHOICE' | 'CONCLUSION';
  /** SPDX expression. */
  decided: string;
  reason: string;
  by: string;
}

export interface CreateRelease {
  product: string;
  version: string;
  buildId: string;
  /** Text of a license policy that the build must not violate (COMPLIANCE.POLICY_VIOLATED). */
  policy?: Uint8Array;
}

/** There already, or a worker is asked for it. */
export type RequestedRelease = { releaseId: string } | { jobId: string };

/** Exactly one of `profile` and `conditions`. */
export interface StartVariation {
  buildId: string;
  profile?: string;
  /** Every one that is varied, none implied. */
  conditions?: readonly string[];
}

/** Exactly one of `configuration` (with `revision`, else its newest) and `board`. */
export interface BuildTarget {
  configuration?: string;
  /** Counts from 1. */
  revision?: number;
  board?: string;
  /** Text of a license policy that a worker judges the build by once it has succeeded. */
  policy?: Uint8Array;
}

export interface ChosenPackage { name: string; options: Readonly<Record<string, OptionValue>> }

/** What differs from the board. */
export interface ConfigurationContent {
  packages: readonly ChosenPackage[];
  /** Packages of the board to leave out. */
  without: readonly string[];
  toolchain?: string;
  system: Partial<Pick<SystemSettings, 'hostname' | 'banner' | 'rootPassword' | 'authorizedKeys'>>;
  /** Absent: the board's. Formats are as the caller wrote them. */
  images?: readonly { format: ImageChoice['format']; sizeBytes?: number }[];
}

export interface CreateConfiguration { name: string; board: string; content: ConfigurationContent; message: string }

export interface SaveRevision {
  configuration: string;
  /** Absent: as it was. */
  content?: ConfigurationContent;
  /** Pins what the catalog has now; else what the newest revision pins stays, and only what that did not name comes from now. */
  updatePins: boolean;
  /** Refused where the newest revision has another number. */
  basedOn?: number;
  message: string;
}

export interface PublishRecipeVersion {
  name: string;
  files: readonly { path: string; bytes: Uint8Array; executable: boolean }[];
}

export interface ConfigurationChange {
  set: readonly ChosenPackage[];
  remove: readonly string[];
}

export interface PlannedStep {
  name: string;
  recipe?: string;
  planKey: Sha256;
  outcome: 'reused' | 'will-run' | 'may-be-cut-off';
  /** Why, one sentence. */
  reason: string;
  needs: readonly string[];
  /** CPU time of its last run. */
  lastCpuMs?: number;
}

export interface PlanPreview {
  board: string;
  configuration?: string;
  definitionDigest: Sha256;
  /** In an order that respects needs. */
  steps: readonly PlannedStep[];
}

export interface PackageExplanation {
  package: string;
  /** Takes part in the build. */
  included: boolean;
  /** Its files go into the image. */
  shipped: boolean;
  reasons: readonly Reason[];
  needs: readonly string[];
  neededBy: readonly string[];
  /** What would leave the build with it, were nothing to ask for it any more. */
  leavesWithIt: readonly string[];
}

export interface ChangePreview {
  packagesAdded: readonly string[];
  packagesRemoved: readonly string[];
  packagesChanged: readonly string[];
  findings: readonly Finding[];
  /** Absent where the change has errors. */
  plan?: PlanPreview;
}
