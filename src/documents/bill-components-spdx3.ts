import { billComponent, kindOf, patchesIn, reasonsIn } from './bill-component.ts';
import type { BillComponent } from './bill-components.ts';
import { rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import { refOfId } from './spdx3-element.ts';

/** SPDX 3.0 as its context spells it. A document's subject and sources are no components. */
export function spdx3Bill(document: Fields): BillComponent[] {
  const graph = rowsIn(document['@graph']);
  const byId = new Map(graph.map((one) => [idOf(one), one]));
  const relations = graph.filter(({ relationshipType }) => relationshipType !== undefined);
  const boms = graph.filter(({ type }) => type === 'software_Sbom');
  const [listed, roots] = [new Set(boms.flatMap(({ element }) => textsIn(element))), boms.flatMap(({ rootElement }) => textsIn(rootElement))];
  const packages = graph.filter(({ type }) => type === 'software_Package');
  const ours = packages.some((one) => kindOf(refOfId(idOf(one))) !== undefined);
  const made = sourcesOf(relations, byId);
  const used = new Set([...made.values()].flat());
  const subject = roots.length === 1 && packages.length > 1 ? roots[0] : undefined;
  const licenses = licensesOf(relations, byId);
  return packages.filter((one) => idOf(one) !== subject && !used.has(idOf(one)) && !/^(?:product|source):/.test(refOfId(idOf(one)))).map((one) => componentIn(one, {
    ships: !ours || listed.has(idOf(one)), license: licenses.get(idOf(one)), sources: (made.get(idOf(one)) ?? []).flatMap((id) => sha256Of(byId.get(id)!)),
  }));
}

function idOf({ spdxId }: Fields): string {
  return textOf(spdxId) ?? '';
}

function componentIn(one: Fields, { ships, license, sources }: { ships: boolean; license: string | undefined; sources: string[] }): BillComponent {
  const ref = refOfId(idOf(one));
  const comment = textOf(one['comment']) ?? '';
  const purl = textOf(one['software_packageUrl']) ?? textOf(rowsIn(one['externalIdentifier']).find(({ externalIdentifierType }) => externalIdentifierType === 'packageUrl')?.['identifier']);
  const unread = kindOf(ref) === undefined ? undefined : /^license, not readable as an expression: (.*)$/m.exec(comment)?.[1];
  return billComponent(ref, {
    name: textOf(one['name']), version: textOf(one['software_packageVersion']), scope: ships ? 'ships' : 'build', purl,
    digest: sha256Of(one)[0], license: license ?? unread, sources, patches: patchesIn(comment), reasons: reasonsIn(textOf(one['software_sourceInfo']), ref),
  });
}

/** By id of what was made. */
function sourcesOf(relations: readonly Fields[], byId: ReadonlyMap<string, Fields>): Map<string, string[]> {
  const pairs = relations.filter(({ relationshipType }) => relationshipType === 'generates').flatMap(({ from, to }) => textsIn(to).map((id) => ({ id, source: textOf(from) ?? '' })));
  const isSource = (id: string): boolean => byId.get(id)?.['software_primaryPurpose'] === 'source';
  return new Map([...Map.groupBy(pairs.filter(({ source }) => isSource(source)), ({ id }) => id)].map(([id, rows]) => [id, rows.map(({ source }) => source)]));
}

function licensesOf(relations: readonly Fields[], byId: ReadonlyMap<string, Fields>): Map<string, string | undefined> {
  const told = relations.filter(({ relationshipType }) => relationshipType === 'hasDeclaredLicense');
  return new Map(told.map(({ from, to }) => [textOf(from) ?? '', textOf(byId.get(textsIn(to)[0] ?? '')?.['simplelicensing_licenseExpression'])]));
}

function sha256Of({ verifiedUsing }: Fields): string[] {
  return rowsIn(verifiedUsing).filter(({ algorithm }) => algorithm === 'sha256').flatMap(({ hashValue }) => (typeof hashValue === 'string' ? [hashValue.toLowerCase()] : []));
}
