/** Whether what is looked for still shows with exactly these. */
export type Differs<T> = (items: readonly T[]) => Promise<boolean>;

/**
 * A subset of `items` that differs and from which nothing can be left out. Precondition: `differs(items)`, and not
 * `differs([])`. A suspect that differs alone is taken; else halves are searched as if there were one cause (at most
 * log2 n + 1 questions, the last one confirms it); where there is none, ddmin (Zeller and Hildebrandt 2002).
 */
export async function minimalSet<T>(items: readonly T[], differs: Differs<T>, suspects: readonly T[] = []): Promise<readonly T[]> {
  for (const suspect of suspects) if (items.includes(suspect) && await differs([suspect])) return [suspect];
  const { likely, known } = await halved(items, differs);
  return await differs(likely) ? likely : ddmin(known, differs);
}

/** The one that is left where each half that does not differ is taken to leave the other, and the smallest set seen to differ. */
async function halved<T>(items: readonly T[], differs: Differs<T>): Promise<{ likely: readonly T[]; known: readonly T[] }> {
  let likely = items;
  let known = items;
  while (likely.length > 1) {
    const middle = Math.ceil(likely.length / 2);
    const first = likely.slice(0, middle);
    const found = await differs(first);
    likely = found ? first : likely.slice(middle);
    if (found) known = first;
  }
  return { likely, known };
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
