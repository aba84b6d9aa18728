import type { ContentDescription } from '../content/description.ts';
import { united, without, type Range } from './ranges.ts';

const EXECUTABLE = 4;

/** Never the code and never the headers of a program: what looks like a text there is none. */
export function maskable({ kind, parts }: ContentDescription, bytes: Buffer, isText: boolean): Range[] {
  if (isText || (kind !== 'elf' && kind !== 'kernel-module')) return [{ start: 0, end: bytes.length }];
  const sections = parts.filter(({ role }) => role === 'section');
  const ranges = (wanted: (flags: number) => boolean): Range[] =>
    united(sections.filter(({ attributes }) => wanted(Number(attributes['flags'] ?? 0))).map(({ offset, storedBytes }) => ({ start: offset!, end: offset! + storedBytes })));
  // A section of data may be made to lie over code.
  return without(ranges((flags) => (flags & EXECUTABLE) === 0), ranges((flags) => (flags & EXECUTABLE) !== 0));
}
