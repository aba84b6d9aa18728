import { compareText, sortedBy } from '../foundation/order.ts';
import { holds } from '../catalog/condition.ts';
import type { EffectiveConfiguration } from '../catalog/effective.ts';
import type { Catalog, Need, OptionValue, Recipe } from '../catalog/model.ts';
import { effectiveOptions } from './effective-options.ts';
import type { Reason, ResolvedPackage } from './resolution.ts';
import type { Report } from './resolve.ts';

const ROLES = ['toolchain', 'kernel', 'skeleton'] as const;

interface Entry {
  recipe: Recipe;
  options: Record<string, OptionValue>;
  needs: { build: string[]; host: string[]; run: string[] };
  shipped: boolean;
  reasons: Reason[];
}

/**
 * Everything that is asked for and everything that it needs. What is shipped pulls its run needs into the root;
 * what is only built pulls in what it is built with.
 */
export function closePackages(effective: EffectiveConfiguration, catalog: Catalog, report: Report): Map<string, ResolvedPackage> {
  const entries = new Map<string, Entry>();
  const enter = (name: string): Entry => {
    const known = entries.get(name);
    if (known !== undefined) return known;
    const recipe = catalog.recipes.get(name)!;
    const options = effectiveOptions(recipe, effective.packages[name]?.options ?? {}, report);
    const entry: Entry = { recipe, options, needs: holding(recipe, options), shipped: false, reasons: [] };
    entries.set(name, entry);
    return entry;
  };
  for (const [name, reason] of asked(effective)) enter(name).reasons.push(reason);
  ship(asked(effective).map(([name]) => name), enter);
  follow(entries, enter);
  checkRoles(entries, effective, report);
  return new Map(sortedBy(entries, ([name]) => name).map(([name, entry]) => [name, resolved(entry)]));
}

function asked(effective: EffectiveConfiguration): [string, Reason][] {
  const roles = ROLES.map((role): [string, Reason] => [effective[role], { kind: 'role', role }]);
  const fixed = new Set(roles.map(([name]) => name));
  const packages = Object.entries(effective.packages).filter(([name]) => !fixed.has(name)).map(([name, { by }]): [string, Reason] => [name, { kind: by }]);
  return [...roles, ...packages];
}

function ship(names: readonly string[], enter: (name: string) => Entry): void {
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const entry = enter(name);
    if (entry.shipped) continue;
    entry.shipped = true;
    queue.push(...entry.needs.run);
  }
}

/** Adds what building takes, and says of everything needed who needs it. */
function follow(entries: Map<string, Entry>, enter: (name: string) => Entry): void {
  const followed = new Set<string>();
  const queue = [...entries.keys()];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (followed.has(name)) continue;
    followed.add(name);
    const { needs, shipped } = enter(name);
    const kinds = shipped ? (['build', 'host', 'run'] as const) : (['build', 'host'] as const);
    for (const kind of kinds) {
      for (const needed of needs[kind]) {
        enter(needed).reasons.push({ kind: `${kind}-need`, by: name });
        queue.push(needed);
      }
    }
  }
}

function holding({ needs }: Recipe, options: Readonly<Record<string, OptionValue>>): Entry['needs'] {
  const names = (list: readonly Need[]): string[] => [...new Set(list.filter(({ when }) => holds(when, options)).map(({ recipe }) => recipe))].toSorted(compareText);
  return { build: names(needs.build), host: names(needs.host), run: names(needs.run) };
}

/** Of toolchain, kernel and skeleton there is one each. */
function checkRoles(entries: ReadonlyMap<string, Entry>, effective: EffectiveConfiguration, report: Report): void {
  for (const [name, { recipe: { role }, reasons }] of entries) {
    if (role === 'package' || effective[role] === name) continue;
    const by = [...new Set(reasons.flatMap((reason) => ('by' in reason ? [reason.by] : [])))].toSorted(compareText).join(', ');
    report('error', ['packages'], 'second-role', `${by} needs the ${role} ${name}, but the ${role} here is ${effective[role]}`, `choose ${name} as \`${role}\`, or leave out ${by}`);
  }
}

/** A need at run time of what is not shipped is none here. */
function resolved({ recipe, options, needs, shipped, reasons }: Entry): ResolvedPackage {
  return { recipe, options, shipped, reasons: sortedBy(reasons, reasonKey), needs: shipped ? needs : { ...needs, run: [] } };
}

const REASON_ORDER: readonly Reason['kind'][] = ['role', 'board', 'configuration', 'run-need', 'build-need', 'host-need', 'kernel-options'];

export function reasonKey(reason: Reason): string {
  return `${REASON_ORDER.indexOf(reason.kind)} ${'by' in reason ? reason.by : ''}`;
}
