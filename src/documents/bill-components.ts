import { Failure } from '../foundation/failure.ts';
import { kindOf } from './bill-component.ts';
import { cycloneBill } from './bill-components-cyclone.ts';
import { spdx2Bill } from './bill-components-spdx2.ts';
import { spdx3Bill } from './bill-components-spdx3.ts';
import { rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import { refOfId } from './spdx3-element.ts';
import { strictFields } from './strict-document.ts';

/** What any bill of materials says of one component, ours or a stranger's. Files are none. */
export interface BillComponent {
  /** With its group: `group/name`. */
  name: string;
  version: string;
  /** `build`: it only builds, or is left out by the document's own word. */
  scope: 'ships' | 'build';
  purl?: string;
  /** sha256; not of images and roots of ours. */
  digest?: string;
  /** sha256; sorted. */
  sources: readonly string[];
  patches: readonly BillPatch[];
  license?: string;
  reasons: readonly string[];
}

export interface BillPatch { id: string; name: string; cves: readonly string[] }

export interface Bill {
  /** As the document names it: `CycloneDX 1.5`, `SPDX-2.3`, `SPDX 3.0.1`. */
  format: string;
  /** Whose patches it could name: SPDX has no words of its own for them, ours stand in comments of what ships. */
  patchesOf: 'all' | 'ships' | 'none';
  components: readonly BillComponent[];
}

/**
 * CycloneDX 1.2 to 1.7, SPDX 2.2, 2.3 and 3.0 in JSON, from anybody: what has another form than expected is passed over.
 * Throws DOCUMENTS.TOO_LARGE, NOT_JSON, AMBIGUOUS, UNKNOWN_FORMAT.
 */
export function readBillComponents(bytes: Uint8Array, place: string): Bill {
  const fields = strictFields(bytes, place);
  const { bomFormat, specVersion, spdxVersion } = fields;
  if (bomFormat === 'CycloneDX' && typeof specVersion === 'string' && /^1\.[2-7]$/.test(specVersion)) return { format: `CycloneDX ${specVersion}`, patchesOf: 'all', components: cycloneBill(fields) };
  if (spdxVersion === 'SPDX-2.2' || spdxVersion === 'SPDX-2.3') return spdxBill(spdxVersion, spdx2Bill(fields), rowsIn(fields['packages']).map(({ SPDXID }) => SPDXID));
  const release = spdx3Release(fields);
  if (release !== undefined) return spdxBill(`SPDX ${release}`, spdx3Bill(fields), rowsIn(fields['@graph']).map(({ spdxId }) => spdxId));
  throw new Failure('DOCUMENTS.UNKNOWN_FORMAT', `${place} is no CycloneDX 1.2 to 1.7, SPDX 2.2, 2.3 or 3.0 document`, { place });
}

function spdxBill(format: string, components: readonly BillComponent[], ids: readonly unknown[]): Bill {
  return { format, patchesOf: ids.some((id) => typeof id === 'string' && kindOf(refOfId(id)) !== undefined) ? 'ships' : 'none', components };
}

/** The context stands alone, or in a list with others. */
function spdx3Release({ '@context': context }: Fields): string | undefined {
  return [textOf(context) ?? '', ...textsIn(context)].map((one) => /^https:\/\/spdx\.org\/rdf\/(3\.0(?:\.\d)?)\/spdx-context\.jsonld$/.exec(one)?.[1]).find((found) => found !== undefined);
}
