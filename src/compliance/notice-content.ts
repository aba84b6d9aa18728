import type { Sha256 } from '../foundation/digest.ts';
import { compareText, sortedBy } from '../foundation/order.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { leavesOf, printLeaf } from '../licensing/expression.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import { copyrightLines } from './copyright-lines.ts';
import type { LicenseText, LicenseTexts } from './license-texts.ts';
import { usagesOf } from './usages-of.ts';

/** What is said to whoever gets the product: whose work is in it, under which terms. Of what ships alone. */
export interface Notice {
  product: string;
  version: string;
  /** Each license and the packages that are under it; by license. */
  licenses: readonly { license: string; packages: readonly string[] }[];
  packages: readonly NoticedPackage[];
  /** Each text once, by number. */
  texts: readonly NoticedText[];
}

export interface NoticedPackage {
  name: string;
  version: string;
  license: string;
  homepage?: string;
  /** As they stand in its texts, each once. */
  copyrights: readonly string[];
  /** Numbers of texts. */
  texts: readonly { number: number; path: string }[];
  /** License files that are named and were not found, or whose text is not at hand. */
  missing: readonly string[];
}

export interface NoticedText { number: number; sha256: Sha256; text: string; packages: readonly string[] }

export function noticeOf(inventory: Inventory, texts: LicenseTexts): Notice {
  const { organisation, build } = inventory;
  const shipped = new Set(usagesOf(inventory, texts).filter(({ linkage }) => linkage !== 'build-only').map(({ ref }) => ref));
  const components = sortedBy(inventory.components.filter(({ ref }) => shipped.has(ref)), ({ name, ref }) => JSON.stringify([name, ref]));
  const listed = numbered(components, texts);
  const byDigest = new Map(listed.map((one) => [one.sha256, one]));
  const packages = components.map((one) => noticed(one, texts.get(one.name) ?? [], byDigest));
  return { product: organisation.product ?? build.board, version: organisation.productVersion ?? build.definitionDigest, licenses: byLicense(packages), packages, texts: listed };
}

/** In the order in which packages name them. */
function numbered(components: readonly Component[], texts: LicenseTexts): NoticedText[] {
  const all = components.flatMap(({ name }) => inOrder(texts.get(name) ?? []).flatMap(({ sha256, text }) => (text === undefined ? [] : [{ sha256, text, name }])));
  return [...Map.groupBy(all, ({ sha256 }) => sha256)].map(([sha256, group], index) => ({ number: index + 1, sha256, text: group[0]!.text, packages: [...new Set(group.map(({ name }) => name))] }));
}

function inOrder(texts: readonly LicenseText[]): LicenseText[] {
  return texts.toSorted((a, b) => compareText(a.path, b.path) || compareText(a.sha256, b.sha256));
}

function noticed({ name, version, homepage, licenses }: Component, own: readonly LicenseText[], byDigest: ReadonlyMap<Sha256, NoticedText>): NoticedPackage {
  const present = inOrder(own).filter(({ text }) => text !== undefined);
  return {
    name, version, license: licenses.effective ?? licenses.concluded ?? licenses.unreadable ?? 'NOASSERTION', ...(homepage === undefined ? {} : { homepage }),
    copyrights: [...new Set(present.flatMap(({ text }) => copyrightLines(text!)))],
    texts: present.map(({ path, sha256 }) => ({ path, number: byDigest.get(sha256)!.number })),
    missing: licenses.files.map(({ path }) => path).filter((path) => !present.some((one) => one.path === path)).toSorted(compareText),
  };
}

function byLicense(packages: readonly NoticedPackage[]): Notice['licenses'] {
  const rows = packages.flatMap(({ name, license }) => {
    const { expression } = parseExpression(license);
    return (expression === undefined ? [license] : [...new Set(leavesOf(expression).map(printLeaf))]).map((one) => ({ license: one, name }));
  });
  return [...Map.groupBy(rows, ({ license }) => license)].toSorted(([a], [b]) => compareText(a, b)).map(([license, group]) => ({ license, packages: [...new Set(group.map(({ name }) => name))] }));
}
