import type { Actions } from '../actions/actions.ts';
import type { LicenseComparison } from '../actions/compare-contents.ts';
import type { ComponentChange } from '../compare/component-changes.ts';
import type { ConfigurationChange } from '../compare/configuration-changes.ts';
import type { InputChange } from '../compare/input-changes.ts';
import type { Turns } from './turns.ts';

/** What is in two builds beside their files; each is made once it is asked for, and then kept with the comparison. */
export interface ComparedContents {
  /** What a policy says changes with the day, and with what people decide: it is judged anew each time. */
  licenses(policy?: Uint8Array): Promise<LicenseComparison>;
  components(): Promise<readonly ComponentChange[]>;
  configuration(): Promise<readonly ConfigurationChange[]>;
  inputs(): Promise<readonly InputChange[]>;
}

export function comparedContents(left: string, right: string, { actions, turns }: { actions: Actions; turns: Turns }): ComparedContents {
  const both = { left, right };
  const licenses = once(() => turns.take(() => actions.compareLicenses(both)));
  return {
    licenses: (policy) => (policy === undefined ? licenses() : turns.take(() => actions.compareLicenses({ ...both, policy }))),
    components: once(() => turns.take(() => actions.compareComponents(both))),
    configuration: once(() => turns.take(() => actions.compareConfigurations(both))),
    inputs: once(() => turns.take(() => actions.compareInputs(both))),
  };
}

/** What failed is made again when it is asked for again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    if (made !== undefined) return made;
    const making = make();
    made = making;
    making.catch(() => { if (made === making) made = undefined; });
    return making;
  };
}
