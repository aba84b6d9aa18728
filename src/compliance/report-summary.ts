import { compareText } from '../foundation/order.ts';
import type { LicenseCategory } from '../licensing/license-category.ts';
import type { ReportedPackage } from './report-packages.ts';

/** Counts of packages; one with two licenses counts for both. */
export interface LicenseSummary {
  packages: number;
  shipped: number;
  /** Most shipped first. */
  byLicense: readonly { license: string; category: LicenseCategory | 'unknown'; packages: number; shipped: number }[];
  byCategory: readonly { category: LicenseCategory | 'unknown'; packages: number; shipped: number }[];
  /** Shipped, under terms that nobody knows. */
  unknown: number;
}

export function summaryOf(packages: readonly ReportedPackage[]): LicenseSummary {
  const rows = packages.flatMap(({ ref, shipped, licenses }) => licenses.map(({ license, category }) => ({ ref, shipped, license, category })));
  const counts = (group: readonly { ref: string; shipped: boolean }[]): { packages: number; shipped: number } => ({
    packages: new Set(group.map(({ ref }) => ref)).size, shipped: new Set(group.filter(({ shipped }) => shipped).map(({ ref }) => ref)).size,
  });
  const byLicense = [...Map.groupBy(rows, ({ license }) => license)].map(([license, group]) => ({ license, category: group[0]!.category, ...counts(group) }));
  const byCategory = [...Map.groupBy(rows, ({ category }) => category)].map(([category, group]) => ({ category, ...counts(group) }));
  return {
    packages: packages.length, shipped: packages.filter(({ shipped }) => shipped).length,
    byLicense: byLicense.toSorted((a, b) => b.shipped - a.shipped || compareText(a.license, b.license)),
    byCategory: byCategory.toSorted((a, b) => b.shipped - a.shipped || compareText(a.category, b.category)),
    unknown: packages.filter(({ shipped, licenses }) => shipped && (licenses.length === 0 || licenses.some(({ category }) => category === 'unknown' || category === 'unstated'))).length,
  };
}
