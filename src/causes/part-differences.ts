import { isReadFailure } from '../bytes/read-failure.ts';
import type { ContentDescription, ContentPart } from '../content/description.ts';
import type { PartDifference } from './cause.ts';
import { differingBytes } from './differing-bytes.ts';

/** A part of both sides that differs; one side is undefined where only the other has it. */
export interface PartPair { name: string; left?: ContentPart; right?: ContentPart; differing: number }

/** Parts by name, and where a name comes more than once by order. Views are left out: they say again what other parts say. */
export function differingParts(left: ContentDescription, right: ContentDescription): PartPair[] {
  const [a, b] = [byName(left.parts), byName(right.parts)];
  const pairs: PartPair[] = [];
  for (const [key, part] of a) {
    const other = b.get(key);
    if (other === undefined) { pairs.push({ name: part.name, left: part, differing: part.storedBytes }); continue; }
    const differing = partDifference(part, other);
    if (differing > 0) pairs.push({ name: part.name, left: part, right: other, differing });
  }
  for (const [key, part] of b) if (!a.has(key)) pairs.push({ name: part.name, right: part, differing: part.storedBytes });
  return pairs;
}

function byName(parts: readonly ContentPart[]): Map<string, ContentPart> {
  const seen = new Map<string, number>();
  return new Map(parts.filter(({ role }) => role !== 'view').map((part) => {
    const name = part.role === 'gap' ? 'gap' : part.name;
    const number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    return [`${name}\0${number}`, part];
  }));
}

/** What cannot be unpacked counts as different all through. */
function partDifference(a: ContentPart, b: ContentPart): number {
  try {
    return differingBytes(a.content(), b.content());
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return Math.max(a.storedBytes, b.storedBytes);
  }
}

const MOST_PARTS = 200;

export function presentParts(pairs: readonly PartPair[]): PartDifference[] {
  return pairs.slice(0, MOST_PARTS).map(({ name, left, right }) => ({
    name, kind: left === undefined ? 'added' : right === undefined ? 'removed' : 'changed', leftBytes: left?.storedBytes ?? 0, rightBytes: right?.storedBytes ?? 0,
  }));
}
