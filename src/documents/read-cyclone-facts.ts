import { DECLARED_LICENSE, RELATION_PREFIX } from './cyclone-property.ts';
import { rowsIn, textOf, type Fields } from './document-fields.ts';
import { defined, type ComponentFact, type FileFact, type ReadFacts } from './facts.ts';

export function cycloneFacts(document: Fields): ReadFacts {
  const formula = rowsIn(document['formulation']).flatMap(({ components }) => rowsIn(components));
  const shipped = rowsIn(document['components']);
  const isFile = ({ type }: Fields): boolean => type === 'file';
  const own = shipped.filter((one) => !isFile(one));
  const files = [
    ...shipped.filter(isFile).map((file) => ({ file, owner: propertyOf(file, 'provenroot:owner') })),
    ...own.flatMap((component) => rowsIn(component['components']).map((file) => ({ file, owner: textOf(component['bom-ref']) }))),
  ];
  return {
    components: [...own.map((one) => componentFact(one, true)), ...formula.map((one) => componentFact(one, false))],
    relations: [...own, ...formula, ...files.map(({ file }) => file)].flatMap(relationsOf),
    files: files.flatMap(({ file, owner }) => fileFact(file, owner)),
    byteless: files.filter(({ file }) => sha256Of(file) === undefined).map(({ file }) => textOf(file['bom-ref']) ?? ''),
  };
}

function componentFact(one: Fields, ships: boolean): ComponentFact {
  return defined({
    ref: textOf(one['bom-ref']) ?? '', name: textOf(one['name']) ?? '', version: textOf(one['version']) ?? '', ships, sha256: sha256Of(one), license: declaredLicense(one), purl: textOf(one['purl']),
  });
}

function declaredLicense(one: Fields): string | undefined {
  const declared = rowsIn(one['licenses']).find(({ acknowledgement }) => acknowledgement === 'declared');
  return textOf(declared?.['expression']) ?? propertyOf(one, DECLARED_LICENSE);
}

function fileFact(file: Fields, owner: string | undefined): FileFact[] {
  const sha256 = sha256Of(file);
  return sha256 === undefined ? [] : [defined({ ref: textOf(file['bom-ref']) ?? '', path: textOf(file['name']) ?? '', sha256, owner })];
}

function sha256Of({ hashes }: Fields): string | undefined {
  return textOf(rowsIn(hashes).find(({ alg }) => alg === 'SHA-256')?.['content']);
}

function propertyOf({ properties }: Fields, wanted: string): string | undefined {
  return textOf(rowsIn(properties).find(({ name }) => name === wanted)?.['value']);
}

function relationsOf(one: Fields): string[] {
  return rowsIn(one['properties']).flatMap(({ name, value }) => typeof name === 'string' && name.startsWith(RELATION_PREFIX) && typeof value === 'string'
    ? [`${textOf(one['bom-ref']) ?? ''} ${name.slice(RELATION_PREFIX.length)} ${value.split(' ')[0]!}`] : []);
}
