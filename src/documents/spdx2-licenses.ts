import { sortedBy } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { PlainFields } from './json-stream.ts';
import { licenseRefsOf } from './license-references.ts';

/** What every LicenseRef of an expression stands for; the texts themselves are in the source bundle. */
export function* spdx2Licenses({ components }: Inventory): Generator<PlainFields> {
  const files = new Map<string, Set<string>>();
  for (const { name, licenses } of components) {
    for (const id of [licenses.declared, licenses.concluded].flatMap((text) => (text === undefined ? [] : licenseRefsOf(text)))) {
      const lines = files.get(id) ?? new Set();
      for (const { path, sha256 } of licenses.files) lines.add(`${name}: ${path}, sha256 ${sha256}`);
      files.set(id, lines);
    }
  }
  for (const [licenseId, lines] of sortedBy(files, ([id]) => id)) yield { licenseId, extractedText: lines.size === 0 ? 'No text is on record.' : [...lines].join('\n') };
}
