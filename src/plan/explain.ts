import { canonicalJson } from '../foundation/canonical-json.ts';
import { compareText } from '../foundation/order.ts';
import type { Reason, ResolvedPackage, Resolution } from './resolution.ts';

type NeedKind = 'build' | 'host' | 'run';

/** One step of an explanation: `package` is in for `reason`. */
export interface Link { package: string; reason: Reason }

/** The shortest chain from the package to something asked for; undefined where the package is not in. */
export function whyIn(resolution: Resolution, name: string): Link[] | undefined {
  const chains = new Map<string, Link[]>([[name, []]]);
  if (!resolution.packages.has(name)) return undefined;
  for (const [current, chain] of chains) {
    const { reasons } = resolution.packages.get(current)!;
    const end = reasons.find((reason) => !('by' in reason));
    if (end !== undefined) return [...chain, { package: current, reason: end }];
    for (const reason of reasons) {
      if ('by' in reason && !chains.has(reason.by)) chains.set(reason.by, [...chain, { package: current, reason }]);
    }
  }
  return undefined;
}

export interface Dependent { package: string; how: NeedKind | 'kernel-options' }

/** Who needs the package directly, sorted. */
export function whatNeeds(resolution: Resolution, name: string): Dependent[] {
  const reasons = resolution.packages.get(name)?.reasons ?? [];
  return reasons.flatMap((reason): Dependent[] => ('by' in reason ? [{ package: reason.by, how: reason.kind === 'kernel-options' ? reason.kind : kindOf(reason) }] : []))
    .toSorted((a, b) => compareText(a.package, b.package) || compareText(a.how, b.how));
}

function kindOf({ kind }: { kind: 'build-need' | 'host-need' | 'run-need' }): NeedKind {
  return kind === 'build-need' ? 'build' : kind === 'host-need' ? 'host' : 'run';
}

/** What would leave with the package, were nothing to ask for it or need it any more; sorted, without itself. */
export function leavesWith(resolution: Resolution, name: string): string[] {
  const kept = new Set<string>();
  const queue = [...resolution.packages].filter(([other, { reasons }]) => other !== name && reasons.some((reason) => !('by' in reason))).map(([other]) => other);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (kept.has(next) || next === name) continue;
    kept.add(next);
    const { needs } = resolution.packages.get(next)!;
    queue.push(...needs.build, ...needs.host, ...needs.run);
  }
  return [...resolution.packages.keys()].filter((other) => other !== name && !kept.has(other));
}

/** One sentence. */
export function spelledReason(name: string, reason: Reason): string {
  switch (reason.kind) {
    case 'board': return `${name} is a package of the board`;
    case 'configuration': return `${name} is asked for by the configuration`;
    case 'role': return `${name} is the ${reason.role}`;
    case 'build-need': return `${name} is needed to build ${reason.by}`;
    case 'host-need': return `${name} has host tools that build ${reason.by}`;
    case 'run-need': return `${name} is needed by ${reason.by} at run time`;
    case 'kernel-options': return `${name} is wanted by ${reason.by} for ${reason.symbols.join(', ')}`;
  }
}

export interface ResolutionDifference {
  added: readonly string[];
  removed: readonly string[];
  /** Other version, options, needs, or shipped where it was not. */
  changed: readonly string[];
  /** Symbols that are required in one only, or to another value. */
  kernelOptions: readonly string[];
}

/** What would change; all lists sorted. */
export function differenceOf(before: Resolution, after: Resolution): ResolutionDifference {
  const names = (one: Resolution, other: Resolution): string[] => [...one.packages.keys()].filter((name) => !other.packages.has(name)).toSorted(compareText);
  const shape = ({ recipe, options, shipped, needs }: ResolvedPackage): string => canonicalJson({ folder: recipe.folderDigest, options, shipped, needs });
  const required = (one: Resolution): Set<string> => new Set(one.kernelOptions.map(({ symbol, value }) => `${symbol} ${value}`));
  return {
    added: names(after, before), removed: names(before, after),
    changed: [...before.packages].filter(([name, one]) => after.packages.has(name) && shape(one) !== shape(after.packages.get(name)!)).map(([name]) => name).toSorted(compareText),
    kernelOptions: [...new Set([...onlyIn(required(before), required(after)), ...onlyIn(required(after), required(before))].map((text) => text.split(' ')[0]!))].toSorted(compareText),
  };
}

function onlyIn(one: ReadonlySet<string>, other: ReadonlySet<string>): string[] {
  return [...one].filter((text) => !other.has(text));
}
