import { signedSizeText } from '../foundation/size-text.ts';
import type { ComparedImage } from './image-changes.ts';
import { counted } from './most-lines.ts';
import { tellingReasons, type PackageChange } from './package-changes.ts';
import { safeText } from './safe-text.ts';

type OwnedImage = Pick<ComparedImage, 'name' | 'equal' | 'owner' | 'sizeBytes'>;

/** A package in words, for lines and for tables; foreign text may hold control characters. */
export interface PackageWords {
  name: string;
  /** `1.2 → 1.3`, `1.2 added`. */
  version: string;
  /** Which paths and images of it differ, by how much. */
  what: string;
  /** What about the way it is built was another. */
  why: string;
  license: string;
}

/** Packages of which something came out otherwise, versions first; and the names of those that were built otherwise and came out the same. */
export function packageWords(changes: readonly PackageChange[], images: readonly OwnedImage[]): { differing: PackageWords[]; same: string[] } {
  const beside = Map.groupBy(images.filter(({ equal, owner }) => !equal && owner !== null), ({ owner }) => owner!);
  const isSame = ({ name, kind, files, license, before, after }: PackageChange): boolean => kind === 'changed' && files === 0 && license === undefined && before === after && !beside.has(name);
  const differing = changes.filter((one) => !isSame(one)).toSorted((a, b) => weight(b) - weight(a));
  return { differing: differing.map((one) => wordsOf(one, beside.get(one.name) ?? [])), same: changes.filter(isSame).map(({ name }) => name) };
}

function weight({ before, after, files }: PackageChange): number {
  return Number(before !== undefined && after !== undefined && before !== after) * 2 + Number(files > 0);
}

function wordsOf({ name, kind, before, after, reasons, files, sizeDelta, license }: PackageChange, images: readonly OwnedImage[]): PackageWords {
  const paths = files > 0 ? [`${files} ${files === 1 ? 'path' : 'paths'}, ${signedSizeText(sizeDelta)}`] : images.length > 0 || kind === 'changed' ? [] : ['nothing in the root'];
  return {
    name, version: kind === 'added' ? `${after} added` : kind === 'removed' ? `${before} removed` : before === after ? `${after}` : `${before} → ${after}`,
    what: [...paths, ...images.map(({ name: image, sizeBytes: { left, right } }) => `${image} ${signedSizeText((right ?? 0) - (left ?? 0))}`)].join(', '),
    why: kind === 'changed' && reasons.length === 0 && files > 0 ? 'built in the same way' : whyText(reasons), license: license === undefined ? '' : `license ${license.before} → ${license.after}`,
  };
}

/** Digests tell people nothing that names do not. */
function whyText(reasons: PackageChange['reasons']): string {
  return tellingReasons(reasons).filter(({ reason }) => reason !== 'version').map(({ reason, detail }) => {
    if (reason === 'dependency') return detail;
    return `${reason} ${reason === 'source' || reason === 'patch' ? detail.replaceAll(/@[0-9a-f]{12}(?= |$)/g, '') : detail}`;
  }).join('; ');
}

/** One line a package, and one for all that came out the same; for people, no control characters. */
export function packageLines(changes: readonly PackageChange[], most: number, images: readonly OwnedImage[] = []): string[] {
  const { differing, same } = packageWords(changes, images);
  const lines = differing.map(({ name, version, what, why, license }) => `${name} ${version}: ${[what, why, license].filter((part) => part !== '').join('; ')}`);
  return [
    ...lines.slice(0, most), ...(lines.length > most ? [`… ${counted(lines.length - most, 'packages')}`] : []), ...sameLines(same),
  ].map((line) => safeText(line));
}

const MOST_SAME = 12;

export function sameLines(same: readonly string[]): string[] {
  if (same.length === 0) return [];
  return [`built otherwise, came out the same: ${same.slice(0, MOST_SAME).join(', ')}${same.length > MOST_SAME ? ` … ${same.length - MOST_SAME} more` : ''}`];
}
