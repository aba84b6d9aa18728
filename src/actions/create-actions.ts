import { parseStatement } from '../evidence/parse-statement.ts';
import type { Queue } from '../queue/task.ts';
import type { Actions } from './actions.ts';
import { scoreStatement } from './attest-build.ts';
import { cancelJob } from './cancel-job.ts';
import { decideLicense } from './decide-license.ts';
import { checkStatement } from './check-statement.ts';
import { compareComponents, compareConfigurations, compareInputs, compareLicenses } from './compare-contents.ts';
import { compareBuilds } from './compare-subjects.ts';
import type { Comparers } from './comparers.ts';
import { explainOwner } from '../compliance/explain-owner.ts';
import { legalArchive } from './legal-archive.ts';
import { requestJudgement, requestPublication } from './queued-contents.ts';
import { recordedInventory } from './recorded-inventory.ts';
import { licenseDocument, reportLicenses } from './report-licenses.ts';
import { reportProfile } from './report-profile.ts';
import { explainPackage } from './explain-package.ts';
import { judgeBytes } from './judge-artifacts.ts';
import { previewPlan } from './plan-preview.ts';
import { preparePlan } from './prepare-plan.ts';
import { previewChange } from './preview-change.ts';
import { publishRecipeVersion } from './publish-recipe-version.ts';
import { cancelBuild, doorTarget, requestBuild } from './request-build.ts';
import { requestImport } from './request-import.ts';
import { requestRelease } from './request-release.ts';
import { cancelVariation, cancelVerification, requestVariation, requestVerification } from './request-verification.ts';
import { createConfiguration, saveRevision } from './save-revision.ts';
import type { Workshop } from './workshop.ts';
import { gatherEvidence } from './write-evidence.ts';

/**
 * The use cases over one home, whose rebuilds speak for `operator`. What they start is run by whoever works on the queue.
 * `comparers`: who reads what is compared; absent, whoever calls.
 */
export function createActions(workshop: Workshop, queue: Queue, operator: string, comparers?: Comparers): Actions {
  const { evidence } = workshop.records;
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
    compareBuilds: ({ left, right }) => compareBuilds(left, right, { workshop, ...(comparers === undefined ? {} : { comparers }) }),
    compareLicenses: ({ left, right, policy }) => compareLicenses(left, right, workshop, policy),
    compareComponents: ({ left, right }) => compareComponents(left, right, workshop),
    compareConfigurations: ({ left, right }) => compareConfigurations(left, right, workshop),
    compareInputs: ({ left, right }) => compareInputs(left, right, workshop),
    decideLicense: (input) => decideLicense(input, workshop),
    withdrawLicenseDecision: ({ decisionId, by, reason }) => workshop.records.contents.withdrawDecision(decisionId, { by, reason, at: workshop.clock.now() }),
    writeLegalInfo: ({ buildId, sandbox }) => legalArchive(buildId, sandbox, workshop),
    writeEvidence: async ({ buildId, withInputs }) => (await gatherEvidence(buildId, { withInputs }, workshop)).archive(),
  };
}
