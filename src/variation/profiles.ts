import { didYouMeanText } from '../catalog/name.ts';
import { isVariationName, VARIATION_NAMES, type VariationName } from '../catalog/variation-name.ts';
import { Failure } from '../foundation/failure.ts';
import { sortedEntries } from '../foundation/order.ts';

/** Each an explicit list: a condition that is new is in no profile but `full` until somebody writes it down. */
export const PROFILES: Readonly<Record<string, readonly VariationName[]>> = {
  quick: ['hostname', 'locale', 'time', 'time-zone', 'umask'],
  standard: [
    'aslr', 'cpu-count', 'directory-order', 'domain', 'environment', 'exec-path', 'home', 'hostname', 'locale', 'time', 'time-zone', 'umask', 'user',
  ],
  full: VARIATION_NAMES,
};

export interface ConditionRequest {
  profile?: string;
  /** In place of a profile. */
  conditions?: readonly string[];
  /** Taken away from either. */
  without?: readonly string[];
}

export interface ChosenConditions {
  /** Absent for a list, and where something was taken away: then it is no longer that profile. */
  profile?: string;
  conditions: readonly VariationName[];
}

/** The explicit list that is stored with a run, sorted. Throws VARIATION.UNKNOWN_PROFILE, VARIATION.UNKNOWN, VARIATION.EMPTY. */
export function chooseConditions(request: ConditionRequest): ChosenConditions {
  if ((request.profile === undefined) === (request.conditions === undefined)) {
    throw new Failure('VARIATION.EMPTY', 'give either a profile or a list of conditions', { hint: remedy() });
  }
  const given = request.profile === undefined ? known(request.conditions!) : profileNamed(request.profile);
  const without = new Set<string>(known(request.without ?? []));
  const conditions = VARIATION_NAMES.filter((name) => given.includes(name) && !without.has(name));
  if (conditions.length === 0) throw new Failure('VARIATION.EMPTY', 'no condition is left to vary: such a run would show nothing', { hint: remedy() });
  return { ...(request.profile === undefined || without.size > 0 ? {} : { profile: request.profile }), conditions };
}

function profileNamed(name: string): readonly VariationName[] {
  const profile = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (profile !== undefined) return profile;
  const names = Object.keys(PROFILES);
  throw new Failure('VARIATION.UNKNOWN_PROFILE', `there is no profile "${name}"`, { place: name, hint: didYouMeanText(name, names) ?? `Profiles: ${names.join(', ')}.`, details: { candidates: names } });
}

function known(names: readonly string[]): VariationName[] {
  const unknown = names.filter((name) => !isVariationName(name));
  const [first] = unknown;
  if (first === undefined) return names.filter(isVariationName);
  throw new Failure('VARIATION.UNKNOWN', `there is no condition ${unknown.map((name) => `"${name}"`).join(', ')}`, {
    place: first, hint: didYouMeanText(first, VARIATION_NAMES) ?? `Conditions: ${VARIATION_NAMES.join(', ')}.`, details: { unknown, candidates: VARIATION_NAMES },
  });
}

function remedy(): string {
  return `Profiles: ${sortedEntries(PROFILES).map(([name, { length }]) => `${name} (${length})`).join(', ')}. Conditions: ${VARIATION_NAMES.join(', ')}.`;
}
