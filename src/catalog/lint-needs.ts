import { compareText, sortedBy } from '../foundation/order.ts';
import type { LintContext, RecipeLint } from './lint.ts';
import { didYouMeanText, quoted } from './name.ts';
import type { Catalog, Recipe } from './model.ts';

const KINDS = ['build', 'host', 'run'] as const;

export const knownNeed: RecipeLint = {
  subject: 'recipe', id: 'unknown-need', severity: 'error',
  explain: 'A recipe needs one that is not in the catalog. Correct the name, or add the recipe.',
  check(recipe, report, context) {
    for (const kind of KINDS) {
      for (const [index, { recipe: needed }] of recipe.needs[kind].entries()) {
        if (needed === recipe.name) report(['needs', kind, index], 'the recipe needs itself', 'remove it');
        else if (!context.recipeNames.has(needed)) report(['needs', kind, index], `there is no recipe ${quoted(needed)}`, replacementOf(needed, context));
      }
    }
    for (const [index, name] of recipe.overrides.entries()) {
      if (!context.recipeNames.has(name)) report(['overrides', index], `there is no recipe ${quoted(name)}`, replacementOf(name, context));
    }
  },
};

export const toolchainNeed: RecipeLint = {
  subject: 'recipe', id: 'toolchain-need', severity: 'warning',
  explain: 'A recipe needs a toolchain by name. Every step gets the toolchain of the board or configuration, and its libraries are in every root; naming one would refuse any other. Remove the need.',
  check(recipe, report, { catalog }) {
    for (const kind of KINDS) {
      for (const [index, { recipe: needed }] of recipe.needs[kind].entries()) {
        if (catalog.recipes.get(needed)?.role === 'toolchain') report(['needs', kind, index], `${quoted(needed)} is a toolchain, which every recipe has`, 'remove it');
      }
    }
  },
};

/** The recipe that was once called so, or the one that is called almost so. */
export function replacementOf(name: string, { catalog, recipeNames }: Pick<LintContext, 'catalog' | 'recipeNames'>): string | undefined {
  const renamed = [...catalog.recipes.values()].find(({ formerNames }) => formerNames.includes(name));
  return renamed === undefined ? didYouMeanText(name, recipeNames) : `it is now called \`${renamed.name}\``;
}

export const formerName: RecipeLint = {
  subject: 'recipe', id: 'former-name', severity: 'error',
  explain: 'A former name is the name, or a former name, of another recipe, so it would not be clear which one replaces it.',
  check(recipe, report, { catalog, recipeNames }) {
    for (const [index, name] of recipe.formerNames.entries()) {
      const other = [...catalog.recipes.values()].find((candidate) => candidate !== recipe && candidate.formerNames.includes(name));
      if (recipeNames.has(name)) report(['former_names', index], `${quoted(name)} is the name of a recipe`);
      else if (other !== undefined) report(['former_names', index], `${quoted(name)} is a former name of ${other.name} too`);
    }
  },
};

/** Run needs may be mutual (they are a set, not an order); build and host needs must have a first. */
export const needsCycle: RecipeLint = {
  subject: 'recipe', id: 'needs-cycle', severity: 'error',
  explain: 'Recipes need each other to be built, so none can be first. Break the circle, or make one need a run need.',
  check(recipe, report, { catalog }) {
    const cycle = cyclesOf(catalog).get(recipe.name);
    if (cycle === undefined) return;
    const next = cycle[1]!;
    const kind = recipe.needs.build.some((need) => need.recipe === next) ? 'build' : 'host';
    report(['needs', kind, recipe.needs[kind].findIndex((need) => need.recipe === next)], `needs go in a circle: ${cycle.join(' → ')}`);
  },
};

const cyclesByCatalog = new WeakMap<Catalog, Map<string, readonly string[]>>();

/** Each circle once, under its smallest name, from which and to which it runs. */
function cyclesOf(catalog: Catalog): Map<string, readonly string[]> {
  const known = cyclesByCatalog.get(catalog);
  if (known !== undefined) return known;
  const cycles = new Map<string, readonly string[]>();
  for (const component of stronglyConnected(catalog)) {
    const cycle = shortestCycle(component.toSorted(compareText)[0]!, new Set(component), catalog);
    if (cycle !== undefined) cycles.set(cycle[0]!, cycle);
  }
  cyclesByCatalog.set(catalog, cycles);
  return cycles;
}

function neededToBuild(recipe: Recipe | undefined): string[] {
  return recipe === undefined ? [] : [...new Set([...recipe.needs.build, ...recipe.needs.host].map((need) => need.recipe))].toSorted();
}

/** Tarjan's algorithm without recursion: a hostile chain may be as long as the catalog. */
function stronglyConnected({ recipes }: Catalog): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const components: string[][] = [];
  const enter = (name: string): { name: string; rest: string[] } => {
    index.set(name, index.size);
    low.set(name, index.get(name)!);
    stack.push(name);
    onStack.add(name);
    return { name, rest: neededToBuild(recipes.get(name)) };
  };
  for (const root of sortedBy(recipes.keys(), (name) => name)) {
    const frames = index.has(root) ? [] : [enter(root)];
    while (frames.length > 0) {
      const { name, rest } = frames.at(-1)!;
      const next = rest.shift();
      if (next !== undefined) {
        if (!index.has(next)) frames.push(enter(next));
        else if (onStack.has(next)) low.set(name, Math.min(low.get(name)!, index.get(next)!));
        continue;
      }
      frames.pop();
      const above = frames.at(-1)?.name;
      if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(name)!));
      if (low.get(name) === index.get(name)) components.push(popTo(name, stack, onStack));
    }
  }
  return components.filter((component) => component.length > 1);
}

function popTo(name: string, stack: string[], onStack: Set<string>): string[] {
  const component = stack.splice(stack.lastIndexOf(name));
  for (const member of component) onStack.delete(member);
  return component;
}

function shortestCycle(start: string, component: ReadonlySet<string>, { recipes }: Catalog): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const name of queue) {
    for (const next of neededToBuild(recipes.get(name))) {
      if (next === start) return pathTo(name, start, cameFrom);
      if (!component.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, name);
      queue.push(next);
    }
  }
  return undefined;
}

function pathTo(last: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [start];
  for (let name: string | undefined = last; name !== undefined && name !== start; name = cameFrom.get(name)) path.splice(0, 0, name);
  return [start, ...path];
}
