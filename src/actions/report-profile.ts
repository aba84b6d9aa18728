import { profileReport, type ProfileName, type ProfileReport } from '../compliance/profile-report.ts';
import { recordedInventory } from './recorded-inventory.ts';
import type { Workshop } from './workshop.ts';

/** How far a build's inventory and its published documents say what a regulator asks for. Throws ACTIONS.NOT_DOCUMENTED. */
export async function reportProfile(buildId: string, profile: ProfileName, workshop: Workshop): Promise<ProfileReport> {
  const inventory = await recordedInventory(buildId, workshop);
  const current = (await workshop.reads.contents.currentInventory([buildId])).get(buildId)?.digest;
  const rows = (await workshop.reads.contents.documentsOf([buildId])).get(buildId) ?? [];
  const documents = rows.filter(({ state, inventoryDigest, format }) => state === 'PUBLISHED' && inventoryDigest === current && format !== 'legal-info');
  return profileReport(inventory, profile, documents.map(({ format, detail, sha256, signedSha256, statementSha256 }) => ({ format, detail, sha256, signed: signedSha256 !== null || statementSha256 !== null })));
}
