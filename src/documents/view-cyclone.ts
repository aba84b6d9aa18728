import { cycloneFaults } from './cyclone-faults.ts';
import { fieldsOf, rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import type { LintView, Placed } from './lint-view.ts';

interface PlacedComponent { one: Fields; at: string; ships: boolean; parent: string | undefined }

export function cycloneView(document: Fields): LintView {
  const metadata = fieldsOf(document['metadata']);
  const all = [
    ...(metadata['component'] === undefined ? [] : componentsBelow([fieldsOf(metadata['component'])], '/metadata/component', true, undefined, true)),
    ...componentsBelow(rowsIn(document['components']), '/components', true, undefined),
    ...rowsIn(document['formulation']).flatMap((formula, index) => componentsBelow(rowsIn(formula['components']), `/formulation/${index}/components`, false, undefined)),
  ];
  const own = all.filter(({ one }) => one['type'] !== 'file');
  return {
    ids: [...all.flatMap(({ one, at }) => placed(one['bom-ref'], `${at}/bom-ref`)), ...rowsIn(document['formulation']).flatMap((formula, index) => placed(formula['bom-ref'], `/formulation/${index}/bom-ref`))],
    references: referencesOf(document),
    expressions: all.flatMap(({ one, at }) => rowsIn(one['licenses']).flatMap(({ expression }, index) => placed(expression, `${at}/licenses/${index}/expression`))),
    purls: all.flatMap(({ one, at }) => placed(one['purl'], `${at}/purl`)),
    cpes: all.flatMap(({ one, at }) => placed(one['cpe'], `${at}/cpe`)),
    hashes: all.flatMap(({ one, at }) => [...hashesIn(one['hashes'], `${at}/hashes`), ...rowsIn(one['externalReferences']).flatMap(({ hashes }, index) => hashesIn(hashes, `${at}/externalReferences/${index}/hashes`))]),
    timestamps: [{ text: textOf(metadata['timestamp']), at: '/metadata/timestamp' }],
    components: own.map(({ one, at, ships }) => ({ name: textOf(one['name']) ?? '', version: textOf(one['version']), id: textOf(one['bom-ref']), at, ships, licensed: isLicensed(one) || !isPackage(one) })),
    files: all.filter(({ one }) => one['type'] === 'file').map(({ one, at, parent }) => ({
      name: textOf(one['name']) ?? '', at, owned: parent !== undefined || propertyOf(one, 'provenroot:owner') !== undefined, hashed: rowsIn(one['hashes']).length > 0, bytes: hasBytes(one),
    })),
    containments: all.flatMap(({ one, parent, at }) => (parent === undefined ? [] : [{ from: parent, to: textOf(one['bom-ref']) ?? '', at }])),
    subjects: placed(fieldsOf(metadata['component'])['bom-ref'], '').map(({ text }) => text),
    author: textOf(fieldsOf(metadata['manufacturer'])['name']),
    faults: cycloneFaults(document, all.map(({ one, ships }) => ({ one, ships }))),
  };
}

function componentsBelow(rows: readonly Fields[], at: string, ships: boolean, parent: string | undefined, alone = false): PlacedComponent[] {
  return rows.flatMap((one, index) => {
    const own = alone ? at : `${at}/${index}`;
    return [{ one, at: own, ships, parent }, ...componentsBelow(rowsIn(one['components']), `${own}/components`, ships, textOf(one['bom-ref']) ?? '')];
  });
}

function referencesOf(document: Fields): Placed[] {
  return [
    ...rowsIn(document['dependencies']).flatMap(({ ref, dependsOn }, index) => [...placed(ref, `/dependencies/${index}/ref`), ...eachIn(dependsOn, `/dependencies/${index}/dependsOn`)]),
    ...rowsIn(document['compositions']).flatMap(({ assemblies, dependencies }, index) => [...eachIn(assemblies, `/compositions/${index}/assemblies`), ...eachIn(dependencies, `/compositions/${index}/dependencies`)]),
    ...rowsIn(document['components']).flatMap((one, index) => placed(propertyOf(one, 'provenroot:owner'), `/components/${index}/properties`)),
  ].filter(({ text }) => !text.startsWith('urn:cdx:'));
}

function isPackage(one: Fields): boolean {
  return propertyOf(one, 'provenroot:kind') === 'package';
}

function isLicensed(one: Fields): boolean {
  return rowsIn(one['licenses']).length > 0 || propertyOf(one, 'provenroot:license:unreadable') !== undefined;
}

function hasBytes(one: Fields): boolean {
  const kind = propertyOf(one, 'provenroot:kind');
  return kind === undefined || kind === 'file' || kind === 'hard-link';
}

function propertyOf({ properties }: Fields, wanted: string): string | undefined {
  return textOf(rowsIn(properties).find(({ name }) => name === wanted)?.['value']);
}

function hashesIn(value: unknown, at: string): LintView['hashes'][number][] {
  return rowsIn(value).map(({ alg, content }, index) => ({ algorithm: textOf(alg) ?? '', text: textOf(content) ?? '', at: `${at}/${index}` }));
}

function placed(value: unknown, at: string): Placed[] {
  return typeof value === 'string' ? [{ text: value, at }] : [];
}

function eachIn(value: unknown, at: string): Placed[] {
  return textsIn(value).map((text, index) => ({ text, at: `${at}/${index}` }));
}
