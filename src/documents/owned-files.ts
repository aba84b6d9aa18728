import type { Component, Inventory, InventoryFile } from '../inventory/inventory.ts';

export interface OwnedFiles {
  byOwner: ReadonlyMap<string, readonly InventoryFile[]>;
  /** Nobody's, or of an owner that the inventory does not know. */
  unowned: readonly InventoryFile[];
}

export function ownedFiles({ components, files }: Inventory): OwnedFiles {
  const byOwner = new Map<string, InventoryFile[]>(components.map(({ ref }) => [ref, []]));
  const unowned: InventoryFile[] = [];
  for (const file of files) (file.owner === undefined ? unowned : byOwner.get(file.owner) ?? unowned).push(file);
  return { byOwner, unowned };
}

export type Nature = 'firmware' | 'operating-system' | 'library' | 'application' | 'data';

/** What sort of thing a component is, from what it owns: shared objects and no program make a library. */
export function natureOf({ ref, kind, recipe }: Component, { byOwner }: OwnedFiles): Nature {
  if (kind === 'image') return 'firmware';
  if (kind === 'root-file-system' || recipe?.role === 'kernel') return 'operating-system';
  if (kind === 'runtime-component' || recipe?.role === 'toolchain') return 'library';
  if (kind === 'generator' || recipe?.role === 'skeleton') return 'data';
  const files = byOwner.get(ref) ?? [];
  return files.some(isLibrary) && !files.some(isProgram) ? 'library' : 'application';
}

function isLibrary({ content }: InventoryFile): boolean {
  return content?.kind === 'elf' && content.soname !== undefined;
}

function isProgram({ content }: InventoryFile): boolean {
  return content?.kind === 'script' || (content?.kind === 'elf' && content.soname === undefined);
}
