import { piecesOf, type ByteSource } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { FatVolumeShape } from './fat-boot-sector.ts';

const PIECE_BYTES = 2 ** 20;

/** Chains of clusters. A chain that comes back to itself, or into another, is told by `claim`. */
export class FatClusters {
  readonly #source: ByteSource;
  readonly #shape: FatVolumeShape;
  readonly #claimed: Uint8Array;

  constructor(source: ByteSource, shape: FatVolumeShape) {
    this.#source = source;
    this.#shape = shape;
    this.#claimed = new Uint8Array(Math.ceil((shape.clusters + 2) / 8));
  }

  /** The first `count` clusters of a chain, in runs that lie together. A chain that is shorter is refused. */
  * runs(first: number, count: number, place: string): Generator<{ cluster: number; count: number }> {
    let run: { cluster: number; count: number } | undefined;
    let cluster = first;
    for (let i = 0; i < count; i++) {
      if (i > 0) cluster = this.next(cluster);
      if (cluster < 2 || cluster >= this.#shape.clusters + 2) damaged(place, `is cut off after ${i} of ${count} clusters`);
      if (run !== undefined && cluster === run.cluster + run.count) { run.count++; continue; }
      if (run !== undefined) yield run;
      run = { cluster, count: 1 };
    }
    if (run !== undefined) yield run;
  }

  * content(first: number, sizeBytes: number, place: string): Generator<Buffer> {
    const { clusterBytes, dataAt } = this.#shape;
    let left = sizeBytes;
    for (const { cluster, count } of this.runs(first, Math.ceil(sizeBytes / clusterBytes), place)) {
      const length = Math.min(left, count * clusterBytes);
      const start = dataAt + (cluster - 2) * clusterBytes;
      for (let at = 0; at < length; at += PIECE_BYTES) yield this.#source.read(start + at, Math.min(PIECE_BYTES, length - at));
      left -= length;
    }
  }

  /** A whole directory: as many clusters as there are, at most `limitBytes`. */
  directory(first: number, limitBytes: number, place: string): Buffer {
    const { clusterBytes, dataAt, clusters } = this.#shape;
    const parts: Buffer[] = [];
    for (let cluster = first; cluster >= 2 && cluster < clusters + 2; cluster = this.next(cluster)) {
      if ((parts.length + 1) * clusterBytes > Math.max(limitBytes, clusterBytes)) damaged(place, `is a directory of more than ${limitBytes} bytes, or one that comes back to itself`);
      parts.push(this.#source.read(dataAt + (cluster - 2) * clusterBytes, clusterBytes));
    }
    if (parts.length === 0) damaged(place, `starts at cluster ${first}, which is none`);
    return Buffer.concat(parts);
  }

  /** The clusters of a chain are this one's. Returns one that has an owner already. */
  claim(first: number, sizeBytes: number, place: string): number | undefined {
    let taken: number | undefined;
    for (const run of this.runs(first, Math.ceil(sizeBytes / this.#shape.clusterBytes), place)) {
      for (let cluster = run.cluster; cluster < run.cluster + run.count; cluster++) {
        const bit = 1 << (cluster & 7);
        if ((this.#claimed[cluster >>> 3]! & bit) !== 0) taken ??= cluster;
        this.#claimed[cluster >>> 3]! |= bit;
      }
    }
    return taken;
  }

  next(cluster: number): number {
    const { format, fatAt } = this.#shape;
    if (format === 'fat32') return this.#source.read(fatAt + 4 * cluster, 4).readUInt32LE(0) & 0x0fff_ffff;
    if (format === 'fat16') return this.#source.read(fatAt + 2 * cluster, 2).readUInt16LE(0);
    const pair = this.#source.read(fatAt + Math.floor(cluster * 1.5), 2).readUInt16LE(0);
    return (cluster & 1) === 0 ? pair & 0xfff : pair >>> 4;
  }

  /** Whether all copies of the table are the same. */
  copiesAgree(): boolean {
    const { fatAt, fatBytes, fats } = this.#shape;
    for (let copy = 1; copy < fats; copy++) {
      let at = 0;
      for (const piece of piecesOf(this.#source, fatAt, fatBytes)) {
        if (!this.#source.read(fatAt + copy * fatBytes + at, piece.byteLength).equals(piece)) return false;
        at += piece.byteLength;
      }
    }
    return true;
  }
}
