/** Numbers from a seed, the same on every machine (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const SPECIAL = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/** Damages of one image: most of them where it is not empty, some of them cuts. The same `index` gives the same damage. */
export class Mutator {
  readonly #image: Buffer;
  readonly #used: number[] = [];

  constructor(image: Buffer) {
    this.#image = image;
    for (let at = 0; at < image.length; at++) if (image[at] !== 0) this.#used.push(at);
    // Contents of files are not what a reader stumbles over: beyond 64 KiB, every place counts as much as many of them.
    if (this.#used.length > 65_536) this.#used.splice(65_536, this.#used.length, ...this.#used.filter((_, i) => i > 65_536 && i % 17 === 0));
  }

  mutated(index: number): Buffer {
    const below = seeded(index * 7919 + this.#image.length);
    const image = Buffer.from(this.#image);
    const place = (): number => {
      const near = this.#used[below(this.#used.length)]!;
      return Math.max(0, Math.min(image.length - 8, below(5) === 0 ? below(image.length) : near + below(9) - 4));
    };
    for (let i = 0, count = 1 + below(6); i < count; i++) {
      switch (below(6)) {
        case 0: image[place()] = below(256); break;
        case 1: image[place()]! ^= 1 << below(8); break;
        case 2: image.writeUInt32LE(SPECIAL[below(SPECIAL.length)]!, place()); break;
        case 3: image.writeUInt16LE(SPECIAL[below(9)]!, place()); break;
        case 4: image.copyWithin(place(), place(), place()); break;
        default: { const at = place(); image.writeUInt32LE((image.readUInt32LE(at) + below(9) - 4) >>> 0, at); }
      }
    }
    return below(12) === 0 ? image.subarray(0, below(image.length)) : image;
  }
}
