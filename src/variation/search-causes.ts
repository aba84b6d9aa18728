import type { VariationName } from '../catalog/variation-name.ts';
import { minimalSet } from './minimal-set.ts';
import { differingPaths, stateOf, WHOLE_STEP, type Files, type Observation, type RunVaried } from './observation.ts';
import { observedOnce, type Observed } from './observed-once.ts';

/** The conditions that together change the file and none of which can be left out; empty: it differs with nothing varied. */
export type Cause = readonly VariationName[];

export interface Blame {
  /** Path below the step's outputs; '' where the step as a whole fails. */
  path: string;
  causes: readonly Cause[];
}

export interface StepFindings {
  /** `undecided`: a run could not be judged, see `message`. */
  state: 'same' | 'differs' | 'undecided';
  blames: readonly Blame[];
  /** Differ, but were not searched: the step had used up its runs. */
  unsearched: readonly string[];
  /** How often the step ran: once where nothing differs. */
  runs: number;
  message?: string;
}

export interface SearchOptions {
  /** Conditions that seem to stand in the file, the likeliest first. */
  suspectsOf?: (path: string, observation: Observation) => Promise<readonly VariationName[]>;
  /** No further file is searched after so many runs. */
  maxRuns?: number;
}

const MAX_RUNS = 100;

/** One step under all conditions at once; where that differs from what stands, every file is traced to its causes. */
export async function searchCauses(standing: Files, conditions: readonly VariationName[], run: RunVaried, options: SearchOptions = {}): Promise<StepFindings> {
  const observed = observedOnce(run);
  const all = await observed.of(conditions);
  if (all.kind === 'unresolved') return { state: 'undecided', blames: [], unsearched: [], runs: observed.count(), message: all.message };
  if (differingPaths(standing, all).length === 0) return { state: 'same', blames: [], unsearched: [], runs: observed.count() };
  const still = await observed.of([]);
  if (still.kind !== 'outputs') return undecided(still, observed);
  const search: Search = { standing, still, observed, options, found: [] };
  const failure = all.kind === 'failed' ? [await blame(WHOLE_STEP, conditions, search)] : [];
  const rest = without(conditions, failure.flatMap(({ causes }) => causes));
  const paths = [...new Set([...differingPaths(standing, await observed.of(rest)), ...differingPaths(standing, still)])].filter((path) => path !== WHOLE_STEP).toSorted();
  return searchFiles(paths, rest, failure, search);
}

interface Search {
  standing: Files;
  /** Nothing varied: what all others are compared with. */
  still: Observation;
  observed: Observed;
  options: SearchOptions;
  /** Single causes so far: the next file has often the same. */
  found: VariationName[];
}

function undecided(still: Observation & { message: string }, observed: Observed): StepFindings {
  const why = still.kind === 'failed' ? 'it fails with nothing varied too' : 'with nothing varied it can not be judged';
  return { state: 'undecided', blames: [], unsearched: [], runs: observed.count(), message: `${why}: ${still.message}` };
}

async function searchFiles(paths: readonly string[], conditions: readonly VariationName[], failure: readonly Blame[], search: Search): Promise<StepFindings> {
  const { observed, options: { maxRuns = MAX_RUNS } } = search;
  const blames = [...failure];
  const unsearched: string[] = [];
  for (const path of paths) {
    if (observed.count() >= maxRuns) unsearched.push(path);
    else blames.push(await blame(path, conditions, search));
  }
  return { state: 'differs', blames, unsearched, runs: observed.count() };
}

/** Causes one after the other, each sought without the ones before it. */
async function blame(path: string, conditions: readonly VariationName[], search: Search): Promise<Blame> {
  const { standing, still, observed, found } = search;
  const reference = stateOf(still, path);
  const differs = async (set: readonly VariationName[]): Promise<boolean> => {
    const state = stateOf(await observed.of(set), path);
    return state !== undefined && state !== reference;
  };
  const causes: Cause[] = [];
  let rest = conditions;
  while (rest.length > 0 && await differs(rest)) {
    const cause = await knownCause(rest, differs, found) ?? await minimalSet(rest, differs, await suspectsOf(path, rest, search));
    rest = without(rest, [cause]);
    // The precondition, checked only where no other run has shown it: a file that is new each time has no cause among these.
    if (!await differs(rest) || await standsStill(path, reference, observed)) causes.push(cause);
    else return { path, causes: [[]] };
  }
  if (!await standsStill(path, reference, observed)) return { path, causes: [[]] };
  for (const cause of causes) if (cause.length === 1) found.push(cause[0]!);
  const asBuilt = path === WHOLE_STEP ? 'succeeds' : standing.get(path) ?? 'absent';
  return { path, causes: causes.length === 0 && reference !== asBuilt ? [[]] : causes };
}

/** What was found for another file has run alone already: asking it costs nothing. */
async function knownCause(rest: readonly VariationName[], differs: (set: readonly VariationName[]) => Promise<boolean>, found: readonly VariationName[]): Promise<Cause | undefined> {
  for (const name of new Set(found)) if (rest.includes(name) && await differs([name])) return [name];
  return undefined;
}

/** As many are tried before halving: a wrong one costs a run. */
const SUSPECTS = 2;

async function suspectsOf(path: string, rest: readonly VariationName[], { observed, options }: Search): Promise<VariationName[]> {
  const marked = await options.suspectsOf?.(path, await observed.of(rest)) ?? [];
  return marked.filter((name) => rest.includes(name)).slice(0, SUSPECTS);
}

/** Some other run gave the same, or one more run with nothing varied does. */
async function standsStill(path: string, reference: string | undefined, observed: Observed): Promise<boolean> {
  if (observed.others().some((observation) => stateOf(observation, path) === reference)) return true;
  return stateOf(await observed.stillAgain(), path) === reference;
}

function without(conditions: readonly VariationName[], causes: readonly Cause[]): VariationName[] {
  const taken = new Set(causes.flat());
  return conditions.filter((name) => !taken.has(name));
}
