import type { Sha256 } from '../foundation/digest.ts';
import type { Tree } from '../tree/tree.ts';
import type { InventoryFile } from './inventory.ts';
import type { ContentFacts } from './inventory-facts.ts';
import { listedFiles } from './inventory-files.ts';

export type TreeFile = Omit<InventoryFile, 'owner' | 'ownership' | 'content' | 'properties' | 'hashes'> & { hashes?: { sha256: Sha256 } };

/**
 * The paths of a tree as an inventory lists them, for who has an image and no record of it: in the tree's order, each
 * under the ref that the inventory of the same tree gives it. What only the record or the bytes tell is absent.
 */
export function filesOfTree(tree: Tree): TreeFile[] {
  const entries = [...tree.entries];
  const contents = Object.fromEntries(entries.flatMap(([, entry]) => (entry.kind === 'file' ? [[entry.sha256, UNREAD] as const] : [])));
  return listedFiles(entries.map(([path, entry]) => ({ path, entry })), contents).map(({ file }) => {
    const { ownership: _ownership, content: _content, properties: _properties, hashes, ...said } = file;
    return { ...said, ...(hashes === undefined ? {} : { hashes: { sha256: hashes.sha256 } }) };
  });
}

const UNREAD: ContentFacts = { sha512: '', content: { kind: 'data' } };
