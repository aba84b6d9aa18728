import type { Licenses } from '../inventory/inventory.ts';
import { DECLARED_LICENSE, property, type Property } from './cyclone-property.ts';
import type { PlainFields } from './json-stream.ts';

/** 1.7 takes both expressions beside each other; 1.6 takes one, which is then the one of distribution (BSI: SHALL). */
export function cycloneLicenses({ declared, concluded }: Licenses, version: '1.7' | '1.6'): PlainFields[] | undefined {
  const both = [
    ...(declared === undefined ? [] : [{ expression: declared, acknowledgement: 'declared' }]),
    ...(concluded === undefined ? [] : [{ expression: concluded, acknowledgement: 'concluded' }]),
  ];
  if (both.length === 0) return undefined;
  return version === '1.7' ? both : both.slice(-1);
}

/** The effective license under both spellings: the text of BSI TR-03183-2 has one, its property taxonomy the other. */
export function licenseProperties({ declared, concludedBasis, effective, effectiveBasis, unreadable, files }: Licenses, version: '1.7' | '1.6'): Property[] {
  return [
    ...(effective === undefined ? [] : [{ name: 'bsi:component:effectiveLicence', value: effective }, { name: 'bsi:component:effectiveLicense', value: effective }]),
    ...(concludedBasis === undefined ? [] : [property('license:concluded-basis', concludedBasis)]),
    ...(version === '1.6' && declared !== undefined ? [{ name: DECLARED_LICENSE, value: declared }] : []),
    ...(effectiveBasis === undefined ? [] : [property('license:effective-basis', effectiveBasis)]),
    ...(unreadable === undefined ? [] : [property('license:unreadable', unreadable)]),
    ...files.map(({ path, sha256 }) => property('license:file', `${sha256} ${path}`)),
  ];
}
