import { billComponent, kindOf, patchesIn, reasonsIn } from './bill-component.ts';
import type { BillComponent } from './bill-components.ts';
import { rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import { BUILDS_ONLY } from './spdx2-elements.ts';
import { refOfId } from './spdx3-element.ts';

/** What is described is the document's subject, what something was generated from its source: neither is a component. */
export function spdx2Bill(document: Fields): BillComponent[] {
  const relationships = rowsIn(document['relationships']).map(({ spdxElementId, relationshipType, relatedSpdxElement }) => ({ from: textOf(spdxElementId) ?? '', type: textOf(relationshipType) ?? '', to: textOf(relatedSpdxElement) ?? '' }));
  const packages = new Map(rowsIn(document['packages']).map((one) => [textOf(one['SPDXID']) ?? '', one]));
  const isSource = (id: string): boolean => packages.get(id)?.['primaryPackagePurpose'] === 'SOURCE';
  const made = Map.groupBy(relationships.filter(({ type, to }) => type === 'GENERATED_FROM' && isSource(to)), ({ from }) => from);
  const tools = new Set(relationships.filter(({ type }) => type === 'BUILD_TOOL_OF' || type === 'DEV_TOOL_OF' || type === 'BUILD_DEPENDENCY_OF').map(({ from }) => from));
  const described = new Set([...textsIn(document['documentDescribes']), ...relationships.filter(({ type, from }) => type === 'DESCRIBES' && from === 'SPDXRef-DOCUMENT').map(({ to }) => to)]);
  const subject = described.size === 1 && packages.size > 1 ? [...described][0] : undefined;
  const sources = new Set([...made.values()].flat().map(({ to }) => to));
  return [...packages].filter(([id]) => id !== subject && !sources.has(id)).map(([id, one]) =>
    componentIn(one, refOfId(id), kindOf(refOfId(id)) === undefined && tools.has(id), (made.get(id) ?? []).flatMap(({ to }) => sha256Of(packages.get(to)!))));
}

function componentIn(one: Fields, ref: string, tool: boolean, sources: string[]): BillComponent {
  const comment = textOf(one['comment']) ?? '';
  const [declared, concluded, unread] = [textOf(one['licenseDeclared']), textOf(one['licenseConcluded']), textOf(one['licenseComments'])];
  const purl = rowsIn(one['externalRefs']).find(({ referenceType }) => referenceType === 'purl');
  const license = [declared, kindOf(ref) === undefined ? concluded : unread].find((text) => text !== undefined && text !== 'NOASSERTION');
  return billComponent(ref, {
    name: textOf(one['name']), version: textOf(one['versionInfo']), scope: tool || comment.startsWith(BUILDS_ONLY) ? 'build' : 'ships', purl: textOf(purl?.['referenceLocator']),
    digest: sha256Of(one)[0], license, sources, patches: patchesIn(comment), reasons: reasonsIn(textOf(one['sourceInfo']), ref),
  });
}

function sha256Of({ checksums }: Fields): string[] {
  return rowsIn(checksums).filter(({ algorithm }) => algorithm === 'SHA256').flatMap(({ checksumValue }) => (typeof checksumValue === 'string' ? [checksumValue.toLowerCase()] : []));
}
