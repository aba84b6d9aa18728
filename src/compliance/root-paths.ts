import { Failure } from '../foundation/failure.ts';
import { followPath } from '../inventory/follow-path.ts';
import type { Inventory, InventoryFile } from '../inventory/inventory.ts';
import { displayPath, joinPath, nameOf, parentOf, pathBytes, pathFromBuffer, type PathBytes } from '../tree/entry.ts';
import { nearPaths } from '../tree/near-paths.ts';

interface Place { kind: string; target: PathBytes; file: InventoryFile }

export interface FoundPath {
  file: InventoryFile;
  /** Symlinks on the way to it, in the order in which they are followed. */
  links: readonly InventoryFile[];
  /** Where `file` is itself a link that leads to nothing in the root: to where, absolute. */
  leadsNowhere?: string;
}

/** PATH_MAX: what is longer names nothing. */
const LONGEST = 4096;

/** The paths of an inventory's root, as a process in that root sees them. */
export class RootPaths {
  readonly #places: ReadonlyMap<PathBytes, Place>;

  constructor({ files }: Pick<Inventory, 'files'>) {
    this.#places = new Map(files.toReversed().map((file) => [bytesOf(file.path.slice(1), file.pathHex), { kind: file.kind, target: bytesOf(file.target ?? '', file.targetHex), file }]));
  }

  /**
   * What stands at a path that a person gave: absolute or from the root on, or in the escaped form in which inventories show what is no UTF-8.
   * A link that leads to nothing is itself what is found. Throws COMPLIANCE.UNKNOWN_PATH, COMPLIANCE.LINK_LOOP.
   */
  find(given: string): FoundPath {
    const shown = [...this.#places.values()].find(({ file }) => file.pathHex !== undefined && file.path === given);
    const asked = shown === undefined ? pathBytes(given.slice(0, LONGEST)) : bytesOf('', shown.file.pathHex);
    const { path, links, loop } = followPath(asked, (one) => this.#places.get(one));
    if (loop) throw new Failure('COMPLIANCE.LINK_LOOP', `"${displayPath(asked)}" leads round in a circle of links, by way of /${displayPath(path)}`, { place: given });
    const followed = links.map((link) => this.#places.get(link)!.file);
    const found = this.#places.get(path);
    if (found !== undefined) return { file: found.file, links: followed };
    const own = this.#itself(asked);
    if (own?.kind === 'symlink') return { file: own.file, links: [], leadsNowhere: `/${displayPath(path)}` };
    throw this.#unknown(given, asked);
  }

  /** As lstat: links are followed on the way, and not at the end. */
  #itself(asked: PathBytes): Place | undefined {
    const whole = asked.replace(/\/+$/, '') as PathBytes;
    const { path } = followPath(parentOf(whole), (one) => this.#places.get(one));
    return this.#places.get(joinPath(path, nameOf(whole)));
  }

  #unknown(given: string, asked: PathBytes): Failure {
    const near = nearPaths(displayPath(asked), [...this.#places.values()].map(({ file }) => file.path));
    const hint = near.length === 0 ? 'Look at the list of files of the build.' : `Did you mean ${near.map((path) => displayPath(pathBytes(path))).join(', ')}?`;
    return new Failure('COMPLIANCE.UNKNOWN_PATH', `there is nothing at "${displayPath(asked)}" in the root`, { hint, place: given, details: { candidates: near } });
  }
}

function bytesOf(text: string, hex: string | undefined): PathBytes {
  return hex === undefined ? pathBytes(text) : pathFromBuffer(Buffer.from(hex, 'hex'));
}
