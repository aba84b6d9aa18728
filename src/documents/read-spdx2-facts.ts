import { rowsIn, textOf, type Fields } from './document-fields.ts';
import { defined, type ComponentFact, type FileFact, type ReadFacts } from './facts.ts';
import { kindOfNote, RELATION_TERMS } from './relation-terms.ts';
import { BUILDS_ONLY } from './spdx2-elements.ts';
import { refOfId } from './spdx3-element.ts';

const OWN = /^(product|source):/;

export function spdx2Facts(document: Fields): ReadFacts {
  const relationships = rowsIn(document['relationships']);
  const owners = new Map(relationships.filter(({ comment }) => comment === 'provenroot:owner').map(({ spdxElementId, relatedSpdxElement }) => [spdxElementId, refOfId(textOf(relatedSpdxElement) ?? '')]));
  return {
    components: rowsIn(document['packages']).filter((one) => !OWN.test(refOf(one))).map(componentFact),
    relations: relationships.flatMap(relationFact),
    files: rowsIn(document['files']).flatMap((one) => fileFact(one, owners.get(one['SPDXID']))),
    byteless: [],
  };
}

function refOf({ SPDXID: id }: Fields): string {
  return refOfId(textOf(id) ?? '');
}

function componentFact(one: Fields): ComponentFact {
  const declared = textOf(one['licenseDeclared']);
  const purl = rowsIn(one['externalRefs']).find(({ referenceType }) => referenceType === 'purl');
  return defined({
    ref: refOf(one), name: textOf(one['name']) ?? '', version: textOf(one['versionInfo']) ?? '', ships: !(textOf(one['comment']) ?? '').startsWith(BUILDS_ONLY),
    sha256: sha256Of(one), license: declared === 'NOASSERTION' ? undefined : declared, purl: textOf(purl?.['referenceLocator']),
  });
}

function fileFact(file: Fields, owner: string | undefined): FileFact[] {
  const sha256 = sha256Of(file);
  return sha256 === undefined ? [] : [defined({ ref: refOf(file), path: (textOf(file['fileName']) ?? '').slice(1), sha256, owner })];
}

function sha256Of({ checksums }: Fields): string | undefined {
  return textOf(rowsIn(checksums).find(({ algorithm }) => algorithm === 'SHA256')?.['checksumValue']);
}

function relationFact({ spdxElementId, relatedSpdxElement, relationshipType, comment }: Fields): string[] {
  const kind = kindOfNote(textOf(comment) ?? '');
  if (kind === undefined || RELATION_TERMS[kind].spdx2.type !== relationshipType) return [];
  const [from, to] = [textOf(spdxElementId), textOf(relatedSpdxElement)].map((id) => refOfId(id ?? ''));
  return [RELATION_TERMS[kind].spdx2.reversed === undefined ? `${from!} ${kind} ${to!}` : `${to!} ${kind} ${from!}`];
}
