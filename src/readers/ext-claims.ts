import type { ExtSuperblock } from './ext-superblock.ts';
import type { Run } from './ext-runs.ts';

/** Beyond 2^28 blocks (1 TiB of 4 KiB) the map would take more than 32 MiB. */
const MAX_BLOCKS = 2 ** 28;

/** Which blocks belong to a file. Where a file system shares blocks by right, nothing is kept. */
export class BlockClaims {
  readonly #map: Uint8Array | undefined;

  constructor(ext: ExtSuperblock, imageBytes: number) {
    const blocks = Math.min(ext.blocks, Math.ceil(imageBytes / ext.blockBytes));
    this.#map = ext.sharedBlocks || blocks > MAX_BLOCKS ? undefined : new Uint8Array(Math.ceil(blocks / 8));
  }

  /** Blocks of a run that are of no file yet are this one's now. Returns a block that was another's, or this file's by an earlier run. */
  claim({ physical, count }: Run): number | undefined {
    const map = this.#map;
    if (map === undefined || physical === 0) return undefined;
    let taken: number | undefined;
    for (let block = physical; block < physical + count && block < map.length * 8; block++) {
      const bit = 1 << (block & 7);
      if ((map[block >>> 3]! & bit) !== 0) taken ??= block;
      map[block >>> 3]! |= bit;
    }
    return taken;
  }
}
