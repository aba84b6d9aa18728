import type { VariationName } from '../catalog/variation-name.ts';
import { compareText } from '../foundation/order.ts';

/** Path below a step's outputs (`target/usr/bin/tool`) to a text that is equal where the entry is: kind, mode, digest. */
export type Files = ReadonlyMap<string, string>;

/** What one run of a step came to. */
export type Observation =
  | { kind: 'outputs'; files: Files }
  /** The step said no. */
  | { kind: 'failed'; message: string }
  /** Nothing can be said: memory, time or disk did not suffice. */
  | { kind: 'unresolved'; message: string };

/** Stands for the step as a whole where it fails. */
export const WHOLE_STEP = '';

const ABSENT = 'absent';

/** Undefined where the run says nothing about the path. */
export function stateOf(observation: Observation, path: string): string | undefined {
  if (observation.kind === 'unresolved') return undefined;
  if (path === WHOLE_STEP) return observation.kind === 'failed' ? 'fails' : 'succeeds';
  return observation.kind === 'failed' ? undefined : observation.files.get(path) ?? ABSENT;
}

/** Sorted; the whole step first. Empty where nothing can be said. */
export function differingPaths(standing: Files, observation: Observation): string[] {
  if (observation.kind === 'unresolved') return [];
  if (observation.kind === 'failed') return [WHOLE_STEP];
  const paths = new Set([...standing.keys(), ...observation.files.keys()]);
  return [...paths].filter((path) => standing.get(path) !== observation.files.get(path)).toSorted(compareText);
}

/** Runs a step again, alone, where exactly these conditions are otherwise. */
export type RunVaried = (conditions: readonly VariationName[]) => Promise<Observation>;
