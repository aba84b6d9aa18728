import type { Inventory } from '../inventory/inventory.ts';
import { productOf, type Detail } from './document.ts';
import type { PlainFields } from './json-stream.ts';
import { RELATION_TERMS, relationNote, relationsAt } from './relation-terms.ts';
import { spdx2Id } from './spdx2-id.ts';

/** A relation to a file that the format cannot have is left out with it. */
export function* spdx2Relations(inventory: Inventory, detail: Detail): Generator<PlainFields> {
  const { components, files } = inventory;
  const product = productOf(inventory).ref;
  yield relationship('SPDXRef-DOCUMENT', 'DESCRIBES', spdx2Id(product));
  for (const { ref, kind, scope } of components) if (kind === 'image' && scope === 'ships') yield relationship(spdx2Id(product), 'CONTAINS', spdx2Id(ref));
  const unsaid = new Set(files.filter(({ hashes }) => hashes === undefined).map(({ ref }) => ref));
  for (const { from, to, kind, basis } of relationsAt(inventory, detail)) {
    if (unsaid.has(from) || unsaid.has(to)) continue;
    const { type, reversed } = RELATION_TERMS[kind].spdx2;
    yield relationship(spdx2Id(reversed === undefined ? from : to), type, spdx2Id(reversed === undefined ? to : from), relationNote({ kind, basis }));
  }
  for (const { ref, sources } of components) for (const { sha256 } of sources) yield relationship(spdx2Id(ref), 'GENERATED_FROM', spdx2Id(`source:${sha256}`));
  if (detail === 'packages') return;
  const known = new Set(components.map(({ ref }) => ref));
  for (const { ref, owner, hashes } of files) if (hashes !== undefined && owner !== undefined && known.has(owner)) yield relationship(spdx2Id(ref), 'GENERATED_FROM', spdx2Id(owner), 'provenroot:owner');
}

function relationship(from: string, relationshipType: string, to: string, comment?: string): PlainFields {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to, ...(comment === undefined ? {} : { comment }) };
}
