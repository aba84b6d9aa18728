import { billComponent } from './bill-component.ts';
import type { BillComponent, BillPatch } from './bill-components.ts';
import { DECLARED_LICENSE } from './cyclone-property.ts';
import { fieldsOf, rowsIn, textOf, type Fields } from './document-fields.ts';

/** Components in components count for themselves; of the document's own subject nothing is said. */
export function cycloneBill(document: Fields): BillComponent[] {
  const formula = rowsIn(document['formulation']).flatMap(({ components }) => below(components));
  return [...below(document['components']).map((one) => componentIn(one, true)), ...formula.map((one) => componentIn(one, false))];
}

function below(value: unknown): Fields[] {
  return rowsIn(value).flatMap((one) => [...(one['type'] === 'file' ? [] : [one]), ...below(one['components'])]);
}

function componentIn(one: Fields, ships: boolean): BillComponent {
  const properties = rowsIn(one['properties']).map(({ name, value }) => ({ name: textOf(name) ?? '', value: textOf(value) ?? '' }));
  const told = (name: string): string[] => properties.filter((row) => row.name === name).map(({ value }) => value);
  const sources = rowsIn(one['externalReferences']).filter(({ type }) => type === 'source-distribution').flatMap(({ hashes }) => sha256In(hashes));
  return billComponent(textOf(one['bom-ref']) ?? '', {
    name: textOf(one['name']), group: textOf(one['group']), version: textOf(one['version']), scope: ships && one['scope'] !== 'excluded' ? 'ships' : 'build', purl: textOf(one['purl']),
    digest: sha256In(one['hashes'])[0], license: licenseIn(one, told(DECLARED_LICENSE)[0] ?? told('provenroot:license:unreadable')[0]), reasons: told('provenroot:reason'),
    // A source that has no address stands in a property alone.
    sources: [...sources, ...told('provenroot:source').map((value) => value.split(' ')[0]!)], patches: patchesOf(one, told('provenroot:patch')),
  });
}

function sha256In(hashes: unknown): string[] {
  return rowsIn(hashes).filter(({ alg }) => alg === 'SHA-256').flatMap(({ content }) => (typeof content === 'string' ? [content.toLowerCase()] : []));
}

/** As declared where it says so, else the first; several ids without an expression hold all together. */
function licenseIn({ licenses }: Fields, own: string | undefined): string | undefined {
  const rows = rowsIn(licenses);
  const expressions = rows.filter(({ expression }) => typeof expression === 'string');
  const declared = expressions.find(({ acknowledgement }) => acknowledgement === 'declared');
  const ids = rows.flatMap(({ license }) => {
    const { id, name } = fieldsOf(license);
    return textOf(id) ?? textOf(name) ?? [];
  });
  return textOf(declared?.['expression']) ?? own ?? textOf(expressions[0]?.['expression']) ?? (ids.length === 0 ? undefined : ids.toSorted().join(' AND '));
}

const OWN_PATCH = /^\d+ ([0-9a-f]{64}) (\S+) /;

/** Ours have their digest and name in properties, in the same order. */
function patchesOf(one: Fields, own: readonly string[]): BillPatch[] {
  const rows = rowsIn(fieldsOf(one['pedigree'])['patches']);
  return rows.map(({ type, diff, resolves }, index) => {
    const [, sha256, file] = (rows.length === own.length ? OWN_PATCH.exec(own[index]!) : null) ?? [];
    const { url, text } = fieldsOf(diff);
    const cves = rowsIn(resolves).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
    const name = file ?? textOf(url) ?? (cves.length > 0 ? cves.join(' ') : textOf(type) ?? 'patch');
    return { name, cves, id: sha256 ?? JSON.stringify([name, textOf(fieldsOf(text)['content']) ?? '']) };
  });
}
