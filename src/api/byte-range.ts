/** Bytes from `start` to before `end`. */
export interface ByteRange { start: number; end: number }

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * RFC 9110 section 14.2, one range: undefined where the header is absent or of a kind that may be ignored (several
 * ranges, other units), `unsatisfiable` where no byte of it is there.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = RANGE.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** Whether an If-None-Match or If-Range header names this strong entity tag. */
export function namesTag(header: string | undefined, tag: string, weak: boolean): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').map((each) => each.trim()).some((each) => each === tag || (weak && each === `W/${tag}`));
}
