import { fieldsOf, rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import { defined, type ComponentFact, type FileFact, type ReadFacts } from './facts.ts';
import { kindOfNote, RELATION_TERMS } from './relation-terms.ts';
import { refOfId } from './spdx3-element.ts';

/** Packages of the document's own, which are no components of the inventory. */
const OWN = /^(product|source):/;

export function spdx3Facts(document: Fields): ReadFacts {
  const graph = rowsIn(document['@graph']);
  const relations = graph.filter(({ relationshipType }) => relationshipType !== undefined);
  const shipped = new Set(graph.filter(({ type }) => type === 'software_Sbom').flatMap(({ element }) => textsIn(element)));
  const licenses = declaredLicenses(graph, relations);
  const owners = new Map(relations.filter(({ comment }) => comment === 'provenroot:owns').flatMap(({ from, to }) => textsIn(to).map((file) => [file, refOfId(textOf(from) ?? '')])));
  const idOf = ({ spdxId }: Fields): string => textOf(spdxId) ?? '';
  const files = graph.filter(({ type }) => type === 'software_File');
  return {
    components: graph.filter((one) => one['type'] === 'software_Package' && !OWN.test(refOfId(idOf(one)))).map((one) => componentFact(one, shipped.has(idOf(one)), licenses.get(idOf(one)))),
    relations: relations.flatMap(relationFacts),
    files: files.flatMap((one) => fileFact(one, owners.get(idOf(one)))),
    byteless: files.filter((one) => sha256Of(one) === undefined).map((one) => refOfId(idOf(one))),
  };
}

function componentFact(one: Fields, ships: boolean, license: string | undefined): ComponentFact {
  return defined({
    ref: refOfId(textOf(one['spdxId']) ?? ''), name: textOf(one['name']) ?? '', version: textOf(one['software_packageVersion']) ?? '', ships, sha256: sha256Of(one), license, purl: textOf(one['software_packageUrl']),
  });
}

function declaredLicenses(graph: readonly Fields[], relations: readonly Fields[]): Map<string, string | undefined> {
  const expressions = new Map(graph.filter(({ type }) => type === 'simplelicensing_LicenseExpression').map((one) => [one['spdxId'], textOf(one['simplelicensing_licenseExpression'])]));
  return new Map(relations.filter(({ relationshipType }) => relationshipType === 'hasDeclaredLicense').map(({ from, to }) => [textOf(from) ?? '', expressions.get(textsIn(to)[0])]));
}

function fileFact(file: Fields, owner: string | undefined): FileFact[] {
  const sha256 = sha256Of(file);
  return sha256 === undefined ? [] : [defined({ ref: refOfId(textOf(file['spdxId']) ?? ''), path: textOf(file['name']) ?? '', sha256, owner })];
}

function sha256Of({ verifiedUsing }: Fields): string | undefined {
  return textOf(fieldsOf(rowsIn(verifiedUsing).find(({ algorithm }) => algorithm === 'sha256'))['hashValue']);
}

/** Our word for a relation counts only where it is one for what the format itself says. */
function relationFacts({ from, to, relationshipType, scope, comment }: Fields): string[] {
  const kind = kindOfNote(textOf(comment) ?? '');
  if (kind === undefined) return [];
  const { type, scope: expected, reversed } = RELATION_TERMS[kind].spdx3;
  if (type !== relationshipType || expected !== scope) return [];
  const source = refOfId(textOf(from) ?? '');
  return textsIn(to).map(refOfId).map((target) => reversed === undefined ? `${source} ${kind} ${target}` : `${target} ${kind} ${source}`);
}
