import { Bug } from '../foundation/failure.ts';

/** Kinds of tasks by the name of the lane that they are worked on in, beside all others, which are in the main one. */
export type Lanes = Readonly<Record<string, readonly string[]>>;

/** Of those kinds, or of all but those. */
export interface KindFilter { kinds: readonly string[]; among: boolean }

/** `lane`: undefined is the main one. */
export function kindsIn(lane: string | undefined, lanes: Lanes): KindFilter {
  if (lane === undefined) return { kinds: Object.values(lanes).flat(), among: false };
  const kinds = lanes[lane];
  if (kinds === undefined) throw new Bug(`there is no lane ${lane}`);
  return { kinds, among: true };
}

/** Undefined: the main one. */
export function laneOf(kind: string, lanes: Lanes): string | undefined {
  return Object.keys(lanes).find((lane) => lanes[lane]!.includes(kind));
}
