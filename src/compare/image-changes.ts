import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sizeText } from '../foundation/size-text.ts';
import { mostLines } from './most-lines.ts';

/** What came out of two builds under one name; plain JSON, null on the side that has none. */
export interface ComparedImage {
  name: string;
  /** `ext4`, `kernel` …: on the right, of what is gone on the left. */
  format: string;
  left: Sha256 | null;
  right: Sha256 | null;
  sizeBytes: Both<number | null>;
  equal: boolean;
  /** The package that made it; null: it holds the root. */
  owner: string | null;
}

export interface BuiltImage { name: string; format: string; sha256: Sha256; sizeBytes: number; owner: string | null }

/** Everything that came out on either side, by name. */
export function comparedImages(left: readonly BuiltImage[], right: readonly BuiltImage[]): ComparedImage[] {
  const [before, after] = [left, right].map((images) => new Map(images.map((one) => [one.name, one]))) as [Map<string, BuiltImage>, Map<string, BuiltImage>];
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().map((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    const { format, owner } = (now ?? old)!;
    return { name, format, left: old?.sha256 ?? null, right: now?.sha256 ?? null, sizeBytes: { left: old?.sizeBytes ?? null, right: now?.sizeBytes ?? null }, equal: old?.sha256 === now?.sha256, owner };
  });
}

/** One line an image, for people; those that differ first. */
export function imageLines(images: readonly ComparedImage[], most: number): string[] {
  const rows = images.toSorted((a, b) => Number(a.equal) - Number(b.equal)).map((one) => [`${markOf(one)} ${one.name}`, one.format, sizes(one), digests(one), one.owner === null ? '' : `of ${one.owner}`]);
  const widths = [0, 1, 2, 3].map((column) => Math.min(40, Math.max(0, ...rows.map((cells) => cells[column]!.length))));
  return mostLines(rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()), most, 'images');
}

function markOf({ left, right, equal }: ComparedImage): string {
  return equal ? '=' : left === null ? '+' : right === null ? '-' : '~';
}

function sizes({ sizeBytes: { left, right } }: ComparedImage): string {
  const told = [left, right].flatMap((bytes) => (bytes === null ? [] : [sizeText(bytes)]));
  return [...new Set(told)].join(' → ');
}

function digests({ left, right }: ComparedImage): string {
  return [...new Set([left, right].flatMap((digest) => (digest === null ? [] : [digest.slice(0, 12)])))].join(' → ');
}
