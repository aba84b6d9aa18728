/** Bytes from `start` up to, not with, `end`. */
export interface Range { start: number; end: number }

/** In order, none over or beside another. */
export function united(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last === undefined || start > last.end) result.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  return result;
}

/** What `ranges` has and `others` has not; both united. */
export function without(ranges: readonly Range[], others: readonly Range[]): Range[] {
  const result: Range[] = [];
  let next = 0;
  for (const { start, end } of ranges) {
    let at = start;
    while (next < others.length && others[next]!.end <= start) next++;
    for (let i = next; i < others.length && others[i]!.start < end; i++) {
      if (others[i]!.start > at) result.push({ start: at, end: others[i]!.start });
      at = Math.max(at, others[i]!.end);
    }
    if (at < end) result.push({ start: at, end });
  }
  return result;
}

/** Whether one of `ranges`, which are united, has all of it. */
export function holds(ranges: readonly Range[], { start, end }: Range): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end < end) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]!.start <= start;
}

/** Both lists in one order, the first's members before those of the second that lie over them. Each list is in order and free of overlaps. */
export function mergedRanges<T extends Range>(first: readonly T[], second: readonly T[]): T[] {
  const result: T[] = [];
  let next = 0;
  for (const range of second) {
    while (next < first.length && first[next]!.end <= range.start) result.push(first[next++]!);
    if (next === first.length || first[next]!.start >= range.end) result.push(range);
  }
  return [...result, ...first.slice(next)];
}

/** What both have; each in order and free of overlaps. */
export function shared(ranges: readonly Range[], others: readonly Range[]): Range[] {
  const result: Range[] = [];
  let next = 0;
  for (const { start, end } of ranges) {
    while (next < others.length && others[next]!.end <= start) next++;
    for (let i = next; i < others.length && others[i]!.start < end; i++) result.push({ start: Math.max(start, others[i]!.start), end: Math.min(end, others[i]!.end) });
  }
  return result;
}
