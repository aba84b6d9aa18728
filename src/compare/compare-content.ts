import { wholeOf, type ByteSource } from '../bytes/byte-source.ts';
import type { Cause } from '../causes/cause.ts';
import type { Both } from '../foundation/both.ts';
import type { CompressedContent, DiskContent, ImageContent, Partition, TreeContent } from '../readers/image-content.ts';
import { partitionSource } from '../readers/partition-source.ts';
import { ROOT_PATH } from '../tree/entry.ts';
import type { Change, CompareOptions, LayoutDifference, SideFinding } from './comparison.ts';
import type { Explainer } from './explainer.ts';
import { factRows, layoutRow, outsideRow } from './layout-rows.ts';
import { matchPartitions, partitionPlace } from './match-partitions.ts';
import { outsideRegions, regionDigest } from './outside-bytes.ts';
import type { FileReader } from './read-files.ts';
import { isBeginning } from './same-bytes.ts';
import { lostLayout, treeChanges } from './tree-changes.ts';

/** What an image holds, and its bytes, where somebody asks for them. */
export interface ImageNode<C extends ImageContent = ImageContent> { content: C; source(): ByteSource }

const MOST_FINDINGS = 200;

/** Gathers what differs between two images and everything nested in them. */
export class ContentComparer {
  readonly layout: LayoutDifference[] = [];
  readonly changes: Change[] = [];
  readonly findings: SideFinding[] = [];
  readonly #options: CompareOptions;
  readonly #reader: FileReader;
  readonly #explainer: Explainer;

  constructor(work: { options: CompareOptions; reader: FileReader; explainer: Explainer }) {
    this.#options = work.options;
    this.#reader = work.reader;
    this.#explainer = work.explainer;
  }

  async compare(place: string, { left, right }: Both<ImageNode>): Promise<void> {
    this.#tell('left', place, left.content);
    this.#tell('right', place, right.content);
    const [a, b] = [left.content.kind, right.content.kind];
    if (a === 'compressed' || b === 'compressed') return this.#wrappers(place, { left, right });
    if (a === 'layered' || b === 'layered') return this.#layers(place, { left, right });
    if (isOf(left, 'tree') && isOf(right, 'tree')) return this.#trees(place, { left, right });
    if (isOf(left, 'disk') && isOf(right, 'disk')) return this.#disks(place, { left, right });
    const alone = { left: onlyPartition(left), right: onlyPartition(right) };
    if (b === 'tree' && alone.left !== undefined || a === 'tree' && alone.right !== undefined) {
      this.layout.push(layoutRow(place, 'container', containerOf(left.content), containerOf(right.content)));
      return this.compare(place, { left: alone.left ?? left, right: alone.right ?? right });
    }
    return this.#bytes(place, { left, right });
  }

  async #trees(place: string, { left, right }: Both<ImageNode<TreeContent>>): Promise<void> {
    const sides = { left: left.content, right: right.content };
    const sameFormat = sides.left.format === sides.right.format;
    if (sameFormat) this.layout.push(...factRows(place, sides.left.layout, sides.right.layout));
    else this.layout.push(layoutRow(place, 'format', sides.left.format, sides.right.format));
    this.layout.push(...lostLayout(place, sides));
    this.#outside(place, { left, right }, sameFormat);
    // One by one: so many arguments as a hostile image has entries no call takes.
    for (const change of await treeChanges(place, sides, this.#reader, this.#explainer)) this.changes.push(change);
  }

  async #disks(place: string, { left, right }: Both<ImageNode<DiskContent>>): Promise<void> {
    const disks = { left: left.content, right: right.content };
    const sameFormat = disks.left.format === disks.right.format;
    if (sameFormat) this.layout.push(...factRows(place, disks.left.layout, disks.right.layout));
    else this.layout.push(layoutRow(place, 'format', disks.left.format, disks.right.format));
    this.#outside(place, { left, right }, sameFormat);
    const { pairs, removed, added } = matchPartitions(disks.left.partitions, disks.right.partitions);
    for (const partition of removed) this.changes.push(wholePartition(place, partition, 'removed'));
    for (const partition of added) this.changes.push(wholePartition(place, partition, 'added'));
    for (const pair of pairs) {
      const of = partitionPlace(place, pair.right);
      this.layout.push(...factRows(of, partitionFacts(pair.left), partitionFacts(pair.right)));
      await this.compare(of, { left: partitionNode(left, pair.left), right: partitionNode(right, pair.right) });
    }
  }

  /** One layer of packing off each side that has one. */
  async #wrappers(place: string, { left, right }: Both<ImageNode>): Promise<void> {
    const packed = { left: isOf(left, 'compressed') ? left : undefined, right: isOf(right, 'compressed') ? right : undefined };
    const [a, b] = [packed.left?.content.compression ?? 'none', packed.right?.content.compression ?? 'none'];
    if (a !== b) this.layout.push(layoutRow(place, 'wrapper', a, b));
    this.#outside(place, packed, packed.left !== undefined && packed.right !== undefined);
    if (packed.left !== undefined && packed.right !== undefined) this.layout.push(...factRows(place, wrapperFacts(packed.left.content), wrapperFacts(packed.right.content)));
    const before = this.layout.length + this.changes.length;
    await this.compare(place, { left: packed.left === undefined ? left : unpacked(packed.left), right: packed.right === undefined ? right : unpacked(packed.right) });
    if (packed.left === undefined || packed.right === undefined || this.layout.length + this.changes.length > before) return;
    const [x, y] = [packed.left.content.packedBytes, packed.right.content.packedBytes];
    // The streams of the two are known to be equal only where somebody read them both: in images the bytes as a whole differ.
    if (place === '' || x !== y) this.layout.push(layoutRow(place, 'packing', x, y));
  }

  async #layers(place: string, { left, right }: Both<ImageNode>): Promise<void> {
    const layersOf = ({ content }: ImageNode): Record<string, string> => (content.kind === 'layered' ? Object.fromEntries(content.layers.map(({ sha256 }, i) => [`layer${i + 1}`, sha256])) : {});
    this.layout.push(...factRows(place, { container: containerOf(left.content), ...layersOf(left) }, { container: containerOf(right.content), ...layersOf(right) }));
    const merged = (node: ImageNode): ImageNode => (isOf(node, 'layered') ? { content: node.content.content, source: node.source } : node);
    await this.compare(place, { left: merged(left), right: merged(right) });
  }

  /** What is no tree on both sides: as one file each. */
  async #bytes(place: string, { left, right }: Both<ImageNode>): Promise<void> {
    const [a, b] = [left.source(), right.source()];
    if (left.content.kind === 'opaque' && right.content.kind === 'opaque' && left.content.sha256 === right.content.sha256) return;
    const reasons = (['left', 'right'] as const).flatMap((side) => { const { content } = side === 'left' ? left : right; return content.kind === 'opaque' && content.reason !== undefined ? [`${side}: ${content.reason.message}`] : []; });
    const explained = reasons.length > 0 || left.content.kind !== right.content.kind
      ? { causes: unreadable(a, b, reasons), parts: [], noise: false, inside: undefined } : { inside: undefined, ...await this.#explained(a, b) };
    this.changes.push({
      place, path: ROOT_PATH, kind: 'changed', classes: [reasons.length > 0 || left.content.kind === right.content.kind ? 'content' : 'type'], causes: explained.causes, noise: explained.noise,
      sizeDelta: b.sizeBytes - a.sizeBytes, ...(explained.parts.length === 0 ? {} : { parts: explained.parts }), ...(explained.inside === undefined ? {} : { inside: explained.inside }),
    });
  }

  async #explained(a: ByteSource, b: ByteSource): ReturnType<Explainer['explain']> {
    if (Math.max(a.sizeBytes, b.sizeBytes) > this.#options.fileBytes) return this.#explainer.notRead(Math.max(a.sizeBytes, b.sizeBytes));
    const pair = { left: wholeOf(a), right: wholeOf(b) };
    return this.#explainer.explain(pair, { path: ROOT_PATH, written: { left: undefined, right: undefined }, isInImage: () => false });
  }

  /** Of one format, region with region; else whatever one side has there is told. */
  #outside(place: string, { left, right }: Both<ImageNode | undefined>, sameFormat: boolean): void {
    const digests = (node: ImageNode | undefined): Map<string, string> => {
      if (node === undefined) return new Map();
      const { content, source } = node;
      const bytes = source();
      return new Map(outsideRegions(content, bytes.sizeBytes).flatMap((region) => { const digest = regionDigest(bytes, region); return digest === undefined ? [] : [[region.name, digest]]; }));
    };
    const [a, b] = [digests(left), digests(right)];
    for (const name of new Set([...a.keys(), ...b.keys()])) {
      // Every maker of FAT puts a message of its own there; against another format it says nothing.
      if (!sameFormat && name === 'boot code') continue;
      if (a.get(name) !== b.get(name)) this.layout.push(outsideRow(place, name, a.get(name) ?? null, b.get(name) ?? null));
    }
  }

  #tell(side: SideFinding['side'], place: string, { findings }: ImageContent): void {
    for (const { severity, path, rule, message } of findings) {
      if (this.findings.length < MOST_FINDINGS) this.findings.push({ side, severity, place: place === '' || path === '' ? place || path : `${place}: ${path}`, rule, message });
    }
  }
}

function isOf<K extends ImageContent['kind']>(node: ImageNode, kind: K): node is ImageNode<Extract<ImageContent, { kind: K }>> {
  return node.content.kind === kind;
}

function unpacked({ content }: ImageNode<CompressedContent>): ImageNode {
  return { content: content.content, source: () => content.bytes };
}

function partitionNode({ source }: ImageNode, partition: Partition): ImageNode {
  return { content: partition.content, source: () => partitionSource(source(), partition) };
}

/** Of a disk with one partition, that; a tree against it is compared with it. */
function onlyPartition(node: ImageNode): ImageNode | undefined {
  if (!isOf(node, 'disk')) return undefined;
  const [partition, ...more] = node.content.partitions;
  return partition === undefined || more.length > 0 ? undefined : partitionNode(node, partition);
}

function partitionFacts({ number, offsetBytes, sizeBytes, type, id = '', name = '', attributes }: Partition): Record<string, string | number> {
  return { number, offsetBytes, sizeBytes, type, partitionId: id, name, partitionAttributes: attributes };
}

function wrapperFacts({ facts }: CompressedContent): Record<string, string | number> {
  const member = facts.compression === 'gzip' ? facts.members[0] : undefined;
  return member === undefined ? {} : { gzipTime: member.mtime, gzipName: member.name ?? '' };
}

function containerOf({ kind, ...content }: ImageContent): string {
  return 'format' in content && content.format !== undefined ? `${kind} ${content.format}` : kind;
}

function wholePartition(place: string, partition: Partition, kind: 'added' | 'removed'): Change {
  const { sizeBytes } = partition;
  return {
    place: partitionPlace(place, partition), path: ROOT_PATH, kind, classes: [], causes: [{ code: 'real-change', confidence: 1, coverage: 1, evidence: [`a partition of type ${partition.type}`] }],
    noise: false, sizeDelta: kind === 'added' ? sizeBytes : 0 - sizeBytes,
  };
}

function unreadable(a: ByteSource, b: ByteSource, reasons: string[]): Cause[] {
  const cut = a.sizeBytes === b.sizeBytes ? undefined : a.sizeBytes < b.sizeBytes ? isBeginning(a, b) : isBeginning(b, a);
  if (cut === true) return [{ code: 'truncated', confidence: 1, coverage: 1, evidence: [`${a.sizeBytes} → ${b.sizeBytes} bytes`, ...reasons] }];
  return [{ code: reasons.length > 0 ? 'unreadable' : 'real-change', confidence: 1, coverage: 1, evidence: reasons }];
}

