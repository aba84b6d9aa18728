import type { VariationName } from '../catalog/variation-name.ts';
import { compareText } from '../foundation/order.ts';
import type { Observation, RunVaried } from './observation.ts';

/** The runs of one step: each set of conditions once, for whichever file asks. */
export interface Observed {
  of(conditions: readonly VariationName[]): Promise<Observation>;
  /** A second run with nothing varied, made once. */
  stillAgain(): Promise<Observation>;
  /** All but the first run with nothing varied. */
  others(): Observation[];
  count(): number;
}

export function observedOnce(run: RunVaried): Observed {
  const known = new Map<string, Observation>();
  const once = async (key: string, conditions: readonly VariationName[]): Promise<Observation> => {
    const observation = known.get(key) ?? await run(conditions);
    known.set(key, observation);
    return observation;
  };
  return {
    of: (conditions) => once(conditions.toSorted(compareText).join(' '), conditions),
    stillAgain: () => once('again', []),
    others: () => [...known].flatMap(([key, observation]) => key === '' ? [] : [observation]),
    count: () => known.size,
  };
}
