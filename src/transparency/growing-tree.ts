import { joinSubtrees, nodeHash } from './hashing.ts';
import { TILE_WIDTH, type StoredTile } from './storage.ts';
import { perfectRoot } from './tiles.ts';

/** A tree that leaves are added to one by one; keeps its right edge only. */
export class GrowingTree {
  /** Perfect subtrees from left to right, larger ones first. */
  readonly #subtrees: { leaves: number; hash: Buffer }[] = [];
  /** Per level of tiles, the hashes of the one that is not full yet. */
  readonly #partial: Buffer[][] = [];
  readonly #tiles: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  root(): Buffer {
    return joinSubtrees(this.#subtrees.map(({ hash }) => hash));
  }

  /** The tiles that this leaf makes full, lowest level first. */
  add(leaf: Buffer): (StoredTile & { hashes: Buffer })[] {
    this.#size++;
    let right = { leaves: 1, hash: leaf };
    while (this.#subtrees.at(-1)?.leaves === right.leaves) right = { leaves: right.leaves * 2, hash: nodeHash(this.#subtrees.pop()!.hash, right.hash) };
    this.#subtrees.push(right);
    return this.#fillTiles(leaf);
  }

  #fillTiles(leaf: Buffer): (StoredTile & { hashes: Buffer })[] {
    const full: (StoredTile & { hashes: Buffer })[] = [];
    for (let level = 0, hash = leaf; ; level++) {
      const partial = this.#partial[level] ??= [];
      partial.push(hash);
      if (partial.length < TILE_WIDTH) return full;
      const number = this.#tiles[level] ?? 0;
      const hashes = Buffer.concat(partial);
      full.push({ level, number, hashes });
      this.#tiles[level] = number + 1;
      this.#partial[level] = [];
      hash = perfectRoot(hashes);
    }
  }
}
