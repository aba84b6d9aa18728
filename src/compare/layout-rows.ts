import { CAUSES, type CauseCode } from '../causes/cause-codes.ts';
import type { LayoutFacts } from '../readers/image-content.ts';
import type { LayoutDifference, LayoutValue } from './comparison.ts';

const words = (text: string): string[] => text.split(' ');

/** Which cause a fact of an image's layout has; what stands in no row is taken for a real change. */
const FACTS: ReadonlyMap<string, CauseCode> = new Map<string, CauseCode>([
  ...words('madeAt writtenAt mountedAt checkedAt gzipTime').map((key) => [key, 'embedded-timestamp'] as const),
  ...words('uuid volumeId diskId partitionId').map((key) => [key, 'random-id'] as const),
  ...words('compressor algorithms wrapper packing gzipName').map((key) => [key, 'compression'] as const),
  ...words('format bytes blockBytes blocks freeBlocks inodes freeInodes inodeBytes blocksPerGroup reservedBlocks hashSeed mounts lostAndFound fragments ids flags bytesUsed exportTable attributes').map((key) => [key, 'fs-layout'] as const),
  ...words('featuresCompatible featuresIncompatible featuresReadOnly sectorBytes clusterBytes clusters fats madeBy segments entries dialects endsAt layers entryBytes firstUsableSector lastUsableSector').map((key) => [key, 'fs-layout'] as const),
  ...words('backupSector offsetBytes sizeBytes extended container').map((key) => [key, 'fs-layout'] as const),
]);

export function layoutRow(place: string, key: string, left: LayoutValue, right: LayoutValue): LayoutDifference {
  const cause = FACTS.get(key.replace(/(?<=segment|layer)\d+$/, 's')) ?? 'real-change';
  return { place, key, left, right, cause, noise: CAUSES[cause].noise };
}

/** Bytes that belong to no tree, known by their digest: a boot loader may lie there. */
export function outsideRow(place: string, key: string, left: LayoutValue, right: LayoutValue): LayoutDifference {
  return { place, key, left, right, cause: 'unknown', noise: false };
}

export function factRows(place: string, left: LayoutFacts, right: LayoutFacts): LayoutDifference[] {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].toSorted().filter((key) => left[key] !== right[key]).map((key) => layoutRow(place, key, left[key] ?? null, right[key] ?? null));
}
