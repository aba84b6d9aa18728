import { piecesOf } from '../bytes/byte-source.ts';
import { openFileSource } from '../bytes/file-source.ts';
import { billChanges, type BillComparison } from '../compare/bill-changes.ts';
import { componentChanges, type ComponentChange } from '../compare/component-changes.ts';
import { configurationChanges, type ConfigurationChange, type ConfigurationForm } from '../compare/configuration-changes.ts';
import { inputChanges, type InputChange } from '../compare/input-changes.ts';
import { licenseChanges, type LicenseChange } from '../compare/license-changes.ts';
import { policyChanges, type PolicyChange } from '../compare/policy-changes.ts';
import { readBillComponents, type Bill } from '../documents/bill-components.ts';
import { cycloneDx } from '../documents/cyclone-dx.ts';
import { MAX_DOCUMENT_BYTES } from '../documents/strict-document.ts';
import { Failure } from '../foundation/failure.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { buildRequest } from './queued-build.ts';
import { recordedInventory } from './recorded-inventory.ts';
import { reportLicenses } from './report-licenses.ts';
import type { Workshop } from './workshop.ts';

export interface LicenseComparison {
  /** What the packages themselves say. */
  changes: readonly LicenseChange[];
  /** What the policy says of them today; absent where none was asked. */
  policy?: { name: string; verdicts: { left: string; right: string }; changes: readonly PolicyChange[] };
}

/** `policy`: its text; absent, only the packages are asked. Throws ACTIONS.NOT_DOCUMENTED, COMPLIANCE.BAD_POLICY. */
export async function compareLicenses(left: string, right: string, workshop: Workshop, policy?: Uint8Array): Promise<LicenseComparison> {
  const changes = licenseChanges(...await inventoriesOf(left, right, workshop));
  if (policy === undefined) return { changes };
  const before = (await reportLicenses({ buildId: left, policy }, workshop)).report;
  const after = (await reportLicenses({ buildId: right, policy }, workshop)).report;
  return { changes, policy: { name: after.policy.name, verdicts: { left: before.verdict, right: after.verdict }, changes: policyChanges(before, after) } };
}

/** Throws ACTIONS.NOT_DOCUMENTED, as all below that take builds. */
export async function compareComponents(left: string, right: string, workshop: Workshop): Promise<ComponentChange[]> {
  return componentChanges(...await inventoriesOf(left, right, workshop));
}

export async function compareInputs(left: string, right: string, workshop: Workshop): Promise<InputChange[]> {
  return inputChanges(...await inventoriesOf(left, right, workshop));
}

/** As the builds were asked for, with what came and went because of it. */
export async function compareConfigurations(left: string, right: string, workshop: Workshop): Promise<ConfigurationChange[]> {
  const [before, after] = await inventoriesOf(left, right, workshop);
  return configurationChanges({ form: await formOf(left, workshop), inventory: before }, { form: await formOf(right, workshop), inventory: after });
}

/** Two files. Throws BYTES.IO, DOCUMENTS.TOO_LARGE, NOT_JSON, AMBIGUOUS, UNKNOWN_FORMAT. */
export function compareBillFiles(left: string, right: string): BillComparison {
  return billChanges(readBill(left), readBill(right));
}

/** What a build is made of, and a bill of materials from anywhere. */
export async function compareBuildWithBill(buildId: string, file: string, buildIsLeft: boolean, workshop: Workshop): Promise<BillComparison> {
  const [own, other] = [billOf(await recordedInventory(buildId, workshop)), readBill(file)];
  return buildIsLeft ? billChanges(own, other) : billChanges(other, own);
}

async function inventoriesOf(left: string, right: string, workshop: Workshop): Promise<[Inventory, Inventory]> {
  return [await recordedInventory(left, workshop), await recordedInventory(right, workshop)];
}

async function formOf(buildId: string, workshop: Workshop): Promise<ConfigurationForm> {
  return (await buildRequest(buildId, workshop)).request.configuration as ConfigurationForm;
}

/** Through the same reader as anybody's, so that both sides speak with the same words. */
function billOf(inventory: Inventory): Bill {
  const text = [...cycloneDx(inventory, { detail: 'packages', version: '1.7' }).chunks()].join('');
  return readBillComponents(Buffer.from(text), 'the build');
}

function readBill(path: string): Bill {
  const source = openFileSource(path);
  try {
    if (source.sizeBytes > MAX_DOCUMENT_BYTES) throw new Failure('DOCUMENTS.TOO_LARGE', `${path} has ${source.sizeBytes} bytes, read are at most ${MAX_DOCUMENT_BYTES}`, { place: path });
    return readBillComponents(Buffer.concat([...piecesOf(source)]), path);
  } finally {
    source.close();
  }
}
