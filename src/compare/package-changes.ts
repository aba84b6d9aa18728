import type { CauseCode } from '../causes/cause-codes.ts';
import type { Cause } from '../causes/cause.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { compareText } from '../foundation/order.ts';
import type { Change } from './comparison.ts';
import type { OutlinedPackage } from './inventory-outline.ts';
import { licenseOf } from './license-of.ts';
import type { Ownership } from './ownership.ts';

/** Why a package of two builds came out otherwise, as their records tell: looked up, never guessed. */
export type PackageReason = 'version' | 'source' | 'patch' | 'option' | 'recipe' | 'template' | 'dependency';

export interface PackageChange {
  name: string;
  kind: 'added' | 'removed' | 'changed';
  before?: string;
  after?: string;
  /** In the order of PackageReason; empty where it was made in the same way. */
  reasons: readonly { reason: PackageReason; detail: string }[];
  /** Changed paths of the root that are its own on either side. */
  files: number;
  /** Right less left, of those. */
  sizeDelta: number;
  license?: { before: string; after: string };
}

/** Packages of two builds that were made otherwise, or whose files differ; by name. */
export function packageChanges(left: Ownership, right: Ownership, changes: readonly Change[]): PackageChange[] {
  const [before, after] = [left.packages, right.packages];
  const owned = Map.groupBy(changes, (change) => ownerOf(change, left, right) ?? '');
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted(compareText);
  return names.flatMap((name) => {
    const own = owned.get(name) ?? [];
    const change = packageChange(name, before.get(name), after.get(name), own);
    return change.kind === 'changed' && change.reasons.length === 0 && own.length === 0 && change.license === undefined ? [] : [change];
  });
}

const CODES: Readonly<Record<PackageReason, CauseCode>> = {
  version: 'source-change', source: 'source-change', patch: 'patch-change', option: 'option-change', recipe: 'recipe-change', template: 'recipe-change', dependency: 'dependency-change',
};

/**
 * The same changes, where the bytes alone gave no cause with the one that the records of both builds give: what about the
 * owner's package was another. It is looked up, not proved: nothing becomes noise.
 */
export function withRecordedCauses(changes: readonly Change[], packages: readonly PackageChange[], left: Ownership, right: Ownership): Change[] {
  const byName = new Map(packages.map((one) => [one.name, one]));
  return changes.map((change) => {
    const found = byName.get(ownerOf(change, left, right) ?? '');
    const recorded = found === undefined || change.noise ? undefined : recordedCause(found);
    return recorded === undefined ? change : { ...change, causes: change.causes.map((cause) => (cause.code === 'unknown' || cause.code === 'real-change' ? { ...recorded, coverage: cause.coverage } : cause)) };
  });
}

/** One reason is likelier to be the reason than one of several; a path of a package that came or went has no other. */
export function recordedCause({ name, kind, reasons }: PackageChange): Omit<Cause, 'coverage'> | undefined {
  if (kind !== 'changed') return { code: 'package-change', confidence: 1, evidence: [`${name} ${kind}`] };
  const [first] = reasons;
  if (first === undefined) return undefined;
  return { code: CODES[first.reason], confidence: tellingReasons(reasons).length === 1 ? 0.9 : 0.7, evidence: reasons.map(({ reason, detail }) => `${name}: ${reason} ${detail}`) };
}

/** Without what only follows: another version has other sources, and the recipe of either is another, as it is with other patches. */
export function tellingReasons(reasons: PackageChange['reasons']): PackageChange['reasons'] {
  const said = new Set(reasons.map(({ reason }) => reason));
  const follows = (reason: PackageReason): boolean => (reason === 'source' && said.has('version')) || (reason === 'recipe' && (said.has('version') || said.has('source') || said.has('patch')));
  return reasons.filter(({ reason }) => !follows(reason));
}

/** The package, table or generator that a changed path is of: on the right, of what is gone on the left. */
export function ownerOf({ path, otherPath, kind }: Change, left: Ownership, right: Ownership): string | undefined {
  return kind === 'removed' ? left.ownerAt(path) : right.ownerAt(path) ?? left.ownerAt(otherPath ?? path);
}

function packageChange(name: string, before: OutlinedPackage | undefined, after: OutlinedPackage | undefined, own: readonly Change[]): PackageChange {
  const [old, now] = [before === undefined ? undefined : licenseOf(before), after === undefined ? undefined : licenseOf(after)];
  return {
    name, kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before === undefined ? {} : { before: before.version }), ...(after === undefined ? {} : { after: after.version }),
    reasons: before === undefined || after === undefined ? [] : packageReasons(before, after),
    files: own.length, sizeDelta: own.reduce((sum, { sizeDelta }) => sum + sizeDelta, 0),
    ...(old === undefined || now === undefined || old === now ? {} : { license: { before: old, after: now } }),
  };
}

/** What a package was made from; a component tells it, and so does the record without an inventory. */
export interface MadeFrom {
  version: string;
  sources: readonly { file: string; sha256: string }[];
  patches: readonly { file: string; sha256: string }[];
  recipe?: { folderDigest: string; template: string; templateDigest: string; planKey: string; options: Readonly<Record<string, unknown>> };
}

/** What of it was another, in the order of PackageReason; empty where it was made in the same way. */
export function packageReasons(before: MadeFrom, after: MadeFrom): PackageChange['reasons'] {
  const found: { reason: PackageReason; detail: string }[] = [];
  const tell = (reason: PackageReason, old: readonly string[], now: readonly string[]): void => {
    const [gone, come] = [old.filter((one) => !now.includes(one)), now.filter((one) => !old.includes(one))];
    if (gone.length + come.length > 0) found.push({ reason, detail: [...gone.map((one) => `-${one}`), ...come.map((one) => `+${one}`)].join(' ') });
  };
  if (before.version !== after.version) found.push({ reason: 'version', detail: `${before.version} → ${after.version}` });
  tell('source', before.sources.map(({ file, sha256 }) => `${file}@${sha256.slice(0, 12)}`), after.sources.map(({ file, sha256 }) => `${file}@${sha256.slice(0, 12)}`));
  tell('patch', before.patches.map(({ file, sha256 }) => `${file}@${sha256.slice(0, 12)}`), after.patches.map(({ file, sha256 }) => `${file}@${sha256.slice(0, 12)}`));
  tell('option', optionsOf(before), optionsOf(after));
  const [old, now] = [before.recipe, after.recipe];
  if (old !== undefined && now !== undefined) {
    if (old.folderDigest !== now.folderDigest) found.push({ reason: 'recipe', detail: `${old.folderDigest.slice(0, 12)} → ${now.folderDigest.slice(0, 12)}` });
    if (old.templateDigest !== now.templateDigest) found.push({ reason: 'template', detail: `${old.template}: ${old.templateDigest.slice(0, 12)} → ${now.templateDigest.slice(0, 12)}` });
    if (found.length === 0 && old.planKey !== now.planKey) found.push({ reason: 'dependency', detail: 'something that it is built from or with is another' });
  }
  return found;
}

/** `NAME=VALUE`, those of a map each for itself. */
function optionsOf({ recipe }: MadeFrom): string[] {
  return Object.entries(recipe?.options ?? {}).flatMap(([name, value]) => typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).map(([key, one]) => `${name}.${key}=${textOf(one)}`) : [`${name}=${textOf(value)}`]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}
