import { compareText } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Detail } from './document.ts';
import { componentHashes } from './component-hash.ts';
import { relationsAt } from './relation-terms.ts';

/** What every format can say, and says alike. All lists in one order. */
export interface DocumentFacts {
  components: readonly ComponentFact[];
  /** `FROM KIND TO`, with refs of the inventory. */
  relations: readonly string[];
  /** What has bytes: regular files and hard links. Empty where the document has no files. */
  files: readonly FileFact[];
}

export interface ComponentFact {
  ref: string;
  name: string;
  version: string;
  /** Else it only builds. */
  ships: boolean;
  sha256?: string;
  /** As declared; an SPDX expression. */
  license?: string;
  purl?: string;
}

export interface FileFact {
  ref: string;
  path: string;
  sha256: string;
  owner?: string;
}

/** As read; `byteless` are the paths without bytes, about which not every format can say something. */
export interface ReadFacts extends DocumentFacts { byteless: readonly string[] }

/** What every document of an inventory must say. */
export function factsOfInventory(inventory: Inventory, detail: Detail): DocumentFacts {
  const hashes = componentHashes(inventory);
  const components = inventory.components.map(({ ref, name, version, scope, licenses, purls }) =>
    defined({ ref, name, version, ships: scope === 'ships', sha256: hashes.get(ref)?.hashes.sha256, license: licenses.declared, purl: purls[0] }));
  const sandbox = inventory.sandbox.packages.map(({ ref, name, version, sha256, purl }) => ({ ref, name, version, ships: false, sha256, purl }));
  const files = detail === 'packages' ? [] : inventory.files.flatMap(({ ref, path, hashes: own, owner }) => own === undefined ? [] : [defined({ ref, path, sha256: own.sha256, owner })]);
  const byteless = inventory.files.filter(({ hashes: own }) => own === undefined).map(({ ref }) => ref);
  return inOrder({ byteless, components: [...components, ...sandbox], files, relations: relationsAt(inventory, detail).map(({ from, kind, to }) => `${from} ${kind} ${to}`) });
}

export function inOrder({ components, relations, files, byteless }: ReadFacts): DocumentFacts {
  const unsaid = new Set(byteless);
  const said = relations.filter((relation) => !relation.split(' ').some((ref) => unsaid.has(ref)));
  return {
    components: components.toSorted((a, b) => compareText(a.ref, b.ref)),
    relations: [...new Set(said)].toSorted(compareText),
    files: files.toSorted((a, b) => compareText(a.ref, b.ref)),
  };
}

type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/** Drops what is undefined, so that "absent" has one form. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
