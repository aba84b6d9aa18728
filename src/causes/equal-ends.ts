const PAGE = 4096;

/** How many bytes two byte strings begin with in common, and then end with. */
export function commonEnds(a: Buffer, b: Buffer): { start: number; end: number } {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start + PAGE <= most && a.compare(b, start, start + PAGE, start, start + PAGE) === 0) start += PAGE;
  while (start < most && a[start] === b[start]) start++;
  const [rest, behind] = [most - start, b.length - a.length];
  let end = 0;
  while (end + PAGE <= rest && a.compare(b, a.length + behind - end - PAGE, b.length - end, a.length - end - PAGE, a.length - end) === 0) end += PAGE;
  while (end < rest && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return { start, end };
}
