import { sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import { LICENSE_LIST } from '../licensing/license-list.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';
import { licenseRefsOf } from './license-references.ts';
import { element, iri, type Spdx3Context } from './spdx3-element.ts';

/** One element for each expression and each text that an expression refers to. */
export function* spdx3LicenseElements(context: Spdx3Context): Generator<PlainFields> {
  const expressions = new Set(context.inventory.components.flatMap(({ licenses }) => expressionsOf(licenses).map(([, expression]) => expression)));
  const references = new Map<string, string>();
  for (const expression of [...expressions].toSorted(compareText)) {
    const names = licenseRefsOf(expression);
    for (const name of names) references.set(name, textRef(name));
    yield element(context, licenseRef(expression), 'simplelicensing_LicenseExpression', defined({
      simplelicensing_licenseExpression: expression, simplelicensing_licenseListVersion: /^\d+\.\d+\.\d+$/.test(LICENSE_LIST.version) ? LICENSE_LIST.version : undefined,
      simplelicensing_customIdToUri: names.length === 0 ? undefined : names.map((name) => ({ type: 'DictionaryEntry', key: name, value: iri(context.namespace, textRef(name)) })),
    }));
  }
  for (const [name, ref] of references) yield element(context, ref, 'simplelicensing_SimpleLicensingText', { name, simplelicensing_licenseText: textsNamed(context, name) });
}

export function* spdx3LicenseRelations(context: Spdx3Context): Generator<PlainFields> {
  for (const { ref, licenses } of context.inventory.components) {
    for (const [type, expression, comment] of expressionsOf(licenses)) {
      yield element(context, `${comment === undefined ? type : 'hasEffectiveLicense'}-of-${ref}`, 'Relationship', defined({
        relationshipType: type, from: iri(context.namespace, ref), to: [iri(context.namespace, licenseRef(expression))], comment,
      }));
    }
  }
}

/** BSI TR-03183-2 v2.1.0: the effective license is an `other` relation with this comment. */
function expressionsOf({ declared, concluded, effective }: Spdx3Context['inventory']['components'][number]['licenses']): [string, string, string?][] {
  return [
    ...(declared === undefined ? [] : [['hasDeclaredLicense', declared] satisfies [string, string]]),
    ...(concluded === undefined ? [] : [['hasConcludedLicense', concluded] satisfies [string, string]]),
    ...(effective === undefined ? [] : [['other', effective, 'hasEffectiveLicense'] satisfies [string, string, string]]),
  ];
}

function licenseRef(expression: string): string {
  return `license:${sha256(expression)}`;
}

function textRef(name: string): string {
  return `license-text:${sha256(name)}`;
}

/** The texts themselves stand in the source bundle; here is which they are. */
function textsNamed({ inventory }: Spdx3Context, name: string): string {
  const files = inventory.components.filter(({ licenses }) => licenses.declared !== undefined && licenseRefsOf(licenses.declared).includes(name))
    .flatMap(({ name: of, licenses }) => licenses.files.map(({ path, sha256: digest }) => `${of}: ${path}, sha256 ${digest}`));
  return files.length === 0 ? 'No text is on record.' : files.join('\n');
}
