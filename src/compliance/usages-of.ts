import { sortedBy } from '../foundation/order.ts';
import type { Component, Inventory, Ref, Relation } from '../inventory/inventory.ts';
import type { Linkage } from '../licensing/linkage.ts';
import type { LicenseUsage } from '../licensing/policy.ts';
import type { LicenseTexts } from './license-texts.ts';
import { basesOf, isLicensed, type PackageBasis } from './package-basis.ts';
import { UsagePlaces, type Place } from './usage-places.ts';

/** `path` is one example: the smallest. */
export interface PlacedUsage extends LicenseUsage {
  ref: Ref;
  /** Files of the root that it is at work in; 0 for a kernel's image and for what only builds. */
  fileCount: number;
}

/**
 * One usage for each package, way of coming in, and package that it comes into. What ships is used as files of its own and wherever it is
 * linked; what is copied into a program ships with that, whatever scope it has; everything else only builds. In one order.
 */
export function usagesOf(inventory: Inventory, texts: LicenseTexts): PlacedUsage[] {
  const bases = basesOf(inventory, texts);
  const links = linksOf(inventory);
  const places = new UsagePlaces(inventory);
  const usages = inventory.components.filter(isLicensed).flatMap((one) => {
    const placed = [...ownFiles(one, places), ...(links.get(one.ref) ?? []).map(linkPlace(places))];
    const basis = bases.get(one.ref)!;
    return placed.length === 0 ? [usage(one, basis, { linkage: 'build-only', path: [], fileCount: 0 })] : placed.map((place) => usage(one, basis, place));
  });
  return sortedBy(usages, (one) => JSON.stringify([one.package, one.ref, one.linkage, one.into?.package ?? '', one.path]));
}

interface UsagePlace extends Place { linkage: Linkage; into?: Component }

function ownFiles(one: Component, places: UsagePlaces): UsagePlace[] {
  return one.scope === 'ships' && one.kind === 'package' ? [{ linkage: 'file', ...places.ownFiles(one) }] : [];
}

interface Link { linkage: 'static' | 'dynamic' | 'kernel-module'; user: Component; used: Component }

/** By ref of what is linked. Only into what ships: a tool that links a library passes nothing on. */
function linksOf({ components, relations }: Inventory): Map<Ref, Link[]> {
  const licensed = new Map(components.filter(isLicensed).map((one) => [one.ref, one]));
  const links = relations.flatMap((relation): Link[] => {
    const [user, used] = [licensed.get(relation.from), licensed.get(relation.to)];
    const linkage = LINKAGES[relation.kind];
    return linkage === undefined || user?.scope !== 'ships' || used === undefined || user === used ? [] : [{ linkage, user, used }];
  });
  // A module goes into the kernel; a library into its user.
  return Map.groupBy(links, ({ linkage, user, used }) => (linkage === 'kernel-module' ? user.ref : used.ref));
}

const LINKAGES: Readonly<Partial<Record<Relation['kind'], Link['linkage']>>> = { linksStatically: 'static', linksDynamically: 'dynamic', kernelModule: 'kernel-module' };

function linkPlace(places: UsagePlaces): (link: Link) => UsagePlace {
  return ({ linkage, user, used }) => {
    switch (linkage) {
      case 'static': return { linkage, into: user, ...places.copying(user.ref) };
      case 'dynamic': return { linkage, into: user, ...places.loading(user.ref, used.ref) };
      case 'kernel-module': return { linkage, into: used, ...places.modules(user.ref) };
    }
  };
}

function usage(one: Component, { sourceDigest, licenseTextDigest }: PackageBasis, { linkage, into, path, fileCount }: UsagePlace): PlacedUsage {
  return {
    ref: one.ref, package: one.name, component: undefined, linkage, expression: expressionOf(one, linkage),
    into: into === undefined ? undefined : { package: into.name, expression: expressionOf(into, linkage) },
    path: [...path, one.name], fileCount, sourceDigest, licenseTextDigest,
  };
}

/** What it is used under: as decided, else as concluded. A license that cannot be read is for review where it ships, and only there. */
function expressionOf({ licenses: { effective, concluded, unreadable } }: Component, linkage: Linkage): string {
  return effective ?? concluded ?? (linkage === 'build-only' ? undefined : unreadable) ?? 'NOASSERTION';
}
