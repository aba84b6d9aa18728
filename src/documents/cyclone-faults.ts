import { fieldsOf, rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import type { LintView } from './lint-view.ts';

type Fault = LintView['faults'][number];

/** What only CycloneDX can get wrong. */
export function cycloneFaults(document: Fields, components: readonly { one: Fields; ships: boolean }[]): Fault[] {
  return [...headFaults(document), ...graphFaults(document, components), ...mixedScopes(components)];
}

function headFaults(document: Fields): Fault[] {
  const lifecycles = rowsIn(fieldsOf(document['metadata'])['lifecycles']);
  return [
    ...(textOf(document['serialNumber']) === undefined ? [{ rule: 'missing-document-id', at: '/serialNumber', message: 'it has no serial number' }] : []),
    ...(document['vulnerabilities'] === undefined ? [] : [{ rule: 'vulnerabilities-inside', at: '/vulnerabilities', message: 'vulnerabilities stand in a document of their own (BSI TR-03183-2, 3.1)' }]),
    ...(lifecycles.length === 0 ? [{ rule: 'missing-lifecycle', at: '/metadata/lifecycles', message: 'it does not say at what time of the life of the product it was made' }] : []),
    ...(rowsIn(document['compositions']).length === 0 ? [{ rule: 'missing-completeness', at: '/compositions', message: 'it does not say how complete it is' }] : []),
  ];
}

/** Who stands in no row of the graph is not a leaf but forgotten. */
function graphFaults(document: Fields, components: readonly { one: Fields }[]): Fault[] {
  const rows = rowsIn(document['dependencies']);
  const listed = new Set(rows.map(({ ref }) => ref));
  const seen = new Set<unknown>();
  const twice = rows.flatMap(({ ref }, index) => (seen.size === seen.add(ref).size ? [{ rule: 'repeated-dependency-row', at: `/dependencies/${index}`, message: `${String(ref)} has two rows` }] : []));
  const itself = rows.flatMap(({ ref, dependsOn }, index) => (textsIn(dependsOn).includes(textOf(ref) ?? '') ? [{ rule: 'depends-on-itself', at: `/dependencies/${index}`, message: `${String(ref)} depends on itself` }] : []));
  const missing = components.filter(({ one }) => one['type'] !== 'file' && one['bom-ref'] !== undefined && !listed.has(one['bom-ref']));
  return [...twice, ...itself, ...missing.map(({ one }) => ({ rule: 'missing-leaf', at: '/dependencies', message: `${String(one['bom-ref'])} has no row` }))];
}

/** What only builds is not among what ships. */
function mixedScopes(components: readonly { one: Fields; ships: boolean }[]): Fault[] {
  return components.filter(({ one, ships }) => ships && one['scope'] === 'excluded')
    .map(({ one }) => ({ rule: 'host-only-among-shipped', at: '/components', message: `${String(one['name'])} is not shipped but listed with what is` }));
}
