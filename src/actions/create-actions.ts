import { parseStatement } from '../evidence/parse-statement.ts';
import type { Queue } from '../queue/task.ts';
import type { Actions } from './actions.ts';
import { scoreStatement } from './attest-build.ts';
import { cancelJob } from './cancel-job.ts';
import { decideLicense } from './decide-license.ts';
import { checkStatement } from './check-statement.ts';
import { compareComponents, compareConfigurations, compareInputs, compareLicenses } from './compare-contents.ts';
import { compareBuilds } from './compare-subjects.ts';
import { comparersHere, type Comparers } from './comparers.ts';
import { explainOwner } from '../compliance/explain-owner.ts';
import { legalArchive } from './legal-archive.ts';
import { requestJudgement, requestPublication } from './queued-contents.ts';
import { causesOf, readSpans } from './read-history.ts';
import { recordedInventory } from './recorded-inventory.ts';
import { licenseDocument, reportLicenses } from './report-licenses.ts';
import { reportProfile } from './report-profile.ts';
import { ContentExplanations } from './explain-contents.ts';
import { explainPackage } from './explain-package.ts';
import { judgeBytes } from './judge-artifacts.ts';
import { previewPlan } from './plan-preview.ts';
import { preparePlan } from './prepare-plan.ts';
import { previewChange } from './preview-change.ts';
import { publishRecipeVersion } from './publish-recipe-version.ts';
import { cancelBuild, doorTarget, requestBuild } from './request-build.ts';
import { cancelComparison, comparisonResult, requestComparison } from './request-comparison.ts';
import { requestImport } from './request-import.ts';
import { requestRelease } from './request-release.ts';
import { cancelVariation, cancelVerification, requestVariation, requestVerification } from './request-verification.ts';
import { createConfiguration, saveRevision } from './save-revision.ts';
import { Uploads, type UploadLimits } from './uploads.ts';
import type { Workshop } from './workshop.ts';
import { gatherEvidence } from './write-evidence.ts';

export interface ActionMeans {
  /** For whom rebuilds speak. */
  operator: string;
  /** Who reads what is compared; absent, whoever calls. */
  comparers?: Comparers;
  /** Who reads what was uploaded; absent, the same: others wait behind a hostile image then. */
  readers?: Comparers;
  /** Where what is uploaded lies until it is whole. */
  uploadsDirectory: string;
  uploadLimits?: Partial<UploadLimits>;
}

/** The use cases over one home. What they start is run by whoever works on the queue. */
export function createActions(workshop: Workshop, queue: Queue, { operator, comparers = comparersHere(workshop.store), readers = comparers, uploadsDirectory, uploadLimits }: ActionMeans): Actions {
  const { evidence } = workshop.records;
  const uploads = new Uploads(workshop, uploadsDirectory, uploadLimits);
  const explanations = new ContentExplanations(workshop, comparers, readers);
  return {
    createConfiguration: (input) => createConfiguration(input, workshop),
    saveRevision: (input) => saveRevision(input, workshop),
    publishRecipeVersion: (input) => publishRecipeVersion(input, workshop),
    startBuild: (target) => requestBuild(target, workshop, queue),
    cancelBuild: ({ buildId }) => cancelBuild(buildId, workshop, queue),
    planPreview: async (target) => previewPlan(await preparePlan(doorTarget(target), workshop), workshop),
    explain: ({ revisionId, package: name }) => explainPackage(revisionId, name, workshop),
    whatIf: ({ revisionId, change }) => previewChange(revisionId, change, workshop),
    createRelease: (input) => requestRelease(input, workshop, queue),
    startVerification: (input) => requestVerification(input, operator, workshop, queue),
    cancelVerification: ({ verificationId }) => cancelVerification(verificationId, workshop, queue),
    startVariation: (input) => requestVariation(input, workshop, queue),
    cancelVariation: ({ variationId }) => cancelVariation(variationId, workshop, queue),
    cancelJob: ({ jobId }) => cancelJob(jobId, workshop, queue),
    openQuarantine: async (input) => ({ quarantineId: (await evidence.openQuarantine(input)).id }),
    reviewQuarantine: ({ quarantineId, reviewedBy }) => evidence.reviewQuarantine(quarantineId, reviewedBy),
    closeQuarantine: ({ quarantineId, closedBy }) => evidence.closeQuarantine(quarantineId, closedBy),
    importStatements: ({ lines }) => requestImport(lines, workshop, queue),
    verifyStatement: (input) => checkStatement(input, workshop),
    judge: ({ digests }) => judgeBytes(digests, workshop),
    completeness: ({ payload }) => scoreStatement(parseStatement(payload, 'the provenance'), workshop),
    publishDocuments: ({ buildId }) => requestPublication(buildId, workshop, queue),
    licenseReport: async (input) => (await reportLicenses(input, workshop)).report,
    licenseDocument: (input) => licenseDocument(input, workshop),
    judgeBuild: ({ buildId, policy }) => requestJudgement(buildId, policy, workshop, queue),
    profileReport: ({ buildId, profile }) => reportProfile(buildId, profile, workshop),
    explainOwner: async ({ buildId, path }) => explainOwner(await recordedInventory(buildId, workshop), path),
    compareBuilds: ({ left, right }) => compareBuilds(left, right, { workshop, comparers }),
    history: (input) => readSpans(input, { workshop, comparers }),
    historyCauses: (changes) => causesOf(changes, workshop),
    explainContents: (input) => explanations.explain(input),
    compareLicenses: ({ left, right, policy }) => compareLicenses(left, right, workshop, policy),
    compareComponents: ({ left, right }) => compareComponents(left, right, workshop),
    compareConfigurations: ({ left, right }) => compareConfigurations(left, right, workshop),
    compareInputs: ({ left, right }) => compareInputs(left, right, workshop),
    openUpload: (input) => uploads.open(input),
    receiveUpload: (input) => uploads.receive(input),
    settleUpload: ({ uploadId }) => uploads.settled(uploadId),
    removeUpload: ({ uploadId }) => uploads.remove(uploadId),
    startComparison: ({ left, right }) => requestComparison(left, right, workshop, uploads, queue),
    cancelComparison: ({ comparisonId }) => cancelComparison(comparisonId, workshop, queue),
    comparisonResult: ({ resultSha256 }) => comparisonResult(resultSha256, workshop),
    decideLicense: (input) => decideLicense(input, workshop),
    withdrawLicenseDecision: ({ decisionId, by, reason }) => workshop.records.contents.withdrawDecision(decisionId, { by, reason, at: workshop.clock.now() }),
    writeLegalInfo: ({ buildId, sandbox }) => legalArchive(buildId, sandbox, workshop),
    writeEvidence: async ({ buildId, withInputs }) => (await gatherEvidence(buildId, { withInputs }, workshop)).archive(),
  };
}
