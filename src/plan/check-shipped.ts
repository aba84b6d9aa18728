import type { Configuration } from '../catalog/configuration.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import type { ResolvedPackage } from './resolution.ts';
import type { Report } from './resolve.ts';

/** What goes into the root fits together: nothing removed is needed, no two packages bring the same row. */
export function checkShipped(packages: ReadonlyMap<string, ResolvedPackage>, configuration: Configuration, report: Report): void {
  checkRemoved(packages, configuration, report);
  const shipped = [...packages.values()].filter((one) => one.shipped);
  checkRows(shipped.flatMap(({ recipe }) => recipe.initScripts.map(({ name }) => ({ owner: recipe.name, key: name, row: null }))), 'init-script-clash', 'init script', report);
  checkRows(shipped.flatMap(({ recipe }) => recipe.devices.map((row) => ({ owner: recipe.name, key: row.path, row }))), 'device-clash', 'device', report);
  checkRows(shipped.flatMap(({ recipe }) => recipe.permissions.map((row) => ({ owner: recipe.name, key: row.path, row }))), 'permission-clash', 'permission row', report);
}

function checkRemoved(packages: ReadonlyMap<string, ResolvedPackage>, configuration: Configuration, report: Report): void {
  for (const [index, name] of configuration.remove.entries()) {
    const entry = packages.get(name);
    if (entry === undefined || !entry.shipped) continue;
    for (const reason of entry.reasons) {
      if (reason.kind !== 'run-need') continue;
      report('error', ['remove', index], 'removed-but-needed', `${name} is removed, but ${reason.by} needs it at run time`, remedy(name, packages.get(reason.by)!));
    }
  }
}

/** An option that switches the need off, where there is one. */
function remedy(name: string, by: ResolvedPackage): string {
  const condition = by.recipe.needs.run.find(({ recipe, when }) => recipe === name && when !== undefined)?.when;
  const off = condition === undefined ? '' : `change the option ${condition.option} of ${by.recipe.name}, `;
  return `keep ${name}, ${off}or leave out ${by.recipe.name} too`;
}

interface OwnedRow { owner: string; key: string; row: unknown }

/** Two owners of one key are a finding, unless their rows are equal. */
function checkRows(rows: readonly OwnedRow[], rule: string, what: string, report: Report): void {
  const first = new Map<string, OwnedRow>();
  for (const row of rows) {
    const earlier = first.get(row.key);
    if (earlier === undefined) first.set(row.key, row);
    else if (earlier.owner !== row.owner && (row.row === null || canonicalJson(earlier.row) !== canonicalJson(row.row))) {
      report('error', ['packages'], rule, `${earlier.owner} and ${row.owner} both bring the ${what} ${row.key}`, `leave out ${earlier.owner} or ${row.owner}`);
    }
  }
}
