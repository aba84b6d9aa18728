import type { Both } from '../foundation/both.ts';
import type { TreeFormat } from '../readers/image-content.ts';
import { ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import type { Side } from './comparison.ts';

/** What a format has no room for is not compared: it was lost, not changed. */
interface Abilities { xattrs: boolean; owners: boolean; hardLinks: boolean }

const UNIX: Abilities = { xattrs: true, owners: true, hardLinks: true };
const WITHOUT_XATTRS: Abilities = { ...UNIX, xattrs: false };
const FAT: Abilities = { xattrs: false, owners: false, hardLinks: false };
const LIMITED: Readonly<Partial<Record<TreeFormat, Abilities>>> = { cpio: WITHOUT_XATTRS, directory: WITHOUT_XATTRS, fat12: FAT, fat16: FAT, fat32: FAT };

export interface Comparable extends Abilities {
  /** Times are compared in steps of that many nanoseconds; 0: not at all. */
  timeStep: number;
  sameFormat: boolean;
}

const SECOND = 1e9;

export function comparable({ left, right }: Both<Side>): Comparable {
  const [a, b] = [abilitiesOf(left), abilitiesOf(right)];
  const [stepA, stepB] = [timeStep(left), timeStep(right)];
  return {
    xattrs: a.xattrs && b.xattrs, owners: a.owners && b.owners, hardLinks: a.hardLinks && b.hardLinks,
    timeStep: stepA === 0 || stepB === 0 ? 0 : Math.max(stepA, stepB), sameFormat: left.format === right.format,
  };
}

function abilitiesOf({ format }: Side): Abilities {
  return (format === undefined ? undefined : LIMITED[format]) ?? UNIX;
}

/** Told by the stamps themselves: whether tar or ext keep fractions depends on how they were made. */
function timeStep({ format, facts }: Side): number {
  let step = 0;
  for (const { modified } of facts.values()) {
    if (modified === undefined) continue;
    if (modified.nanoseconds !== 0) return 1;
    step = SECOND;
  }
  return step > 0 && format?.startsWith('fat') === true ? 2 * SECOND : step;
}

/** A directory that no archive member names: its mode and owner are our own. */
export function isImplied({ facts, tree }: Side, path: PathBytes): boolean {
  return facts.size > 0 && !facts.has(path) && tree.entries.get(path)?.kind === 'directory';
}

/** How many entries have something that the other side's format has no room for. */
export function lostEntries(sides: Both<Side>): { key: string; left: number; right: number }[] {
  const able = comparable(sides);
  const count = ({ tree }: Side, has: 'xattrs' | 'owners' | 'hardLinks'): number => [...tree.entries].filter(([path, entry]) => {
    if (entry.kind === 'hard-link') return has === 'hardLinks';
    return has === 'xattrs' ? entry.xattrs !== undefined : has === 'owners' && path !== ROOT_PATH && (entry.uid !== 0 || entry.gid !== 0);
  }).length;
  return (['xattrs', 'owners', 'hardLinks'] as const).filter((what) => !able[what])
    .map((what) => ({ key: what, left: count(sides.left, what), right: count(sides.right, what) })).filter(({ left, right }) => left !== right);
}
