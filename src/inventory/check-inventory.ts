import { sortFindings, type Finding } from '../foundation/finding.ts';
import type { Component, Inventory, InventoryFile, UnresolvedNeed } from './inventory.ts';
import { INVENTORY_RULES, type InventoryRuleId } from './inventory-rules.ts';

type Check = (inventory: Inventory) => Finding[];

/** Everything that is wrong with an inventory, or worth knowing; needs nothing but the inventory. Sorted. */
export function checkInventory(inventory: Inventory): Finding[] {
  return sortFindings([checkComponents, checkLicenses, checkFiles, checkUnresolved, checkRefs].flatMap((check: Check) => check(inventory)));
}

function finding(rule: InventoryRuleId, path: string, message: string): Finding {
  const { severity, explain } = INVENTORY_RULES[rule];
  return { severity, path, line: 0, rule, message, suggestion: explain };
}

function placeOf({ kind, name }: Component): string {
  return kind === 'package' ? `recipes/${name}/recipe.yaml` : name;
}

function checkComponents({ components }: Inventory): Finding[] {
  const names = repeated(components, ({ kind, name, version }) => `${kind} ${name} ${version}`);
  return [
    ...names.map((one) => finding('duplicate-component', placeOf(one), `the ${one.kind} ${one.name} ${one.version} stands more than once`)),
    ...components.filter(({ version }) => version.trim() === '').map((one) => finding('version-missing', placeOf(one), `the ${one.kind} ${one.name} has no version`)),
    ...shippedPackages(components).filter(({ contentDigest, recipe }) => contentDigest === undefined && recipe?.role !== 'kernel')
      .map((one) => finding('package-empty', placeOf(one), `${one.name} owns no path of the root`)),
    ...shippedPackages(components).filter(({ sources }) => sources.length === 0).map((one) => finding('source-missing', placeOf(one), `${one.name} has no source`)),
  ];
}

function shippedPackages(components: readonly Component[]): Component[] {
  return components.filter(({ kind, scope }) => kind === 'package' && scope === 'ships');
}

function checkLicenses({ components }: Inventory): Finding[] {
  const licensed = components.filter(({ kind }) => kind === 'package' || kind === 'runtime-component');
  return licensed.flatMap((one) => {
    const { declared, unreadable } = one.licenses;
    if (unreadable !== undefined) return [finding('license-unreadable', placeOf(one), `${one.name}: "${unreadable}" is no SPDX expression`)];
    return declared === undefined && one.scope === 'ships' ? [finding('license-missing', placeOf(one), `${one.name} ships and declares no license`)] : [];
  });
}

function checkFiles({ files }: Inventory): Finding[] {
  return [
    ...repeated(files, ({ path, pathHex = '' }) => `${pathHex} ${path}`).map(({ path }) => finding('duplicate-path', path, `${path} stands more than once`)),
    ...files.flatMap((file) => checkFile(file)),
  ];
}

function checkFile({ path, kind, owner, hashes, content }: InventoryFile): Finding[] {
  return [
    ...(owner === undefined ? [finding('path-unowned', path, `nobody owns the ${kind} ${path}`)] : []),
    ...((kind === 'file' || kind === 'hard-link') && hashes === undefined ? [finding('digest-missing', path, `${path} has no digests`)] : []),
    ...(content?.kind === 'unread' ? [finding('content-unread', path, `${path} was not read: ${content.reason}`)] : []),
  ];
}

const MISSING: Readonly<Record<UnresolvedNeed['kind'], InventoryRuleId>> = { library: 'library-missing', interpreter: 'interpreter-missing', 'kernel-module': 'module-missing' };

function checkUnresolved({ unresolved, files }: Inventory): Finding[] {
  const paths = new Map(files.map(({ ref, path }) => [ref, path]));
  return unresolved.map(({ from, kind, name }) => {
    const path = paths.get(from) ?? from;
    return finding(MISSING[kind], path, `${path} needs the ${kind.replace('-', ' ')} ${name}, which is not in the root`);
  });
}

function checkRefs({ components, files, sandbox, relations, unresolved }: Inventory): Finding[] {
  const all = [...components, ...files, ...sandbox.packages].map(({ ref }) => ref);
  const known = new Set(all);
  const used = [...relations.flatMap(({ from, to }) => [from, to]), ...files.flatMap(({ owner }) => owner ?? []), ...unresolved.map(({ from }) => from)];
  return [
    ...repeated(all, (ref) => ref).map((ref) => finding('duplicate-ref', ref, `${ref} names more than one thing`)),
    ...[...new Set(used)].filter((ref) => !known.has(ref)).map((ref) => finding('dangling-ref', ref, `${ref} is referred to and is not there`)),
  ];
}

/** One of each that stands more than once. */
function repeated<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...Map.groupBy(items, key).values()].filter(({ length }) => length > 1).map(([first]) => first!);
}
