import { compareText } from '../foundation/order.ts';
import type { Component, Inventory, InventoryFile, Ref } from '../inventory/inventory.ts';

/** Where a package is at work: one file of it or of what it is linked into as an example, and how many there are. */
export interface Place {
  /** From the image down, without the package itself. */
  path: readonly string[];
  fileCount: number;
}

/** Tells where packages lie and where they meet, from one pass over files and relations each. */
export class UsagePlaces {
  readonly #images: ReadonlyMap<Ref, string>;
  readonly #own: ReadonlyMap<Ref, Examples>;
  readonly #links: ReadonlyMap<string, Place>;

  constructor(inventory: Inventory) {
    this.#images = imagesByContent(inventory);
    this.#own = examplesByOwner(inventory.files);
    this.#links = linksByOwners(inventory);
  }

  /** Of a package that ships. A kernel is its image. */
  ownFiles({ ref, fileCount = 0 }: Component): Place {
    const image = this.#images.get(ref);
    const file = this.#own.get(ref)?.any;
    if (image !== undefined && file === undefined) return { path: [image], fileCount: 0 };
    return { path: this.#inRoot(file), fileCount };
  }

  /** Files of `user` that load files of `used`, as the loader does. */
  loading(user: Ref, used: Ref): Place {
    const found = this.#links.get(pairKey(user, used));
    return found === undefined ? this.copying(user) : { ...found, path: this.#inRoot(...found.path) };
  }

  /** Programs of `user`, which may have a part of something else inside. */
  copying(user: Ref): Place {
    const { elf, elfCount = 0, any } = this.#own.get(user) ?? {};
    return { path: this.#inRoot(elf ?? any), fileCount: elfCount };
  }

  modules(user: Ref): Place {
    const { kernelModule, kernelModuleCount = 0, any } = this.#own.get(user) ?? {};
    return { path: this.#inRoot(kernelModule ?? any), fileCount: kernelModuleCount };
  }

  #inRoot(...files: readonly (string | undefined)[]): string[] {
    return [this.#images.get(ROOT), ...files].filter((one) => one !== undefined);
  }
}

const ROOT = 'root';

/** The first image by name that holds each component; under `ROOT` the first that holds the root. */
function imagesByContent({ components, relations }: Inventory): Map<Ref, string> {
  const byRef = new Map(components.map((one) => [one.ref, one]));
  const found = new Map<Ref, string>();
  for (const { from, to, kind } of relations) {
    const image = byRef.get(from);
    if (kind !== 'contains' || image?.kind !== 'image') continue;
    const key = byRef.get(to)?.kind === 'root-file-system' ? ROOT : to;
    found.set(key, smaller(found.get(key), image.name));
  }
  return found;
}

interface Examples { any?: string; elf?: string; elfCount?: number; kernelModule?: string; kernelModuleCount?: number }

function examplesByOwner(files: readonly InventoryFile[]): Map<Ref, Examples> {
  const found = new Map<Ref, Examples & { anyIsFile?: boolean }>();
  for (const { owner, path, kind, content } of files) {
    if (owner === undefined) continue;
    const own = found.get(owner) ?? {};
    found.set(owner, own);
    // A directory stands for a package only where it has nothing else.
    if (kind === 'file' && own.anyIsFile !== true) Object.assign(own, { any: path, anyIsFile: true });
    else if (kind === 'file' || own.anyIsFile !== true) own.any = smaller(own.any, path);
    if (content?.kind === 'elf') Object.assign(own, { elf: smaller(own.elf, path), elfCount: (own.elfCount ?? 0) + 1 });
    if (content?.kind === 'kernel-module') Object.assign(own, { kernelModule: smaller(own.kernelModule, path), kernelModuleCount: (own.kernelModuleCount ?? 0) + 1 });
  }
  return found;
}

/** Between files of two owners: the smallest pair of paths, and how many files of the first are concerned. */
function linksByOwners({ files, relations }: Inventory): Map<string, Place> {
  const byRef = new Map(files.map((file) => [file.ref, file]));
  const found = new Map<string, { path: readonly string[]; users: Set<Ref> }>();
  for (const { from, to, kind } of relations) {
    const [user, used] = [byRef.get(from), byRef.get(to)];
    if (kind !== 'linksDynamically' || user?.owner === undefined || used?.owner === undefined || user.owner === used.owner) continue;
    const key = pairKey(user.owner, used.owner);
    const known = found.get(key);
    const path = [user.path, used.path];
    if (known === undefined) found.set(key, { path, users: new Set([from]) });
    else {
      known.users.add(from);
      if (comparePaths(path, known.path) < 0) known.path = path;
    }
  }
  return new Map([...found].map(([key, { path, users }]) => [key, { path, fileCount: users.size }]));
}

function pairKey(user: Ref, used: Ref): string {
  return `${user} ${used}`;
}

function smaller(known: string | undefined, other: string): string {
  return known === undefined || compareText(other, known) < 0 ? other : known;
}

function comparePaths([a = '', b = '']: readonly string[], [c = '', d = '']: readonly string[]): number {
  return compareText(a, c) || compareText(b, d);
}
