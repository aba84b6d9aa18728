import { licenseCsv } from '../compliance/license-csv.ts';
import { licenseHtml } from '../compliance/license-html.ts';
import { licenseReport, type LicenseReport } from '../compliance/license-report.ts';
import type { LicenseTexts } from '../compliance/license-texts.ts';
import { noticeHtml, noticeText } from '../compliance/notice.ts';
import { parsePolicy, policyText } from '../compliance/parse-policy.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { DEFAULT_POLICY, type LicensePolicy } from '../licensing/policy.ts';
import type { JudgedLicenses, LicenseForm } from './actions.ts';
import { recipesIn, resolutionOfBuild } from './document-build.ts';
import { licenseTextsOf } from './license-texts.ts';
import { recordedInventory } from './recorded-inventory.ts';
import type { Workshop } from './workshop.ts';

export interface ReportedLicenses { report: LicenseReport; inventory: Inventory; texts: LicenseTexts }

/** What a policy says of a build now, from what is on record. Throws COMPLIANCE.BAD_POLICY, ACTIONS.NOT_DOCUMENTED. */
export async function reportLicenses({ buildId, policy }: JudgedLicenses, workshop: Workshop, place = 'policy'): Promise<ReportedLicenses> {
  const judgedBy = policy === undefined ? DEFAULT_POLICY : parsePolicy(policy, place);
  const inventory = await recordedInventory(buildId, workshop);
  const texts = await licenseTextsOf(recipesIn(await resolutionOfBuild(buildId, workshop)), workshop);
  const decisions = await workshop.records.contents.decisions();
  return { report: licenseReport(inventory, judgedBy, texts, workshop.clock.now().toISOString(), decisions), inventory, texts };
}

/** The same in a form for people or tables. */
export async function licenseDocument(input: JudgedLicenses & { form: LicenseForm }, workshop: Workshop): Promise<Iterable<string>> {
  const reported = await reportLicenses(input, workshop);
  return formOf(input.form, reported);
}

export function formOf(form: LicenseForm, { report, inventory, texts }: ReportedLicenses): Iterable<string> {
  switch (form) {
    case 'csv': return [licenseCsv(report)];
    case 'html': return licenseHtml(report);
    case 'notice': return noticeText(inventory, texts);
    case 'notice-html': return noticeHtml(inventory, texts);
  }
}

/** Puts what a policy says of a build on record. */
export async function judgeBuild(buildId: string, policy: Uint8Array, workshop: Workshop, place = 'policy'): Promise<LicenseReport> {
  const { records: { artifacts, contents }, reads, store } = workshop;
  const judgedBy: LicensePolicy = parsePolicy(policy, place);
  const { report } = await reportLicenses({ buildId, policy }, workshop, place);
  const [policyBlob, reportBlob] = [await store.putBlob(Buffer.from(policyText(judgedBy))), await store.putBlob(Buffer.from(canonicalJson(report)))];
  await artifacts.recordBlobs([policyBlob, reportBlob]);
  const inventoryDigest = (await reads.contents.currentInventory([buildId])).get(buildId)!.digest as Sha256;
  await contents.recordPolicyReport({ buildId, inventoryDigest, policySha256: policyBlob.sha256, policyName: judgedBy.name, outcome: report.verdict, reportSha256: reportBlob.sha256 });
  return report;
}

/** Throws COMPLIANCE.POLICY_VIOLATED with every violation; the report is on record either way. */
export async function refuseViolation(buildId: string, policy: Uint8Array, workshop: Workshop, place?: string): Promise<void> {
  const { violations, policy: { name } } = await judgeBuild(buildId, policy, workshop, place);
  if (violations.length === 0) return;
  throw new Failure('ACTIONS.POLICY_VIOLATED', `build ${buildId} violates the policy "${name}" ${violations.length} times: ${violations.slice(0, 3).map(({ message }) => message).join('; ')}${violations.length > 3 ? ' …' : ''}`, {
    place: buildId, details: { violations: violations.map(({ rule, package: name, license, path, message }) => ({ rule, package: name, license, path: [...path], message })) },
  });
}
