/** Whether what is looked for still shows with exactly these. */
export type Differs<T> = (items: readonly T[]) => Promise<boolean>;

/**
 * A subset of `items` that differs and from which nothing can be left out. Precondition: `differs(items)`, and not
 * `differs([])`. A suspect that differs alone is taken; else one member after the other is found by bisecting how many
 * items it takes (log2 n questions each, one more to see that it is the last), as in Junker's QuickXplain (2004); ddmin
 * (Zeller and Hildebrandt 2002) makes sure where items can also hide a difference.
 */
export async function minimalSet<T>(items: readonly T[], differs: Differs<T>, suspects: readonly T[] = []): Promise<readonly T[]> {
  for (const suspect of suspects) if (items.includes(suspect) && await differs([suspect])) return [suspect];
  return ddmin(await bisected(items, differs), differs);
}

/** Differs, and nothing can be left out of it unless items hide what others show. */
async function bisected<T>(items: readonly T[], differs: Differs<T>): Promise<readonly T[]> {
  let cause: readonly T[] = [];
  let rest = items;
  do {
    const enough = await fewest(rest, (first) => differs([...cause, ...first]));
    cause = [...cause, rest[enough - 1]!];
    rest = rest.slice(0, enough - 1);
  } while (rest.length > 0 && !await differs(cause));
  return cause;
}

/** How many from the start it takes: none do not suffice, all of them do. */
async function fewest<T>(items: readonly T[], suffice: (first: readonly T[]) => Promise<boolean>): Promise<number> {
  let [few, enough] = [0, items.length];
  while (enough - few > 1) {
    const middle = Math.ceil((few + enough) / 2);
    if (await suffice(items.slice(0, middle))) enough = middle;
    else few = middle;
  }
  return enough;
}

async function ddmin<T>(items: readonly T[], differs: Differs<T>): Promise<readonly T[]> {
  let current = items;
  for (let parts = 2; current.length > 1;) {
    const chunks = split(current, parts);
    const chunk = await firstThat(chunks, differs);
    const rest = chunk === undefined ? await firstThat(chunks.map((one) => current.filter((item) => !one.includes(item))), differs) : undefined;
    if (chunk === undefined && rest === undefined && parts >= current.length) return current;
    current = chunk ?? rest ?? current;
    parts = chunk !== undefined ? 2 : rest !== undefined ? Math.max(parts - 1, 2) : Math.min(2 * parts, current.length);
  }
  return current;
}

async function firstThat<T>(sets: readonly (readonly T[])[], differs: Differs<T>): Promise<readonly T[] | undefined> {
  for (const set of sets) if (await differs(set)) return set;
  return undefined;
}

function split<T>(items: readonly T[], parts: number): T[][] {
  return Array.from({ length: parts }, (_, i) => items.slice(Math.floor(i * items.length / parts), Math.floor((i + 1) * items.length / parts)));
}
