import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import { entryPath } from './entry-name.ts';
import { parseFatBootSector, type FatVolumeShape } from './fat-boot-sector.ts';
import { FatClusters } from './fat-clusters.ts';
import { parseFatDirectory, type FatEntry } from './fat-directory.ts';
import type { TreeContent } from './image-content.ts';
import { placeOf } from './place-of.ts';
import { TreeCollector } from './tree-collector.ts';

/** The most that a directory may have: 65,536 entries of 32 bytes. */
const MAX_DIRECTORY_BYTES = 2 * 2 ** 20;
/** FAT has no owners and one permission bit; these are what Linux shows of a mount without options. */
const OWNED = { uid: 0, gid: 0 } as const;

/** FAT12, FAT16 and FAT32 with long names; throws `BYTES.*`. */
export function readFat(source: ByteSource, budget: Budget): TreeContent {
  const shape = parseFatBootSector(source);
  return new FatReader(source, shape, new TreeCollector(shape.format, budget)).read();
}

class FatReader {
  readonly #source: ByteSource;
  readonly #shape: FatVolumeShape;
  readonly #collector: TreeCollector;
  readonly #clusters: FatClusters;
  readonly #directories = new Set<number>();

  constructor(source: ByteSource, shape: FatVolumeShape, collector: TreeCollector) {
    this.#source = source;
    this.#shape = shape;
    this.#collector = collector;
    this.#clusters = new FatClusters(source, shape);
  }

  read(): TreeContent {
    const { sizeBytes } = this.#shape;
    if (sizeBytes > this.#source.sizeBytes) this.#collector.finding('error', 'boot sector', 'truncated', `states ${sizeBytes} bytes, the image has ${this.#source.sizeBytes}`);
    if (!this.#clusters.copiesAgree()) this.#collector.finding('warning', 'fat', 'copies-differ', 'the copies of the table are not the same');
    this.#collector.add(ROOT_PATH, { kind: 'directory', mode: 0o755, ...OWNED }, {});
    const label = this.#walk();
    const { volumeId, label: bootLabel, madeBy, sectorBytes, clusterBytes, clusters, fats } = this.#shape;
    return this.#collector.finish({ volumeId, label: label ?? bootLabel, madeBy, sectorBytes, clusterBytes, clusters, fats });
  }

  #walk(): string | undefined {
    const root = parseFatDirectory(this.#rootBytes());
    const pending: [PathBytes, number][] = [];
    const take = (directory: PathBytes, entries: readonly FatEntry[]): void => {
      for (const entry of entries) {
        const path = entryPath(directory, entry.name);
        if (entry.hasStrayParts) this.#collector.finding('note', placeOf(path), 'stray-long-name', 'parts of a long name stand before it that are not its own');
        if (!entry.isDirectory) { this.#file(path, entry); continue; }
        this.#directory(path, entry);
        pending.push([path, entry.firstCluster]);
      }
    };
    take(ROOT_PATH, root.entries);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) take(next[0], this.#entries(...next));
    return root.label;
  }

  #rootBytes(): Buffer {
    const { format, rootAt, rootBytes, rootCluster } = this.#shape;
    if (format !== 'fat32') return this.#source.read(rootAt, rootBytes);
    this.#directories.add(rootCluster);
    return this.#clusters.directory(rootCluster, MAX_DIRECTORY_BYTES, 'fat root directory');
  }

  #directory(path: PathBytes, { firstCluster, isReadOnly, facts }: FatEntry): void {
    if (this.#directories.has(firstCluster)) damaged(placeOf(path), `is the directory at cluster ${firstCluster}, which has another place already`);
    this.#directories.add(firstCluster);
    this.#collector.add(path, { kind: 'directory', mode: isReadOnly ? 0o555 : 0o755, ...OWNED }, facts);
  }

  #entries(path: PathBytes, firstCluster: number): readonly FatEntry[] {
    const place = placeOf(path);
    const bytes = this.#clusters.directory(firstCluster, MAX_DIRECTORY_BYTES, place);
    this.#collector.budget.content(place, bytes.byteLength);
    this.#claim(path, firstCluster, bytes.byteLength);
    return parseFatDirectory(bytes).entries;
  }

  #file(path: PathBytes, entry: FatEntry): void {
    const file = { mode: entry.isReadOnly ? 0o444 : 0o644, ...OWNED, sizeBytes: entry.sizeBytes };
    const { firstCluster, sizeBytes } = entry;
    this.#collector.file(path, file, entry.facts, () => this.#clusters.content(firstCluster, sizeBytes, placeOf(path)));
    this.#claim(path, firstCluster, sizeBytes);
  }

  #claim(path: PathBytes, firstCluster: number, sizeBytes: number): void {
    const taken = this.#clusters.claim(firstCluster, sizeBytes, placeOf(path));
    if (taken !== undefined) this.#collector.finding('error', placeOf(path), 'cross-linked', `uses cluster ${taken}, which is in use already`);
  }
}
