import type { Copyleft } from './copyleft.ts';
import type { Found } from './firing.ts';
import { safeText } from './safe-text.ts';
import type { ToldComparison } from './told.ts';
import { versionOrder } from './version-order.ts';

export function otherLicenses({ packages }: ToldComparison): Found[] {
  return packages.flatMap(({ name, license }) => (license === undefined ? [] : [{ where: whereOf(name), why: safeText(`license ${license.before} → ${license.after}`) }]));
}

export function newPackages({ packages }: ToldComparison): Found[] {
  return packages.flatMap(({ name, kind, after }) => (kind === 'added' ? [{ where: whereOf(name), why: safeText(`${after} added`) }] : []));
}

/** Of two versions that stand in no order, one may be the earlier. */
export function downgrades({ packages }: ToldComparison): Found[] {
  return packages.flatMap(({ name, before, after }) => {
    if (before === undefined || after === undefined) return [];
    const order = versionOrder(before, after);
    if (order !== 'down' && order !== 'unorderable') return [];
    return [{ where: whereOf(name), why: safeText(`version ${before} → ${after}${order === 'down' ? '' : ', and nobody can tell which is the later'}`) }];
  });
}

const WORDS: Readonly<Record<Copyleft, string>> = { none: 'no copyleft', weak: 'weak copyleft', strong: 'strong copyleft', network: 'copyleft over the network', unknown: 'nobody can tell how much copyleft' };

/** Nothing where the record does not tell. */
export function newCopyleft({ copyleft = [] }: ToldComparison): Found[] {
  return copyleft.map(({ package: name, license, before, after }) => ({ where: whereOf(name), why: safeText(`${license === '' ? 'no license told' : license} brings ${WORDS[after]}, before ${WORDS[before]}`) }));
}

function whereOf(name: string): string {
  return safeText(`package ${name}`);
}
